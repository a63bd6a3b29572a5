"""What takes a change set back, record by record: gathered in one table, written by set-based statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from models import ChangeAction, ChangeCause, ChangeSet, PhaseTemplate, SuiteTemplate, ids_of
from sanitizer_lambda.contract import TemplateKind
from workers.staging.desk import Desk
from workers.staging.tables import Table, listed, table_of

UNDO = "undo"
SUITE, PHASE = TemplateKind.SUITE_TEMPLATES, TemplateKind.PHASE_TEMPLATES
CREATE, UPDATE, DELETE, KEEP = ChangeAction
TABLE_OF: Mapping[TemplateKind, Table] = {SUITE: table_of(SuiteTemplate), PHASE: table_of(PhaseTemplate)}
# What is to be done to each record: `image` is what it gets back, `expected` the version the change set left it in,
# `reason` why it is left as it is after all.
TABLES = {
    UNDO: {
        "n": "BIGINT", "kind": "TEXT", "id": "UUID", "action": "TEXT", "code": "TEXT", "suite_key": "TEXT",
        "code_key": "TEXT", "expected": "INT", "image": "JSONB", "reason": "TEXT",
    },
}  # fmt: skip
# Rows from which on a bad plan costs more than looking at the tables first.
MANY = 2_000

_KEYS = {SUITE: ("code_key",), PHASE: ("suite_key", "code_key")}
_ORIGIN = ("set_by_id", "set_by_line", "set_at")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were made again, changed back, deleted, and left as they are."""

    created: int
    updated: int
    deleted: int
    kept: int


