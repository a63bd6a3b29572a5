"""A file's blocks to records, one after another, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sanitizer_lambda.contract import Limits, Note, RejectionCode, RowErrorCode, Rule, reject
from sanitizer_lambda.reading.body import Body
from sanitizer_lambda.reading.decode import Decoder
from sanitizer_lambda.reading.notes import Notes
from sanitizer_lambda.reading.opening import Opened
from sanitizer_lambda.reading.rows import Record, RowProblem, RowReader, show_lost


class Block(NamedTuple):
    """Text below the header, in UTF-8 with ``surrogatepass``. ``broken``: bytes up to here could not be decoded."""

    data: bytes
    broken: bool
    last: bool


class Stream:
    """Reads an opened file once. ``literal``: repair the structure alone and hold no limit against it."""

    def __init__(self, opened: Opened, notes: Notes, limits: Limits, *, literal: bool) -> None:
        head = opened.head
        self._opened = opened
        self._notes = notes
        self._limits = limits
        self._literal = literal
        self._reader = RowReader(opened.dialect, head.width, limits, inner_quotes=opened.inner_quotes)
        self._body = Body(head, opened.dialect, notes, self._reader.raw, names=opened.names, literal=literal)
        self._decoder = Decoder(opened.encoding)
        self._start = head.table_line if literal else head.body_line
        self._long = False
        # Whether bytes of the file, up to here, could not be decoded.
        self._lossy = False

    @property
    def codec(self) -> str:
        """The encoding, which may be settled while reading."""
        return self._decoder.encoding.codec

    def note_head(self) -> None:
        """Count what stands above the records."""
        for note, line in self._opened.head.aside:
            if not self._literal or note not in {Note.HEADER_CONTINUED, Note.UNITS_ROW}:
                self._notes.add(note, line)
        if self._opened.empty_columns:
            self._notes.add(Note.EMPTY_COLUMN, self._opened.head.header_line or 1, self._opened.empty_columns)

    def records(self) -> Iterator[list[Record]]:
        """Yield the records of each block. Raises FileRejectedError where the file or a cell is too large."""
        self.note_head()
        for text, _, last in self._texts():
            rows = self._reader.feed(text, last=last, broken=self._lossy)
            if rows and rows[0].line < self._start:
                rows = [row for row in rows if row.line >= self._start]
            yield self._finish(self._body.take(rows, last=last))

    def blocks(self) -> Iterator[Block]:
        """Yield the text below the header instead of ``records``, for who copies it through. Raises as ``records``."""
        self.note_head()
        above = self._start - 1
        for text, block, last in self._texts():
            data, start = self._as_utf8(text, block), 0
            while above and (end := data.find(b"\n", start) + 1):
                start, above = end, above - 1
            yield Block(b"" if above else data[start:], self._lossy, last)

    def _as_utf8(self, text: str, block: bytes) -> bytes:
        whole = block[:1].isascii() and block[-1:].isascii()
        if whole and self.codec == "utf-8" and not self._lossy:
            return block
        return text.encode(errors="surrogatepass")

    def _texts(self) -> Iterator[tuple[str, bytes, bool]]:
        size = 0
        for block, last in self._opened.source.blocks():
            size += len(block)
            if size > self._limits.max_file_bytes and not self._literal:
                raise reject(
                    RejectionCode.FILE_TOO_LARGE, f"The file has more than {self._limits.max_file_bytes:,} bytes."
                )
            text = self._decoder.decode(block, last=last)
            self._lossy = self._lossy or self._decoder.broken
            yield text, block, last

    def feed(self, text: str, line: int | None, *, last: bool, broken: bool) -> list[Record]:
        """Return the records settled by text of ``blocks`` that must be read after all; it ends with a line.

        ``line``: where it begins; None where it follows the text fed before. ``broken``: of its block.
        """
        if line is not None:
            self._reader.line = line
        return self._finish(self._body.take(self._reader.feed(text, last=last, broken=broken), last=last))

    def release(self) -> list[Record] | None:
        """Return the records that still wait, where what comes next may be copied again; None where it may not."""
        return None if self._reader.is_open else self._body.release()

    @property
    def line(self) -> int:
        """The physical line that follows what was fed."""
        return self._reader.line

    def _finish(self, records: list[Record]) -> list[Record]:
        if self._lossy:
            for record in records:
                if Rule.BYTES_REPLACED in record.repairs:
                    show_lost(record)
        if self._literal:
            return records
        # Records wait for those that follow, so that a long one may come with a later feed.
        self._long = self._long or self._reader.longest > self._limits.max_cell_chars
        if self._long:
            self._refuse_long(records)
        if self._opened.empty_columns:
            for record in records:
                self._cut_empty(record)
        return records

    def _refuse_long(self, records: list[Record]) -> None:
        most = self._limits.max_cell_chars
        for record in records:
            if any(len(cell) > most for cell in record.cells):
                raise reject(
                    RejectionCode.CELL_TOO_LONG,
                    f"A cell has more than {most:,} characters; a quote may be left open before it.",
                    line=record.line,
                )

    def _cut_empty(self, record: Record) -> None:
        width = self._opened.head.width - self._opened.empty_columns
        if any(map(str.strip, record.cells[width:])):
            if record.error is None:
                message = f"This row has more cells than the {width} columns that the header names."
                record.error = RowProblem(RowErrorCode.FIELD_COUNT, message)
        else:
            del record.cells[width:]
            if len(record.cells) == width and record.error and record.error.code is RowErrorCode.FIELD_COUNT:
                record.error, record.repairs = None, (*record.repairs, Rule.CELLS_ALIGNED)
