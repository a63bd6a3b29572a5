"""A real server on a free port, in the tests' own loop so that they can look inside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from gql.app import Settings
from gql.context import Services
from gql.limits import QueryLimits
from gql.server import Server, make_server

SECRET = "0123456789abcdef0123456789abcdef"
# Longest wait for anything that ought to happen at once, seconds.
SOON = 5.0
# The hub looks at the database so often: soon enough for a test, seldom enough that hints come first.
CHECK_EVERY = timedelta(seconds=0.5)
# A socket must say so soon who it is, seconds.
INIT_WITHIN = 1.0


@dataclass(slots=True)
class Running:
    """A running server."""

    server: Server
    settings: Settings
    url: str

    @property
    def services(self) -> Services:
        services: Services = self.server.lifespan.state["services"]
        return services

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/graphql"


@asynccontextmanager
async def running(environ: Mapping[str, str]) -> AsyncIterator[Running]:
    """Run the server in this loop for as long as the block lasts."""
    settings = replace(
        Settings.from_environ(environ), check_every=CHECK_EVERY, queries=QueryLimits(init_within=INIT_WITHIN)
    )
    server = make_server(settings)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(SOON):
            while not server.started:
                assert not task.done(), task
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Running(server, settings, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        await task
