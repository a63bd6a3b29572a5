"""The statements that write the records of one kind, in key order, keep what they change, and count what they did."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models import ChangeAction, id_prefix
from sanitizer_lambda.contract import TemplateKind
from workers.rows import Record
from workers.staging.desk import Desk
from workers.staging.tables import Table, listed, quoted

# What happened to a row; of a row that holds two records the larger counts.
_UPDATED, _CREATED = 1, 2
_KEY = {Record.SUITE: ("code_key",), Record.PHASE: ("suite_key", "code_key")}

KINDS = {Record.SUITE: TemplateKind.SUITE_TEMPLATES, Record.PHASE: TemplateKind.PHASE_TEMPLATES}

# What was done, by line; and the rows that change a record that is there.
TABLES = {"done": {"line": "BIGINT", "action": "INT"}, "changed": {"n": "BIGINT", "id": "UUID"}}


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows of the file created or updated something, and how many records that were."""

    created: int = 0
    updated: int = 0
    records_created: int = 0
    records_updated: int = 0

    @property
    def records(self) -> int:
        """How many records were written at all."""
        return self.records_created + self.records_updated


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one upload of one organization, as one change set; ``now`` is that one's ``at``."""

    desk: Desk
    organization_id: UUID
    upload_id: UUID
    change_set_id: UUID
    now: datetime
    # Whether a row of the file may hold two records, and what was done is counted by row.
    by_row: bool = True
    _plain: dict[int, int] = field(default_factory=dict)

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
        if await self._find_changed(table, source, columns):
            await self._keep_images(record, table, source)
            if moves_ids:
                await self._free_external_ids(table, source)
            await self._update(table, source, columns, _KEY[record])
        await self._insert(table, fresh or source, (*columns, *more), _KEY[record])

    async def count(self) -> Written:
        """Return what all statements did, by rows of the file."""
        if not self.by_row:
            created, updated = self._plain.get(_CREATED, 0), self._plain.get(_UPDATED, 0)
            return Written(created, updated, created, updated)
        (row,) = await self.desk.rows(
            f"SELECT count(*) FILTER (WHERE action = {_CREATED}) AS created, "
            f"count(*) FILTER (WHERE action = {_UPDATED}) AS updated, "
            f"coalesce(sum(created), 0)::bigint AS records_created, "
            f"coalesce(sum(updated), 0)::bigint AS records_updated "
            f"FROM (SELECT max(action) AS action, count(*) FILTER (WHERE action = {_CREATED}) AS created, "
            f"count(*) FILTER (WHERE action = {_UPDATED}) AS updated FROM done GROUP BY line) d"
        )
        return Written(**row)

    async def _insert(self, table: Table, source: str, columns: Sequence[str], key: Sequence[str]) -> None:
        own = {
            "id": self._ids(),
            "organization_id": f"'{self.organization_id}'::uuid",
            "project_id": ":project",
            "set_by_id": f"'{self.upload_id}'::uuid",
            "set_by_line": "s.line",
            "set_at": self._moment,
            "created_by_id": f"'{self.change_set_id}'::uuid",
            "created_line": "s.line",
        }
        await self._do(
            _CREATED,
            f"INSERT INTO {table.name} ({listed(own)}, {listed(columns)}) "
            f"SELECT {', '.join(own.values())}, {listed(columns, 's')} FROM {source} s "
            f"WHERE s.id IS NULL ORDER BY {listed(key, 's')}",
            "set_by_line",
        )

    async def _do(self, action: int, sql: str, line: str) -> None:
        """Run a statement that writes records, and count what it did; ``line`` is the column with each one's row."""
        if self.by_row:
            await self.desk.run(f"WITH made AS ({sql} RETURNING {line}) INSERT INTO done SELECT *, {action} FROM made")
        else:
            self._plain[action] = self._plain.get(action, 0) + await self.desk.run(sql)

    @property
    def _moment(self) -> str:
        return f"'{self.now.isoformat()}'::timestamptz"

    def _ids(self) -> str:
        """Return the SQL of new ids: version 7 (RFC 9562), counted up from a random begin.

        The database's own would cost a call for randomness each, and land all over the index.
        """
        high = f"{id_prefix(self.now)}{secrets.randbits(12):03x}"
        # The two bits of the variant, then a begin far enough below the end for any file.
        low = (0b100 << 61) + secrets.randbits(60) - (1 << 64)
        return f"('{high}' || to_hex({low} + s.n))::uuid"

    async def _find_changed(self, table: Table, source: str, columns: Sequence[str]) -> int:
        await self.desk.run("TRUNCATE changed")
        differs = f"(ROW({listed(columns, 's')}) IS DISTINCT FROM ROW({listed(columns, 't')}))"
        return await self.desk.run(
            f"INSERT INTO changed SELECT s.n, s.id FROM {source} s JOIN {table.name} t ON t.id = s.id "
            f"WHERE t.project_id = :project AND {differs}"
        )

    async def _keep_images(self, record: Record, table: Table, source: str) -> None:
        """Keep what is about to change as it was."""
        await self.desk.run(
            "INSERT INTO record_change (change_set_id, kind, record_id, action, code, line, before, revision) "
            f"SELECT '{self.change_set_id}', '{KINDS[record]}', t.id, '{ChangeAction.UPDATE}', t.code, s.line, "
            f"to_jsonb(t), t.revision + 1 FROM changed c JOIN {source} s USING (n) JOIN {table.name} t ON t.id = c.id "
            "ORDER BY s.n"
        )

    async def _update(self, table: Table, source: str, columns: Sequence[str], key: Sequence[str]) -> None:
        assigned = ", ".join(f"{quoted(column)} = s.{quoted(column)}" for column in columns if column not in key)
        await self._do(
            _UPDATED,
            f"UPDATE {table.name} t SET {assigned}, set_by_id = '{self.upload_id}', "
            f"set_by_line = s.line, set_at = {self._moment} "
            f"FROM changed c JOIN {source} s USING (n) WHERE t.id = c.id",
            "t.set_by_line",
        )

    async def _free_external_ids(self, table: Table, source: str) -> None:
        """Take from records the ids that others of the file get: their index is checked row by row.

        That is one more version of such a record.
        """
        await self.desk.run(
            f"WITH freed AS (UPDATE {table.name} t SET external_id = '~' || t.id FROM {source} s WHERE t.id = s.id "
            f"AND t.external_id IS DISTINCT FROM s.external_id AND t.external_id IN (SELECT external_id "
            f"FROM {source} o WHERE o.id IS DISTINCT FROM t.id AND o.external_id IS NOT NULL) RETURNING t.id) "
            "UPDATE record_change r SET revision = r.revision + 1 FROM freed "
            f"WHERE r.record_id = freed.id AND r.change_set_id = '{self.change_set_id}'"
        )
