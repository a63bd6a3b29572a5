"""A cloud of this folder's own: its tests look into queues and buckets that elsewhere have readers."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from infra.local.cloud import LocalCloud


@pytest.fixture(scope="session")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give Postgres, Valkey, S3 and SQS that nobody else uses."""
    with LocalCloud(tmp_path_factory.mktemp("wires"), durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def aws_client() -> Callable[[LocalCloud, str], Any]:
    """Make a client of a service of a cloud."""

    def client(cloud: LocalCloud, service: Any) -> Any:
        environment = cloud.environment
        return boto3.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    return client
