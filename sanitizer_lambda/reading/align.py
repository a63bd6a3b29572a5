"""A row of another width than its table: the ways to lay its cells under the columns.

The cells keep their order. In a row with too few, two cells ran together, a cell was lost, or the row ends early; in
a row with too many, neighbours are joined again or an empty cell is dropped. Each way costs the bits that its cells
take in their columns (``Profile.bits``) and those of what its writer must have done wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

# Bits at which a cell is like nothing its column has shown.
STRANGE = -7.0
# Rows wider than this, or further off than that, are not worth the search.
_MAX_CELLS = 300
_MAX_OFF = 12
_MAX_STEPS = 6_000
# Ways kept at each step: the best and its rivals.
_WAYS = 3
# Bits for what the row's writer must have done wrong.
_RAN_TOGETHER = 6.0
_CUT_SHORT = 6.0
_DROPPED = 3.0
_JOINED = 7.0
_JOINED_BEFORE_BLANK = 1.5
_JOINED_EMPTY = 12.0
_JOINED_THOUSANDS = 2.5
# Bits by which one place must lead all others for a cell to be cut there.
_CUT_LEAD = 6.0
# Places at which a cell is cut in two for a try; two cells that make a longer one are held to be text.
_MAX_CUT = 60

_THOUSANDS = re.compile(r"\d{3}(?!\d)")


class Columns(Protocol):
    """What is known of a table's columns: as many as ``width``, learnt from ``rows`` rows.

    ``lost``: bits of a cell that its writer left out.
    """

    width: int
    rows: int
    lost: float

    def bits(self, cell: str, position: int) -> float:
        """Return the bits that ``cell`` takes in a column."""

    def row_bits(self, cells: list[str]) -> float:
        """Return the bits of a row of the table's width."""

    def shows(self, mark: str) -> bool:
        """Whether cells hold ``mark``, one of those that divide cells elsewhere."""


@dataclass(frozen=True, slots=True)
class Way:
    """A row as wide as the table and its bits. ``whole``: no cell holds two that ran together."""

    bits: float
    cells: tuple[str, ...]
    whole: bool = True

    def then(self, bits: float, *cells: str, whole: bool = True) -> Way:
        """Return the way that goes on with ``cells``, which cost ``bits``."""
        return Way(self.bits + bits, self.cells + cells, self.whole and whole)


def ways_to_align(cells: list[str], profile: Columns, delimiter: str) -> list[Way]:
    """Return the best ways to lay ``cells`` under the columns; none where none is worth trying."""
    off = abs(len(cells) - profile.width)
    if not profile.rows or len(cells) > _MAX_CELLS or off > _MAX_OFF or len(cells) * off * off > _MAX_STEPS:
        return []
    return _spread(cells, profile) if len(cells) < profile.width else _gather(cells, profile, delimiter)


def few_best(ways: Iterable[Way], count: int = _WAYS) -> list[Way]:
    """Return the ways of the fewest bits that differ; of equals the one that fills the columns further left first."""
    best: list[Way] = []
    for way in sorted(ways, key=lambda way: (way.bits, [cell == "" for cell in way.cells])):
        if all(way.cells != other.cells for other in best):
            best.append(way)
        if len(best) == count:
            break
    return best


def _spread(cells: list[str], profile: Columns) -> list[Way]:
    width = profile.width
    off = width - len(cells)
    # reached[column][k]: the best ways to fill the columns before it with k of them left over.
    reached: list[list[list[Way]]] = [[[] for _ in range(off + 1)] for _ in range(width + 1)]
    reached[0][0] = [Way(0.0, ())]
    for column in range(width):
        for over in range(off + 1):
            taken = column - over
            ways = few_best(reached[column][over])
            if not ways or taken < 0:
                continue
            if taken == len(cells):
                rest = [""] * (width - column)
                reached[width][off] += [way.then(_CUT_SHORT, *rest) for way in ways]
                continue
            bits = profile.bits(cells[taken], column)
            reached[column + 1][over] += [way.then(bits, cells[taken]) for way in ways]
            if over < off:
                lost = min(profile.lost, _RAN_TOGETHER + profile.bits("", column))
                reached[column + 1][over + 1] += [way.then(lost, "") for way in ways]
                if column + 1 < width:
                    bits, parts, whole = _cut(cells[taken], profile, column)
                    reached[column + 2][over + 1] += [way.then(bits, *parts, whole=whole) for way in ways]
    return few_best(reached[width][off])


def _cut(cell: str, profile: Columns, column: int) -> tuple[float, tuple[str, str], bool]:
    """Return the bits of a cell as two that ran together, and both, or the cell and none where the place is unsure."""
    found = sorted(
        (profile.bits(cell[:place], column) + profile.bits(cell[place:], column + 1), place)
        for place in range(1, min(len(cell), _MAX_CUT))
    )
    together = _RAN_TOGETHER + profile.bits(cell, column) + profile.bits("", column + 1)
    if not found:
        return together, (cell, ""), False
    best, place = found[0]
    if len(found) == 1 or found[1][0] - best >= _CUT_LEAD:
        return _RAN_TOGETHER + best, (cell[:place], cell[place:]), True
    return _RAN_TOGETHER + best, (cell, ""), False


def _gather(cells: list[str], profile: Columns, delimiter: str) -> list[Way]:
    off = len(cells) - profile.width
    # reached[k]: the best ways to fill the columns so far with k cells more than columns used up.
    reached: list[list[Way]] = [[Way(0.0, ())]] + [[] for _ in range(off)]
    for column in range(profile.width):
        reached = _drop(reached, cells, column)
        following: list[list[Way]] = [[] for _ in range(off + 1)]
        for extra, ways in enumerate(reached):
            for more in range(off - extra + 1):
                parts = cells[column + extra : column + extra + more + 1]
                joined = delimiter.join(parts)
                bits = profile.bits(joined, column) + _joining(parts)
                following[extra + more] += [way.then(bits, joined) for way in ways]
        reached = [few_best(ways) for ways in following]
    return few_best(_drop(reached, cells, profile.width)[off])


def _drop(reached: list[list[Way]], cells: list[str], column: int) -> list[list[Way]]:
    """Let each way also drop empty cells that stand before ``column``."""
    dropped = [list(ways) for ways in reached]
    for extra in range(len(reached) - 1):
        if not cells[column + extra].strip():
            dropped[extra + 1] += [Way(way.bits + _DROPPED, way.cells, way.whole) for way in dropped[extra]]
            dropped[extra + 1] = few_best(dropped[extra + 1])
    return dropped


def _joining(parts: list[str]) -> float:
    if len(parts) > 1 and not all(map(str.strip, parts)):
        return _JOINED_EMPTY * (len(parts) - 1)
    return sum(_joining_pair(left, right) for left, right in pairwise(parts))


def _joining_pair(left: str, right: str) -> float:
    if right[:1] == " ":
        return _JOINED_BEFORE_BLANK
    return _JOINED_THOUSANDS if left[-1:].isdigit() and _THOUSANDS.match(right) else _JOINED
