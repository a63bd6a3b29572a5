"""AWS clients, one of each kind a process: made by its lifespan and reused, as making one costs more than a call."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import AccessDenied, ObjectExists, ObjectMissing, Unavailable
from infra.settings import AwsSettings

# Longest wait for a connection, seconds: a service that is there answers in milliseconds.
CONNECT_TIMEOUT = 5
# Longest silence of an open connection, seconds; above the 20 s of a long poll.
READ_TIMEOUT = 30
# Connections of one client: imports, signing checks and long polls of one process side by side.
MAX_CONNECTIONS = 50

# One a process: each session reads the descriptions of the services anew, ten megabytes a client.
_session = functools.cache(get_session)

_MISSING = {"404", "NoSuchKey", "NoSuchVersion", "NotFound", "NoSuchUpload"}
_EXISTS = {"412", "PreconditionFailed", "ConditionalRequestConflict"}
_DENIED = {"403", "AccessDenied", "AccessDeniedException", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


@asynccontextmanager
async def aws_client(service: str, settings: AwsSettings, endpoint_url: str | None = None) -> AsyncIterator[Any]:
    """Yield an aiobotocore client for ``s3`` or ``sqs``; ``endpoint_url`` overrides the settings' own."""
    config = AioConfig(
        signature_version="s3v4" if service == "s3" else "v4",
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        max_pool_connections=MAX_CONNECTIONS,
        retries={"mode": "standard", "max_attempts": 3},
        s3={"addressing_style": settings.s3_addressing},
    )
    async with _session().create_client(
        service,
        region_name=settings.region,
        endpoint_url=endpoint_url or settings.endpoint_url,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        aws_session_token=settings.session_token,
        config=config,
    ) as client:
        yield client


@contextmanager
def translated(action: str, resource: str) -> Iterator[None]:
    """Turn the vendor's errors into ours: ``action`` and ``resource`` name what was tried."""
    try:
        yield
    except ClientError as error:
        raise _translate(error, action, resource) from error
    except (BotoCoreError, OSError, TimeoutError) as error:
        raise Unavailable(f"{action} on {resource}: {type(error).__name__}") from error


def _translate(error: ClientError, action: str, resource: str) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _MISSING:
        return ObjectMissing(resource)
    if code in _EXISTS:
        return ObjectExists(resource)
    if code in _DENIED:
        return AccessDenied(action, resource)
    return Unavailable(f"{action} on {resource}: {code}")
