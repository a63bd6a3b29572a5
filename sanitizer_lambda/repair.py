"""A row whose quotes do not fit together: the reading of it that makes a row as wide as the others."""

from __future__ import annotations

from collections.abc import Iterator

from sanitizer_lambda.dialect import Dialect
from sanitizer_lambda.scan import Scan, scanner


class Repair:
    """Chooses among the readings of one record. ``width``: cells of a sound row, None where it is not known."""

    def __init__(self, dialect: Dialect, width: int | None) -> None:
        self._dialect = dialect
        self._width = width
        self._scanner = scanner(dialect)

    def cells(self, text: str, found: Scan) -> tuple[list[str], bool]:
        """Return the record's cells and whether its quotes had to be repaired."""
        if found.open_at is None and not found.strays:
            return found.cells, False
        for cells in self._readings(text, found):
            if self._width is None or len(cells) == self._width:
                return cells, True
        return (self._unquoted(text) if found.open_at is not None else found.cells), True

    def alone(self, line: str) -> int:
        """Return how many cells ``line`` has where a quote left open is taken for a slip."""
        return len(self._unquoted(line))

    def _readings(self, text: str, found: Scan) -> Iterator[list[str]]:
        if found.open_at is None:
            yield found.cells
            yield self._unquoted(text)
            return
        yield self._unquoted(text)
        yield found.cells
        parts = self._unquoted(text)
        if self._width is not None and len(parts) > self._width:
            merged = len(parts) - self._width + 1
            start = found.open_cell
            glued = self._dialect.delimiter.join(parts[start : start + merged])
            yield [*parts[:start], glued, *parts[start + merged :]]

    def _unquoted(self, text: str) -> list[str]:
        """Cut at every delimiter outside sound quotes; a quote left open is dropped where its cell begins."""
        assert self._scanner is not None
        found = self._scanner.scan(text)
        if found.open_at is None:
            return found.cells
        rest = text[found.open_at :].split(self._dialect.delimiter)
        return [*found.cells[: found.open_cell], *map(self._scanner.unescape, rest)]
