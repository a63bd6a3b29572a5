"""The settings: small frozen classes, each read once from the environment by ``read``.

A field's metadata names its variable and says what it is for; the README's table and ``airlock`` both come from there.
"""

from __future__ import annotations

import dataclasses
import os
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from infra.errors import SettingsError

T = TypeVar("T")

_MAX_PORT = 65_535


def _variable(name: str, purpose: str, default: Any = dataclasses.MISSING, *, secret: bool = False) -> Any:
    metadata = {"variable": name, "purpose": purpose, "secret": secret}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Postgres 15 or newer."""

    url: str = _variable("DATABASE_URL", "Postgres: `postgres://user:password@host:port/name`", secret=True)
    pool_size: int = _variable("DATABASE_POOL_SIZE", "connections a process holds at most", 10)


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Redis 7 or Valkey."""

    url: str = _variable("REDIS_URL", "Redis or Valkey: `redis://host:port/0`, `rediss://` for TLS", secret=True)


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """How S3 and SQS are reached; credentials left out are found as every AWS client finds them."""

    region: str = _variable("AWS_REGION", "region of buckets and queues", "us-east-1")
    endpoint_url: str | None = _variable("AWS_ENDPOINT_URL", "S3 and SQS elsewhere than at AWS", None)
    access_key_id: str | None = _variable("AWS_ACCESS_KEY_ID", "left out where a role gives them", None)
    secret_access_key: str | None = _variable("AWS_SECRET_ACCESS_KEY", "same", None, secret=True)
    session_token: str | None = _variable("AWS_SESSION_TOKEN", "same", None, secret=True)
    s3_addressing: str = _variable("S3_ADDRESSING_STYLE", "`auto`, `path` or `virtual`", "auto")
    public_endpoint_url: str | None = _variable(
        "S3_PUBLIC_ENDPOINT_URL", "S3 as clients reach it, if not by AWS_ENDPOINT_URL: presigned URLs name it", None
    )


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """The two buckets."""

    quarantine_bucket: str = _variable("QUARANTINE_BUCKET", "where clients put their files")
    final_bucket: str = _variable("FINAL_BUCKET", "where clean files, reports and orders are")


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """The queues the worker uses."""

    sanitized_files_url: str = _variable("SANITIZED_FILES_QUEUE_URL", "what the sanitizer says")
    sanitized_files_dlq_url: str = _variable("SANITIZED_FILES_DLQ_URL", "what the worker could not take")
    quarantine_events_url: str = _variable("QUARANTINE_EVENTS_QUEUE_URL", "storage events; the sweeper sends lost ones")
    quarantine_events_dlq_url: str = _variable("QUARANTINE_EVENTS_DLQ_URL", "events the sanitizer failed on")


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """Bearer tokens: JWT, HS256."""

    secret: str = _variable("JWT_SECRET", "HS256 key, 32 bytes or more", secret=True)
    issuer: str = _variable("JWT_ISSUER", "`iss` a token must carry", "airlock")
    audience: str = _variable("JWT_AUDIENCE", "`aud` a token must carry", "airlock")
    leeway: timedelta = _variable("JWT_LEEWAY_SECONDS", "clock skew that is forgiven", timedelta(seconds=30))

    def __post_init__(self) -> None:
        """RFC 7518, section 3.2: a key as long as the hash, at least."""
        if len(self.secret.encode()) < 32:  # noqa: PLR2004 - the 256 bits of HS256
            raise SettingsError("JWT_SECRET must be at least 32 bytes long")


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """The API's process."""

    host: str = _variable("HOST", "address the API listens on", "127.0.0.1")
    port: int = _variable("PORT", "port the API listens on; 0 takes a free one", 8000)
    allowed_origins: tuple[str, ...] = _variable("ALLOWED_ORIGINS", "web origins that may call, by commas", ())
    graphiql: bool = _variable("GRAPHIQL", "serve GraphiQL to browsers at /graphql", default=True)

    def __post_init__(self) -> None:
        """Refuse what is no TCP port."""
        if not 0 <= self.port <= _MAX_PORT:
            raise SettingsError(f"PORT cannot be read: a number from 0 to {_MAX_PORT} is expected")


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """What an upload may be and how long its steps may take."""

    url_ttl: timedelta = _variable(
        "UPLOAD_URL_SECONDS", "life of a presigned URL: time to choose and begin to send", timedelta(minutes=15)
    )
    longest_transfer: timedelta = _variable(
        "UPLOAD_TRANSFER_SECONDS", "a transfer begun in time may go on so long: 2 GB at 5 Mbit/s", timedelta(hours=1)
    )
    sanitize_deadline: timedelta = _variable(
        "SANITIZE_DEADLINE_SECONDS",
        "received to message: the function's 15 minutes and one retry",
        timedelta(minutes=35),
    )
    import_deadline: timedelta = _variable(
        "IMPORT_DEADLINE_SECONDS", "queued to done: 2 million rows and a queue before them", timedelta(hours=1)
    )
    max_active: int = _variable("MAX_ACTIVE_UPLOADS", "unfinished uploads of one project", 1000)


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """The worker's process."""

    concurrency: int = _variable("WORKER_CONCURRENCY", "imports one worker runs at a time", 2)
    lease: timedelta = _variable("LEASE_SECONDS", "a silent worker loses its import after", timedelta(seconds=30))
    max_attempts: int = _variable("MAX_ATTEMPTS", "tries of one import before it is given up", 3)
    sweep_every: timedelta = _variable(
        "SWEEP_SECONDS", "how often deadlines and leases are looked at", timedelta(seconds=2)
    )
    grace: timedelta = _variable(
        "WORKER_GRACE_SECONDS", "on SIGTERM a running import may go on so long", timedelta(seconds=20)
    )


