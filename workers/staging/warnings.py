"""What an import takes but a person should look at."""

from __future__ import annotations

from dataclasses import dataclass

from workers.staging.desk import Desk
from workers.staging.phases import NEXT
from workers.staging.tables import Table

# Warnings of one upload that are kept; nobody reads more.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to look at: ``line`` is physical in the user's file, ``value`` as the check saw it."""

    code: str
    message: str
    line: int
    column: str
    value: str


async def heavy_groups(desk: Desk, phases: Table) -> list[Warned]:
    """Return the groups of phases that the file touches whose weights come to more than 100 percent (DOMAIN.md)."""
    rows = await desk.rows(
        f"SELECT suite_key, trim_scale(sum(weight_pct))::text AS total, min(line) AS line FROM ("
        f"SELECT suite_key, weight_pct, line FROM {NEXT} UNION ALL "
        f"SELECT t.suite_key, t.weight_pct, NULL FROM {phases.name} t WHERE t.project_id = :project "
        f"AND t.suite_key IN (SELECT suite_key FROM {NEXT}) AND NOT EXISTS (SELECT FROM {NEXT} x WHERE x.id = t.id)"
        f") g GROUP BY 1 HAVING sum(weight_pct) > 100 ORDER BY 3, 1 LIMIT {_MOST}"
    )
    return [_too_heavy(row["suite_key"], row["total"], row["line"]) for row in rows]


def _too_heavy(suite_key: str, total: str, line: int) -> Warned:
    group = f"of the suite {suite_key}" if suite_key else "of all suites"
    message = f"The weights of the phases {group} come to {total} percent, which is more than 100."
    return Warned("WEIGHT_OVER_100", message, line, "weight_pct", total)
