"""Rows to records: each is made as wide as the header or says why not; what is no record is set aside and counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sanitizer_lambda.contract import Note, RowErrorCode, Rule
from sanitizer_lambda.reading.align import STRANGE, Way, few_best, ways_to_align
from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.head import Head
from sanitizer_lambda.reading.kinds import STRONG, kind_of
from sanitizer_lambda.reading.mend import unescaped, ways_to_mend
from sanitizer_lambda.reading.names import lay_names
from sanitizer_lambda.reading.notes import Notes
from sanitizer_lambda.reading.profile import Profile
from sanitizer_lambda.reading.rows import Record, RowProblem

# Columns of figures, dates or the like below which a row of words is a header and no record.
_TELLING = 2
# Rows below empty lines that are looked at so; a file with more has one between any two rows.
_MAX_LOOKS = 50
_HAS_DIGIT = re.compile(r"\d").search
Names = Callable[[Sequence[str]], bool]

# Rows kept back until more follow: a footer is one only at the end, a second table only with rows of its own.
HELD_ROWS = 64
# Characters of odd rows that are searched for a better reading, some 20 s of work: a file with more is no table.
_MAX_SEARCHED = 1_000_000
# Bits by which another reading of a row that has the right width must be better than the plain one.
_CLEARLY = 6.0
# Bits by which the best way must lead the next for the row to be sound.
_LEAD = 6.0
# A row off by so many cells is laid by the habits of its columns alone, and fewer rows than that show none.
_MUCH_OFF, _ENOUGH_ROWS = 2, 5

_TOTAL = (
    r"(?i)(?:grand |sub)?[- ]?totals?|sums?|summe|gesamt|insgesamt|total g[eé]n[eé]ral|somme|totale|итого|合計|总计"
)
_CLOSING = (
    r"(?i)\s*(?:\*|†|‡|--|==|©|\(\d[\d,. ]* rows?|\d+ rows?\b|(?:sources?|notes?|quelle"
    r"|remarks?|footnotes?|end of|generated|printed|exported|"
    r"report|page|copyright|disclaimer|legend|total|rows?|records?)\b)"
)


class Body:
    """Takes rows block by block, gives records. ``literal``: repair the structure alone, drop no row that may be one.

    ``raw`` holds the text of rows of another width, by line. ``names`` tells a header by what it names.
    """

    def __init__(  # noqa: PLR0913 - what is known of the table, and where to say more
        self, head: Head, dialect: Dialect, notes: Notes, raw: dict[int, str], *, names: Names | None, literal: bool
    ) -> None:
        self._head = head
        self._profile = head.profile
        self._width = head.width
        self._dialect = dialect
        self._notes = notes
        self._raw = raw
        self._names = names
        self._literal = literal
        self._held: list[Record] = []
        self._after_blank = False
        self._second = False
        self._searched = 0
        self._looks = 0
        self._repeated = head.header if head.header_line is not None and not literal else None

    def take(self, rows: list[Record], *, last: bool, hold: bool = True) -> list[Record]:
        """Return the records that ``rows``, those that follow what came before, settle.

        ``hold``: more rows follow at once, the last ones may wait for them.
        """
        rows = self._held + rows if self._held else rows
        ready = len(rows) if last or not hold else max(0, len(rows) - HELD_ROWS)
        self._held = rows[ready:]
        if self._second:
            self._set_aside(rows[:ready], Note.SECOND_TABLE)
            return []
        end = self._closing(rows) if last else ready
        records = self._settle(rows, end)
        if last and not self._second:
            self._set_aside(rows[end:], Note.FOOTER)
        return records

    def _settle(self, rows: list[Record], end: int) -> list[Record]:
        odd = self._odd_ones(rows[:end])
        if not odd and not self._after_blank:
            return rows[:end]
        odd = sorted({*odd, *self._after_blanks(rows, odd, end)})
        records: list[Record] = []
        done = 0
        for index in odd:
            records += rows[done:index]
            done = index + 1
            after_blank = _is_blank(rows[index - 1]) if index else self._after_blank
            if self._begins_second(rows, index, after_blank=after_blank):
                self._second = True
                self._set_aside(rows[index:end], Note.SECOND_TABLE)
                return records
            records += self._odd(rows[index])
        records += rows[done:end]
        self._after_blank = _is_blank(rows[end - 1]) if end else self._after_blank
        return records

    def _after_blanks(self, rows: list[Record], odd: list[int], end: int) -> list[int]:
        """Return the rows below empty ones: a second table may begin there, and be as wide as the first."""
        below = [index + 1 for index in odd if index + 1 < end and _is_blank(rows[index])]
        return [0, *below] if self._after_blank and end else below

    def _odd_ones(self, rows: list[Record]) -> list[int]:
        width, repeated = self._width, self._repeated
        odd = [
            index
            for index, row in enumerate(rows)
            if len(row.cells) != width or (not row.cells[0] and _is_blank(row)) or row.repairs or row.cells == repeated
        ]
        if self._raw:
            odd = sorted({*odd, *(index for index, row in enumerate(rows) if row.line in self._raw)})
        return odd

    def release(self) -> list[Record] | None:
        """Return the rows held back, where they are as many as ever wait and none of them is odd; None where not.

        Whatever sound row follows, they are what they are.
        """
        if self._second or len(self._held) < HELD_ROWS or self._odd_ones(self._held):
            return None
        released, self._held = self._held, []
        return self._settle(released, len(released))

    def _odd(self, row: Record) -> list[Record]:
        if _is_blank(row) and (len(row.cells) == 1 or not self._literal):
            self._notes.add(Note.BLANK_ROW, row.line)
            self._raw.pop(row.line, None)
            return []
        if row.cells == self._repeated:
            self._notes.add(Note.HEADER_REPEATED, row.line)
            return []
        if len(row.cells) != self._width and self._head.sets_aside(row.cells):
            self._notes.add(Note.SEPARATOR_LINE, row.line)
            self._raw.pop(row.line, None)
            return []
        text = self._raw.pop(row.line, None)
        if text is not None or len(row.cells) != self._width:
            self._fit(row, text)
        return [row]

    def _fit(self, row: Record, text: str | None) -> None:
        """Make the row as wide as the table where that is unambiguous; where not, say why it is not."""
        is_head = row.line == self._head.table_line and len(row.cells) != self._width
        cells = self._named(row.cells, text) if is_head else None
        cells = cells or self._best(row.cells, text)
        if cells is not None and cells != row.cells:
            row.repairs = (*row.repairs, *({Rule.CELLS_ALIGNED} - {*row.repairs}))
            row.cells = cells
        elif len(row.cells) != self._width and row.error is None:
            row.error = self._problem(row, text)

    def _named(self, cells: list[str], text: str | None) -> list[str] | None:
        """Return the first row as names of the columns, None where it has none."""
        filled = [cell for cell in cells if cell.strip()]
        if len(filled) == self._width:
            return filled
        if self._head.header_line is None or self._profile.width != self._width:
            return ["", *cells] if self._head.nameless else None
        return lay_names(filled, text, self._dialect, self._profile, nameless=self._head.nameless)

    def _problem(self, row: Record, text: str | None) -> RowProblem:
        if text is not None and Rule.QUOTE_REPAIRED in row.repairs:
            return RowProblem(RowErrorCode.UNCLOSED_QUOTE, "A quote in this row is not closed.", None, text[:200])
        count = f"{len(row.cells)} cell{'' if len(row.cells) == 1 else 's'}"
        return RowProblem(RowErrorCode.FIELD_COUNT, f"This row has {count} where the header has {self._width}.")

    def _best(self, cells: list[str], text: str | None) -> list[str] | None:
        """Return the row's cells in the reading that fits the columns best; None where none is clearly the best."""
        if len(cells) == self._width:
            return self._same_width(cells, text) if text is not None else None
        if self._searched >= _MAX_SEARCHED or self._profile.width != self._width:
            return self._padded(cells)
        self._searched += len(text or "") + len(cells) * (abs(len(cells) - self._width) + 1)
        ways = ways_to_mend(text, self._dialect, self._profile) if text is not None else []
        ways = few_best([*ways, *ways_to_align(cells, self._profile, self._dialect.delimiter)])
        if ways and (self._literal or self._is_certain(ways, len(cells))):
            return list(ways[0].cells)
        return self._padded(cells)

    def _is_certain(self, ways: list[Way], count: int) -> bool:
        """Whether the first of ``ways`` to read a row of ``count`` cells leads the others and has no strange cell."""
        best = ways[0]
        told = abs(count - self._width) < _MUCH_OFF or self._profile.rows >= _ENOUGH_ROWS
        clear = len(ways) == 1 or ways[1].bits - best.bits >= _LEAD
        return best.whole and told and clear and self._is_clean(best.cells)

    def _is_clean(self, cells: Sequence[str]) -> bool:
        return all(self._profile.fit(cell, index) > STRANGE for index, cell in enumerate(cells) if cell)

    def _same_width(self, cells: list[str], text: str) -> list[str] | None:
        """Return a better reading of a row that has the right width, perhaps by chance; None where there is none."""
        other = unescaped(text, self._dialect, self._width)
        if other is not None or self._profile.width != self._width or self._searched >= _MAX_SEARCHED:
            return other
        self._searched += len(text)
        as_it_is = self._profile.row_bits(cells) - _CLEARLY
        bare = self._bare(cells)
        # A quote too many or too few within a cell is the cell's own; only other cells are another reading.
        better = (way for way in ways_to_mend(text, self._dialect, self._profile) if self._bare(way.cells) != bare)
        return next((list(way.cells) for way in better if way.bits < as_it_is), None)

    def _bare(self, cells: Sequence[str]) -> list[str]:
        quote = self._dialect.quote or '"'
        return [cell.replace(quote, "") for cell in cells]

    def _padded(self, cells: list[str]) -> list[str] | None:
        """Return the row cut or filled up at its end where that cannot be wrong."""
        width = self._width
        if len(cells) > width and not any(map(str.strip, cells[width:])):
            return cells[:width]
        if self._head.short_rows and len(cells) < width and self._prefix_fits(cells):
            return [*cells, *[""] * (width - len(cells))]
        return None

    def _prefix_fits(self, cells: list[str]) -> bool:
        return all(self._profile.fit(cell, index) > STRANGE for index, cell in enumerate(cells))

    def _closing(self, rows: list[Record]) -> int:
        """Return where the lines below the table begin, at the end of the file."""
        end = len(rows)
        index = end
        # A row is settled once so many follow it: how many more the last block happens to hold must not count.
        least = max(0, end - HELD_ROWS)
        while index > least and (_is_blank(rows[index - 1]) or self._is_closing(rows, index - 1)):
            index -= 1
            if not _is_blank(rows[index]):
                end = index
        return end

    def _is_closing(self, rows: list[Record], index: int) -> bool:
        row = rows[index]
        if self._width == 1:
            return False
        first = next((cell for cell in row.cells if cell.strip()), "")
        if len(row.cells) == self._width:
            return not self._literal and self._is_total(row.cells, first)
        apart = self._is_apart(rows, index)
        if len(row.cells) == 1:
            if self._has_reading(row):
                return False
            return apart or bool(re.match(_CLOSING, first)) or (self._width > 2 and self._is_prose(first))  # noqa: PLR2004 - one of two cells may be a row cut short
        if apart and len(row.cells) < self._width and _is_sentence(row.cells):
            return True
        filled = [cell for cell in row.cells if cell.strip()]
        return len(filled) == 1 and (apart or bool(re.match(_CLOSING, first))) and self._profile.fit(first, 0) < -1

    def _is_apart(self, rows: list[Record], index: int) -> bool:
        """Whether nothing but lines of another width stand between a row and an empty line above it."""
        for row in rows[max(0, index - HELD_ROWS) : index][::-1]:
            if _is_blank(row) or len(row.cells) == self._width:
                return _is_blank(row)
        return False

    def _has_reading(self, row: Record) -> bool:
        """Whether a row of one cell is a record by another delimiter or quote."""
        text = self._raw.get(row.line)
        if text is None or self._profile.width != self._width or self._searched >= _MAX_SEARCHED:
            return False
        self._searched += len(text)
        ways = ways_to_mend(text, self._dialect, self._profile)
        return bool(ways) and self._is_clean(ways[0].cells)

    def _is_total(self, cells: list[str], first: str) -> bool:
        missing = sum(1 for index, cell in enumerate(cells) if not cell and self._profile.empty_count(index) <= 1)
        return names_total(first) and missing > 0

    def _is_prose(self, cell: str) -> bool:
        return cell.count(" ") > 3 and self._profile.fit(cell, 0) < -4  # noqa: PLR2004 - a sentence where none was

    def _begins_second(self, rows: list[Record], index: int, *, after_blank: bool) -> bool:
        if not after_blank or self._width == 1:
            return False
        start = index
        if len(rows[start].cells) == 1:
            start = next(
                (later for later in range(start + 1, min(start + 4, len(rows))) if len(rows[later].cells) > 1), start
            )
        width = len(rows[start].cells)
        run = 0
        for row in rows[start : start + HELD_ROWS]:
            if len(row.cells) != width:
                break
            run += 1
        if width == 1 or run < 2:  # noqa: PLR2004 - a header and a record
            return False
        if width == self._width:
            return self._names_others(rows[start].cells, rows[:start])
        return not self._head.short_rows and not any(kind_of(cell) in STRONG for cell in rows[start].cells)

    def _names_others(self, cells: list[str], before: list[Record]) -> bool:
        """Whether a row as wide as the table is the header of another one: it names columns, and not what these are."""
        if cells == self._head.header or self._head.header_line is None or self._looks >= _MAX_LOOKS:
            return False
        if len({*cells}) < len(cells) or not all(cell.strip() and not _HAS_DIGIT(cell) for cell in cells):
            return False
        self._looks += 1
        # Where bytes are copied through unread, the rows above are not at hand: then what the sample shows must do.
        profile = Profile(_as_wide(before[-HELD_ROWS:], self._width)) if self._literal else self._profile
        # Names where others have figures, dates or the like; in one column alone that is what somebody did not know.
        telling = profile.width == self._width and len(profile.strong) >= _TELLING
        return telling or (self._names is not None and self._names(cells))

    def _set_aside(self, rows: list[Record], note: Note) -> None:
        for row in rows:
            self._notes.add(Note.BLANK_ROW if _is_blank(row) else note, row.line)
            self._raw.pop(row.line, None)


def names_total(cell: str) -> bool:
    """Whether a row that begins with ``cell`` may be a sum of those above it."""
    return bool(re.fullmatch(_TOTAL, cell.strip().rstrip(":")))


def _is_sentence(cells: list[str]) -> bool:
    """Whether cells are a sentence cut at its commas, behind which blanks stand."""
    return all(cell.startswith(" ") for cell in cells[1:]) and "".join(cells).count(" ") > 3  # noqa: PLR2004 - words


def _is_blank(row: Record) -> bool:
    return not any(map(str.strip, row.cells))


def _as_wide(rows: list[Record], width: int) -> list[list[str]]:
    return [row.cells for row in rows if len(row.cells) == width]
