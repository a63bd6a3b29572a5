"""What the columns of a table look like, learnt from its sound rows, and how well a cell fits one of them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from sanitizer_lambda.reading.kinds import STRONG, Kind, kind_of

# Likelihood of a cell that is like nothing the column has shown.
_STRANGE = 0.002
# How much of a column's likelihood rests on the very value, on its outline, and on its kind.
_BY_VALUE, _BY_OUTLINE, _BY_KIND = 0.4, 0.25, 0.35
# Bits for a mark in a cell that its column has never shown: what divides or quotes cells elsewhere.
_NEW_MARK = 4.0
_MARKS = re.compile(r"[\"';|\t^~\\]")
# Rows looked at; more would not change the picture.
_MAX_ROWS = 400
_MAX_OUTLINE = 40

_DIGIT = re.compile(r"\d")
_UPPER = re.compile(r"[A-Z]+")
_LOWER = re.compile(r"[^\W\d_A]+")


def outline(cell: str) -> str:
    """Return the outline of a cell: ``P-0042`` and ``Q-1234`` are both ``A-9999``; all long text is alike."""
    text = cell.strip()
    if len(text) > _MAX_OUTLINE:
        return "..."
    return _LOWER.sub("a", _UPPER.sub("A", _DIGIT.sub("9", text)))


class _Column:
    def __init__(self, cells: Iterable[str]) -> None:
        values = Counter(cell.strip() for cell in cells)
        self.total = max(1, values.total())
        self.values = values
        self.kinds: Counter[Kind] = Counter()
        self.outlines: Counter[str] = Counter()
        self.marks = {mark for value in values for mark in _MARKS.findall(value)}
        for value, count in values.items():
            self.kinds[kind_of(value)] += count
            self.outlines[outline(value)] += count


class Profile:
    """The columns of a table. ``strong``: the positions whose cells are nearly all of one strong kind."""

    def __init__(self, rows: list[list[str]]) -> None:
        self._columns = [_Column(cells) for cells in zip(*rows[:_MAX_ROWS], strict=True)]
        self.rows = min(len(rows), _MAX_ROWS)
        self.strong = frozenset(index for index, column in enumerate(self._columns) if _is_strong(column))

    def shows(self, mark: str) -> bool:
        """Whether a cell of any column has shown ``mark``, one of those that divide or quote cells elsewhere."""
        return any(mark in column.marks for column in self._columns)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    def fit(self, cell: str, position: int) -> float:
        """Return the likelihood of ``cell`` in a column, in bits: 0 is as expected, -9 and less like nothing there."""
        column = self._columns[position]
        text = cell.strip()
        likelihood = (
            _BY_VALUE * column.values[text]
            + _BY_OUTLINE * column.outlines[outline(text)]
            + _BY_KIND * column.kinds[kind_of(text)]
        ) / column.total
        strange = {*_MARKS.findall(text)} - column.marks
        return math.log2(likelihood + _STRANGE) - _NEW_MARK * len(strange)

    def row_fit(self, cells: list[str]) -> float:
        """Return the likelihood of a row of this width, in bits a cell."""
        return sum(self.fit(cell, index) for index, cell in enumerate(cells)) / max(1, len(cells))

    def empty_count(self, position: int) -> int:
        """Return how many cells of a column are empty."""
        return self._columns[position].kinds[Kind.EMPTY]

    def is_strange(self, cells: list[str]) -> bool:
        """Whether a cell holds a mark that its column has never shown."""
        return any(
            not column.marks.issuperset(_MARKS.findall(cell))
            for cell, column in zip(cells, self._columns, strict=False)
        )

    def has_value(self, cell: str, position: int) -> bool:
        """Whether a column has shown this very value."""
        return cell.strip() in self._columns[position].values

    def kinds(self, position: int) -> Counter[Kind]:
        """Return how often a column has shown each kind."""
        return self._columns[position].kinds


def _is_strong(column: _Column) -> bool:
    strong = sum(count for kind, count in column.kinds.items() if kind in STRONG)
    filled = column.total - column.kinds[Kind.EMPTY]
    return filled > 0 and strong >= 0.8 * filled
