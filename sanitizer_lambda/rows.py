"""Text to records: whole lines in, cells out, and what was wrong with a row said rather than swallowed."""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from sanitizer_lambda.contract import Limits, RowErrorCode, Rule
from sanitizer_lambda.cut import cut_lines, whole_lines
from sanitizer_lambda.decode import REPLACEMENT
from sanitizer_lambda.dialect import Dialect
from sanitizer_lambda.scan import Scan, scanner

# A row of which more than this part is undecodable is no row any more.
_MAX_BROKEN = 0.1
# Text without an end of line is cut here, so that a file that is all one line does not fill the memory: 8 Mi characters
# are 64 cells of the greatest length.
_MAX_RECORD_CHARS = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be used. ``position``: column from 0, None where it is the whole row."""

    code: RowErrorCode
    message: str
    position: int | None = None
    value: str | None = None


@dataclass(slots=True)
class Record:
    """One row as it stood.

    ``line``: physical line of its first character in the user's file, from 1. ``cells``: as wide as the header unless
    ``error``. ``repairs``: of CELLS_ALIGNED, QUOTE_REPAIRED, BYTES_REPLACED what this row needed.
    """

    line: int
    cells: list[str]
    error: RowProblem | None = None
    repairs: tuple[Rule, ...] = ()


class RowReader:
    """Reads text block by block into records of any width; keeps what a block leaves open for the next one.

    ``width``: cells of a sound row, which decides between two ways to repair a quote; None where it is not known yet.
    ``line``: physical line of the next character to come. ``quoted``: how many cells stood in quotes so far.
    ``longest``: characters of the longest line of the last feed. ``blanks``: how many stood between delimiters and quotes. ``raw``: the text of rows that are not sound, by their
    line; who uses one takes it out.
    """

    def __init__(self, dialect: Dialect, width: int | None = None, line: int = 1, limits: Limits | None = None) -> None:
        self.dialect = dialect
        self.width = width
        self.line = line
        self.quoted = 0
        self.blanks = 0
        self.longest = 0
        self.raw: dict[int, str] = {}
        self._rest = ""
        self._scanner = scanner(dialect)
        self._reach = (limits or Limits()).max_cell_chars

    def feed(self, text: str, *, last: bool, broken: bool = False) -> list[Record]:
        """Return the records that end in ``text``; ``broken`` if bytes were replaced while it was decoded."""
        text = self._rest + text
        last = last or len(text) > _MAX_RECORD_CHARS
        whole = whole_lines(text, last=last)
        self._rest = text[whole:]
        text = text[:whole]
        if not text:
            return []
        quote = self.dialect.quote
        if (quote is None or quote not in text) and self.dialect.escape is None:
            records = self._plain(text)
        else:
            records = self._quoted(text, last=last)
        if broken or REPLACEMENT in text:
            _mark_broken(records)
        return records

    def _plain(self, text: str) -> list[Record]:
        lines, _ = cut_lines(text)
        self.longest = max(map(len, lines))
        delimiter, start = self.dialect.delimiter, self.line
        self.line = start + len(lines)
        rows = [line.split(delimiter) for line in lines]
        records = list(map(Record, range(start, start + len(rows)), rows))
        self._keep_odd(records, rows, lines)
        return records

    def _quoted(self, text: str, *, last: bool) -> list[Record]:
        """Read runs of sound lines at the speed of the csv module, and one by one the records that are not."""
        lines, ends = cut_lines(text)
        self.longest = max(map(len, lines))
        sound = _SoundLines(text, lines, ends, self.dialect if self.longest <= csv.field_size_limit() else None)
        records: list[Record] = []
        start, index = self.line, 0
        while index < len(lines):
            run = sound.run_from(index)
            if run > index:
                records += self._sound(lines[index:run] if index or run < len(lines) else lines, start + index)
                index = run
                continue
            taken = self._row(lines, ends, index, last=last)
            if taken is None:
                self._rest = "".join(map("".join, zip(lines[index:], ends[index:], strict=True))) + self._rest
                break
            record, used = taken
            records.append(record)
            index += used
        self.line = start + index
        return records

    def _sound(self, lines: list[str], start: int) -> list[Record]:
        quote = self.dialect.quote or ""
        if self.width is None:
            self.quoted += sum(line.count(quote) for line in lines) // 2
        rows = list(csv.reader(lines, delimiter=self.dialect.delimiter, quotechar=quote))
        records = list(map(Record, range(start, start + len(rows)), rows))
        self._keep_odd(records, rows, lines)
        return records

    def _keep_odd(self, records: list[Record], rows: list[list[str]], lines: list[str]) -> None:
        """Keep the text of rows of another width."""
        widths = list(map(len, rows))
        if widths.count(1 if self.width is None else self.width) == len(rows):
            return
        for record, line, width in zip(records, lines, widths, strict=True):
            if width == 0:
                record.cells = [""]
            if width != self.width and self.width is not None:
                self.raw[record.line] = line

    def _row(self, lines: list[str], ends: list[str], index: int, *, last: bool) -> tuple[Record, int] | None:
        """Return the record that begins at ``index`` and how many lines it is; None where more text must come."""
        scanner_ = self._scanner
        if scanner_ is None:
            return Record(self.line + index, lines[index].split(self.dialect.delimiter)), 1
        found = scanner_.scan(lines[index])
        used = 1
        if found.open_at is not None:
            end = self._close(lines, index, last=last)
            if end is None:
                return None
            if end > index:
                joined = scanner_.scan(_join(lines, ends, index, end))
                if joined.open_at is None and self._continues(lines, index, len(joined.cells)):
                    found, used = joined, end - index + 1
        return self._record(_join(lines, ends, index, index + used - 1), found, self.line + index), used

    def _record(self, text: str, found: Scan, line: int) -> Record:
        self.quoted += found.quoted
        self.blanks += found.blanks
        repaired = found.open_at is not None or found.strays > 0
        cells = found.cells
        if found.open_at is not None and self._scanner is not None:
            cells = self._scanner.without_open(text, found).cells
        if self.width is not None and (repaired or len(cells) != self.width):
            self.raw[line] = text
        return Record(line, cells, None, (Rule.QUOTE_REPAIRED,) if repaired else ())

    def _close(self, lines: list[str], index: int, *, last: bool) -> int | None:
        """Return the line on which the cell left open on ``index`` closes, ``index`` if none; None: not here yet."""
        assert self._scanner is not None
        reach = self._reach
        for number in range(index + 1, len(lines)):
            line = lines[number]
            reach -= len(line) + 1
            if reach < 0:
                return index
            state = self._scanner.closes(line)
            if state is not None:
                return number if state else index
        return index if last else None

    def _continues(self, lines: list[str], index: int, width: int) -> bool:
        """Whether joining lines is better than reading the first one alone."""
        if self.width is None or width == self.width:
            return True
        assert self._scanner is not None
        alone = self._scanner.without_open(lines[index], self._scanner.scan(lines[index]))
        return len(alone.cells) != self.width


class _SoundLines:
    """Which lines of a block have no quote but around whole cells and doubled inside them."""

    def __init__(self, text: str, lines: list[str], ends: list[str], dialect: Dialect | None) -> None:
        self._text = text
        self._pattern = _sound_pattern(dialect) if dialect is not None else None
        self._lines = lines
        self._ends = ends
        self._starts: list[int] = []
        self._count = len(lines)

    def run_from(self, index: int) -> int:
        """Return the first line from ``index`` on that is not sound."""
        if self._pattern is None:
            return index
        if index == 0:
            match = self._pattern.match(self._text)
            if match and match.end() == len(self._text):
                return self._count
        if not self._starts:
            self._starts = [0, *accumulate(map(len, map(str.__add__, self._lines, self._ends)))]
        match = self._pattern.match(self._text, self._starts[index])
        end = match.end() if match else self._starts[index]
        return self._count if end >= len(self._text) else bisect_right(self._starts, end) - 1


@cache
def _sound_pattern(dialect: Dialect) -> re.Pattern[str] | None:
    if dialect.quote is None or dialect.escape is not None or len(dialect.delimiter) != 1:
        return None
    cut, mark = re.escape(dialect.delimiter), re.escape(dialect.quote)
    inside = rf"[^{mark}\r\n]*+"
    return re.compile(
        rf"(?:[^{mark}]++|(?<![^{cut}\r\n]){mark}{inside}(?:{mark}{mark}{inside})*+{mark}(?![^{cut}\r\n]))*+"
    )


def _join(lines: list[str], ends: list[str], first: int, last: int) -> str:
    if first == last:
        return lines[first]
    return "".join(map("".join, zip(lines[first:last], ends[first:last], strict=True))) + lines[last]


def _mark_broken(records: list[Record]) -> None:
    for record in records:
        broken = sum(cell.count(REPLACEMENT) for cell in record.cells)
        if not broken:
            continue
        record.repairs = (*record.repairs, Rule.BYTES_REPLACED)
        if broken > _MAX_BROKEN * sum(map(len, record.cells)) and broken > 1:
            position = next(index for index, cell in enumerate(record.cells) if REPLACEMENT in cell)
            record.error = RowProblem(
                RowErrorCode.UNDECODABLE_BYTES,
                "This row holds bytes that are no text in the file's encoding.",
                position,
                record.cells[position],
            )
