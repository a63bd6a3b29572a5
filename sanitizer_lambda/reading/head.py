"""Where the table begins: the lines above it, its header rows, the units below them, or that there is no header."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sanitizer_lambda.contract import Note, ParseHints
from sanitizer_lambda.reading.align import STRANGE
from sanitizer_lambda.reading.kinds import STRONG, Kind, kind_of
from sanitizer_lambda.reading.profile import Profile
from sanitizer_lambda.reading.rows import Record

# More rows than this are no header any more.
_MAX_HEADER_ROWS = 3
# A header has few cells that look like data.
_MAX_STRONG_HEADER = 0.2
# Rows of the common width that make a table, so that a line of another width above them is none of it.
_FEW_ROWS = 2
# Short rows must be this frequent to be the file's manner of leaving empty cells out at the end.
_OFTEN = 0.05

# By which a header may be written while the rows below it have another delimiter.
_OTHER_DELIMITERS = ",;\t|"

_UNIT = (
    r"(?i)[(\[]?\s*(?:[mkcd]?m[²³23]?|sq\.? ?(?:m|ft)|ft[²2]?|in|[kmg]?g|lbs?|[md]?l|°[cf]|%|‰|[kmg]?w?h?|days?|d|hrs?"
    r"|h|min|s|ms|eur|usd|cad|gbp|chf|[$€£]|pcs?|qty|units?|text|yyyy-mm-dd|n/?a|-)\s*[)\]]?"
)


# Columns are known by so many cells, and by no fewer rows than this.
_MOST_CELLS, _LEAST_ROWS = 6_000, 60
# How a column is called that numbers or names its rows.
_NUMBER_NAME = r"(?i)#|(?:row|line)?[ _.-]?(?:id|nr|no|num|number|nummer|index|key|code)\.?|.*[ _]id"
_ROW_NAME = r"(?i).*name.*|.*date.*|datum|jahr|year|time|day|month|country|city|region|state|item|title|label|.*[a-z]ID"
# Digits of a row's number; more are no count.
_MAX_DIGITS = 10
# How programs mark lines that are not for the table: a mark and a blank, or twice the mark.
_COMMENT = r"\s*(?:([#%;!*])(?:\1|\s|\Z)|//|--\s|#.* )"
_COMMENT_AMID = r"\s*(?:[#%]\s|//)"
# Lines drawn between rows.
_RULER, _RULED = "-=+_*|:~. ", r"[-=+_*~]{3}"


@dataclass(slots=True)
class Head:
    """What stands above the records.

    ``width``: cells of a sound row. ``header``: its cells, empty strings where there is none. ``header_line``:
    physical, None where there is none. ``table``: index of the table's first row among the sampled records, ``body``:
    of its first record; ``table_line`` and ``body_line`` their physical lines. ``short_rows``: the file leaves out
    empty cells at the end of rows. ``nameless``: the header is one cell short, as the first column, which names the
    rows, has no name. ``comments``: no row of the table begins like a comment, so that such a line is one.
    """

    width: int
    header: list[str]
    header_line: int | None
    table: int
    body: int
    profile: Profile
    table_line: int = 1
    body_line: int = 1
    short_rows: bool = False
    nameless: bool = False
    comments: bool = True
    aside: list[tuple[Note, int]] = field(default_factory=list)

    def sets_aside(self, cells: list[str]) -> bool:
        """Whether a row of another width than the table is a line drawn between its rows or a comment amid them."""
        if len(cells) == 1 and not cells[0].strip(_RULER) and re.search(_RULED, cells[0]):
            return True
        return self.comments and re.match(_COMMENT_AMID, cells[0]) is not None


def find_head(records: list[Record], width: int, hints: ParseHints) -> Head:
    """Return where the table begins among the first ``records`` of a file, whose rows mostly have ``width`` cells."""
    if hints.header_line:
        table = next((index for index, record in enumerate(records) if record.line >= hints.header_line), 0)
    else:
        table = _table_start(records, width)
    if table < len(records):
        width = _true_width(records, table, width)
    rows = [record.cells for record in records[table + 1 :] if len(record.cells) == width]
    first = records[table].cells if table < len(records) else []
    head = Head(width, [""] * width, None, table, table, Profile(_some(rows, width)))
    head.aside = [(_note_above(record), record.line) for record in records[:table]]
    head.short_rows = _has_short_rows(records[table + 1 :], head.profile)
    head.comments = width > 1 and not any(re.match(_COMMENT_AMID, cells[0]) for cells in rows)
    head.nameless = len(first) == width - 1 and _names_rows(first, records[table + 1 :], width)
    if first and hints.header_line != 0 and (hints.header_line or _is_header(first, head.profile)):
        _take_header(head, records)
    past = records[-1].line + 1 if records else 1
    head.table_line = records[head.table].line if head.table < len(records) else past
    head.body_line = records[head.body].line if head.body < len(records) else past
    if head.profile.width != width:
        head.profile = Profile(
            _some([record.cells for record in records[head.table :] if len(record.cells) == width], width)
        )
    return head


def _some(rows: list[list[str]], width: int) -> list[list[str]]:
    return rows[: max(_LEAST_ROWS, _MOST_CELLS // max(1, width))]


def _note_above(record: Record) -> Note:
    if _is_blank(record):
        return Note.BLANK_ROW
    return Note.SEPARATOR_LINE if _is_separator(record) else Note.PREAMBLE


def _is_separator(record: Record) -> bool:
    return record.line == 1 and record.cells[0].lower().startswith("sep=")


def _is_blank(record: Record) -> bool:
    return not any(map(str.strip, record.cells))


def _table_start(records: list[Record], width: int) -> int:
    first = next((index for index, record in enumerate(records) if _stands_in_table(records, index, width)), None)
    if first is None:
        return next((index for index, record in enumerate(records) if not _is_blank(record)), len(records))
    start = first
    if sum(1 for record in records if len(record.cells) == width) < _FEW_ROWS:
        return next(
            index for index, record in enumerate(records) if not _is_blank(record) and not _is_separator(record)
        )
    for index in range(first - 1, -1, -1):
        if _is_aside(records, index, width, first):
            break
        start = index
    return start


def _stands_in_table(records: list[Record], index: int, width: int) -> bool:
    record = records[index]
    return (
        len(record.cells) == width
        and not _is_blank(record)
        and not (width > 1 and _is_comment(record, width))
        and not _is_separator(record)
    )


def _is_comment(record: Record, width: int) -> bool:
    """Whether a row is a comment. A mark alone may be the name of a column where the row is as wide as the table."""
    first = record.cells[0]
    return re.match(_COMMENT, first) is not None and (len(record.cells) != width or len(first.strip()) > 1)


def _is_aside(records: list[Record], index: int, width: int, first: int) -> bool:
    """Whether a row above the first sound one surely is no part of the table."""
    record = records[index]
    count = len(record.cells)
    if _is_blank(record) or _is_comment(record, width) or _is_separator(record) or index + 1 < first:
        return True
    if width == 2:  # noqa: PLR2004 - one cell of two may be a title or a row cut short
        strong = any(kind_of(cell) in STRONG for cell in records[first].cells)
        return count == 1 and (not strong or kind_of(record.cells[0]) is Kind.TEXT)
    if count == 1 and any(record.cells[0].count(mark) == width - 1 for mark in _OTHER_DELIMITERS):
        return False
    return count == 1 or 2 * count <= width


def _true_width(records: list[Record], table: int, width: int) -> int:
    """Return the header's width where it names more columns than the rows fill."""
    named = list(records[table].cells)
    while named and not named[-1].strip():
        named.pop()
    # An empty name amid the others, one more than the rows are wide, is a delimiter too many.
    return width if sum(1 for name in named if name.strip()) == width else max(width, len(named))


