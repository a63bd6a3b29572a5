"""Which dialect a text is written in: the one in which it is the most regular table.

Each candidate cuts the sample into rows; the candidate whose table takes the fewest bits wins (``kinds``). Cells in
rows of the common width cost what their kind costs, kinds that vary within a column cost more, and a row of another
width costs its whole text, delimiters included. Nothing is decided by counting characters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from sanitizer_lambda.contract import ParseHints
from sanitizer_lambda.reading.cut import newline_of, whole_lines
from sanitizer_lambda.reading.dialect import NO_DELIMITER, Dialect
from sanitizer_lambda.reading.kinds import Kind, bits_of, kind_of, text_bits
from sanitizer_lambda.reading.rows import Record, RowReader

# Bits against a delimiter before the file is looked at: how rarely it is meant as one.
_DELIMITERS: dict[str, float] = {
    ",": 0.0, "\t": 0.0,
    NO_DELIMITER: 14.0, ";": 1.0, "|": 2.0, "^": 5.0, "~": 5.0, "\x1f": 0.0, "\x01": 0.0, "¦": 5.0, ":": 14.0,
    " ": 16.0, "#": 18.0, "&": 18.0, "*": 18.0, "!": 18.0,
}  # fmt: skip
_QUOTES: dict[str | None, float] = {
    '"': 0.0,
    None: 0.0,
    "'": 6.0,
    "`": 8.0,
    "~": 14.0,
    "|": 14.0,
    "^": 14.0,
    "*": 14.0,
    "$": 14.0,
    "%": 14.0,
}

# Detection reads the head of the sample: enough rows to know a column by, few enough for a tenth of a second.
_MAX_CHARS = 24_000
_MAX_LINES = 160

# Bits of a row that is unlike the others, of a row whose quotes had to be repaired, of one more column.
_ODD_ROW = 10.0
# Bits of an empty cell that a short row leaves out.
_LEFT_OUT = 2.0
# The same for the first row: a header has the width of its table.
_ODD_FIRST = 12.0
_BAD_QUOTES = 8.0
_COLUMN = 2.0
# Bits of a blank between a delimiter and a quote.
_BLANK = 3.0
# Bits of a blank taken for the delimiter between two words: it is what stands between words.
_BETWEEN_WORDS = 5.0

# The first line by which a spreadsheet is told the delimiter.
_SEPARATOR = '(?i)\ufeff?"?sep=([^"\r\n]{1,2})"?(?:\r\n|\r|\n)'


class Guess(NamedTuple):
    """A dialect, the bits the sample takes in it, the width of its rows.

    ``quoted``: cells that stood in quotes. ``sound``: all rows have the width and no quote is out of place.
    """

    dialect: Dialect
    bits: float
    width: int
    quoted: int
    sound: bool


def guess_dialect(text: str, hints: ParseHints, *, complete: bool) -> tuple[Guess, float]:
    """Return the best dialect for a file that begins with ``text``, and how sure that is, 0 to 1."""
    sample = _head(text, complete=complete)
    separator = re.match(_SEPARATOR, sample)
    if separator is not None and hints.delimiter is None:
        hints, sample = replace(hints, delimiter=separator[1]), sample[separator.end() :]
    newline = newline_of(text)
    guesses = sorted(
        (_weigh(sample, candidate, prior) for candidate, prior in _candidates(sample, hints, newline)),
        key=lambda guess: guess.bits,
    )
    best = guesses[0]
    if hints.delimiter is None:
        best = min([best, *(_weigh(sample, wider, 1.0) for wider in _wider(sample, best.dialect))], key=_bits)
    if not best.sound:
        best = min([best, *(_weigh(sample, escaped, 4.0) for escaped in _escaped(sample, best.dialect))], key=_bits)
    if best.width == 1 and hints.delimiter is None:
        best = _weigh(sample, replace(best.dialect, delimiter=NO_DELIMITER), 0.0)
    rivals = [guess.bits for guess in guesses if not _same(guess, best)]
    gap = min(rivals) - best.bits if rivals else 40.0
    return best, round(1 - 2 ** (-max(gap, 0.5) / 12), 3)


def _bits(guess: Guess) -> float:
    return guess.bits


def _same(one: Guess, other: Guess) -> bool:
    if one.width == other.width == 1:
        return True
    quotes = one.quoted or other.quoted
    return one.dialect.delimiter == other.dialect.delimiter[:1] and (
        not quotes or one.dialect.quote == other.dialect.quote
    )


def _head(text: str, *, complete: bool) -> str:
    short = complete and len(text) <= _MAX_CHARS
    text = text[:_MAX_CHARS]
    whole = whole_lines(text, last=short)
    return text[: whole or len(text)]


def _candidates(sample: str, hints: ParseHints, newline: str) -> Iterator[tuple[Dialect, float]]:
    delimiters: Iterable[str] = (
        [hints.delimiter]
        if hints.delimiter
        else [mark for mark in _DELIMITERS if mark in {",", NO_DELIMITER} or mark in sample]
    )
    quotes: list[str | None]
    if hints.quote is not None:
        quotes = [hints.quote or None]
    else:
        quotes = [mark for mark in _QUOTES if mark is None or mark == '"' or _may_quote(sample, mark)]
    for delimiter in delimiters:
        for quote in quotes:
            if quote is None and '"' not in sample and hints.quote is None:
                continue  # nothing speaks against quotes that come later
            if quote != delimiter:
                prior = _DELIMITERS.get(delimiter, 0.0) + _QUOTES.get(quote, 0.0)
                yield Dialect(delimiter, quote, None, newline), prior


def _may_quote(sample: str, mark: str) -> bool:
    return sample.count(mark) > 1


def _wider(sample: str, dialect: Dialect) -> Iterator[Dialect]:
    """Yield the dialects whose delimiter is this one written twice or with blanks around it."""
    mark = dialect.delimiter
    for wide in (mark * 2, f"{mark} ", f" {mark} "):
        # Two commas or tabs in a row are an empty cell.
        if mark != " " and wide in sample and wide not in {",,", "\t\t"}:
            yield replace(dialect, delimiter=wide)


def _escaped(sample: str, dialect: Dialect) -> Iterator[Dialect]:
    quote = dialect.quote or '"'
    if f"\\{quote}" in sample or f"\\{dialect.delimiter}" in sample:
        yield replace(dialect, escape="\\", quote=quote)


def _weigh(sample: str, dialect: Dialect, prior: float) -> Guess:
    reader = RowReader(dialect)
    records = [record for record in reader.feed(sample, last=True) if any(record.cells)][:_MAX_LINES]
    bits, width = _table_bits(records, dialect.delimiter)
    sound = all(len(record.cells) == width and not record.repairs for record in records)
    return Guess(dialect, bits + prior + _BLANK * reader.blanks, width, reader.quoted, sound)


def _table_bits(records: list[Record], delimiter: str) -> tuple[float, int]:
    widths = Counter(len(record.cells) for record in records)
    own = [sum(map(bits_of, record.cells)) for record in records]
    if delimiter == " ":
        own = [bits + _word_bits(record.cells) for bits, record in zip(own, records, strict=True)]
    odd = [text_bits(delimiter.join(record.cells)) + _ODD_ROW for record in records]
    if 2 * max(widths.values(), default=1) <= len(records):
        odd = list(map(min, odd, _cut_short(records, own, max(widths))))
    if odd and not _stands_apart(records):
        odd[0] += _ODD_FIRST
    slips = _BAD_QUOTES * sum(1 for record in records if record.repairs)
    totals = [(_bits_at(width, records, own, odd) + slips, width) for width, _ in widths.most_common(3)] or [(0.0, 1)]
    return min(totals)


def _stands_apart(records: list[Record]) -> bool:
    """Whether empty lines follow the first row, as they follow a title."""
    return len(records) > 1 and records[1].line > records[0].line + 1


def _cut_short(records: list[Record], own: list[float], width: int) -> list[float]:
    """Return the bits of rows that leave cells out at their ends as they please, where no width is common."""
    return [
        bits + _ODD_ROW + _LEFT_OUT * (width - len(record.cells)) if len(record.cells) > 1 else math.inf
        for record, bits in zip(records, own, strict=True)
    ]


def _bits_at(width: int, records: list[Record], own: list[float], odd: list[float]) -> float:
    fitting = [index for index, record in enumerate(records) if len(record.cells) == width]
    others = sum(odd[index] for index, record in enumerate(records) if len(record.cells) != width)
    cells = sum(own[index] for index in fitting)
    columns = zip(*(records[index].cells for index in fitting), strict=True)
    return others + cells + sum(_mixture_bits(column) for column in columns)


def _word_bits(cells: list[str]) -> float:
    words = [kind_of(cell) in {Kind.WORD, Kind.TEXT} for cell in cells]
    return _BETWEEN_WORDS * sum(1 for left, right in pairwise(words) if left and right)


def _mixture_bits(column: Iterable[str]) -> float:
    counts = Counter(map(kind_of, column)).values()
    total = sum(counts)
    return _COLUMN * len(counts) + sum(count * math.log2(total / count) for count in counts)
