"""Predecessors and parents: which record each word means, and whether following them ever ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from models import EVERY_SUITE
from sanitizer_lambda.contract import DependencyType, RowErrorCode
from workers.rows import Record
from workers.staging.desk import Desk
from workers.staging.findings import Findings
from workers.staging.graph import cycles, too_deep, written
from workers.staging.phases import EDGES, LOST_LINES, NEXT, STAGE, WORLD

# What the words of the file's phases mean, as their record will have it.
LINKED = "linked"
# Records told of those with the same name; a longer list would not be read.
_SHOWN = 12
# Levels of parts of parts, the outermost included (DOMAIN.md).
MAX_LEVELS = 8
_KIND = Record.PHASE
_LINK = {
    "n": "BIGINT", "place": "INT", "suite_key": "TEXT", "code_key": "TEXT", "type": "TEXT", "lag_days": "NUMERIC",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to read a predecessor: the word of the edge, the column of the phase it is compared with."""

    word: str
    column: str
    whole: bool


# In this order: a code, else a sequence, else an exact name; the whole text before the text without type and lag.
_WAYS = (
    _Way("whole_key", "code_key", whole=True),
    _Way("ref_key", "code_key", whole=False),
    _Way("ref_sequence", "sequence", whole=False),
    _Way("whole_name", "name", whole=True),
    _Way("ref_name", "name", whole=False),
)


