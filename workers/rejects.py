"""The file of refused rows, as people open it: in the user's own layout, so that mended rows may be sent back as it is.

Delimiter, line end and encoding are those of the user's file, headers are spelled and ordered as there, and two columns
are added: the line each row stood on, and why it was refused. Every cell comes from the clean file or from the
sanitizer's list of refused rows, so that none is live; what stood in columns that are ignored is in neither and is left
empty, but for the rows that the sanitizer refused.
"""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple

from infra.storage import Bucket
from sanitizer_lambda.contract import ERRORS_HEADER, HIDDEN_REASONS, LINE_HEADER, ContractError, RefusedRow, Report
from workers.clean import CleanFile
from workers.refusals import Refusals

# What the file may take in memory before it goes to disk, bytes.
_IN_MEMORY = 1 << 20
_NEWLINES = {"LF": "\n", "CRLF": "\r\n", "CR": "\r", "MIXED": "\r\n"}
_SERVICE = (LINE_HEADER, ERRORS_HEADER)
# What is said of rows that do not show whether they were mended.
_THEN = "Put the row right, then empty this cell."
# Whatever the user's file has: spreadsheets know no other, and what they cut in two would be live in its second half.
_QUOTE = '"'


@dataclass(frozen=True, slots=True)
class RejectsFile:
    """A file of refused rows: how many it holds, without its header, and its size."""

    rows: int
    bytes: int


class Layout:
    """How the user wrote the file that ``report`` is about. Raises ContractError for a report that does not say."""

    def __init__(self, report: Report) -> None:
        found = report.detected
        if found is None:
            raise ContractError("its report does not say how the file is written")
        self.codec = found.encoding
        self.mark = "\ufeff" if found.bom else ""
        self._delimiter = found.delimiter
        self._newline = _NEWLINES.get(found.newline, "\n")
        own = [match for match in report.columns if match.header not in _SERVICE]
        self.header = [match.header for match in own]
        places = {match.column: place for place, match in enumerate(own) if match.column is not None}
        # The clean file has its columns in the order of the user's.
        self._places = [places[match.column] for match in own if match.column is not None]
        # Of a file sent back, where a row as it stood has the two columns of last time.
        self._ours = {place for place, match in enumerate(report.columns) if match.header in _SERVICE}
        self._must_quote = {*self._delimiter, _QUOTE, "\n", "\r"}

    def laid_out(self, cells: Sequence[str]) -> list[str]:
        """Return a row of the clean file in the user's columns."""
        row = [""] * len(self.header)
        for place, cell in zip(self._places, cells, strict=True):
            row[place] = cell
        return row

    def as_it_stood(self, cells: Sequence[str]) -> list[str]:
        """Return a row that the sanitizer refused, of whatever width, without the columns that this file adds."""
        return [cell for place, cell in enumerate(cells) if place not in self._ours] if self._ours else list(cells)

    def line(self, cells: Sequence[str], line: str, errors: str) -> str:
        """Return a row's text. Cells past the header's follow the two columns, cells that lack are empty."""
        width = len(self.header)
        padded = [*cells[:width], *[""] * (width - len(cells))]
        return self._delimiter.join(map(self._cell, (*padded, line, errors, *cells[width:]))) + self._newline

    def _cell(self, cell: str) -> str:
        if not self._must_quote.isdisjoint(cell) or cell != cell.strip():
            return _QUOTE + cell.replace(_QUOTE, _QUOTE * 2) + _QUOTE
        return cell


class _Row(NamedTuple):
    cells: list[str]
    line: int
    record: int


async def write_rejects(bucket: Bucket, key: str, file: CleanFile, report: Report, refusals: Refusals) -> RejectsFile:
    """Write the refused rows of a file under ``key``. Raises ContractError, ObjectMissing, Unavailable, AccessDenied.

    The clean file is read once more: which of its rows are refused is known only when all have been checked.
    """
    layout = Layout(report)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as out:
        rows = await _write(out, layout, _refused_rows(file, layout, refusals), refusals)
        size = out.tell()
        out.seek(0)
        await bucket.write_file(key, out, content_type="text/csv")
    return RejectsFile(rows, size)


async def _write(out: IO[bytes], layout: Layout, found: AsyncIterator[_Row], refusals: Refusals) -> int:
    # A sentence of ours may hold a sign that the user's encoding lacks; the user's own cells come from it.
    encoder = codecs.getincrementalencoder(layout.codec)("replace")
    out.write(encoder.encode(layout.mark + layout.line(layout.header, *_SERVICE)))
    rows = 0
    async for row in found:
        rows += 1
        out.write(encoder.encode(layout.line(row.cells, str(row.line), _told(refusals.told(row.record)))))
    out.write(encoder.encode("", final=True))
    return rows


def _told(errors: str) -> str:
    return f"{errors} {_THEN}" if errors.startswith(HIDDEN_REASONS) else errors


async def _refused_rows(file: CleanFile, layout: Layout, refusals: Refusals) -> AsyncIterator[_Row]:
    """Yield the refused rows in the order of the user's file."""
    async with file.refused() as from_sanitizer, file.lines() as lines:
        waiting = _Waiting(from_sanitizer, layout)
        record, is_header = 0, True
        async for part in file.parts():
            for cells in part.rows[1:] if is_header else part.rows:
                for row in waiting.until(record + 1):
                    record = row.record
                    yield row
                record += 1
                line = next(lines)
                if refusals.marked(record):
                    yield _Row(layout.laid_out(cells), line, record)
            is_header = False
        for row in waiting.until(None):
            yield row


class _Waiting:
    """The rows the sanitizer refused, given out where they stood among the clean ones."""

    def __init__(self, rows: Iterator[RefusedRow], layout: Layout) -> None:
        self._rows = rows
        self._layout = layout
        self._next = next(rows, None)

    def until(self, record: int | None) -> Iterator[_Row]:
        """Yield those whose turn it is when the next clean row is to be the file's row ``record``; None: all."""
        while self._next is not None and (record is None or self._next.record <= record):
            row = self._next
            yield _Row(self._layout.as_it_stood(row.cells), row.line, row.record)
            record = None if record is None else row.record + 1
            self._next = next(self._rows, None)
