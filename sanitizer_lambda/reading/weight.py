"""How many bits a text takes as a table of some dialect: what is regular is foreseen and costs nothing.

Cells in rows of the common width cost what their kind costs, kinds that vary within a column cost more, and a row of
another width costs its whole text, delimiters included. What stands above and below the table costs its text alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.kinds import Kind, bits_of, kind_of, text_bits
from sanitizer_lambda.reading.rows import Record, RowReader

# Bits of a row amid the table that is unlike the others, of a row whose quotes had to be repaired, of one more column.
_ODD_ROW = 10.0
_BAD_QUOTES = 8.0
_COLUMN = 2.0
# Bits of a column that is empty throughout, as those between two delimiters that belong together are.
_NEVER_FILLED = 12.0
# Bits of an empty cell that a short row leaves out.
_LEFT_OUT = 2.0
# Bits of a line above or below the table, of their being there without an empty line between, and with one. A header
# has the width of its table, so that a first row of another width speaks against it.
_ASIDE = 2.0
_ABOVE, _BELOW, _APART = 12.0, 6.0, 3.0
# Bits of a blank between a delimiter and a quote.
_BLANK = 3.0
# Bits of a blank, or of a mark and a blank, taken for the delimiter between words: both are how sentences are written.
_BETWEEN_WORDS, _BETWEEN_PHRASES = 5.0, 8.0
# Bits of a colon taken for the delimiter between the hours and minutes of a clock.
_WITHIN_CLOCK = 7.0

# Two single letters are no words of a sentence.
_LETTERS = 2
# Rows that make a table of which other lines stand apart.
_TABLE_ROWS = 3
# Rows that are too few to leave one out.
_FEW = 2

_COMMENT = re.compile(r"\s*(?:#|%|//|--|;)")
_HOUR = re.compile(r"(?<!\d)\d{1,2}\Z")
_MINUTE = re.compile(r"\d{2}(?!\d)")
_WORDS = frozenset({Kind.WORD, Kind.TEXT})


class Guess(NamedTuple):
    """A dialect, the bits the sample takes in it, the width of its rows.

    ``quoted``: cells that stood in quotes. ``sound``: all rows have the width and no quote is out of place. ``padded``:
    cells with blanks at their ends, of ``cells`` in all. ``slips``: rows whose quotes had to be repaired.
    """

    dialect: Dialect
    bits: float
    width: int
    quoted: int
    sound: bool
    padded: int
    cells: int
    slips: int


def weigh(sample: str, dialect: Dialect, prior: float) -> Guess:
    """Return what ``sample`` is worth as a table of ``dialect``; ``prior``: bits against it from the start."""
    reader = RowReader(dialect)
    records = [record for record in reader.feed(sample, last=True) if any(record.cells)]
    bits, width = _table_bits(records, dialect.delimiter, prose=not reader.quoted)
    slips = sum(1 for record in records if record.repairs)
    sound = not slips and all(len(record.cells) == width for record in records)
    return Guess(
        dialect,
        bits + prior + _BLANK * reader.blanks,
        width,
        reader.quoted,
        sound,
        _padded(records),
        len(records) * width,
        slips,
    )


def _padded(records: list[Record]) -> int:
    return sum(1 for record in records for cell in record.cells if cell != cell.strip(" "))


def _table_bits(records: list[Record], delimiter: str, *, prose: bool) -> tuple[float, int]:
    widths = Counter(len(record.cells) for record in records)
    own = [sum(map(bits_of, record.cells)) + _cut_bits(record.cells, delimiter, prose=prose) for record in records]
    text = [text_bits(delimiter.join(record.cells)) for record in records]
    common = [width for width, _ in widths.most_common(3)]
    # Words have as many blanks between them as they please.
    ragged = 2 * max(widths.values(), default=1) < len(records) and delimiter.strip(" :") != ""
    if ragged:
        common.append(max(widths))
    slips = _BAD_QUOTES * sum(1 for record in records if record.repairs)
    weighed = [
        (
            _cell_bits(width, records, own)
            + _odd_bits(width, records, _cut_short(width, records, own, text) if ragged else text, ragged=ragged)
            + slips,
            width,
        )
        for width in common
    ]
    return min(weighed, default=(0.0, 1))


def _cut_short(width: int, records: list[Record], own: list[float], text: list[float]) -> list[float]:
    """Return the bits of rows that leave cells out at their ends as they please, where no width is common."""
    return [
        min(whole, bits + _LEFT_OUT * (width - len(record.cells))) if 1 < len(record.cells) < width else whole
        for record, bits, whole in zip(records, own, text, strict=True)
    ]


def _cell_bits(width: int, records: list[Record], own: list[float]) -> float:
    """Return the bits of the rows of this width. The first of them may name the columns and tells nothing of them."""
    fitting = [index for index, record in enumerate(records) if len(record.cells) == width]
    columns = zip(*(records[index].cells for index in fitting[len(fitting) > _FEW :]), strict=True)
    return sum(own[index] for index in fitting) + sum(map(_mixture_bits, columns))


def _mixture_bits(column: Iterable[str]) -> float:
    kinds = Counter(map(kind_of, column))
    total = kinds.total()
    bits = _NEVER_FILLED if kinds[Kind.EMPTY] == total else 0.0
    return bits + sum(_COLUMN + count * math.log2(total / count) for count in kinds.values() if count)


def _odd_bits(width: int, records: list[Record], odd: list[float], *, ragged: bool) -> float:
    """Return the bits of the rows of another width."""
    fitting = [index for index, record in enumerate(records) if len(record.cells) == width]
    first, last = fitting[0], fitting[-1]
    ragged = ragged or len(fitting) == 1 or len(fitting) < _TABLE_ROWS < len(records)
    bits = 0.0
    for index, record in enumerate(records):
        if len(record.cells) != width:
            aside = not ragged and not first < index < last and 2 * len(record.cells) <= max(2, width)
            bits += odd[index] + (_ASIDE if aside else _ODD_ROW)
    if any(not _COMMENT.match(record.cells[0]) for record in records[:first]):
        bits += _APART if _is_apart(records, first) else _ABOVE
    if last < len(records) - 1:
        bits += _APART if _is_apart(records, last + 1) else _BELOW
    return bits


def _is_apart(records: list[Record], index: int) -> bool:
    """Whether empty lines stand above a row."""
    return records[index].line > records[index - 1].line + 1


def _cut_bits(cells: list[str], delimiter: str, *, prose: bool) -> float:
    """Return the bits of delimiters that stand where text itself has such marks; ``prose``: no cell is quoted."""
    if delimiter == " ":
        return _BETWEEN_WORDS * sum(map(_between_words, cells, cells[1:]))
    if delimiter == ":":
        return _WITHIN_CLOCK * sum(map(_within_clock, cells, cells[1:]))
    if not prose or delimiter.strip() not in {",", ";"}:
        return 0.0
    spaced = delimiter.endswith(" ")
    return _BETWEEN_PHRASES * sum(
        1 for left, right in pairwise(cells) if (spaced or right[:1] == " ") and _between_phrases(left, right)
    )


def _between_words(left: str, right: str) -> bool:
    return len(left) + len(right) > _LETTERS and kind_of(left) in _WORDS and kind_of(right) in _WORDS


def _between_phrases(left: str, right: str) -> bool:
    return (" " in left.strip() or " " in right.strip()) and kind_of(left) in _WORDS and kind_of(right) in _WORDS


def _within_clock(left: str, right: str) -> bool:
    return _HOUR.search(left) is not None and _MINUTE.match(right) is not None
