"""A messy CSV file, read: bytes in, a table of records out. The one door to reading.

``open_table`` samples the file, decides encoding, dialect and header, and hands out the records as they come, in
constant memory. ``detect`` says what it decided. ``read_structure`` repairs encoding, dialect and rows alone and knows
no header, so that no file fails to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sanitizer_lambda.body import Body
from sanitizer_lambda.contract import DetectedFormat, Limits, Note, ParseHints, RejectionCode, reject
from sanitizer_lambda.decode import Decoder
from sanitizer_lambda.dialect import Dialect
from sanitizer_lambda.encoding import Encoding, detect_encoding
from sanitizer_lambda.guess import guess_dialect
from sanitizer_lambda.head import Head, find_head
from sanitizer_lambda.notes import Notes
from sanitizer_lambda.rows import Record, RowProblem, RowReader
from sanitizer_lambda.signature import refuse_other_formats
from sanitizer_lambda.source import Blocks

__all__ = ["Record", "RowProblem", "Structure", "Table", "detect", "open_table", "read_structure"]

_NO_HINTS = ParseHints()
_LIMITS = Limits()


class Table:
    """An opened file.

    ``header``: as written, joined over several header rows; empty strings where there is none. ``notes``: the lines
    set aside, growing while records are read. ``body_line``: physical line of the first record, from 1.
    """

    def __init__(self, opened: _Opened, limits: Limits) -> None:
        self.detected = opened.detected
        self.encoding = opened.encoding
        self.dialect = opened.dialect
        self.header = opened.head.header
        self.body_line = opened.head.body_line
        self.notes = Notes()
        self._opened = opened
        self._limits = limits

    @property
    def is_plain(self) -> bool:
        """UTF-8 (or ASCII), one ASCII byte as the delimiter, double quotes doubled: bytes may be copied through."""
        return self.encoding.codec == "utf-8" and self.dialect.is_plain

    def records(self) -> Iterator[Record]:
        """Yield each record once, in order. Raises FileRejectedError where a limit is passed."""
        count = 0
        for records in _read(self._opened, self.notes, self._limits, literal=False):
            count += len(records)
            if count > self._limits.max_rows:
                raise reject(RejectionCode.TOO_MANY_ROWS, f"The file has more than {self._limits.max_rows:,} rows.")
            yield from records


class Structure:
    """A file whose structure alone was repaired: ``rows`` yields its table, header row first."""

    def __init__(self, opened: _Opened, limits: Limits) -> None:
        self.detected = opened.detected
        self.notes = Notes()
        self._opened = opened
        self._limits = limits

    def rows(self) -> Iterator[list[str]]:
        """Yield each row once, padded to the width of the table; no cell changed."""
        width = self._opened.head.width
        for records in _read(self._opened, self.notes, self._limits, literal=True):
            for record in records:
                cells = record.cells
                yield cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]


@dataclass(frozen=True, slots=True)
class _Opened:
    detected: DetectedFormat
    encoding: Encoding
    dialect: Dialect
    head: Head
    blocks: Blocks


def open_table(chunks: Iterable[bytes], hints: ParseHints = _NO_HINTS, limits: Limits = _LIMITS) -> Table:
    """Open the file whose bytes are ``chunks``. Raises FileRejectedError."""
    opened = _open(chunks, hints)
    if not any(map(str.strip, opened.head.header)) and not opened.head.profile.rows:
        raise reject(RejectionCode.FILE_EMPTY, "The file is empty.")
    if opened.head.width > limits.max_columns:
        raise reject(RejectionCode.TOO_MANY_COLUMNS, f"The file has more than {limits.max_columns:,} columns.")
    return Table(opened, limits)


def read_structure(chunks: Iterable[bytes], hints: ParseHints = _NO_HINTS, limits: Limits = _LIMITS) -> Structure:
    """Repair the structure of the file whose bytes are ``chunks``. Raises FileRejectedError for what is no CSV."""
    return Structure(_open(chunks, hints), limits)


def detect(sample: bytes, *, complete: bool, hints: ParseHints = _NO_HINTS) -> DetectedFormat:
    """Return how a file that begins with ``sample`` would be read; ``complete`` if there is no more.

    Raises FileRejectedError for what is no CSV.
    """
    del complete
    return _open([sample], hints).detected


def _open(chunks: Iterable[bytes], hints: ParseHints) -> _Opened:
    blocks = Blocks(chunks)
    refuse_other_formats(blocks.first, complete=blocks.complete)
    encoding = detect_encoding(blocks.first, complete=blocks.complete)
    sample = Decoder(encoding).decode(blocks.first, last=blocks.complete)
    guess, confidence = guess_dialect(sample, hints, complete=blocks.complete)
    dialect = guess.dialect
    head = find_head(RowReader(dialect, guess.width).feed(sample, last=blocks.complete), guess.width, hints)
    detected = DetectedFormat(
        encoding=encoding.codec,
        bom=encoding.bom_bytes > 0,
        delimiter=dialect.delimiter,
        quote=dialect.quote if guess.quoted else None,
        escape=dialect.escape,
        newline=dialect.newline,
        header_line=head.header_line,
        confidence=round(confidence * encoding.confidence, 3),
    )
    return _Opened(detected, encoding, dialect, head, blocks)


def _read(opened: _Opened, notes: Notes, limits: Limits, *, literal: bool) -> Iterator[list[Record]]:
    head = opened.head
    reader = RowReader(opened.dialect, head.width, limits=limits)
    body = Body(head, opened.dialect, notes, reader.raw, literal=literal)
    decoder = Decoder(opened.encoding)
    start = head.table_line if literal else head.body_line
    for note, line in head.aside:
        if not literal or note not in {Note.HEADER_CONTINUED, Note.UNITS_ROW}:
            notes.add(note, line)
    for block, last in opened.blocks:
        rows = reader.feed(decoder.decode(block, last=last), last=last, broken=decoder.broken)
        if rows and rows[0].line < start:
            rows = [row for row in rows if row.line >= start]
        yield body.take(rows, last=last)
