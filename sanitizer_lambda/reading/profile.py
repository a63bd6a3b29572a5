"""What the columns of a table look like, learnt from its sound rows, and how well a cell fits one of them."""

from __future__ import annotations

import math
from collections import Counter

from sanitizer_lambda.reading.column import MARKS, Column, outline
from sanitizer_lambda.reading.kinds import Kind, kind_of

# Likelihood of a cell that is like nothing the column has shown.
_STRANGE = 0.002
# How much of a column's likelihood rests on the very value, on its outline, and on its kind.
_BY_VALUE, _BY_OUTLINE, _BY_KIND = 0.4, 0.25, 0.35
# Bits for a mark in a cell that its column has never shown: what divides or quotes cells elsewhere.
_NEW_MARK = 4.0
# Rows looked at; more would not change the picture.
_MAX_ROWS = 400
# Bits of a cell that was left out with its delimiter.
_LOST = 9.0
_QUOTES = ('"', "'")
# Rows that show what columns hold.
_ENOUGH_ROWS = 5


class Profile:
    """The ``width`` columns of a table as ``rows`` rows show them.

    ``lost``: bits of a cell that was left out. ``strong``: the positions whose cells are nearly all of one strong kind.
    """

    def __init__(self, rows: list[list[str]]) -> None:
        rows = _sound(rows[:_MAX_ROWS])
        self._columns = [Column(cells) for cells in zip(*rows, strict=True)]
        self.rows = len(rows)
        self.lost = _LOST
        self.width = len(self._columns)
        self.strong = frozenset(index for index, column in enumerate(self._columns) if column.is_strong())

    def shows(self, mark: str) -> bool:
        """Whether a cell of any column has shown ``mark``, one of those that divide or quote cells elsewhere."""
        return any(mark in column.marks for column in self._columns)

    def bits(self, cell: str, position: int) -> float:
        """Return the bits that ``cell`` takes in a column: the fewer, the more it was to be expected there."""
        return self._columns[position].bits(cell)

    def row_bits(self, cells: list[str]) -> float:
        """Return the bits of a row of this width."""
        return sum(column.bits(cell) for column, cell in zip(self._columns, cells, strict=True))

    def fit(self, cell: str, position: int) -> float:
        """Return the likelihood of ``cell`` in a column, in bits: 0 is as expected, -9 and less like nothing there."""
        column = self._columns[position]
        text = cell.strip()
        likelihood = (
            _BY_VALUE * column.values[text]
            + _BY_OUTLINE * column.outlines[outline(text)]
            + _BY_KIND * column.kinds[kind_of(text)]
        ) / column.total
        strange = {*MARKS.findall(text)} - column.marks
        return math.log2(likelihood + _STRANGE) - _NEW_MARK * len(strange)

    def empty_count(self, position: int) -> int:
        """Return how many cells of a column are empty."""
        return self._columns[position].kinds[Kind.EMPTY]

    def has_value(self, cell: str, position: int) -> bool:
        """Whether a column has shown this very value."""
        return cell.strip() in self._columns[position].values

    def kinds(self, position: int) -> Counter[Kind]:
        """Return how often a column has shown each kind."""
        return self._columns[position].kinds


def _sound(rows: list[list[str]]) -> list[list[str]]:
    """Return ``rows`` without those that alone show a quote in a column: such a row may be damaged, whatever its width.

    All of them where few would be left.
    """
    quotes = Counter(found for row in rows for found in _quotes(row))
    sound = [row for row in rows if all(quotes[found] > 1 for found in _quotes(row))]
    return sound if len(sound) >= _ENOUGH_ROWS else rows


def _quotes(row: list[str]) -> list[tuple[int, str]]:
    return [(index, mark) for index, cell in enumerate(row) for mark in _QUOTES if mark in cell]
