"""The two statements that write the records of one kind, in key order, and the count of what they did."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from workers.rows import Record
from workers.staging.desk import Desk
from workers.staging.tables import Table, listed, quoted

# What happened to a row; of a row that holds two records the larger counts.
_UPDATED, _CREATED = 1, 2
_KEY = {Record.SUITE: ("code_key",), Record.PHASE: ("suite_key", "code_key")}

# What was done, by line.
TABLES = {"done": {"line": "BIGINT", "action": "INT"}}


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows of the file created or updated something."""

    created: int
    updated: int


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one upload of one organization."""

    desk: Desk
    organization_id: UUID
    upload_id: UUID
    now: datetime

    async def write(  # noqa: PLR0913 - a table, where its rows come from, and what is special about them
        self,
        record: Record,
        table: Table,
        source: str,
        *,
        fresh: str | None = None,
        more: Sequence[str] = (),
        moves_ids: bool,
    ) -> None:
        """Bring the records of ``source`` into the table; unchanged ones are not touched.

        New ones come from ``fresh``, where that has columns that ``source`` lacks: ``more``. ``moves_ids``: an external
        id may go from one record to another.
        """
        columns = table.imported
        if moves_ids:
            await self._free_external_ids(table, source)
        await self._update(table, source, columns, _KEY[record])
        await self._insert(table, fresh or source, (*columns, *more), _KEY[record])

    async def count(self) -> Written:
        """Return what all statements did, by rows of the file."""
        rows = await self.desk.rows(
            "SELECT action, count(*) AS lines FROM (SELECT max(action) AS action FROM done GROUP BY line) d GROUP BY 1"
        )
        lines = {row["action"]: row["lines"] for row in rows}
        return Written(lines.get(_CREATED, 0), lines.get(_UPDATED, 0))

    async def _insert(self, table: Table, source: str, columns: Sequence[str], key: Sequence[str]) -> None:
        own = {
            "id": self._ids(),
            "organization_id": f"'{self.organization_id}'::uuid",
            "project_id": ":project",
            "set_by_id": f"'{self.upload_id}'::uuid",
            "set_by_line": "s.line",
            "set_at": self._moment,
        }
        await self.desk.run(
            f"WITH made AS (INSERT INTO {table.name} ({listed(own)}, {listed(columns)}) "
            f"SELECT {', '.join(own.values())}, {listed(columns, 's')} FROM {source} s "
            f"WHERE s.id IS NULL ORDER BY {listed(key, 's')} RETURNING set_by_line) "
            f"INSERT INTO done SELECT set_by_line, {_CREATED} FROM made"
        )

    @property
    def _moment(self) -> str:
        return f"'{self.now.isoformat()}'::timestamptz"

    def _ids(self) -> str:
        """Return the SQL of new ids: version 7 (RFC 9562), counted up from a random begin.

        The database's own would cost a call for randomness each, and land all over the index.
        """
        moment = int(self.now.timestamp() * 1000)
        high = f"{moment:012x}7{secrets.randbits(12):03x}"
        # The two bits of the variant, then a begin far enough below the end for any file.
        low = (0b100 << 61) + secrets.randbits(60) - (1 << 64)
        return f"('{high}' || to_hex({low} + s.n))::uuid"

    async def _update(self, table: Table, source: str, columns: Sequence[str], key: Sequence[str]) -> None:
        changed = f"(ROW({listed(columns, 's')}) IS DISTINCT FROM ROW({listed(columns, 't')}))"
        assigned = ", ".join(f"{quoted(column)} = s.{quoted(column)}" for column in columns if column not in key)
        await self.desk.run(
            f"WITH made AS (UPDATE {table.name} t SET {assigned}, set_by_id = '{self.upload_id}', "
            f"set_by_line = s.line, set_at = {self._moment} "
            f"FROM {source} s WHERE t.id = s.id AND t.project_id = :project AND {changed} RETURNING t.set_by_line) "
            f"INSERT INTO done SELECT set_by_line, {_UPDATED} FROM made"
        )

    async def _free_external_ids(self, table: Table, source: str) -> None:
        """Take from records the ids that others of the file get: their index is checked row by row."""
        await self.desk.run(
            f"UPDATE {table.name} t SET external_id = '~' || t.id FROM {source} s WHERE t.id = s.id "
            f"AND t.external_id IS DISTINCT FROM s.external_id AND t.external_id IN (SELECT external_id "
            f"FROM {source} o WHERE o.id IS DISTINCT FROM t.id AND o.external_id IS NOT NULL)"
        )
