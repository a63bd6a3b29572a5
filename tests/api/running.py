"""A real server on a free port, in the tests' own loop so that they can look inside."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx

from gql.app import Settings
from gql.context import Services
from gql.limits import QueryLimits
from gql.server import Server, make_server
from infra.local.port import free_port

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


@dataclass(frozen=True, slots=True)
class Spawned:
    """A server in a process of its own."""

    process: asyncio.subprocess.Process
    url: str


@asynccontextmanager
async def spawned(environ: Mapping[str, str]) -> AsyncIterator[Spawned]:
    """Run the server as a process of its own, with settings of its own."""
    port = free_port()
    python = [sys.executable, "-c", "import os; from gql.server import run; run(os.environ)"]
    given = {**os.environ, **environ, "PORT": str(port)}
    process = await asyncio.create_subprocess_exec(*python, env=given, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(4 * SOON), httpx.AsyncClient() as client:
            while process.returncode is None:
                with suppress(httpx.HTTPError):
                    await client.get(f"http://127.0.0.1:{port}/healthz")
                    break
                await asyncio.sleep(0.05)
        assert process.returncode is None
        yield Spawned(process, f"http://127.0.0.1:{port}")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
