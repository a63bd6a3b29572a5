"""What change sets did to records, and what was done to a record: pages of it, those of many parents in one query.

A created record has no row among the kept changes (see models.changes): it is found by its id, which begins with the
moment of its change set, or where it is gone by the image of when it was deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from gql.images import Image, image_of
from gql.pages import BigInt, Order, Page, check_first
from models import ChangeAction, ChangeCause, ChangeSet, PhaseTemplate, RecordChange, SuiteTemplate, ids_of
from sanitizer_lambda.contract import TemplateKind

# Where a page begins that begins at the begin; ours begin with a time of this century.
_FIRST = UUID(int=0)
_CREATED = Order("created", RecordChange, (("record_id", UUID),))
_KEPT = Order("changes", RecordChange, (("id", BigInt),))
_PAST = Order("history", RecordChange, (("id", BigInt),), descending=True)
_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record. ``id`` counts the changes of a record; its creation by an import is number 0.

    ``after`` is known only where nothing was written; what was written is its next image.
    """

    id: int
    change_set_id: UUID
    record_id: UUID | None
    action: ChangeAction
    kind: TemplateKind
    code: str
    line: int | None
    reason: str | None = None
    before: Image | None = None
    after: Image | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """A page of what a change set did."""

    change_set: ChangeSet
    first: int
    after: str | None

    def __hash__(self) -> int:
        """Two pages of the same change set are the same though its row was read twice."""
        return hash((self.change_set.id, self.first, self.after))


@dataclass(frozen=True, slots=True)
class Lived:
    """A page of what happened to a record."""

    record: SuiteTemplate | PhaseTemplate
    first: int
    after: str | None

    def __hash__(self) -> int:
        """Two pages of the same record are the same though its row was read twice."""
        return hash((self.record.id, self.first, self.after))


_COLUMNS = "r.id, r.change_set_id, r.record_id, r.action, r.kind, r.code, r.line, r.reason, r.before::text AS before"

_CHANGES = f"""
SELECT c.* FROM unnest($1::uuid[]) WITH ORDINALITY AS s(id, number)
CROSS JOIN LATERAL (
    SELECT {_COLUMNS}, r.after::text AS after FROM record_change r
    WHERE r.change_set_id = s.id AND r.id > $2 ORDER BY r.id LIMIT $3
) c ORDER BY s.number, c.id
"""  # noqa: S608 - our own words

_NEW = """
SELECT s.id AS change_set_id, c.record_id, c.kind, c.code, c.line
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) WITH ORDINALITY AS s(id, low, high, upload_id, number)
CROSS JOIN LATERAL (
    (SELECT t.id AS record_id, 'SUITE_TEMPLATES' AS kind, t.code, t.created_line AS line FROM suite_template t
     WHERE t.id > s.low AND t.id < s.high AND t.created_by_id = s.id ORDER BY t.id LIMIT $5)
    UNION ALL
    (SELECT t.id, 'PHASE_TEMPLATES', t.code, t.created_line FROM phase_template t
     WHERE t.id > s.low AND t.id < s.high AND t.created_by_id = s.id ORDER BY t.id LIMIT $5)
    UNION ALL
    (SELECT DISTINCT ON (r.record_id) r.record_id, r.kind, r.code, (r.before ->> 'created_line')::bigint
     FROM record_change r JOIN change_set d ON d.id = r.change_set_id
     WHERE r.record_id > s.low AND r.record_id < s.high AND r.action = 'DELETE' AND NOT d.dry_run
     AND r.before ->> 'created_by_id' = s.id::text
     AND EXISTS (SELECT FROM change_set x WHERE x.upload_id = s.upload_id AND x.deleted > 0)
     AND NOT EXISTS (SELECT FROM suite_template t WHERE t.id = r.record_id)
     AND NOT EXISTS (SELECT FROM phase_template t WHERE t.id = r.record_id)
     ORDER BY r.record_id LIMIT $5)
    ORDER BY record_id LIMIT $5
) c ORDER BY s.number, c.record_id
"""

_HISTORY = f"""
SELECT c.* FROM unnest($1::uuid[]) WITH ORDINALITY AS s(id, number)
CROSS JOIN LATERAL (
    SELECT {_COLUMNS}, NULL AS after FROM record_change r JOIN change_set d ON d.id = r.change_set_id
    WHERE r.record_id = s.id AND r.id < $2 AND r.action <> 'KEEP' AND NOT d.dry_run ORDER BY r.id DESC LIMIT $3
) c ORDER BY s.number, c.id DESC
"""  # noqa: S608 - our own words

_HISTORIES = """
SELECT r.record_id, count(*) AS number FROM record_change r JOIN change_set d ON d.id = r.change_set_id
WHERE r.record_id = ANY($1) AND r.action <> 'KEEP' AND NOT d.dry_run GROUP BY 1
"""


async def changes_of(wanted: list[Changed]) -> list[Page[Change]]:
    """Return pages of what change sets did: what they created, then all else; each in the order of the file.

    Raises BadInputError.
    """
    return await _alike(wanted, lambda item: (item.first, item.after), _changes_of)


