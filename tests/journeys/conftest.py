from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator

import pytest

from airlock.client import Client
from airlock.product import Product
from infra.database import open_database
from infra.local.port import free_port
from infra.settings import DatabaseSettings, read

# A worker that was killed is noticed by its lease; short here, so that the tests are.
LEASE_SECONDS = "4"


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The whole product, running as `airlock up` runs it."""
    with tempfile.TemporaryDirectory(prefix="airlock") as home:
        variables = {
            "AIRLOCK_HOME": home,
            "PORT": str(free_port()),
            "LEASE_SECONDS": LEASE_SECONDS,
            "SWEEP_SECONDS": "1",
        }
        with Product(variables) as running:
            yield running


@pytest.fixture
async def database(product: Product) -> AsyncIterator[None]:
    """The models bound to the running product's database."""
    async with open_database(read(DatabaseSettings, product.environment)):
        yield


@pytest.fixture
async def ada(product: Product) -> AsyncIterator[Client]:
    """An editor of Acme Homes."""
    async with Client(product.environment["AIRLOCK_URL"], product.token("ada@acme.example")) as client:
        yield client


@pytest.fixture
async def bob(product: Product) -> AsyncIterator[Client]:
    """The owner of Globex Build."""
    async with Client(product.environment["AIRLOCK_URL"], product.token("bob@globex.example")) as client:
        yield client


@pytest.fixture
async def vera(product: Product) -> AsyncIterator[Client]:
    """A viewer of Acme Homes."""
    async with Client(product.environment["AIRLOCK_URL"], product.token("vera@acme.example")) as client:
        yield client
