"""What taking changes back would break: such records are left as they are, until nothing would break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from models import EVERY_SUITE
from workers.reverting.undo import CREATE, DELETE, MANY, PHASE, SUITE, TABLE_OF, UNDO, UPDATE
from workers.staging.desk import Desk
from workers.staging.graph import cycles, too_deep, written
from workers.staging.links import MAX_LEVELS

LATER = "later"
# Every phase that matters as it would be: `n` is null where it is as it is now.
TABLES = {
    LATER: {
        "n": "BIGINT", "id": "UUID", "suite_key": "TEXT", "code_key": "TEXT", "code": "TEXT", "sequence": "INT",
        "parent_key": "TEXT", "predecessors": "JSONB",
    },
}  # fmt: skip
_SEEN = ("suite_key", "code_key", "code", "sequence", "parent_key", "predecessors")
# Rounds after which all that is left of the phases is kept: each takes at least one record, and a chain that comes
# apart link by link is given up rather than followed for ever.
_MAX_ROUNDS = 30
_TANGLED = "It hangs together with phases that are left as they are."

_SUITES, _PHASES = TABLE_OF[SUITE].name, TABLE_OF[PHASE].name
_BACK = f"u.reason IS NULL AND u.action IN ('{UPDATE}', '{CREATE}')"
_REFERENCES = (
    f"SELECT l.id, l.n, l.code, l.suite_key, l.parent_key AS code_key, 'is a part of it' AS how FROM {LATER} l "
    "WHERE l.parent_key IS NOT NULL UNION ALL SELECT l.id, l.n, l.code, coalesce(p.suite_key, ''), p.code_key, "
    f"'waits for it' FROM {LATER} l, jsonb_to_recordset(l.predecessors) AS p (suite_key text, code_key text)"
)


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The search for what would break."""

    desk: Desk

    async def settle(self) -> None:
        """Keep what would break, and what that in turn would break."""
        for _ in range(_MAX_ROUNDS):
            if not await self._keep_once():
                return
        await self._keep(PHASE, f"'{_TANGLED}'", "u.reason IS NULL")
        await self._look_ahead()
        await self._keep_suites()

    async def _keep_once(self) -> int:
        """Look once at everything; return how many records are kept for it."""
        await self._look_ahead()
        kept = await self._keep_suites()
        kept += await self._keep_needed()
        kept += await self._keep_taken()
        kept += await self._keep_without_what_they_need()
        return kept + await self._keep_circles()

    async def _look_ahead(self) -> None:
        """Work out how the phases would be, of the groups concerned and of every suite."""
        every = await self.desk.value(
            f"SELECT EXISTS (SELECT FROM {UNDO} WHERE kind = '{PHASE}' AND suite_key = '{EVERY_SUITE}')"
        )
        near = (
            ""
            if every  # any phase may wait for one of those
            else f"AND (t.suite_key = '{EVERY_SUITE}' OR t.suite_key IN (SELECT suite_key FROM {UNDO} "
            f"WHERE kind = '{PHASE}' UNION SELECT code_key FROM {UNDO} WHERE kind = '{SUITE}'))"
        )
        names, own = (", ".join(f"{of}.{name}" for name in _SEEN) for of in ("i", "t"))
        await self.desk.run(f"TRUNCATE {LATER}")
        seen = await self.desk.run(
            f"INSERT INTO {LATER} (n, id, {', '.join(_SEEN)}) SELECT u.n, u.id, {names} FROM {UNDO} u "
            f"CROSS JOIN LATERAL jsonb_populate_record(NULL::{_PHASES}, u.image) i "
            f"WHERE u.kind = '{PHASE}' AND {_BACK} UNION ALL SELECT NULL, t.id, {own} FROM {_PHASES} t "
            f"WHERE t.project_id = :project {near} "
            f"AND NOT EXISTS (SELECT FROM {UNDO} u WHERE u.id = t.id AND u.reason IS NULL)"
        )
        if seen >= MANY:
            await self.desk.raw.execute(f"ANALYZE {LATER}")

    async def _keep_suites(self) -> int:
        """Keep suites that would go from under their phases, or that would have another's key or id."""
        kept = await self._keep(
            SUITE,
            "'The phase ' || d.code || ' still belongs to it.'",
            f"u.action = '{DELETE}' AND d.suite_key = u.code_key",
            f"(SELECT suite_key, min(code) AS code FROM {LATER} GROUP BY 1) d",
        )
        kept += await self._keep(
            SUITE,
            "'Another suite has its code now.'",
            f"u.action = '{CREATE}' AND t.project_id = :project AND t.code_key = u.code_key AND {_stays('t')}",
            f"{_SUITES} t",
        )
        return kept + await self._keep_external_ids(SUITE, _SUITES)

    async def _keep_needed(self) -> int:
        """Keep phases that others refer to which stay, and those that the kept ones refer to in turn."""
        return await self._keep(
            PHASE,
            "'The phase ' || d.code || ' ' || d.how || '.'",
            f"u.action = '{DELETE}' AND d.n = u.n AND d.id = u.id",
            f"""(WITH RECURSIVE going AS (
                SELECT n, id, suite_key, code_key, code FROM {UNDO}
                WHERE kind = '{PHASE}' AND action = '{DELETE}' AND reason IS NULL
            ), refers AS (
                SELECT g.id, t.code, t.suite_key, t.parent_key AS code_key, 'is a part of it' AS how
                FROM going g JOIN {_PHASES} t USING (id) WHERE t.parent_key IS NOT NULL
                UNION ALL
                SELECT g.id, t.code, coalesce(p.suite_key, ''), p.code_key, 'waits for it' FROM going g
                JOIN {_PHASES} t USING (id),
                jsonb_to_recordset(t.predecessors) AS p (suite_key text, code_key text)
            ), stays (n, id, code, how) AS (
                SELECT g.n, g.id, r.code, r.how FROM ({_REFERENCES}) r JOIN going g USING (suite_key, code_key)
                WHERE r.n IS NULL
                UNION
                SELECT g.n, g.id, r.code, r.how FROM stays s JOIN refers r ON r.id = s.id
                JOIN going g USING (suite_key, code_key)
            ) SELECT DISTINCT ON (id) * FROM stays ORDER BY id, code) d""",
        )

    async def _keep_taken(self) -> int:
        """Keep phases whose key, place or id another has now."""
        kept = await self._keep(
            PHASE,
            "'Another phase has its code now.'",
            f"u.action = '{CREATE}' AND l.n IS NULL AND (l.suite_key, l.code_key) = (u.suite_key, u.code_key)",
            f"{LATER} l",
        )
        # Who is kept for it keeps its own place, which may be another's before: a whole group that was shifted by one.
        kept += await self._keep(
            PHASE,
            "'The phase ' || d.taker || ' has its place in the group now.'",
            f"{_BACK} AND d.n = u.n AND d.id = u.id",
            f"""(WITH RECURSIVE taken (suite_key, sequence, code) AS (
                SELECT suite_key, sequence, code FROM {LATER} WHERE n IS NULL
                UNION
                SELECT t.suite_key, t.sequence, t.code FROM taken k JOIN {LATER} b USING (suite_key, sequence)
                JOIN {_PHASES} t ON t.id = b.id WHERE b.n IS NOT NULL
            ) SELECT b.n, b.id, min(k.code) AS taker FROM {LATER} b JOIN taken k USING (suite_key, sequence)
            WHERE b.n IS NOT NULL GROUP BY 1, 2) d""",
        )
        return kept + await self._keep_external_ids(PHASE, _PHASES)

    async def _keep_without_what_they_need(self) -> int:
        """Keep phases whose suite, parent or predecessor would not be there."""
        kept = await self._keep(
            PHASE,
            "'Its suite is gone.'",
            f"{_BACK} AND u.suite_key <> '{EVERY_SUITE}' "
            f"AND NOT EXISTS (SELECT FROM {_SUITES} t WHERE t.project_id = :project AND t.code_key = u.suite_key "
            f"AND {_stays('t', or_changes=True)}) AND NOT EXISTS (SELECT FROM {UNDO} s WHERE s.kind = '{SUITE}' "
            f"AND s.action = '{CREATE}' AND s.reason IS NULL AND s.code_key = u.suite_key)",
        )
        # Who is kept for it and would have been made again is not there for others either.
        return kept + await self._keep(
            PHASE,
            "CASE d.how WHEN 'waits for it' THEN 'A phase it waits for is gone.' ELSE 'Its parent is gone.' END",
            f"{_BACK} AND d.id = u.id",
            f"""(WITH RECURSIVE absent AS (
                SELECT id FROM {UNDO} WHERE kind = '{PHASE}' AND action = '{CREATE}' AND reason IS NOT NULL
            ), refers AS MATERIALIZED (
                SELECT r.id, r.suite_key, r.code_key, r.how FROM ({_REFERENCES}) r WHERE r.n IS NOT NULL
            ), lost (id, how) AS (
                SELECT r.id, r.how FROM refers r WHERE NOT EXISTS (SELECT FROM {LATER} l WHERE (l.suite_key, l.code_key)
                = (r.suite_key, r.code_key) AND NOT EXISTS (SELECT FROM absent a WHERE a.id = l.id))
                UNION
                SELECT r.id, r.how FROM lost o JOIN {UNDO} u ON u.id = o.id AND u.action = '{CREATE}'
                JOIN refers r ON (r.suite_key, r.code_key) = (u.suite_key, u.code_key)
            ) SELECT id, min(how) AS how FROM lost GROUP BY 1) d""",
        )

    async def _keep_external_ids(self, kind: Any, table: str) -> int:
        return await self._keep(
            kind,
            "'Its external id belongs to ' || t.code || ' now.'",
            f"{_BACK} AND t.project_id = :project AND t.external_id = u.image ->> 'external_id' AND t.id <> u.id "
            f"AND {_stays('t')}",
            f"{table} t",
        )

    async def _keep_circles(self) -> int:
        """Keep phases that would come before themselves, be a part of themselves, or stand too deep."""
        told: dict[Any, str] = {}
        for suite_key, rows in await self._tangled_orders():
            edges: dict[str, list[str]] = {}
            for row in rows:
                edges.setdefault(row["before"], []).append(row["phase"])
            for node, path in cycles(edges).items():
                told[suite_key, node] = f"It would come before itself: {written(path)}."
        for suite_key, rows in await self._deep_trees():
            parents = {row["code_key"]: row["parent_key"] for row in rows}
            loops = cycles({node: (parent,) for node, parent in parents.items()})
            told |= {
                (suite_key, node): f"It would be a part of itself: {written(path)}." for node, path in loops.items()
            }
            for node, level in too_deep(parents, MAX_LEVELS).items():
                back = _back_above(node, parents, rows)
                what = "It" if back == node else "A part of it"
                told.setdefault((suite_key, back), f"{what} would stand on level {level}, of at most {MAX_LEVELS}.")
        if not told:
            return 0
        keys = list(told)
        rows = await self.desk.rows(
            f"UPDATE {UNDO} u SET reason = k.reason FROM unnest($1::text[], $2::text[], $3::text[]) "
            f"AS k (suite_key, code_key, reason) WHERE u.kind = '{PHASE}' AND {_BACK} "
            "AND (u.suite_key, u.code_key) = (k.suite_key, k.code_key) RETURNING u.n",
            [suite for suite, _ in keys], [code for _, code in keys], list(told.values()),
        )  # fmt: skip
        return len(rows)

    async def _tangled_orders(self) -> list[tuple[str, list[Any]]]:
        """Return the edges of groups that get something back and where a predecessor does not come earlier."""
        rows = await self.desk.rows(
            f"WITH edge AS MATERIALIZED (SELECT l.suite_key, l.code_key AS phase, l.sequence, p.code_key AS before "
            f"FROM {LATER} l, jsonb_to_recordset(l.predecessors) AS p (suite_key text, code_key text) "
            f"WHERE p.suite_key = l.suite_key AND l.suite_key IN (SELECT suite_key FROM {LATER} WHERE n IS NOT NULL)), "
            f"suspect AS (SELECT DISTINCT e.suite_key FROM edge e JOIN {LATER} b ON b.suite_key = e.suite_key "
            "AND b.code_key = e.before WHERE b.sequence >= e.sequence) "
            "SELECT suite_key, phase, before FROM edge JOIN suspect USING (suite_key) ORDER BY 1"
        )
        return _grouped(rows)

    async def _deep_trees(self) -> list[tuple[str, list[Any]]]:
        """Return the parents of groups that get something back and have as many levels as there may be."""
        rows = await self.desk.rows(
            f"WITH RECURSIVE child AS (SELECT suite_key, code_key, parent_key, n FROM {LATER} "
            f"WHERE parent_key IS NOT NULL AND suite_key IN (SELECT suite_key FROM {LATER} WHERE n IS NOT NULL)), "
            "up AS (SELECT suite_key, parent_key AS at, 1 AS above FROM child UNION ALL "
            "SELECT u.suite_key, c.parent_key, above + 1 FROM up u JOIN child c ON c.suite_key = u.suite_key "
            f"AND c.code_key = u.at WHERE above < {MAX_LEVELS}) "
            "SELECT suite_key, code_key, parent_key, n FROM child WHERE suite_key IN "
            f"(SELECT suite_key FROM up WHERE above >= {MAX_LEVELS}) ORDER BY 1"
        )
        return _grouped(rows)

    async def _keep(self, kind: Any, reason: str, condition: str, beside: str = "") -> int:
        """Keep the records of a kind that fulfil a condition; ``beside``: what else the condition looks at."""
        source = f"FROM {beside} " if beside else ""
        return await self.desk.run(
            f"UPDATE {UNDO} u SET reason = {reason} {source}WHERE u.kind = '{kind}' AND u.reason IS NULL "
            f"AND {condition}"
        )


def _stays(of: str, *, or_changes: bool = False) -> str:
    """Return the condition of records that are left as they are, or at least not deleted."""
    going = f"AND o.action = '{DELETE}'" if or_changes else ""
    return f"NOT EXISTS (SELECT FROM {UNDO} o WHERE o.id = {of}.id AND o.reason IS NULL {going})"


def _back_above(node: str, parents: dict[str, str], rows: Iterable[Any]) -> str:
    """Return the nearest phase above a too deep one, or itself, that gets something back: it brings the levels."""
    back = {row["code_key"] for row in rows if row["n"] is not None}
    while node not in back and node in parents:
        node = parents[node]
    return node


def _grouped(rows: list[Any]) -> list[tuple[str, list[Any]]]:
    return [(suite_key, list(group)) for suite_key, group in groupby(rows, key=lambda row: row["suite_key"])]