@dataclass(frozen=True, slots=True)
class Links:
    """The predecessors and parents of one file's phases."""

    desk: Desk
    with_predecessors: bool
    with_parents: bool

    @property
    def tables(self) -> dict[str, Mapping[str, str]]:
        """The temporary tables this needs."""
        return {"link": _LINK, LINKED: {"n": "BIGINT", "predecessors": "JSONB"}}

    async def resolve(self, findings: Findings) -> None:
        """Find the record each predecessor means, in the phase's group first, then among those of all suites."""
        if not self.with_predecessors:
            return
        await self.desk.run(f"TRUNCATE link, {LINKED}")
        valid = f"JOIN {NEXT} x USING (n)" if findings.refused else ""
        (edges,) = await self.desk.rows(f"SELECT count(*) AS all, max(place) AS last FROM {EDGES} e {valid}")
        open_edges = edges["all"]
        for way in _WAYS:
            for suite in ("x.suite_key", f"'{EVERY_SUITE}'"):
                if open_edges:
                    open_edges -= await self._resolve(way, suite)
        if open_edges:
            await self._report_open(findings)
        await findings.add(
            _KIND,
            RowErrorCode.SELF_REFERENCE,
            "predecessors",
            f"SELECT DISTINCT ON (x.n) x.n, x.line, x.record, e.text, NULL, x.code FROM link l JOIN {NEXT} x USING (n) "
            f"JOIN {EDGES} e USING (n, place) WHERE (l.suite_key, l.code_key) = (x.suite_key, x.code_key) ORDER BY x.n",
        )
        await self._take_over(single=edges["last"] == 0)

    async def check(self, findings: Findings) -> None:
        """Find parents that are not there, and what leads back to itself or too deep."""
        if self.with_parents:
            await self._check_parents(findings)
        await self._check_cycles(findings)

    async def _resolve(self, way: _Way, suite: str) -> int:
        kind, lag = (f"'{DependencyType.FS}'", "0") if way.whole else ("e.type", "e.lag_days")
        return await self.desk.run(
            f"INSERT INTO link SELECT e.n, e.place, min(w.suite_key), min(w.code_key), min({kind}), min({lag}) "
            f"FROM {EDGES} e JOIN {NEXT} x USING (n) "
            f"JOIN {WORLD} w ON w.suite_key = {suite} AND w.{way.column} = e.{way.word} "
            "WHERE NOT EXISTS (SELECT FROM link l WHERE (l.n, l.place) = (e.n, e.place)) "
            "GROUP BY e.n, e.place HAVING count(*) = 1"
        )

    async def _report_open(self, findings: Findings) -> None:
        """Refuse the rows of predecessors that mean no record, or by their name more than one."""
        # Names and lost rows are gathered by group first: to look them up for each edge would go through all of them.
        several = " UNION ALL ".join(
            f"SELECT o.n, o.place, m.codes FROM o JOIN many m ON m.suite_key = {suite} AND m.name = o.{word}"
            for word in ("whole_name", "ref_name")
            for suite in ("o.suite_key", f"'{EVERY_SUITE}'")
        )
        gone = " UNION ALL ".join(
            f"SELECT o.n, o.place, g.line FROM o JOIN gone g ON g.suite_key = {suite} AND g.code_key = o.{word}"
            for word in ("whole_key", "ref_key")
            for suite in ("o.suite_key", f"'{EVERY_SUITE}'")
        )
        found = (
            f"WITH o AS MATERIALIZED (SELECT e.*, x.suite_key, x.line, x.record FROM {EDGES} e JOIN {NEXT} x USING (n) "
            "WHERE NOT EXISTS (SELECT FROM link l WHERE (l.n, l.place) = (e.n, e.place))), "
            "many AS MATERIALIZED (SELECT suite_key, name, "
            f"array_to_string((array_agg(code ORDER BY code))[:{_SHOWN}], ', ') AS codes "
            f"FROM {WORLD} WHERE name IN (SELECT whole_name FROM o UNION SELECT ref_name FROM o) "
            f"GROUP BY 1, 2), gone AS MATERIALIZED ({LOST_LINES}), "
            f"s AS (SELECT n, place, string_agg(DISTINCT codes, ', ') AS codes FROM ({several}) q GROUP BY 1, 2), "
            f"g AS (SELECT n, place, min(line) AS line FROM ({gone}) q GROUP BY 1, 2) "
        )
        for code, condition, detail in (
            (RowErrorCode.AMBIGUOUS_VALUE, "s.codes IS NOT NULL", "s.codes"),
            (RowErrorCode.UNKNOWN_REFERENCE, "s.codes IS NULL", "g.line::text"),
        ):
            await findings.add(
                _KIND,
                code,
                "predecessors",
                f"{found} SELECT o.n, o.line, o.record, o.text, NULL, {detail} FROM o LEFT JOIN s USING (n, place) "
                f"LEFT JOIN g USING (n, place) WHERE {condition}",
            )

    async def _take_over(self, *, single: bool) -> None:
        """Write the predecessors down as natural keys, in the order of the cell; ``single``: no phase has more."""
        link = (
            "jsonb_build_object('suite_key', suite_key, 'code_key', code_key, 'type', type, "
            "'lag_days', trim_scale(lag_days)::text)"
        )
        links = (
            f"jsonb_build_array({link}) FROM link"
            if single
            else f"jsonb_agg({link} ORDER BY place) FROM link GROUP BY 1"
        )
        await self.desk.run(f"INSERT INTO {LINKED} SELECT n, {links}")

    async def _check_parents(self, findings: Findings) -> None:
        missing = (
            f"SELECT x.n, x.line, x.record, s.parent_code, NULL, g.line::text FROM {NEXT} x JOIN {STAGE} s USING (n) "
            f"LEFT JOIN ({LOST_LINES}) g ON (g.suite_key, g.code_key) = (x.suite_key, x.parent_key) "
            "WHERE x.parent_key IS NOT NULL AND NOT EXISTS "
            f"(SELECT FROM {WORLD} w WHERE (w.suite_key, w.code_key) = (x.suite_key, x.parent_key))"
        )
        await findings.add(_KIND, RowErrorCode.UNKNOWN_REFERENCE, "parent_code", missing)
        await findings.add(
            _KIND,
            RowErrorCode.SELF_REFERENCE,
            "parent_code",
            f"SELECT n, line, record, code, NULL, code FROM {NEXT} WHERE parent_key = code_key",
        )
        # Few groups have parents at all, fewer a chain of eight; only those are looked at as a whole.
        suspects = await self.desk.rows(
            "WITH RECURSIVE up AS (SELECT suite_key, parent_key AS at, 1 AS above FROM "
            f"{WORLD} WHERE parent_key IS NOT NULL AND parent_key <> code_key UNION ALL "
            f"SELECT u.suite_key, w.parent_key, above + 1 FROM up u JOIN {WORLD} w ON w.suite_key = u.suite_key "
            "AND w.code_key = u.at WHERE w.parent_key IS NOT NULL AND w.parent_key <> w.code_key "
            f"AND above < {MAX_LEVELS}) "
            f"SELECT DISTINCT suite_key FROM up WHERE above >= {MAX_LEVELS}"
        )
        for row in suspects:
            await self._check_tree(findings, row["suite_key"])

    async def _check_tree(self, findings: Findings, suite_key: str) -> None:
        rows = await self.desk.rows(
            f"SELECT n, line, record, code, code_key, parent_key FROM {WORLD} WHERE suite_key = $1",
            suite_key,
        )
        nodes = {row["code_key"]: row for row in rows}
        parents = {
            row["code_key"]: row["parent_key"]
            for row in rows
            if row["parent_key"] in nodes and row["parent_key"] != row["code_key"]
        }
        loops = cycles({node: (parent,) for node, parent in parents.items()})
        await findings.add_rows(_KIND, RowErrorCode.CYCLE, "parent_code", _told(nodes, loops))
        deep = {}
        for node, level in too_deep(parents, MAX_LEVELS).items():
            guilty = node
            while nodes[guilty]["n"] is None and guilty in parents:
                guilty = parents[guilty]
            deep[guilty] = level
        told = [(*_place(nodes[node]), nodes[node]["code"], None, str(level)) for node, level in deep.items()]
        await findings.add_rows(
            _KIND, RowErrorCode.OUT_OF_RANGE, "parent_code", [row for row in told if row[0] is not None]
        )

    async def _check_cycles(self, findings: Findings) -> None:
        """Find cycles; where all predecessors of a group come earlier in its sequence, there is none."""
        edges = (
            f"SELECT w.suite_key, w.code_key AS phase, w.sequence, p.code_key AS before FROM {WORLD} w, "
            "jsonb_to_recordset(w.predecessors) AS p (suite_key text, code_key text) "
            "WHERE p.suite_key = w.suite_key AND p.code_key <> w.code_key"
        )
        if self.with_predecessors:
            edges += (
                f" AND w.n IS NULL UNION ALL SELECT w.suite_key, w.code_key, w.sequence, l.code_key FROM link l "
                f"JOIN {WORLD} w USING (n) WHERE l.suite_key = w.suite_key AND l.code_key <> w.code_key"
            )
        rows = await self.desk.rows(
            f"WITH edge AS MATERIALIZED ({edges}), suspect AS (SELECT DISTINCT e.suite_key FROM edge e JOIN {WORLD} b "
            "ON b.suite_key = e.suite_key AND b.code_key = e.before WHERE b.sequence >= e.sequence) "
            "SELECT suite_key, phase, before FROM edge JOIN suspect USING (suite_key) ORDER BY 1"
        )
        for suite_key, group in groupby(rows, key=lambda row: row["suite_key"]):
            following: dict[str, list[str]] = {}
            for row in group:
                following.setdefault(row["before"], []).append(row["phase"])
            loops = cycles(following)
            if loops:
                members = await self.desk.rows(
                    f"SELECT n, line, record, code, code_key FROM {WORLD} WHERE suite_key = $1 AND code_key = ANY($2)",
                    suite_key,
                    [*loops],
                )
                nodes = {row["code_key"]: row for row in members}
                await findings.add_rows(_KIND, RowErrorCode.CYCLE, "predecessors", _told(nodes, loops))


def _told(nodes: dict[str, Any], loops: dict[str, tuple[str, ...]]) -> list[tuple[Any, ...]]:
    """Return the findings against the rows of the file that lie on a cycle, with their path in codes as written."""
    # In a large tangle all share one path; to write it once a member would take time by the square of its length.
    texts: dict[int, str] = {}
    told = []
    for node, path in loops.items():
        if nodes[node]["n"] is None:
            continue
        if id(path) not in texts:
            texts[id(path)] = written([nodes[step]["code"] for step in path])
        told.append((*_place(nodes[node]), nodes[node]["code"], None, texts[id(path)]))
    return told


def _place(row: Any) -> Sequence[Any]:
    return row["n"], row["line"], row["record"]
