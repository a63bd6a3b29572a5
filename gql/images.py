"""Records as they were and as they became: the kept images, and what differs between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from sanitizer_lambda.contract import PHASE_COLUMNS, SUITE_COLUMNS, DependencyType, TemplateKind

# A record's row as JSON, with exact numbers.
Image = Mapping[str, Any]

_COLUMNS = {TemplateKind.SUITE_TEMPLATES: SUITE_COLUMNS, TemplateKind.PHASE_TEMPLATES: PHASE_COLUMNS}
# The columns of the tables that hold what a column of a file says by another name.
_KEPT_AS = {"suite_code": "suite_key", "parent_code": "parent_key"}

# What each record was next: in its first kept image past a change, or as it is now.
_NEXT = """
SELECT w.number, coalesce(i.before, to_jsonb(s), to_jsonb(p))::text AS image
FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS w(record_id, past, number)
LEFT JOIN LATERAL (
    SELECT r.before FROM record_change r JOIN change_set c ON c.id = r.change_set_id
    WHERE r.record_id = w.record_id AND r.id > w.past AND r.before IS NOT NULL AND NOT c.dry_run
    ORDER BY r.id LIMIT 1
) i ON true
LEFT JOIN suite_template s ON s.id = w.record_id
LEFT JOIN phase_template p ON p.id = w.record_id
ORDER BY w.number
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one column of a file said of a record before and after, as a file would say it; None where it is empty."""

    column: str
    before: str | None
    after: str | None


def image_of(text: str | None) -> Image | None:
    """Read an image as the database writes it."""
    return None if text is None else json.loads(text, parse_float=Decimal)


async def next_images(changes: list[tuple[UUID, int]]) -> Sequence[Image | None]:
    """Return what records became by changes (record, number of the change), in one query; None where that is gone."""
    records, past = zip(*changes, strict=True)
    rows = await get_connection("default").execute_query_dict(_NEXT, [list(records), list(past)])
    return [image_of(row["image"]) for row in rows]


def differences(kind: TemplateKind, before: Image | None, after: Image | None) -> list[Difference]:
    """Return what differs, in the order of the columns of ``kind``; of a record that was not there all that is set."""
    found = []
    for column in _COLUMNS[kind]:
        name = _KEPT_AS.get(column.name, column.name)
        old, new = (_written(image.get(name)) if image else None for image in (before, after))
        if old != new:
            found.append(Difference(column.name, old, new))
    return found


def _written(value: Any) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(item if isinstance(item, str) else _dependency(item) for item in value) or None
    return None if value in (None, "") else str(value)


def _dependency(item: Mapping[str, Any]) -> str:
    """Return a predecessor as a file names it: `fnd`, `fnd SS`, `fnd FS+3d`."""
    lag = Decimal(item["lag_days"])
    if not lag:
        return item["code_key"] if item["type"] == DependencyType.FS else f"{item['code_key']} {item['type']}"
    return f"{item['code_key']} {item['type']}{lag:+f}d"
