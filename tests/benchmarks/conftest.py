from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator

import pytest

from airlock.client import Client
from airlock.product import Product
from infra.local.port import free_port


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The whole product with its own settings, as `airlock up` runs it."""
    with (
        tempfile.TemporaryDirectory(prefix="airlock") as home,
        Product({"AIRLOCK_HOME": home, "PORT": str(free_port())}) as running,
    ):
        yield running


@pytest.fixture
async def ada(product: Product) -> AsyncIterator[Client]:
    """An editor of Acme Homes."""
    async with Client(product.environment["AIRLOCK_URL"], product.token("ada@acme.example")) as client:
        yield client
