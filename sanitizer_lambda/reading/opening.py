"""A file's sample, decided upon: encoding, dialect, where its table begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from sanitizer_lambda.contract import ERRORS_HEADER, LINE_HEADER, DetectedFormat, ParseHints, RejectionCode, reject
from sanitizer_lambda.reading.cut import cut_lines
from sanitizer_lambda.reading.decode import Decoder, lost_in, visible
from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.encoding import Encoding, detect_encoding
from sanitizer_lambda.reading.guess import guess_dialect
from sanitizer_lambda.reading.head import Head, find_head
from sanitizer_lambda.reading.names import lay_names
from sanitizer_lambda.reading.rows import Record, RowReader
from sanitizer_lambda.reading.signature import refuse_other_formats
from sanitizer_lambda.reading.source import Source

# Characters no text is written with. NUL is left out, as programs pad text with it, and so are those that some put
# between cells.
_CONTROLS = "[\x02-\x08\x0e-\x1a\x7f]"
# Text is refused as binary where more than this part of it is such characters, or NULs.
_MAX_CONTROLS, _MAX_NULS = 0.05, 0.3
# Quotes inside cells in more than this part of the rows, and in more than so many, are how the file is written.
_USUAL, _FEW = 0.02, 3
# Records among which a header is looked for by its names: exports put a page of titles above a table, not more.
_NAMES_WITHIN = 50

Names = Callable[[Sequence[str]], bool]


class Opened(NamedTuple):
    """What the sample told.

    ``body_offset``: byte of the sample where the first record begins, if lines end with LF. ``inner_quotes``: cells
    that hold a quote without beginning with one are usual. ``empty_columns``: how many columns at the right have
    neither name nor cell. ``lost``: lines above the first record with bytes that could not be decoded, by number.
    ``names``: whether a row is a header by what it names, where that is known.
    """

    source: Source
    detected: DetectedFormat
    encoding: Encoding
    dialect: Dialect
    head: Head
    is_empty: bool
    body_offset: int
    inner_quotes: bool
    empty_columns: int
    lost: tuple[tuple[int, str], ...]
    names: Names | None

    @property
    def header(self) -> list[str]:
        """The names of the columns, those without name and cells at the right left out."""
        return self.head.header[: self.head.width - self.empty_columns]


def open_source(source: Source, hints: ParseHints, *, literal: bool, names: Names | None = None) -> Opened:
    """Decide how to read ``source``. ``literal``: nothing but the structure matters, every column counts.

    ``names`` tells a row of column names by their meaning, where shape alone would have to guess. Raises
    FileRejectedError for what is no CSV.
    """
    refuse_other_formats(source.sample, complete=source.complete)
    encoding = _encoding(source, hints)
    decoder = Decoder(encoding)
    decoded = decoder.decode(source.sample, last=source.complete)
    sample = visible(decoded) if decoder.broken else decoded
    _refuse_binary(sample)
    guess, confidence = guess_dialect(sample, hints, complete=source.complete)
    dialect = guess.dialect
    reader = RowReader(dialect, guess.width)
    records = reader.feed(sample, last=source.complete)
    head = find_head(records, guess.width, _with_header_line(hints, records, names))
    _lay_header(head, records, reader)
    detected = DetectedFormat(
        encoding=encoding.codec,
        bom=encoding.bom_bytes > 0,
        delimiter=dialect.shown_delimiter,
        quote=dialect.quote if guess.quoted else None,
        escape=dialect.escape,
        newline=dialect.newline,
        header_line=head.header_line,
        confidence=round(confidence * encoding.confidence, 3),
    )
    return Opened(
        source,
        detected,
        encoding,
        dialect,
        head,
        is_empty=not sample.strip(),
        body_offset=_offset(source.sample, head.body_line, encoding),
        inner_quotes=reader.inner > max(_FEW, _USUAL * len(records)),
        empty_columns=0 if literal else _empty_columns(records, head),
        lost=_lost_above(decoded, head.body_line) if decoder.broken else (),
        names=names,
    )


def _lay_header(head: Head, records: list[Record], reader: RowReader) -> None:
    """Lay the names of a header row of another width than its table under the columns."""
    if head.header_line is None or head.body != head.table + 1 or head.profile.width != head.width:
        return
    named = records[head.table]
    names = [cell for cell in named.cells if cell.strip()]
    if names and len(named.cells) != head.width and len(names) != head.width:
        text = reader.raw.get(named.line)
        laid = lay_names(names, text, reader.dialect, head.profile, nameless=head.nameless)
        head.header = laid or head.header


def _with_header_line(hints: ParseHints, records: list[Record], names: Names | None) -> ParseHints:
    if names is None:
        return hints
    if hints.header_line == 0 and records and {LINE_HEADER, ERRORS_HEADER} <= {*map(str.strip, records[0].cells)}:
        # Refused rows of a file without header come back below one of ours.
        return replace(hints, header_line=records[0].line)
    if hints.header_line and (not records or records[-1].line < hints.header_line):
        message = f"The header is said to stand on line {hints.header_line}, but there is no row at its place."
        raise reject(RejectionCode.HEADER_MISSING, message)
    if hints.header_line is not None:
        return hints
    line = next((record.line for record in records[:_NAMES_WITHIN] if names(record.cells)), None)
    return replace(hints, header_line=line)


def _encoding(source: Source, hints: ParseHints) -> Encoding:
    found = detect_encoding(source.sample, complete=source.complete)
    if hints.encoding is None:
        return found
    try:
        bytes(4).decode(hints.encoding, "replace")
    except (LookupError, ValueError) as error:
        raise reject(RejectionCode.HINT_INVALID, "The encoding that was given is not known.") from error
    same = found.bom_bytes and hints.encoding.lower().replace("-", "").startswith(found.codec.replace("-", "")[:5])
    wide = hints.encoding.lower().replace("_", "-") in {"utf-16", "utf-32", "utf16", "utf32"}
    # Python's own codecs of these names demand the mark that the file lacks; such files are little-endian.
    return found if same else Encoding(f"{hints.encoding}-le" if wide else hints.encoding)


def _refuse_binary(sample: str) -> None:
    size = max(1, len(sample))
    if len(re.findall(_CONTROLS, sample)) > _MAX_CONTROLS * size or sample.count("\x00") > _MAX_NULS * size:
        raise reject(RejectionCode.NOT_TEXT, "This file holds binary data, not text; export the table as CSV.")


def _lost_above(text: str, body_line: int) -> tuple[tuple[int, str], ...]:
    lines, _ = cut_lines(text)
    return tuple((number, line) for number, line in enumerate(lines[: body_line - 1], 1) if lost_in(line))


def _offset(sample: bytes, line: int, encoding: Encoding) -> int:
    offset = encoding.bom_bytes
    for _ in range(line - 1):
        end = sample.find(b"\n", offset)
        offset = len(sample) if end < 0 else end + 1
    return offset


def _empty_columns(records: list[Record], head: Head) -> int:
    rows = [record.cells for record in records[head.body :] if len(record.cells) == head.width]
    count = 0
    while count < head.width - 1 and rows and head.header_line is not None:
        column = head.width - 1 - count
        if head.header[column].strip() or any(row[column].strip() for row in rows):
            break
        count += 1
    return count
