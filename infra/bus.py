"""Redis pub/sub: hints that an upload moved, and calls for workers.

Either may be lost, doubled or late; the truth is in the database.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Self
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from infra.errors import AccessDenied, Unavailable
from infra.settings import RedisSettings

# One channel for all: every API process watches for its own sockets, and filters in memory.
CHANNEL = "airlock:uploads"
# Where whoever made work for the workers says so; a call carries nothing.
WORK = "airlock:work"
# Longest silence of the connection before it is asked whether it still lives, seconds.
HEALTH_CHECK = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running step is; ``revision`` only grows within an upload. Never stored."""

    revision: int
    bytes_read: int
    bytes_total: int | None
    rows_read: int
    rows_total: int | None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """Upload ``upload_id`` of ``project_id`` has reached ``sequence``; with ``progress``, it moved within that step."""

    upload_id: UUID
    project_id: UUID
    sequence: int
    progress: Progress | None = None

    def dump(self) -> str:
        """Return the hint as JSON."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def parse(cls, text: str | bytes) -> Self | None:
        """Read what ``dump`` wrote; None where it is something else, as hints may be lost anyway."""
        try:
            value = json.loads(text)
            progress = value["progress"] and Progress(**value["progress"])
            return cls(UUID(value["upload_id"]), UUID(value["project_id"]), int(value["sequence"]), progress)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


class Bus:
    """The two channels. Every verb may raise Unavailable or AccessDenied."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def publish(self, hint: Hint) -> None:
        """Tell every process that listens now."""
        await self._publish(CHANNEL, hint.dump())

    async def call(self) -> None:
        """Tell every worker that listens now that there may be something to do."""
        await self._publish(WORK, "")

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[Hint]]:
        """Attach, then yield the hints published from now on; once attached, none of this connection is missed."""
        async with self._attached(CHANNEL) as messages:
            yield _hints(messages)

    @asynccontextmanager
    async def listen_for_calls(self) -> AsyncIterator[AsyncIterator[None]]:
        """Attach, then yield for each call from now on."""
        async with self._attached(WORK) as messages:
            yield _calls(messages)

    async def _publish(self, channel: str, text: str) -> None:
        try:
            await self._redis.publish(channel, text)
        except (AuthenticationError, NoPermissionError) as error:
            raise AccessDenied("publish", channel) from error
        except (RedisError, OSError) as error:
            raise Unavailable(f"publish on {channel}: {type(error).__name__}") from error

    @asynccontextmanager
    async def _attached(self, channel: str) -> AsyncIterator[AsyncIterator[dict[str, object]]]:
        pubsub = self._redis.pubsub()
        try:
            await pubsub.subscribe(channel)
            messages = pubsub.listen()
            await anext(messages)  # the server's confirmation: from here on nothing is missed
            yield messages
        except (RedisError, OSError) as error:
            raise Unavailable(f"subscribe to {channel}: {type(error).__name__}") from error
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py types it not

    async def check(self) -> None:
        """Return when Redis answers."""
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            raise Unavailable(f"ping: {type(error).__name__}") from error


async def _hints(messages: AsyncIterator[dict[str, object]]) -> AsyncIterator[Hint]:
    async for message in messages:
        data = message["data"]
        if message["type"] == "message" and isinstance(data, str | bytes) and (hint := Hint.parse(data)) is not None:
            yield hint


async def _calls(messages: AsyncIterator[dict[str, object]]) -> AsyncIterator[None]:
    async for message in messages:
        if message["type"] == "message":
            yield None


@asynccontextmanager
async def open_bus(settings: RedisSettings) -> AsyncIterator[Bus]:
    """Yield the bus on a pool of its own."""
    async with Redis.from_url(settings.url, health_check_interval=HEALTH_CHECK) as redis:
        yield Bus(redis)
