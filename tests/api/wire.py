"""A socket that speaks graphql-transport-ws, as anyone could write one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.api.running import SOON


@dataclass(slots=True)
class Wire:
    """A socket that speaks graphql-transport-ws."""

    connection: ClientConnection
    _ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, url: str, protocol: str | None = "graphql-transport-ws", **options: Any
    ) -> AsyncIterator[Self]:
        protocols = None if protocol is None else [Subprotocol(protocol)]
        async with connect(url, subprotocols=protocols, compression=None, **options) as connection:
            yield cls(connection)

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self, within: float = SOON) -> dict[str, Any]:
        async with asyncio.timeout(within):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        return message

    async def subscribe(self, query: str, key: str | None = None, **variables: Any) -> str:
        key = key or str(next(self._ids))
        await self.send(id=key, type="subscribe", payload={"query": query, "variables": variables})
        return key

    async def next(self, field_name: str, within: float = SOON) -> dict[str, Any]:
        message = await self.receive(within)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        payload: dict[str, Any] = message["payload"]["data"][field_name]
        return payload

    async def receive_or_none(self, within: float = 0.3) -> dict[str, Any] | None:
        try:
            return await self.receive(within)
        except TimeoutError:
            return None

    async def closed(self, within: float = SOON) -> tuple[int | None, str]:
        async with asyncio.timeout(within):
            await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason or ""
