"""A row of another width than its table: the one way to lay its cells under the columns, if there is one.

The cells keep their order. A row with too few is spread, leaving columns empty (or one cell is cut in two where the
columns demand it); a row with too many has neighbours joined again or an empty cell dropped. Each way costs what the
cells are worth in their columns (``Profile.fit``); a way is taken only where it leads all others clearly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from sanitizer_lambda.reading.kinds import STRONG, kind_of
from sanitizer_lambda.reading.profile import Profile

# Bits at which a cell is like nothing its column has shown.
STRANGE = -7.0
# Rows wider than this, or further off than that, are not worth the search.
_MAX_CELLS = 300
_MAX_OFF = 12
_MAX_STEPS = 6_000
# Ways kept at each step: the best, its twin that differs only in where two cells ran together, and their rival.
_WAYS = 3
# Bits by which the best way must lead the next for the row to be sound.
_LEAD = 4.0
# A row off by so many cells is laid by the habits of its columns alone, and fewer rows than that show none.
_MUCH_OFF, _ENOUGH_ROWS = 2, 5
# Bits for what the row's writer must have done wrong.
_SKIPPED = -8.0
_CUT_SHORT = -5.0
_DROPPED = -3.0
_JOINED = -7.0
_JOINED_BEFORE_BLANK = -1.5
_JOINED_EMPTY = -12.0
_JOINED_THOUSANDS = -2.5
# A part of a cell that was cut in two must fit its column at least this well.
_CUT_FIT = -3.0
_CUT = -4.0
_MAX_CUT = 60

_THOUSANDS = re.compile(r"\d{3}(?!\d)")


class Alignment(NamedTuple):
    """Cells as wide as the table. ``sure``: nothing else comes near. ``clean``: no cell is strange in its column.

    ``fit``: bits of the row.
    """

    cells: list[str]
    sure: bool
    clean: bool
    fit: float


class _Way(NamedTuple):
    score: float
    cells: tuple[str, ...]


def align(cells: list[str], profile: Profile, delimiter: str) -> Alignment | None:
    """Return the best way to lay ``cells`` under the columns; None where there is none worth trying."""
    width = profile.width
    off = abs(len(cells) - width)
    if not profile.rows or len(cells) > _MAX_CELLS or off > _MAX_OFF or len(cells) * off * off > _MAX_STEPS:
        return None
    ways = _spread(cells, profile) if len(cells) < width else _gather(cells, profile, delimiter)
    if len(cells) == width - 1:
        ways += list(_cut_in_two(cells, profile))
    if not ways:
        return None
    # Of equals the one that fills the columns further left comes first.
    ways.sort(key=lambda way: (-way.score, [cell == "" for cell in way.cells]))
    best = ways[0]
    rival = next((way.score for way in ways[1:] if not _same_but_for_glue(best.cells, way.cells)), best.score - _LEAD)
    clean = all(profile.fit(cell, index) > STRANGE for index, cell in enumerate(best.cells) if cell)
    told = off < _MUCH_OFF or profile.rows >= _ENOUGH_ROWS
    return Alignment(list(best.cells), told and best.score - rival >= _LEAD, clean, best.score)


def _same_but_for_glue(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two ways differ only in the side on which two cells that ran together leave a column empty."""
    apart = [index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    if not apart:
        return True
    first, last = apart[0], apart[-1]
    return (
        last == first + 1 and (one[first], one[last]) == (other[last], other[first]) and "" in {one[first], one[last]}
    )


def _few_best(ways: list[_Way]) -> list[_Way]:
    ways.sort(key=lambda way: -way.score)
    best: list[_Way] = []
    for way in ways:
        if all(way.cells != other.cells for other in best):
            best.append(way)
        if len(best) == _WAYS:
            break
    return best


def _spread(cells: list[str], profile: Profile) -> list[_Way]:
    off = profile.width - len(cells)
    # reached[k]: the best ways to fill the columns so far with k of them left empty.
    reached: list[list[_Way]] = [[_Way(0.0, ())]] + [[] for _ in range(off)]
    for column in range(profile.width):
        following: list[list[_Way]] = [[] for _ in range(off + 1)]
        natural = profile.fit("", column)
        for empty, ways in enumerate(reached):
            taken = column - empty
            skipped = max(_SKIPPED if taken < len(cells) else _CUT_SHORT, natural)
            for way in ways:
                if taken < len(cells):
                    cell = cells[taken]
                    following[empty].append(_Way(way.score + profile.fit(cell, column), (*way.cells, cell)))
                if empty < off:
                    following[empty + 1].append(_Way(way.score + skipped, (*way.cells, "")))
        reached = [_few_best(ways) for ways in following]
    return reached[off]


def _cut_in_two(cells: list[str], profile: Profile) -> Iterator[_Way]:
    """Yield the ways to cut one cell in two such that both parts are what their columns expect."""
    after = [0.0]
    for index in range(len(cells) - 1, -1, -1):
        after.append(after[-1] + profile.fit(cells[index], index + 1))
    after.reverse()
    before = 0.0
    for index, cell in enumerate(cells):
        for place in range(1, min(len(cell), _MAX_CUT)):
            left, right = profile.fit(cell[:place], index), profile.fit(cell[place:], index + 1)
            if (
                min(left, right) > _CUT_FIT
                and _certain(cell[:place], profile, index)
                and _certain(cell[place:], profile, index + 1)
            ):
                score = before + left + right + _CUT + after[index + 1]
                yield _Way(score, (*cells[:index], cell[:place], cell[place:], *cells[index + 1 :]))
        before += profile.fit(cell, index)


def _certain(part: str, profile: Profile, position: int) -> bool:
    return kind_of(part) in STRONG or profile.has_value(part, position)


def _gather(cells: list[str], profile: Profile, delimiter: str) -> list[_Way]:
    off = len(cells) - profile.width
    # reached[k]: the best ways to fill the columns so far with k cells more than columns used up.
    reached: list[list[_Way]] = [[_Way(0.0, ())]] + [[] for _ in range(off)]
    for column in range(profile.width):
        reached = _drop(reached, cells, column)
        following: list[list[_Way]] = [[] for _ in range(off + 1)]
        for extra, ways in enumerate(reached):
            for more in range(off - extra + 1):
                parts = cells[column + extra : column + extra + more + 1]
                joined = delimiter.join(parts)
                score = profile.fit(joined, column) + _joining(parts)
                following[extra + more] += [_Way(way.score + score, (*way.cells, joined)) for way in ways]
        reached = [_few_best(ways) for ways in following]
    return _drop(reached, cells, profile.width)[off]


def _drop(reached: list[list[_Way]], cells: list[str], column: int) -> list[list[_Way]]:
    """Let each way also drop empty cells that stand before ``column``."""
    dropped = [list(ways) for ways in reached]
    for extra in range(len(reached) - 1):
        if not cells[column + extra].strip():
            dropped[extra + 1] += [_Way(way.score + _DROPPED, way.cells) for way in dropped[extra]]
            dropped[extra + 1] = _few_best(dropped[extra + 1])
    return dropped


def _joining(parts: list[str]) -> float:
    if len(parts) > 1 and not all(map(str.strip, parts)):
        return _JOINED_EMPTY * (len(parts) - 1)
    return sum(_joining_pair(left, right) for left, right in pairwise(parts))


def _joining_pair(left: str, right: str) -> float:
    if right[:1] == " ":
        return _JOINED_BEFORE_BLANK
    return _JOINED_THOUSANDS if left[-1:].isdigit() and _THOUSANDS.match(right) else _JOINED
