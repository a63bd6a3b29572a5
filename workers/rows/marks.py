"""The decimal mark of whole columns, for files in which a single number does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sanitizer_lambda.contract import Column
from workers.rows.cells import reading_of
from workers.rows.numbers import MIXED, NumberReader
from workers.rows.side import Side
from workers.rows.wild import Read


class MarkScan:
    """Looks at every number of a file, then gives its verdict on each column; holds no row."""

    def __init__(self, sides: Iterable[Side]) -> None:
        self._watched: list[tuple[str, int, _Watcher, Read]] = []
        for side in sides:
            for field in side.fields:
                if field.is_number:
                    watcher = _Watcher(field.column)
                    read = reading_of(field.name, field.column, watcher)
                    self._watched.append((field.column.name, field.place, watcher, read))

    def look(self, columns: Sequence[Sequence[str]]) -> None:
        """Take some rows into account, given column by column."""
        for _, place, _, read in self._watched:
            for text in set(map(str.strip, columns[place])):
                if text:
                    read(text)

    def verdicts(self) -> dict[str, str]:
        """Return by column name the mark on which its cells agree, or MIXED where they don't or can't tell."""
        return {
            name: next(iter(watcher.shown)) if len(watcher.shown) == 1 else MIXED
            for name, _, watcher, _ in self._watched
        }


class _Watcher(NumberReader):
    """Notes which marks the numbers show that can be read in one way only."""

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self.shown: set[str] = set()

    def plain(self, text: str) -> None:  # noqa: ARG002 - what looks plain is looked at like all else
        """Leave every number to ``read``."""
        return

    def read(self, text: str) -> Decimal:
        marks = self.marks(text)
        if len(marks) == 1:
            self.shown.update(marks)
        return Decimal(0)