@dataclass(frozen=True, slots=True)
class Undo:
    """The table of what takes ``target`` back, for the revert ``change_set_id``."""

    desk: Desk
    target: ChangeSet
    change_set_id: UUID

    async def gather(self) -> int:
        """Fill the table; return how many records it is about."""
        count = await self._gather_kept()
        if self.target.cause is ChangeCause.IMPORT:
            for kind in TABLE_OF:
                count += await self._gather_created(kind)
        if count >= MANY:
            await self.desk.raw.execute(f"ANALYZE {UNDO}")
        for kind in TABLE_OF:
            await self._hold(kind)
            await self._find_edited(kind)
        return count

    async def write(self) -> None:
        """Do it: what is in the way goes first."""
        await self._delete(PHASE)
        await self._delete(SUITE)
        for kind in (SUITE, PHASE):
            await self._free_external_ids(kind)
            await self._change_back(kind)
            await self._make_again(kind)
        await self.desk.raw.execute("SET CONSTRAINTS ALL IMMEDIATE")

    async def keep(self, *, dry_run: bool) -> None:
        """Keep what is about to be done, with each record as it is now; of a dry run as it would be as well."""
        live = f"u.reason IS NULL AND u.action <> '{DELETE}'"
        after, revision = "u.image", "NULL::int"
        if not dry_run:  # the version it gets, so that later edits show
            after, revision = "NULL::jsonb", "coalesce(t.revision, (u.image ->> 'revision')::int) + 1"
        for kind, table in TABLE_OF.items():
            await self.desk.run(
                "INSERT INTO record_change (change_set_id, kind, record_id, action, code, before, after, reason, "
                f"revision) SELECT '{self.change_set_id}', u.kind, u.id, CASE WHEN u.reason IS NULL THEN u.action "
                f"ELSE '{KEEP}' END, u.code, CASE WHEN u.reason IS NULL THEN to_jsonb(t) END, "
                f"CASE WHEN {live} THEN {after} END, u.reason, CASE WHEN {live} THEN {revision} END "
                f"FROM {UNDO} u LEFT JOIN {table.name} t ON t.id = u.id WHERE u.kind = '{kind}' ORDER BY u.n"
            )

    async def count(self) -> Counts:
        """Count what is done."""
        (row,) = await self.desk.rows(
            "SELECT "
            + ", ".join(
                f"count(*) FILTER (WHERE reason IS NULL AND action = '{action}') AS {name}"
                for name, action in (("created", CREATE), ("updated", UPDATE), ("deleted", DELETE))
            )
            + f", count(*) FILTER (WHERE reason IS NOT NULL) AS kept FROM {UNDO}"
        )
        return Counts(**row)

    async def _gather_kept(self) -> int:
        """Gather what the change set has images of, and what a revert has made again."""
        return await self.desk.run(
            f"INSERT INTO {UNDO} SELECT r.id, r.kind, r.record_id, CASE r.action WHEN '{DELETE}' THEN '{CREATE}' "
            f"WHEN '{CREATE}' THEN '{DELETE}' ELSE '{UPDATE}' END, r.code, coalesce(r.before ->> 'suite_key', "
            "p.suite_key, ''), coalesce(r.before ->> 'code_key', p.code_key, s.code_key), r.revision, r.before "
            f"FROM record_change r LEFT JOIN {TABLE_OF[PHASE].name} p ON p.id = r.record_id "
            f"LEFT JOIN {TABLE_OF[SUITE].name} s ON s.id = r.record_id "
            f"WHERE r.change_set_id = '{self.target.id}' AND r.action <> '{KEEP}'"
        )

    async def _gather_created(self, kind: TemplateKind) -> int:
        low, high = ids_of(self.target.at)
        suite = "t.suite_key" if kind is PHASE else "''"
        return await self.desk.run(
            f"INSERT INTO {UNDO} SELECT t.created_line, '{kind}', t.id, '{DELETE}', t.code, {suite}, t.code_key, 1 "
            f"FROM {TABLE_OF[kind].name} t WHERE t.id > '{low}' AND t.id < '{high}' "
            f"AND t.created_by_id = '{self.target.id}'"
        )

    async def _hold(self, kind: TemplateKind) -> None:
        """Keep other programs from editing the records until the transaction ends."""
        await self.desk.value(
            f"SELECT count(*) FROM (SELECT FROM {TABLE_OF[kind].name} WHERE id IN "
            f"(SELECT id FROM {UNDO} WHERE kind = '{kind}') FOR UPDATE) h"
        )

    async def _find_edited(self, kind: TemplateKind) -> None:
        """Leave alone what is not as the change set left it; forget what is gone and should go."""
        table, of_kind = TABLE_OF[kind].name, f"u.kind = '{kind}' AND u.action"
        there = f"EXISTS (SELECT FROM {table} t WHERE t.id = u.id)"
        await self.desk.run(f"DELETE FROM {UNDO} u WHERE {of_kind} = '{DELETE}' AND NOT {there}")
        await self.desk.run(
            f"{_versions(table, of_kind)} UPDATE {UNDO} u SET reason = 'It was edited since.' FROM {table} t "
            f"WHERE {of_kind} <> '{CREATE}' AND t.id = u.id AND t.revision <> u.expected "
            "AND NOT EXISTS (SELECT FROM version v WHERE v.id = t.id AND v.revision = t.revision)"
        )
        await self.desk.run(
            f"UPDATE {UNDO} u SET reason = 'It was deleted since.' WHERE {of_kind} = '{UPDATE}' AND NOT {there}"
        )
        await self.desk.run(
            f"UPDATE {UNDO} u SET reason = 'It is there again.' WHERE {of_kind} = '{CREATE}' AND {there}"
        )

    async def _delete(self, kind: TemplateKind) -> None:
        await self.desk.run(
            f"DELETE FROM {TABLE_OF[kind].name} t USING {UNDO} u WHERE t.id = u.id AND {_live(kind, DELETE)}"
        )

    async def _free_external_ids(self, kind: TemplateKind) -> None:
        """Take from records the ids that others get back: their index is checked row by row.

        That is one more version of such a record.
        """
        await self.desk.run(
            f"WITH freed AS (UPDATE {TABLE_OF[kind].name} t SET external_id = '~' || t.id FROM {UNDO} u "
            f"WHERE t.id = u.id AND {_live(kind, UPDATE)} "
            "AND t.external_id IS DISTINCT FROM u.image ->> 'external_id' "
            f"AND t.external_id IN (SELECT o.image ->> 'external_id' FROM {UNDO} o WHERE o.kind = '{kind}' "
            "AND o.reason IS NULL AND o.id <> t.id) RETURNING t.id) "
            "UPDATE record_change r SET revision = r.revision + 1 FROM freed "
            f"WHERE r.record_id = freed.id AND r.change_set_id = '{self.change_set_id}'"
        )

    async def _change_back(self, kind: TemplateKind) -> None:
        table = TABLE_OF[kind]
        columns = [column for column in (*table.imported, *_ORIGIN) if column not in _KEYS[kind]]
        await self.desk.run(
            f"UPDATE {table.name} t SET ({listed(columns)}) = ROW({listed(columns, 'i')}) FROM {UNDO} u "
            f"CROSS JOIN LATERAL jsonb_populate_record(NULL::{table.name}, u.image) i "
            f"WHERE t.id = u.id AND {_live(kind, UPDATE)}"
        )

    async def _make_again(self, kind: TemplateKind) -> None:
        """Insert records as they were, in the next version; a phase belongs to the suite that has its key now."""
        more = "jsonb_build_object('revision', (u.image ->> 'revision')::int + 1)"
        if kind is PHASE:
            suite = (
                f"(SELECT s.id FROM {TABLE_OF[SUITE].name} s WHERE s.project_id = :project "
                "AND s.code_key = u.suite_key AND u.suite_key <> '')"
            )
            more += f" || jsonb_build_object('suite_id', {suite})"
        await self.desk.run(
            f"INSERT INTO {TABLE_OF[kind].name} SELECT i.* FROM {UNDO} u CROSS JOIN LATERAL "
            f"jsonb_populate_record(NULL::{TABLE_OF[kind].name}, u.image || {more}) i WHERE {_live(kind, CREATE)}"
        )


def _versions(table: str, of_kind: str) -> str:
    """Return the SQL of the versions that are, of records in another version, the expected ones brought back.

    A revert gives a record the image of an earlier version: that of the change it undoes.
    """
    return (
        f"WITH RECURSIVE version (id, revision) AS (SELECT u.id, u.expected FROM {UNDO} u JOIN {table} t USING (id) "
        f"WHERE {of_kind} <> '{CREATE}' AND t.revision <> u.expected UNION "
        "SELECT v.id, r.revision FROM version v JOIN record_change r ON r.record_id = v.id AND r.revision > v.revision "
        "JOIN change_set c ON c.id = r.change_set_id AND c.undoes_id IS NOT NULL AND NOT c.dry_run "
        "JOIN record_change o ON o.record_id = v.id AND o.change_set_id = c.undoes_id "
        "AND (o.before ->> 'revision')::int = v.revision)"
    )


def _live(kind: TemplateKind, action: ChangeAction) -> str:
    return f"u.kind = '{kind}' AND u.action = '{action}' AND u.reason IS NULL"
