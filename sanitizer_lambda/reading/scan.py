"""One record's text to its cells, with quotes: what is sound, what is left open, what had to be repaired."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sanitizer_lambda.reading.dialect import Dialect

# Blanks that may stand between a quote and its delimiter; never a TAB, which may be the delimiter.
BLANKS = " \u00a0"
# Quotes of one record that may be taken for slips one by one; with more, the rest of the record is one cell.
_MAX_SLIPS = 8


@dataclass(slots=True)
class Scan:
    """The cells of one record. ``open_at``: offset of a quote that nothing closes. ``strays``: quotes kept as text.

    ``quoted``: cells that stood in quotes. ``blanks``: blanks between delimiters and quotes, which are no content.
    ``inner``: cells without quotes around them that hold one.
    """

    cells: list[str]
    open_at: int | None = None
    open_cell: int = 0
    strays: int = 0
    quoted: int = 0
    blanks: int = 0
    inner: int = 0


class Scanner:
    """Cuts a record's text into cells by one dialect that has a quote."""

    def __init__(self, delimiter: str, quote: str, escape: str | None) -> None:
        self.delimiter = delimiter
        self.quote = quote
        self.escape = escape
        mark, cut = re.escape(quote), re.escape(delimiter)
        blank = "" if delimiter in BLANKS else f"[{BLANKS}]*"
        # The next quote that is neither doubled nor escaped.
        skip = f"{mark}{mark}|{re.escape(escape)}." if escape else f"{mark}{mark}"
        self._quote = re.compile(f"(?:{skip})|({mark})", re.DOTALL)
        self._after = re.compile(f"{blank}(?:({cut})|(?=[\\r\\n]*\\Z))")
        self._opening = re.compile(f"{blank}{mark}")
        self._cut = re.compile(f"{re.escape(escape)}.|({cut})", re.DOTALL) if escape else re.compile(f"({cut})")
        self._escaped = (
            re.compile(f"{re.escape(escape)}([{mark}{cut}{re.escape(escape)}])|{mark}({mark})") if escape else None
        )

    def scan(self, text: str) -> Scan:
        """Return the cells of ``text``, one record with or without line ends inside quotes."""
        found = Scan([])
        position: int | None = 0
        while position is not None:
            opening = self._opening.match(text, position)
            if opening is None:
                position = self._bare(text, position, found)
            else:
                found.blanks += opening.end() - position - 1
                position = self._quoted(text, opening.end(), found)
        return found

    def closes(self, line: str) -> bool | None:
        """Whether ``line``, inside an open cell, closes it: None if it has no say, False if it opens another cell."""
        for match in self._quote.finditer(line):
            if match[1] is None:
                continue
            if self._after.match(line, match.end()):
                return True
            if match.start() == 0 or line.endswith(self.delimiter, 0, match.start()):
                return False
        return None

    def _bare(self, text: str, start: int, found: Scan) -> int | None:
        if self.escape is None:
            end = text.find(self.delimiter, start)
            cell = text[start:] if end < 0 else text[start:end]
            found.cells.append(cell)
            found.inner += self.quote in cell
            return None if end < 0 else end + len(self.delimiter)
        for match in self._cut.finditer(text, start):
            if match[1]:
                found.cells.append(self.unescape(text[start : match.start()]))
                return match.end()
        found.cells.append(self.unescape(text[start:]))
        return None

    def _quoted(self, text: str, start: int, found: Scan) -> int | None:
        for match in self._quote.finditer(text, start):
            if match[1] is None:
                continue
            after = self._after.match(text, match.end())
            if after is not None:
                found.quoted += 1
                found.cells.append(self.unescape(text[start : match.start()]))
                return after.end() if after[1] else None
            found.strays += 1
        found.open_at = start
        found.open_cell = len(found.cells)
        found.cells.append(self.unescape(text[start:]))
        return None

    def without_open(self, text: str, found: Scan) -> Scan:
        """Return the cells of ``text`` where the quote that ``found`` left open is taken for a slip."""
        for _ in range(_MAX_SLIPS):
            if found.open_at is None:
                break
            text = text[: found.open_at - 1] + text[found.open_at :]
            found = self.scan(text)
        return found

    def unescape(self, text: str) -> str:
        """Return a cell's text as it was meant: doubled quotes single, escapes gone."""
        if self._escaped is not None and self.escape is not None and self.escape in text:
            return self._escaped.sub(r"\1\2", text)
        return text.replace(self.quote * 2, self.quote)


@lru_cache(maxsize=64)
def scanner(dialect: Dialect) -> Scanner | None:
    """Return the scanner of a dialect, None where it has no quotes."""
    return None if dialect.quote is None else Scanner(dialect.delimiter, dialect.quote, dialect.escape)
