"""A messy CSV file, read: bytes in, a table of records out. The one door to reading.

``open_table`` samples the file, decides encoding, dialect and header, and hands out the records as they come, in
constant memory. ``detect`` says what it decided. ``read_structure`` repairs encoding, dialect and rows alone and knows
no header, so that no file fails to load.

Who copies sound text through unread (where ``Table.is_plain``) takes ``Stream.blocks`` instead of ``Table.records``,
and hands ``Stream.feed`` the lines that must be read after all; both number lines alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sanitizer_lambda.contract import DetectedFormat, Limits, ParseHints, RejectionCode, reject
from sanitizer_lambda.reading.notes import Notes
from sanitizer_lambda.reading.opening import Names, Opened, open_source
from sanitizer_lambda.reading.rows import Record, RowProblem
from sanitizer_lambda.reading.source import Source
from sanitizer_lambda.reading.stream import Stream

__all__ = ["Record", "RowProblem", "Structure", "Table", "detect", "open_table", "read_structure"]

_NO_HINTS = ParseHints()
_LIMITS = Limits()


class Table:
    """An opened file, to be read once.

    ``header``: as written, joined over several header rows; empty strings where there is none. ``notes``: the lines
    set aside, growing while records are read. ``body_line``: physical line of the first record, from 1. ``lost``: lines
    above it with bytes that could not be decoded, by number.
    """

    def __init__(self, opened: Opened, limits: Limits) -> None:
        self.dialect = opened.dialect
        self.header = opened.header
        self.body_line = opened.head.body_line
        self.lost = opened.lost
        self.notes = Notes()
        self._opened = opened
        self._limits = limits
        self._stream = Stream(opened, self.notes, limits, literal=False)

    @property
    def detected(self) -> DetectedFormat:
        """How the file is read; the encoding of a file that begins with ASCII alone may be settled while it is read."""
        return replace(self._opened.detected, encoding=self._stream.codec)

    @property
    def is_plain(self) -> bool:
        """One ASCII character as the delimiter, double quotes doubled: sound text may be copied through."""
        return self.dialect.is_plain

    @property
    def width(self) -> int:
        """Cells of a sound row as it stands; those beyond ``header`` are blank."""
        return self._opened.head.width

    @property
    def inner_quotes(self) -> bool:
        """Whether cells that hold a quote without beginning with one are usual."""
        return self._opened.inner_quotes

    def records(self) -> Iterator[Record]:
        """Yield each record once, in order. Raises FileRejectedError where a limit is passed."""
        count = 0
        for records in self._stream.records():
            count += len(records)
            if count > self._limits.max_rows:
                raise reject(RejectionCode.TOO_MANY_ROWS, f"The file has more than {self._limits.max_rows:,} rows.")
            yield from records

    @property
    def stream(self) -> Stream:
        """The blocks behind ``records``, for who copies bytes through and comes back to reading at any line."""
        return self._stream


class Structure:
    """A file whose structure alone was repaired: ``rows`` yields its table once, header row first."""

    def __init__(self, opened: Opened, limits: Limits) -> None:
        self.notes = Notes()
        self._opened = opened
        self._stream = Stream(opened, self.notes, limits, literal=True)

    @property
    def detected(self) -> DetectedFormat:
        """How the file is read; see ``Table.detected``."""
        return replace(self._opened.detected, encoding=self._stream.codec)

    def rows(self) -> Iterator[list[str]]:
        """Yield each row once, padded to the width of the table; no cell changed."""
        width = self._opened.head.width
        for records in self._stream.records():
            for record in records:
                cells = record.cells
                yield cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]


def open_table(
    chunks: Iterable[bytes],
    hints: ParseHints = _NO_HINTS,
    limits: Limits = _LIMITS,
    names: Names | None = None,
) -> Table:
    """Open the file whose bytes are ``chunks``; ``names`` says whether a row is the header by what it names.

    Raises FileRejectedError.
    """
    opened = open_source(Source(chunks), hints, literal=False, names=names)
    if opened.is_empty:
        raise reject(RejectionCode.FILE_EMPTY, "The file is empty.")
    if opened.head.width > limits.max_columns:
        raise reject(
            RejectionCode.TOO_MANY_COLUMNS,
            f"The file has {opened.head.width:,} columns; {limits.max_columns:,} are allowed.",
            line=opened.head.header_line,
        )
    return Table(opened, limits)


def read_structure(chunks: Iterable[bytes], hints: ParseHints = _NO_HINTS, limits: Limits = _LIMITS) -> Structure:
    """Repair the structure of the file whose bytes are ``chunks``; ``limits`` is not held against any cell or row.

    Raises FileRejectedError for what is no CSV.
    """
    return Structure(open_source(Source(chunks), hints, literal=True), limits)


def detect(
    sample: bytes, *, complete: bool, hints: ParseHints = _NO_HINTS, names: Names | None = None
) -> DetectedFormat:
    """Return how a file that begins with ``sample`` would be read; ``complete`` if there is no more.

    ``names`` as for ``open_table``. Raises FileRejectedError for what is no CSV.
    """
    source = Source([sample])
    source.complete = source.complete and complete
    return open_source(source, hints, literal=True, names=names).detected
