"""Text to records: whole lines in, cells out, and what was wrong with a row said rather than swallowed."""

from __future__ import annotations

from dataclasses import dataclass

from sanitizer_lambda.contract import Limits, RowErrorCode, Rule
from sanitizer_lambda.cut import cut_lines, whole_lines
from sanitizer_lambda.decode import REPLACEMENT
from sanitizer_lambda.dialect import Dialect
from sanitizer_lambda.scan import Scan, scanner

# A row of which more than this part is undecodable is no row any more.
_MAX_BROKEN = 0.1


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
    ``blanks``: how many stood between delimiters and quotes. ``raw``: the text of rows that are not sound, by their
    line; who uses one takes it out.
    """

    def __init__(self, dialect: Dialect, width: int | None = None, line: int = 1, limits: Limits | None = None) -> None:
        self.dialect = dialect
        self.width = width
        self.line = line
        self.quoted = 0
        self.blanks = 0
        self.raw: dict[int, str] = {}
        self._rest = ""
        self._scanner = scanner(dialect)
        self._reach = (limits or Limits()).max_cell_chars

    def feed(self, text: str, *, last: bool, broken: bool = False) -> list[Record]:
        """Return the records that end in ``text``; ``broken`` if bytes were replaced while it was decoded."""
        text = self._rest + text
        whole = whole_lines(text, last=last)
        self._rest = text[whole:]
        text = text[:whole]
        if not text:
            return []
        quote = self.dialect.quote
        if (quote is None or quote not in text) and self.dialect.escape is None:
            records = self._plain(text)
        else:
            records = self._careful(text, last=last)
        if broken or REPLACEMENT in text:
            _mark_broken(records)
        return records

    def _plain(self, text: str) -> list[Record]:
        lines, _ = cut_lines(text)
        delimiter, start = self.dialect.delimiter, self.line
        self.line = start + len(lines)
        records = [Record(number, line.split(delimiter)) for number, line in enumerate(lines, start)]
        if self.width is not None:
            width = self.width
            self.raw |= {
                record.line: line for record, line in zip(records, lines, strict=True) if len(record.cells) != width
            }
        return records

    def _careful(self, text: str, *, last: bool) -> list[Record]:
        lines, ends = cut_lines(text)
        records: list[Record] = []
        delimiter, quote, escape = self.dialect.delimiter, self.dialect.quote or "", self.dialect.escape
        index = 0
        while index < len(lines):
            line = lines[index]
            if quote not in line and (escape is None or escape not in line):
                cells = line.split(delimiter)
                records.append(Record(self.line + index, cells))
                if len(cells) != self.width and self.width is not None:
                    self.raw[self.line + index] = line
                index += 1
                continue
            taken = self._row(lines, ends, index, last=last)
            if taken is None:
                self._rest = "".join(map("".join, zip(lines[index:], ends[index:], strict=True))) + self._rest
                break
            record, used = taken
            records.append(record)
            index += used
        self.line += index
        return records

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
