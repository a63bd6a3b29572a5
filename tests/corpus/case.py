"""One awkward file and what a careful reader makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sanitizer_lambda.contract import ParseHints
from sanitizer_lambda.reading.reader import read_structure
from tests.corpus.tables import Rows

ANY = "any"


@dataclass(frozen=True, slots=True)
class Case:
    """``expected``: the table, header row first. ``or_else``: another table just as good.

    ``quote``: None for none, ``any`` where the file does not tell.
    """

    category: str
    name: str
    data: bytes
    expected: Rows
    delimiter: str | None = ","
    quote: str | None = ANY
    encoding: str | None = None
    or_else: Rows | None = None

    @property
    def id(self) -> str:
        """Return the case's name among all."""
        return f"{self.category}/{self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading a case gave: ``table`` and ``dialect`` are whether each was right."""

    case: Case
    table: bool
    dialect: bool
    rows: Rows
    found: str


def pieces(data: bytes, size: int = 4096) -> Iterator[bytes]:
    """Yield ``data`` in chunks of ``size`` bytes."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def trimmed(rows: Iterable[list[str]]) -> Rows:
    """Return rows without the empty cells at their ends: padding is no content."""
    out = []
    for row in rows:
        end = len(row)
        while end and not row[end - 1]:
            end -= 1
        out.append(row[:end])
    return out


def read(case: Case) -> Outcome:
    """Read a case's bytes and compare."""
    structure = read_structure(pieces(case.data), ParseHints())
    rows = list(structure.rows())
    found = structure.detected
    # Blanks around a delimiter are how a file is laid out, and are not told.
    told = None if case.delimiter is None else case.delimiter.strip(" ") or " "
    dialect = told in {None, found.delimiter} and case.quote in {ANY, found.quote}
    encoding = case.encoding in {None, found.encoding}
    right = trimmed(rows) in [trimmed(table) for table in (case.expected, case.or_else) if table is not None]
    return Outcome(case, right, dialect and encoding, rows, str(found))
