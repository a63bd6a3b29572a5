"""A sound table as text, in a given manner of writing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.corpus.tables import Rows


@dataclass(frozen=True, slots=True)
class Manner:
    """How a table is written. ``quoting``: ``needed``, ``all``, ``none`` or ``text`` (whatever is no number)."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    quoting: str = "needed"
    newline: str = "\n"
    final_newline: bool = True

    def cell(self, cell: str) -> str:
        """Return one cell as written."""
        if self.quoting == "none" or not (self.quoting == "all" or self._needs(cell)):
            return cell
        if self.escape is None:
            return f"{self.quote}{cell.replace(self.quote, self.quote * 2)}{self.quote}"
        escaped = cell.replace(self.escape, self.escape * 2).replace(self.quote, self.escape + self.quote)
        return f"{self.quote}{escaped}{self.quote}"

    def _needs(self, cell: str) -> bool:
        if self.quoting == "text":
            return not cell.replace(".", "").isdigit()
        special = any(mark in cell for mark in (self.delimiter, self.quote, "\n", "\r", self.escape or self.quote))
        return (
            special
            or cell != cell.strip()
            or (self.delimiter.strip() not in {"", self.delimiter} and self.delimiter.strip() in cell)
        )

    def line(self, cells: list[str]) -> str:
        """Return one record as written, without its end."""
        return self.delimiter.join(map(self.cell, cells))

    def text(self, rows: Rows) -> str:
        """Return the table as written."""
        return join(map(self.line, rows), self)


def join(lines: Iterable[str], manner: Manner) -> str:
    """Return physical lines as one text."""
    text = manner.newline.join(lines)
    return text + manner.newline if manner.final_newline and text else text
