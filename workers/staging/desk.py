"""The connection an import works on: one transaction, and temporary tables that are empty before and after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from workers.staging.tables import quoted

# Size of a temporary table from which on it is worth a look, bytes: a few thousand rows.
_LARGE = 1 << 18
# Rows of a large answer fetched at a time: few round trips, little memory.
_PREFETCH = 5_000


@dataclass(frozen=True, slots=True)
class Desk:
    """A raw connection inside a transaction, and the project it works for: `:project` in statements."""

    raw: Any
    project_id: UUID

    async def prepare(self) -> None:
        """Hold the project, so that one import at a time checks and writes in it; set what suits large statements."""
        # One round trip. Compiling a statement costs more than any of ours runs; sorts of a big file should not spill;
        # a worker whose machine vanished must not hold the project for the hours TCP waits by default.
        await self.raw.execute(
            "SET LOCAL jit = off; SET LOCAL work_mem = '64MB';"
            "SET LOCAL client_min_messages = warning;"
            "SET LOCAL tcp_keepalives_idle = 10; SET LOCAL tcp_keepalives_interval = 5;"
            "SET LOCAL tcp_keepalives_count = 3;"
            f"SELECT pg_advisory_xact_lock(hashtextextended('airlock import {self.project_id}', 0));"
            # Its records have no foreign key to it (see models.templates): it stays until they are there.
            f"SELECT id FROM project_profile WHERE id = '{self.project_id}' FOR KEY SHARE"
        )

    async def create(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        """Make temporary tables, in one round trip; an earlier import on this connection may have left them, empty.

        To make and drop half a dozen tables costs more than to import a small file.
        """
        made = []
        for name, columns in tables.items():
            body = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
            made.append(f"CREATE TEMP TABLE IF NOT EXISTS {quoted(name)} ({body}) ON COMMIT DELETE ROWS")
        await self.raw.execute(";".join(made))

    async def copy(self, name: str, columns: Iterable[str], lines: Sequence[str]) -> None:
        """Put rows, written as ``rows.copied`` does and divided by tabs, into a table."""
        if lines:
            await self.raw.copy_to_table(name, source=_text(lines), columns=list(columns), format="text")

    async def study(self, table: str, columns: str = "") -> None:
        """Let the planner look at a table that has just been filled, where a bad plan would cost more than that.

        It takes a table it has not seen for small, however much it holds, and may go through all of it for each row.
        """
        size = await self.value(f"SELECT pg_relation_size('{table}')")
        if size >= _LARGE:
            await self.raw.execute(f"ANALYZE {table} ({columns})" if columns else f"ANALYZE {table}")

    async def run(self, sql: str) -> int:
        """Run a statement and return how many rows it touched."""
        status = await self.raw.execute(self._planned(sql))
        return int(status.rsplit(" ", 1)[-1]) if status[-1].isdigit() else 0

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """Run a query and return its rows."""
        statement = await self.raw.prepare(self._planned(sql))
        found: list[Any] = await statement.fetch(*values)
        return found

    async def each(self, sql: str) -> AsyncIterator[Any]:
        """Run a query whose answer may be large and yield its rows a few at a time."""
        async for row in self.raw.cursor(self._planned(sql), prefetch=_PREFETCH):
            yield row

    async def value(self, sql: str) -> Any:
        """Run a query and return the one value of its one row."""
        statement = await self.raw.prepare(self._planned(sql))
        return await statement.fetchval()

    def _planned(self, sql: str) -> str:
        """Return the statement in a form that is planned anew: a plan for a small file must not meet a big one."""
        return sql.replace(":project", f"'{self.project_id}'::uuid")


async def _text(lines: Sequence[str]) -> AsyncIterator[bytes]:
    """Yield all lines in one piece: a file would be read, and waited for, in many."""
    yield ("\n".join(lines) + "\n").encode()
