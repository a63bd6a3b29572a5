"""What more than one room's tests need: the real services, started once a session."""

from collections.abc import Iterator

import pytest

from infra.local.cloud import LocalCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Postgres, Valkey, S3 and SQS with the stack of the template, in a folder of this session."""
    with LocalCloud(tmp_path_factory.mktemp("cloud"), durable=False) as running:
        yield running
