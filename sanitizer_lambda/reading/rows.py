"""Text to records: whole lines in, cells out, and what was wrong with a row said rather than swallowed."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import NamedTuple

from sanitizer_lambda.contract import Limits, RowErrorCode, Rule
from sanitizer_lambda.reading.cut import cut_lines, whole_lines
from sanitizer_lambda.reading.decode import lost_in, spelled, visible
from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.lines import Lines
from sanitizer_lambda.reading.scan import scanner

# A row of which more than this part cannot be decoded is no row any more: accents are a tenth of a text, letters of
# another script nearly all of it.
_MAX_BROKEN = 0.3
# Text without an end of line is cut here, so that a file that is all one line does not fill the memory: 8 Mi characters
# are 64 cells of the greatest length.
_MAX_RECORD_CHARS = 8 * 1024 * 1024


class RowProblem(NamedTuple):
    """Why a row cannot be used. ``position``: column from 0, None where it is the whole row."""

    code: RowErrorCode
    message: str
    position: int | None = None
    value: str | None = None


@dataclass(slots=True)
class Record:
    """One row as it stood.

    ``line``: physical line of its first character in the user's file, from 1. ``cells``: as wide as the header unless
    ``error``. ``repairs``: of CELLS_ALIGNED, QUOTE_REPAIRED, BYTES_REPLACED what this row needed. ``text``: of a row
    that may not be sound. ``lost``: cells with bytes that could not be decoded, as a report shows them, by position.
    """

    line: int
    cells: list[str]
    error: RowProblem | None = None
    repairs: tuple[Rule, ...] = ()
    text: str | None = field(default=None, compare=False)
    lost: dict[int, str] | None = field(default=None, compare=False)


class RowReader:
    """Reads text block by block into records of any width; keeps what a block leaves open for the next one.

    ``inner_quotes``: cells that hold a quote without beginning with one are usual in this file, and sound. ``width``:
    cells of a sound row, which decides between two ways to repair a quote; None where it is not known yet. ``line``:
    physical line of the next character to come. ``longest``: characters of the longest line of the last feed.
    ``quoted``, ``inner``, ``blanks``: how many cells stood in quotes or held one, and how many blanks stood between
    delimiters and quotes. ``raw``: the text of rows that may not be sound, by their line; who uses one takes it out.
    """

    def __init__(
        self, dialect: Dialect, width: int | None = None, limits: Limits | None = None, *, inner_quotes: bool = False
    ) -> None:
        self.dialect = dialect
        self.width = width
        self.line = 1
        self.inner = 0
        self._inner_quotes = inner_quotes
        self.quoted = 0
        self.blanks = 0
        self.longest = 0
        self.raw: dict[int, str] = {}
        self._rest = ""
        self._rest_broken = False
        self._scanner = scanner(dialect)
        self._reach = (limits or Limits()).max_cell_chars

    @property
    def is_open(self) -> bool:
        """Whether a record has begun that more text must end."""
        return bool(self._rest)

    def feed(self, text: str, *, last: bool, broken: bool = False) -> list[Record]:
        """Return the records that end in ``text``; ``broken`` if bytes were replaced while it was decoded."""
        text = self._rest + text
        last = last or len(text) > _MAX_RECORD_CHARS
        whole = whole_lines(text, last=last)
        self._rest = text[whole:]
        text = text[:whole]
        broken = broken or self._rest_broken
        self._rest_broken = broken and lost_in(self._rest) > 0
        broken = broken and lost_in(text) > 0
        if not text:
            return []
        quote = self.dialect.quote
        if (quote is None or quote not in text) and self.dialect.escape is None:
            records = self._plain(text)
        else:
            records = self._quoted(text, last=last)
        if broken:
            self._rest_broken = lost_in(self._rest) > 0
            _mark_broken(records)
        return records

    def _plain(self, text: str) -> list[Record]:
        lines, _ = cut_lines(text)
        self.longest = max(map(len, lines))
        start, self.line = self.line, self.line + len(lines)
        if self.dialect.runs:
            return self._records(list(map(self.dialect.cut, lines)), lines, start)
        delimiter = self.dialect.delimiter
        return self._records([line.split(delimiter) for line in lines], lines, start)

    def _quoted(self, text: str, *, last: bool) -> list[Record]:
        """Read runs of sound lines at the speed of the csv module, and one by one the records that are not."""
        lines = Lines(text, self.dialect, self._scanner, inner_quotes=self._inner_quotes)
        self.longest = lines.longest
        # While the dialect is being told, each escape counts, and so each line is looked at.
        told = self.dialect.escape is None or self.width is not None
        fast = told and lines.longest <= csv.field_size_limit()
        records: list[Record] = []
        index = 0
        while index < len(lines):
            until = lines.sound_until(index) if fast else index
            if until > index:
                records += self._sound(lines.lines[index:until], self.line + index)
                index = until
                continue
            end = self._end_of_record(lines, index, last=last)
            if end is None:
                self._rest = text[lines.starts[index] :] + self._rest
                break
            records.append(self._record(lines.join(index, end), self.line + index))
            index = end + 1
        self.line += index
        return records

    def _sound(self, lines: list[str], start: int) -> list[Record]:
        quote = self.dialect.quote or ""
        if self.width is None:
            self.quoted += sum(line.count(quote) for line in lines) // 2
        rows = list(
            csv.reader(lines, delimiter=self.dialect.delimiter, quotechar=quote, escapechar=self.dialect.escape)
        )
        return self._records(rows, lines, start)

    def _records(self, rows: list[list[str]], lines: list[str], start: int) -> list[Record]:
        """Return one record a line; the text of rows of another width is kept."""
        records = list(map(Record, range(start, start + len(rows)), rows))
        widths = list(map(len, rows))
        if widths.count(1 if self.width is None else self.width) < len(rows):
            for record, line, width in zip(records, lines, widths, strict=True):
                record.cells = record.cells or [""]
                if width != self.width and self.width is not None:
                    self.raw[record.line] = record.text = line
        return records

    def _end_of_record(self, lines: Lines, index: int, *, last: bool) -> int | None:
        """Return the last line of the record that begins at ``index``; None where more text must come to tell."""
        scan = self._scanner
        found = None if scan is None else scan.scan(lines.lines[index])
        if scan is None or found is None or found.open_at is None:
            return index
        # Only what follows the quote that is open is scanned again, however many cells of several lines there are.
        start, width, end = lines.starts[index], 0, index
        while found.open_at is not None:
            start, width = start + found.open_at - 1, width + found.open_cell
            mark = lines.closing(end, self._reach - (start - lines.starts[index]))
            if mark is None:
                return index if last else None
            end, closes = mark
            if not closes or not lines.spend(lines.starts[end] - start):
                return index
            found = scan.scan(lines.text[start : lines.starts[end] + len(lines.lines[end])])
        return end if self._continues(lines.lines[index], width + len(found.cells), lines.lines[end]) else index

    def _record(self, text: str, line: int) -> Record:
        scan = self._scanner
        if scan is None:
            return Record(line, text.split(self.dialect.delimiter))
        found = scan.scan(text)
        self.quoted += found.quoted
        self.blanks += found.blanks
        self.inner += found.inner
        repaired = found.open_at is not None or found.strays > 0
        cells = scan.without_open(text, found).cells if found.open_at is not None else found.cells
        if self.width is not None and (
            repaired or (found.inner and not self._inner_quotes) or len(cells) != self.width
        ):
            self.raw[line] = text
        return Record(line, cells, None, (Rule.QUOTE_REPAIRED,) if repaired else (), self.raw.get(line))

    def _continues(self, line: str, width: int, last: str) -> bool:
        """Whether a record of several lines, ``width`` cells wide, is better than its first line alone."""
        if self.width is None or width == self.width:
            return True
        # Where its first and last lines are rows by themselves, the quotes are slips of theirs.
        return self._alone(line) != self.width or self._alone(last) != self.width

    def _alone(self, line: str) -> int:
        """Return the cells of a line whose open quote is a slip."""
        return 1 if self._scanner is None else len(self._scanner.without_open(line, self._scanner.scan(line)).cells)


def _mark_broken(records: list[Record]) -> None:
    for record in records:
        broken = sum(map(lost_in, record.cells))
        if not broken:
            continue
        record.repairs = (*record.repairs, Rule.BYTES_REPLACED)
        if broken > _MAX_BROKEN * sum(map(len, record.cells)) and broken > 1:
            position = next(index for index, cell in enumerate(record.cells) if lost_in(cell))
            record.error = RowProblem(
                RowErrorCode.UNDECODABLE_BYTES,
                "This row holds bytes that are no text in the file's encoding.",
                position,
                record.cells[position],
            )


def show_lost(record: Record) -> None:
    """Put U+FFFD where bytes of ``record`` could not be decoded, and keep in ``lost`` what stood there."""
    record.lost = {index: spelled(cell) for index, cell in enumerate(record.cells) if lost_in(cell)}
    record.cells = [visible(cell) for cell in record.cells]
    if record.text is not None:
        record.text = spelled(record.text)
    if record.error is not None and record.error.value is not None:
        record.error = record.error._replace(value=spelled(record.error.value))
