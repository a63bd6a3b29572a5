"""A messy CSV file, read: bytes in, a table of records out. The one door to reading.

``open_table`` samples the file, decides encoding, dialect and header, and hands out the records as they come, in
constant memory. ``detect`` says what it decided. ``read_structure`` repairs encoding, dialect and rows alone and knows
no header, so that no file fails to load.

A caller that copies untouched bytes through (where ``Table.is_plain``) takes ``Table.raw()`` instead of ``records()``,
and hands the whole records it wants read to ``Table.read``; both number lines alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sanitizer_lambda.contract import DetectedFormat, Limits, ParseHints, RejectionCode, reject
from sanitizer_lambda.decode import Decoder, Encoding, detect_encoding
from sanitizer_lambda.dialect import Dialect
from sanitizer_lambda.guess import guess_dialect
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

    def __init__(self, detected: DetectedFormat, encoding: Encoding, dialect: Dialect, header: list[str]) -> None:
        self.detected = detected
        self.encoding = encoding
        self.dialect = dialect
        self.header = header
        self.body_line = 1
        self.notes = Notes()
        self._records: Iterator[Record] = iter(())

    @property
    def is_plain(self) -> bool:
        """UTF-8 (or ASCII), one ASCII byte as the delimiter, double quotes doubled: bytes may be copied through."""
        return self.encoding.codec == "utf-8" and self.dialect.is_plain

    def records(self) -> Iterator[Record]:
        """Yield each record once, in order. Raises FileRejectedError where a limit is passed."""
        return self._records


class Structure:
    """A file whose structure alone was repaired: ``rows`` yields its table, header row first."""

    def __init__(self, detected: DetectedFormat, records: Iterator[Record]) -> None:
        self.detected = detected
        self.notes = Notes()
        self._records = records

    def rows(self) -> Iterator[list[str]]:
        """Yield each row once, padded to the width of the table; no cell changed."""
        return (record.cells for record in self._records)


def open_table(chunks: Iterable[bytes], hints: ParseHints = _NO_HINTS, limits: Limits = _LIMITS) -> Table:
    """Open the file whose bytes are ``chunks``. Raises FileRejectedError."""
    detected, encoding, dialect, records = _open(chunks, hints, limits)
    head = next(records, None)
    if head is None:
        raise reject(RejectionCode.FILE_EMPTY, "The file is empty.")
    table = Table(detected, encoding, dialect, head.cells)
    table._records = records  # noqa: SLF001 - being built
    return table


def read_structure(chunks: Iterable[bytes], hints: ParseHints = _NO_HINTS, limits: Limits = _LIMITS) -> Structure:
    """Repair the structure of the file whose bytes are ``chunks``. Raises FileRejectedError for what is no CSV."""
    detected, _, _, records = _open(chunks, hints, limits)
    return Structure(detected, records)


def detect(sample: bytes, *, complete: bool, hints: ParseHints = _NO_HINTS) -> DetectedFormat:
    """Return how a file that begins with ``sample`` would be read; ``complete`` if there is no more.

    Raises FileRejectedError for what is no CSV.
    """
    del complete
    return _open([sample], hints, _LIMITS)[0]


def _open(
    chunks: Iterable[bytes], hints: ParseHints, limits: Limits
) -> tuple[DetectedFormat, Encoding, Dialect, Iterator[Record]]:
    blocks = Blocks(chunks)
    refuse_other_formats(blocks.first, complete=blocks.complete)
    encoding = detect_encoding(blocks.first, complete=blocks.complete)
    decoder = Decoder(encoding)
    sample = decoder.decode(blocks.first[encoding.bom_bytes :], last=blocks.complete)
    guess, confidence = guess_dialect(sample, hints, complete=blocks.complete)
    dialect = guess.dialect
    detected = DetectedFormat(
        encoding.codec,
        encoding.bom_bytes > 0,
        dialect.delimiter,
        dialect.quote if guess.quoted else None,
        dialect.escape,
        dialect.newline,
        1,
        confidence,
    )
    return detected, encoding, dialect, _records(blocks, encoding, RowReader(dialect, limits=limits))


def _records(blocks: Blocks, encoding: Encoding, rows: RowReader) -> Iterator[Record]:
    decoder = Decoder(encoding)
    skip = encoding.bom_bytes
    for block, last in blocks:
        text = decoder.decode(block[skip:], last=last)
        skip = 0
        yield from rows.feed(text, last=last, broken=decoder.broken)