def _has_short_rows(records: list[Record], profile: Profile) -> bool:
    short = [record.cells for record in records if 1 < len(record.cells) < profile.width]
    fitting = sum(1 for cells in short if all(profile.fit(cell, index) > STRANGE for index, cell in enumerate(cells)))
    return fitting > 2 and fitting > _OFTEN * len(records)  # noqa: PLR2004 - more than a slip or two


def _names_rows(header: list[str], records: list[Record], width: int) -> bool:
    """Whether the first column names the rows, as statistics programs write it below a header one cell short."""
    rows = [record.cells for record in records if not _is_blank(record)]
    names = [cells[0].strip() for cells in rows]
    if len(rows) < _FEW_ROWS or any(len(cells) != width for cells in rows) or len({*names, ""}) != len(names) + 1:
        return False
    if any(kind_of(cell) in STRONG for cell in header) or re.fullmatch(_NUMBER_NAME, header[0].strip()):
        return False
    if all(map(str.isdecimal, names)):
        return len(names[0]) < _MAX_DIGITS and names == [str(int(names[0]) + index) for index in range(len(names))]
    return not any(map(str.isdecimal, names)) and not re.fullmatch(_ROW_NAME, header[0].strip())


def _is_header(cells: list[str], profile: Profile) -> bool:
    """Whether the first row names the columns rather than being the first record."""
    filled = [(index, cell) for index, cell in enumerate(cells) if cell.strip()]
    strong = sum(1 for _, cell in filled if kind_of(cell) in STRONG)
    if not profile.rows:
        return strong <= _MAX_STRONG_HEADER * len(filled)
    telling = [cell for index, cell in filled if index in profile.strong]
    if telling:
        return 2 * sum(1 for cell in telling if kind_of(cell) not in STRONG) > len(telling)
    if strong > _MAX_STRONG_HEADER * len(filled):
        return False
    known = sum(1 for index, cell in filled if index < profile.width and profile.has_value(cell, index))
    return known == 0 or known * 3 < len(filled)


