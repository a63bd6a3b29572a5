"""What an import would do: told record by record, and hashed, so that it can be done later or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models import ChangeAction, ImportMode, InvalidRowPolicy
from workers.rows import Record
from workers.staging.desk import Desk
from workers.staging.tables import Table, listed
from workers.staging.write import KINDS

# Changes whose hashes are hashed together first: a million changes then take some kilobytes, not tens of megabytes.
_TOGETHER = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one kind: their table, and the staging table with what the file makes of them."""

    record: Record
    table: Table
    source: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that the valid rows lead to, read from the staging tables before anything is written."""

    desk: Desk
    parts: Sequence[Part]

    async def hold(self) -> None:
        """Keep other programs from editing the records that would be changed until the transaction ends."""
        for part in self.parts:
            await self.desk.value(
                f"SELECT count(*) FROM (SELECT FROM {part.table.name} WHERE id IN "
                f"(SELECT t.id FROM {_changes(part)}) FOR UPDATE) h"
            )

    async def digest(self, mode: ImportMode, policy: InvalidRowPolicy) -> str:
        """Return a SHA-256 of all changes in the order of their keys; two plans with the same do the same.

        It is made of what each record was and would be in the columns that files fill, and of nothing else: another
        upload of the same rows over the same records has the same.
        """
        each = " UNION ALL ".join(
            f"SELECT '{KINDS[part.record]}' AS kind, {_suite(part)} AS suite_key, s.code_key, "
            f"jsonb_build_array('{KINDS[part.record]}', {_suite(part)}, s.code_key, {_ACTION}, {_image(part, 't')}, "
            f"{_image(part, 's')})::text AS told FROM {_changes(part)}"
            for part in self.parts
        )
        digest: str = await self.desk.value(
            f"WITH change AS (SELECT sha256(convert_to(told, 'UTF8')) AS hash, row_number() OVER "
            f'(ORDER BY kind COLLATE "C", suite_key COLLATE "C", code_key COLLATE "C") AS place FROM ({each}) e), '
            f"chunk AS (SELECT place / {_TOGETHER} AS number, sha256(string_agg(hash, ''::bytea ORDER BY place)) "
            "AS hash FROM change GROUP BY 1) "
            f"SELECT encode(sha256(convert_to('{mode} {policy} ', 'UTF8') || "
            "coalesce(string_agg(hash, ''::bytea ORDER BY number), ''::bytea)), 'hex') FROM chunk"
        )
        return digest

    async def keep(self, change_set_id: UUID) -> None:
        """Keep the changes to be looked at, in the order of the file."""
        for part in self.parts:
            await self.desk.run(
                "INSERT INTO record_change (change_set_id, kind, record_id, action, code, line, before, after) "
                f"SELECT '{change_set_id}', '{KINDS[part.record]}', t.id, {_ACTION}, s.code, s.line, "
                f"CASE WHEN t.id IS NOT NULL THEN to_jsonb(t) END, {_image(part, 's')} FROM {_changes(part)} "
                "ORDER BY s.n"
            )


_ACTION = f"CASE WHEN t.id IS NULL THEN '{ChangeAction.CREATE}' ELSE '{ChangeAction.UPDATE}' END"


def _suite(part: Part) -> str:
    return "s.suite_key" if part.record is Record.PHASE else "''"


def _image(part: Part, of: str) -> str:
    """Return the SQL of what stands in the columns that files fill; null where there is no such row."""
    image = f"(SELECT to_jsonb(v) FROM (SELECT {listed(part.table.imported, of)}) v)"
    return image if of == "s" else f"CASE WHEN {of}.id IS NOT NULL THEN {image} END"


def _changes(part: Part) -> str:
    """Return the staged rows that change something, beside the records they change."""
    columns = part.table.imported
    return (
        f"{part.source} s LEFT JOIN {part.table.name} t ON t.id = s.id AND t.project_id = :project "
        f"WHERE ROW({listed(columns, 's')}) IS DISTINCT FROM ROW({listed(columns, 't')})"
    )