SETTINGS = (
    DatabaseSettings,
    RedisSettings,
    AwsSettings,
    StorageSettings,
    QueueSettings,
    AuthSettings,
    ApiSettings,
    UploadSettings,
    WorkSettings,
)


def read(kind: type[T], environ: Mapping[str, str]) -> T:
    """Return settings of class ``kind`` from the environment; an empty variable counts as absent.

    Raises SettingsError, which names the variable and never shows a value.
    """
    hints = typing.get_type_hints(kind)
    values = {}
    for item in dataclasses.fields(typing.cast("Any", kind)):
        name = item.metadata["variable"]
        if text := environ.get(name, ""):
            values[item.name] = _convert(name, text, hints[item.name])
        elif item.default is dataclasses.MISSING:
            raise SettingsError(f"{name} is not set: {item.metadata['purpose']}")
    return kind(**values)


def _convert(name: str, text: str, kind: Any) -> object:
    if typing.get_origin(kind) is types.UnionType:
        kind = next(item for item in typing.get_args(kind) if item is not types.NoneType)
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        if kind is timedelta:
            return timedelta(seconds=float(text))
        if kind == tuple[str, ...]:
            return tuple(part for part in map(str.strip, text.split(",")) if part)
        return kind(text)
    except (ValueError, KeyError, OverflowError) as error:
        raise SettingsError(f"{name} cannot be read: {_EXPECTED[kind]} is expected") from error


_EXPECTED = {bool: "true or false", timedelta: "a number of seconds", int: "a whole number"}


def tortoise_config(database: DatabaseSettings) -> dict[str, Any]:
    """Return Tortoise's configuration: one connection, the models, and their migrations.

    Of the URL's query, ``sslmode`` is understood, with libpq's words. Raises SettingsError.
    """
    url = urlsplit(database.url)
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/"):
        raise SettingsError("DATABASE_URL cannot be read: postgres://user:password@host:port/name is expected")
    credentials = {
        "host": unquote(url.hostname or "127.0.0.1"),
        "port": url.port or 5432,
        "user": unquote(url.username or "postgres"),
        "password": unquote(url.password or "") or None,
        "database": unquote(url.path.strip("/")),
        "ssl": dict(parse_qsl(url.query)).get("sslmode"),
        "minsize": 1,
        "maxsize": database.pool_size,
    }
    connection = {"engine": "tortoise.backends.asyncpg", "credentials": credentials}
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": ["models"], "default_connection": "default", "migrations": "migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def __getattr__(name: str) -> Any:
    """Give Tortoise's own command line its configuration, read only when it is asked for."""
    if name == "TORTOISE_ORM":
        return tortoise_config(read(DatabaseSettings, os.environ))
    raise AttributeError(name)