def _take_header(head: Head, records: list[Record]) -> None:
    named = records[head.table]
    names = [cell for cell in named.cells if cell.strip()]
    rows = [names if len(names) == head.width else ["", *named.cells] if head.nameless else named.cells]
    head.header_line = named.line
    head.body = head.table + 1
    while head.body < len(records) and len(rows) < _MAX_HEADER_ROWS:
        record = records[head.body]
        note = _continues(rows, record.cells, head)
        if note is None:
            break
        if note is Note.HEADER_CONTINUED:
            rows.append(record.cells)
        head.aside.append((note, record.line))
        head.body += 1
    head.header = _joined(rows, head.width)


def _continues(rows: list[list[str]], cells: list[str], head: Head) -> Note | None:
    """Return what the row below a header row is if it is no record."""
    filled = [cell for cell in cells if cell.strip()]
    if len(cells) != head.width or not filled:
        return None
    if all(re.fullmatch(_UNIT, cell.strip()) for cell in filled):
        return Note.UNITS_ROW
    strong = head.profile.strong if head.profile.width == head.width else frozenset()
    telling = [cells[index] for index in strong if cells[index].strip()]
    groups = sum(1 for cell in rows[-1] if not cell.strip())
    if any(kind_of(cell) in STRONG for cell in filled):
        return None
    sparse_above = len(rows) == 1 and groups >= head.width / 3 and len(filled) > head.width - groups
    if sparse_above or (len(telling) > 1 and all(kind_of(cell) is not Kind.EMPTY for cell in telling)):
        return Note.HEADER_CONTINUED
    return None


def _joined(rows: list[list[str]], width: int) -> list[str]:
    """Return one name a column; a name that spans several columns stands in the first of them and goes to all."""
    padded = [[*row, *[""] * (width - len(row))][:width] for row in rows]
    for row in padded[:-1]:
        for index in range(1, width):
            row[index] = row[index] or (row[index - 1] if padded[-1][index].strip() else "")
    if len(padded) == 1:
        return padded[0]
    return [" ".join(part.strip() for part in parts if part.strip()) for parts in zip(*padded, strict=True)]
