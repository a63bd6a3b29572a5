"""The API on the session's services, and a fresh tenant or two for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from infra.database import migrate
from infra.local.cloud import LocalCloud
from infra.settings import DatabaseSettings, read
from tests.api.running import SECRET, SOON, Running, running
from tests.api.world import Tenant, User, World


@pytest.fixture(scope="session")
async def environ(cloud: LocalCloud) -> AsyncIterator[dict[str, str]]:
    url = cloud.postgres.create_database("api")
    await migrate(read(DatabaseSettings, {"DATABASE_URL": url}))
    yield {**cloud.environment, "DATABASE_URL": url, "JWT_SECRET": SECRET, "PORT": "0"}
    cloud.postgres.drop_database("api")


@pytest.fixture(scope="module")
async def api(environ: dict[str, str]) -> AsyncIterator[Running]:
    async with running(environ) as server:
        yield server


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=SOON) as client:
        yield client


@pytest.fixture(scope="module")
def world(api: Running, http: httpx.AsyncClient) -> World:
    return World(api, http)


@pytest.fixture
async def acme(world: World) -> Tenant:
    return await world.tenant("Acme")


@pytest.fixture
async def globex(world: World) -> Tenant:
    return await world.tenant("Globex")


@pytest.fixture
async def ada(world: World, acme: Tenant) -> User:
    return await world.user(acme)


@pytest.fixture
async def bob(world: World, globex: Tenant) -> User:
    return await world.user(globex)