async def history_of(wanted: list[Lived]) -> list[Page[Change]]:
    """Return pages of what happened to records, the newest first. Raises BadInputError."""
    return await _alike(wanted, lambda item: (item.first, item.after), _history_of)


async def lengths_of(records: list[SuiteTemplate | PhaseTemplate]) -> list[int]:
    """Return how much happened to records."""
    rows = await _query(_HISTORIES, [[record.id for record in records]])
    counted = {row["record_id"]: row["number"] for row in rows}
    return [counted.get(record.id, 0) + (record.created_by_id is not None) for record in records]


async def change_sets(uploads: list[UUID]) -> list[ChangeSet | None]:
    """Return what each upload wrote, or as a dry run would write, if it did."""
    rows = await ChangeSet.filter(upload_id__in=uploads, undoes_id=None)
    found = {row.upload_id: row for row in rows}
    return [found.get(key) for key in uploads]


async def taken_back(ids: list[UUID]) -> list[UUID | None]:
    """Return for each change set the revert that took it back, if one did."""
    found = await ChangeSet.taken_back(ids, get_connection("default"))
    return [found.get(key) for key in ids]


async def _alike(wanted: list[Any], key: Callable[[Any], Any], load: Callable[..., Any]) -> list[Any]:
    """Load together what is asked for alike."""
    groups: dict[Any, list[int]] = {}
    for place, item in enumerate(wanted):
        groups.setdefault(key(item), []).append(place)
    pages: dict[int, Any] = {}
    for asked, places in groups.items():
        pages |= zip(places, await load([wanted[place] for place in places], *asked), strict=True)
    return [pages[place] for place in range(len(wanted))]


async def _changes_of(wanted: list[Changed], first: int, after: str | None) -> list[Page[Change]]:
    check_first(first)
    sets = {item.change_set.id: item.change_set for item in wanted}
    created, kept = _places(after)
    found: dict[UUID, list[Change]] = {key: [] for key in sets}
    if created is not None:
        importing = [each for each in sets.values() if each.cause is ChangeCause.IMPORT and not each.dry_run]
        for change in await _created(importing, created, first + 1):
            found[change.change_set_id].append(change)
    for row in await _query(_CHANGES, [list(sets), kept, first + 1]):
        found[row["change_set_id"]].append(_change(row, dry_run=sets[row["change_set_id"]].dry_run))
    return [_page(found[item.change_set.id], first, after, _cursor_of_change) for item in wanted]


async def _created(sets: list[ChangeSet], past: UUID, limit: int) -> list[Change]:
    if not sets:
        return []
    bounds = [ids_of(each.at) for each in sets]
    low, high = [max(low, past) for low, _ in bounds], [high for _, high in bounds]
    values = [[each.id for each in sets], low, high, [each.upload_id for each in sets], limit]
    return [
        Change(
            0,
            row["change_set_id"],
            row["record_id"],
            ChangeAction.CREATE,
            TemplateKind(row["kind"]),
            row["code"],
            row["line"],
        )
        for row in await _query(_NEW, values)
    ]


async def _history_of(wanted: list[Lived], first: int, after: str | None) -> list[Page[Change]]:
    check_first(first)
    records = {item.record.id: item.record for item in wanted}
    past = _LAST if after is None else _PAST.place(after)[0]
    found: dict[UUID, list[Change]] = {key: [] for key in records}
    for row in await _query(_HISTORY, [list(records), past, first + 1]):
        found[row["record_id"]].append(_change(row, dry_run=False))
    if past > 0:
        for key, record in records.items():
            found[key] += _creation(record)
    return [_page(found[item.record.id], first, after, lambda change: _PAST.at(change.id)) for item in wanted]


def _creation(record: SuiteTemplate | PhaseTemplate) -> list[Change]:
    if record.created_by_id is None:
        return []
    kind = TemplateKind.SUITE_TEMPLATES if isinstance(record, SuiteTemplate) else TemplateKind.PHASE_TEMPLATES
    made_by, line = record.created_by_id, record.created_line
    return [Change(0, made_by, record.id, ChangeAction.CREATE, kind, record.code, line)]


def _places(after: str | None) -> tuple[UUID | None, int]:
    """Return where to go on among the created records, None where past all of them, and among the other changes."""
    if after is None:
        return _FIRST, 0
    if _CREATED.owns(after):
        return _CREATED.place(after)[0], 0
    return None, _KEPT.place(after)[0]


def _cursor_of_change(change: Change) -> str:
    return _KEPT.at(change.id) if change.id else _CREATED.at(change.record_id)


def _page(found: Sequence[Change], first: int, after: str | None, cursor: Callable[[Change], str]) -> Page[Change]:
    shown = found[:first]
    return Page(shown, [cursor(change) for change in shown], len(found) > first, after is not None)


def _change(row: dict[str, Any], *, dry_run: bool) -> Change:
    return Change(
        row["id"],
        row["change_set_id"],
        row["record_id"],
        ChangeAction(row["action"]),
        TemplateKind(row["kind"]),
        row["code"],
        row["line"],
        row["reason"],
        image_of(row["before"]),
        image_of(row["after"]),
        dry_run,
    )


async def _query(sql: str, values: Iterable[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await get_connection("default").execute_query_dict(sql, list(values))
    return rows
