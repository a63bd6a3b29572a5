"""The whole product on one machine: the local cloud, and our own processes on it, which end with this one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Self

import httpx

from airlock.demo import make_demo
from airlock.local import forget_environment, home_of, keep_environment, signing_key
from gql.auth import mint
from infra.bundle import build
from infra.database import migrate, open_database
from infra.local.cloud import LocalCloud
from infra.local.errors import LocalStackError
from infra.local.port import free_port
from infra.local.process import Command, OwnedProcess, python_command, python_environment
from infra.settings import ApiSettings, AuthSettings, DatabaseSettings, read

# A process that is not ready by then has a fault that waiting does not mend, seconds.
READY_WITHIN = 30.0
# A process that ends sooner than this after its start, seconds, would only end again.
LIVED_TOO_SHORT = 5.0
# Life of the token that is printed: a working day.
DEMO_TOKEN_TTL = timedelta(hours=8)


class Product:
    """The local cloud with our own processes on it; a context manager that starts and ends them all."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.home = home_of(environ)
        self.port = free_port(read(ApiSettings, environ).port)
        self._given = environ
        self._exits = ExitStack()
        self._services: dict[str, OwnedProcess] = {}
        self._started: dict[str, float] = {}
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            cloud = self.cloud = exits.enter_context(LocalCloud(self.home))
            self.environment = {
                **cloud.environment,
                "JWT_SECRET": signing_key(self.home),
                "PORT": str(self.port),
                "AIRLOCK_URL": f"{self.url}/graphql",
            }
            asyncio.run(_prepare(read(DatabaseSettings, self.environment)))
            cloud.start_function(build(self.home / "sanitizer.zip"))
            exits.callback(self._stop)
            for name in ("worker", "api"):
                self._start(name)
            self._services["api"].wait_until(self._is_ready, READY_WITHIN)
            keep_environment(self.home, self.environment)
            exits.callback(forget_environment, self.home)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    @property
    def url(self) -> str:
        """Where the API listens."""
        return f"http://127.0.0.1:{self.port}"

    def token(self, email: str) -> str:
        """Return a token for one of the demo users."""
        settings = read(AuthSettings, self.environment)
        return mint(email, DEMO_TOKEN_TTL, settings, datetime.now(UTC))

    def pid(self, name: str) -> int:
        """Return the id of the process ``worker`` or ``api``."""
        return self._services[name].pid

    def mend(self) -> str | None:
        """Start again what has ended, and return a sentence about it, or None.

        Raises LocalStackError for a process that ends as soon as it starts.
        """
        for name, service in self._services.items():
            if service.alive:
                continue
            reason = service.last_words()
            if time.monotonic() - self._started[name] < LIVED_TOO_SHORT:
                raise LocalStackError(f"The {name} ends as soon as it starts: {reason}")
            self._start(name)
            return f"The {name} ended and was started again: {reason}"
        return None

    def _start(self, name: str) -> None:
        command = Command(
            name=name,
            argv=python_command("airlock", name),
            log=self.home / "logs" / f"{name}.log",
            environment={**python_environment(), **self._given, **self.environment},
        )
        self._started[name] = time.monotonic()
        self._services[name] = OwnedProcess(command)

    def _stop(self) -> None:
        for service in reversed(self._services.values()):
            service.stop()

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=1).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


async def _prepare(database: DatabaseSettings) -> None:
    await migrate(database)
    async with open_database(database):
        await make_demo()
