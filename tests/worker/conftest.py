"""The worker's parts on the session's services, and an office that does what API and sanitizer would have done."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import httpx
import pytest
from tortoise import connections

from infra.database import migrate
from infra.local.cloud import LocalCloud
from infra.settings import AuthSettings, DatabaseSettings, read
from tests.api.running import SECRET, spawned
from tests.worker.client import Client, client_of
from tests.worker.office import Office, Project
from workers.main import Settings, World, open_world

# What a queue of a test hides a message for, seconds: short, as tests wait for a second delivery.
VISIBILITY = "1"
QUEUES = (
    "SANITIZED_FILES_QUEUE_URL",
    "SANITIZED_FILES_DLQ_URL",
    "QUARANTINE_EVENTS_QUEUE_URL",
    "QUARANTINE_EVENTS_DLQ_URL",
)


@pytest.fixture(scope="session")
async def database_url(cloud: LocalCloud) -> AsyncIterator[str]:
    url = cloud.postgres.create_database("worker")
    await migrate(read(DatabaseSettings, {"DATABASE_URL": url}))
    yield url
    cloud.postgres.drop_database("worker")


@pytest.fixture(scope="module")
def environ(cloud: LocalCloud, database_url: str) -> Iterator[dict[str, str]]:
    """Give a worker's environment, with queues that nobody else reads."""
    found = {**cloud.environment, "DATABASE_URL": database_url, "LEASE_SECONDS": "3"}
    sqs: Any = boto3.client(
        "sqs",
        endpoint_url=found["AWS_ENDPOINT_URL"],
        region_name=found["AWS_REGION"],
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
    )
    for name in QUEUES:
        queue = sqs.create_queue(QueueName=f"test-{uuid.uuid4().hex}", Attributes={"VisibilityTimeout": VISIBILITY})
        found[name] = queue["QueueUrl"]
    yield found
    for name in QUEUES:
        sqs.delete_queue(QueueUrl=found[name])


@pytest.fixture(scope="module")
def settings(environ: dict[str, str]) -> Settings:
    return Settings.of(environ)


@pytest.fixture(scope="module")
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings, process_wide=True) as opened:
        yield opened


@pytest.fixture
async def office(world: World, settings: Settings) -> Office:
    """An office over an empty database."""
    await connections.get("default").execute_script("TRUNCATE organization, suite_template, record_change CASCADE")
    return Office(world, settings)


@pytest.fixture(scope="module")
async def api(environ: dict[str, str]) -> AsyncIterator[tuple[str, AuthSettings]]:
    """Serve the API on the worker's database, in a process of its own."""
    given = {**environ, "JWT_SECRET": SECRET}
    async with spawned(given) as server:
        yield server.url, read(AuthSettings, given)


@pytest.fixture
async def client(api: tuple[str, AuthSettings], project: Project) -> AsyncIterator[Client]:
    """A user of the project."""
    async with httpx.AsyncClient(timeout=30) as http:
        yield await client_of(http, *api, project)


@pytest.fixture
async def project(office: Office) -> Project:
    return await office.project()
