"""Which phases fall with those that were refused: all that wait for them or are part of them, however long the chain.

The checks would find them one link of the chain a round; here they are found at once. Left to the checks is a
predecessor that would mean another record when its first is gone.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models import EVERY_SUITE
from sanitizer_lambda.contract import RowErrorCode
from workers.rows import Record
from workers.staging.desk import Desk
from workers.staging.findings import Findings
from workers.staging.phases import EDGES, NEXT, STAGE, WORLD

_FALLEN = "fallen"
# The place of a parent among the words of a row; predecessors count from 0.
_PARENT = -1
# The words of an edge, and what of a phase they may mean.
_MEANINGS = (
    ("whole_key", "code_key"), ("ref_key", "code_key"), ("ref_sequence", "sequence"), ("whole_name", "name"),
    ("ref_name", "name"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Consequences:
    """The ways from refused phases to others of the file, by predecessors and parents."""

    desk: Desk
    with_predecessors: bool
    with_parents: bool

    @property
    def tables(self) -> dict[str, Mapping[str, str]]:
        """The temporary tables this needs."""
        return {_FALLEN: {"n": "BIGINT", "place": "INT", "line": "BIGINT"}}

    async def add(self, findings: Findings) -> None:
        """Find the rows that fall with those refused so far; the tables are still those of the round before."""
        await self.desk.run(
            f"INSERT INTO lost SELECT '{Record.PHASE}', s.suite_key, s.code_key, s.line FROM {STAGE} s "
            "JOIN refused USING (n)"
        )
        queries = [self._by_parent()] if self.with_parents else []
        queries += [self._by_predecessor()] if self.with_predecessors else []
        if not queries:
            return
        # So many conditions seem to leave next to nothing, and the planner would go through a whole table for each row.
        await self.desk.raw.execute("SET LOCAL enable_nestloop = off")
        ways = _Ways()
        async for row in self.desk.each(f"{' UNION ALL '.join(queries)} ORDER BY target"):
            ways.add(row["n"], row["place"], row["target"], row["line"])
        await self.desk.raw.execute("SET LOCAL enable_nestloop = on")
        refused = array("q")
        async for row in self.desk.each(f"SELECT n FROM refused JOIN {NEXT} USING (n)"):
            refused.append(row["n"])
        await self.desk.run(f"TRUNCATE {_FALLEN}")
        await self.desk.copy(
            _FALLEN, ("n", "place", "line"), ["\t".join(map(str, one)) for one in ways.follow(refused)]
        )
        await self._tell(findings)

    async def _tell(self, findings: Findings) -> None:
        told = f"SELECT x.n, x.line, x.record, {{}}, NULL, f.line::text FROM {_FALLEN} f JOIN {NEXT} x USING (n)"
        code, kind = RowErrorCode.UNKNOWN_REFERENCE, Record.PHASE
        if self.with_parents:
            query = f"{told.format('s.parent_code')} JOIN {STAGE} s USING (n) WHERE f.place = {_PARENT}"
            await findings.add(kind, code, "parent_code", query)
        if self.with_predecessors:
            await findings.add(kind, code, "predecessors", f"{told.format('e.text')} JOIN {EDGES} e USING (n, place)")

    def _by_predecessor(self) -> str:
        """Return the query of predecessors that are new with the file, and the only ones their words can mean."""
        others = " ".join(
            f"AND NOT EXISTS (SELECT FROM {WORLD} o WHERE o.suite_key = {suite} AND o.{column} = e.{word} "
            "AND o.n IS DISTINCT FROM w.n)"
            for word, column in _MEANINGS
            for suite in ("x.suite_key", f"'{EVERY_SUITE}'")
        )
        return (
            f"SELECT l.n, l.place, w.n AS target, w.line FROM link l JOIN {EDGES} e USING (n, place) "
            f"JOIN {NEXT} x ON x.n = l.n JOIN {NEXT} w ON (w.suite_key, w.code_key) = (l.suite_key, l.code_key) "
            f"WHERE w.id IS NULL AND w.n <> l.n {others}"
        )

    def _by_parent(self) -> str:
        return (
            f"SELECT x.n, {_PARENT} AS place, w.n AS target, w.line FROM {NEXT} x JOIN {NEXT} w "
            "ON (w.suite_key, w.code_key) = (x.suite_key, x.parent_key) WHERE w.id IS NULL AND w.n <> x.n"
        )


class _Ways:
    """Edges from a row to the row it refers to, in the order of the latter; as there may be many, in few bytes each."""

    def __init__(self) -> None:
        self._rows, self._places, self._targets, self._lines = (array("q") for _ in range(4))

    def add(self, row: int, place: int, target: int, line: int) -> None:
        for values, value in zip(
            (self._rows, self._places, self._targets, self._lines), (row, place, target, line), strict=True
        ):
            values.append(value)

    def follow(self, refused: array[int]) -> Iterator[tuple[int, int, int]]:
        """Yield row, place and the target's line of each way that leads to what is refused or falls."""
        level = dict.fromkeys(refused, 0)
        front, depth = list(refused), 0
        while front:
            depth += 1
            following = []
            for target in front:
                at = bisect_left(self._targets, target)
                while at < len(self._targets) and self._targets[at] == target:
                    row = self._rows[at]
                    if row not in level:
                        level[row] = depth
                        following.append(row)
                    if level[row] == depth:
                        yield row, self._places[at], self._lines[at]
                    at += 1
            front = following
