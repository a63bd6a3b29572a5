"""Postgres through Tortoise: opened once by a process's lifespan, and migrated under a lock."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor

from infra.errors import Unavailable
from infra.settings import DatabaseSettings, tortoise_config

# Names our advisory lock among those of other programs in the same database; any constant would do.
_MIGRATION_LOCK = int.from_bytes(hashlib.sha256(b"airlock migrate").digest()[:8], signed=True)

# What a database that is away, starting or full raises, through Tortoise or beside it.
DATABASE_ERRORS = (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Database:
    """The opened database of this process."""

    def __init__(self, context: TortoiseContext) -> None:
        self._context = context

    async def check(self) -> None:
        """Return when the database answers. Raises Unavailable."""
        try:
            await self._context.db().execute_query("SELECT 1")
        except DATABASE_ERRORS as error:
            raise Unavailable(f"database: {type(error).__name__}") from error


@asynccontextmanager
async def open_database(settings: DatabaseSettings, *, process_wide: bool = False) -> AsyncIterator[Database]:
    """Bind the models to the database for as long as the block lasts; connections are made when first needed.

    ``process_wide`` binds every task of the process, as a server needs whose lifespan is a task beside its requests;
    otherwise only this task and those it starts. Raises SettingsError.
    """
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(settings), _enable_global_fallback=process_wide)
        yield Database(context)


async def migrate(settings: DatabaseSettings) -> list[str]:
    """Apply the migrations that are not applied yet and return their names, oldest first.

    Of several callers at once, one works and the others wait for it and find nothing to do. Raises Unavailable.
    """
    config = tortoise_config(settings)
    applied: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    try:
        async with _migration_lock(settings), TortoiseContext() as context:
            await context.init(config=config)
            executor = MigrationExecutor(context.db(), config["apps"])
            await executor.migrate(direction="forward", progress=note)
    except DATABASE_ERRORS as error:
        raise Unavailable(f"migrate: {type(error).__name__}: {error}") from error
    return applied


@asynccontextmanager
async def _migration_lock(settings: DatabaseSettings) -> AsyncIterator[None]:
    """Hold the lock on a connection of its own: a killed holder's connection ends, and the lock with it."""
    given = tortoise_config(settings)["connections"]["default"]["credentials"]
    names = ("host", "port", "user", "password", "database", "ssl")
    connection = await asyncpg.connect(**{name: given[name] for name in names})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        yield
    finally:
        await connection.close()
