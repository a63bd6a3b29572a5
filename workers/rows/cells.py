"""From the text of a cell to its value, by the contract's column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from models import fold_code
from models.templates import KEY_CHARS
from sanitizer_lambda.contract import Column, ColumnType, RowErrorCode
from workers.rows.currency import read_currency
from workers.rows.dependencies import read_dependencies
from workers.rows.fault import Fault, Noted
from workers.rows.numbers import NumberReader, number_text
from workers.rows.side import NUMERIC
from workers.rows.wild import WILD, Read
from workers.rows.words import Booleans, Choices

# Values kept of one column: what repeats is read once; more distinct cells than that hardly repeat.
_REMEMBERED = 4096
_COLOR = re.compile(r"#?[0-9A-Fa-f]{6}")

# What no two rows share is not worth remembering.
_DISTINCT = frozenset({ColumnType.TEXT, ColumnType.CODE})

# What is done with a cell that is no plain value: refused, it is told why; noted, what it says about other columns.
Special = Callable[[str, "Fault | Noted"], None]


class CellReader(dict[str, object]):
    """Looks a cell of one column up, and reads it when it is new: ``reader[text]`` is a value or None.

    A cell that is refused or noted is told to ``special`` each time it occurs, and None stands in its place.
    """

    def __init__(self, column: Column, read: Read, special: Special) -> None:
        super().__init__()
        self._read = read
        self._special = special
        self._blank = blank_of(column, read)

    def __missing__(self, text: str) -> object:
        plain = text.strip()
        value = self._read(plain) if plain else self._blank
        if isinstance(value, Fault | Noted):
            self._special(text, value)
            return None
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


def blank_of(column: Column, read: Read) -> object:
    """Return what an empty cell of the column is, or why there must not be one."""
    if column.required:
        return Fault(RowErrorCode.REQUIRED, "A value is required.")
    if column.default is not None:
        return read(column.default)
    return [] if column.type is ColumnType.LIST else () if column.type is ColumnType.DEPENDENCIES else None


def cell_reader(column: Column, read: Read, special: Special) -> Callable[[str], object]:
    """Return what reads the cells of one column; a column whose cells hardly repeat remembers none."""
    remembering = CellReader(column, read, special)
    if column.type not in _DISTINCT:
        return remembering.__getitem__
    limit, free = column.max_chars or 0, column.type is ColumnType.TEXT

    def plain(text: str) -> object:
        """Take the short path, on which a text is its own value."""
        stripped = text.strip()
        if 0 < len(stripped) <= limit and (free or stripped.isascii()):
            return stripped
        return remembering.__missing__(text)

    return plain


def reading_of(field: str, column: Column, numbers: NumberReader) -> Read:
    """Return how a cell of the column, which fills the record's ``field``, is read."""
    read = (WILD.get(field) or _BY_TYPE[column.type])(column, numbers)
    return _plain_first(column, numbers, read) if column.type in NUMERIC else read


def _plain_first(column: Column, numbers: NumberReader, read: Read) -> Read:
    """Put the plainest form of a number, which most cells have, before all others."""
    whole = column.type is ColumnType.INTEGER

    def quick(text: str) -> object:
        value = numbers.plain(text)
        if value is None:
            return read(text)
        return int(value) if whole and not isinstance(value, Fault) else value

    return quick


def _text(column: Column, _numbers: NumberReader) -> Read:
    limit = column.max_chars or 0

    def read(text: str) -> object:
        return text if len(text) <= limit else _too_long(limit)

    return read


def _code(column: Column, _numbers: NumberReader) -> Read:
    limit = column.max_chars or 0

    def read(text: str) -> object:
        if len(text) > limit:
            return _too_long(limit)
        if not text.isascii() and len(fold_code(text)) > KEY_CHARS:
            return Fault(RowErrorCode.TOO_LONG, "The code grows too long when its letters' case is set aside.")
        return text

    return read


def _integer(_column: Column, numbers: NumberReader) -> Read:
    def read(text: str) -> object:
        value = numbers.read(number_text(text))
        return value if isinstance(value, Fault) else int(value)

    return read


def _decimal(_column: Column, numbers: NumberReader) -> Read:
    return lambda text: numbers.read(number_text(text))


def _list(column: Column, _numbers: NumberReader) -> Read:
    limit = column.max_chars or 0

    def read(text: str) -> object:
        if len(text) > limit:
            return _too_long(limit)
        return list(dict.fromkeys(part for part in map(str.strip, re.split(r"[;|]", text)) if part))

    return read


def _dependencies(column: Column, _numbers: NumberReader) -> Read:
    limit = column.max_chars or 0
    return lambda text: read_dependencies(text) if len(text) <= limit else _too_long(limit)


def _color(_column: Column, _numbers: NumberReader) -> Read:
    def read(text: str) -> object:
        if _COLOR.fullmatch(text):
            return "#" + text.removeprefix("#").upper()
        return Fault(RowErrorCode.PATTERN, "A color is expected.", "Write it as #RRGGBB, such as #3366CC.")

    return read


def _too_long(limit: int) -> Fault:
    return Fault(RowErrorCode.TOO_LONG, f"At most {limit} characters are allowed.")


_BY_TYPE: Mapping[ColumnType, Callable[[Column, NumberReader], Read]] = {
    ColumnType.TEXT: _text,
    ColumnType.CODE: _code,
    ColumnType.REFERENCE: _code,
    ColumnType.INTEGER: _integer,
    ColumnType.DECIMAL: _decimal,
    ColumnType.BOOLEAN: lambda column, _numbers: Booleans(column).read,
    ColumnType.CHOICE: lambda column, _numbers: Choices(column).read,
    ColumnType.LIST: _list,
    ColumnType.DEPENDENCIES: _dependencies,
    ColumnType.CURRENCY: lambda _column, _numbers: read_currency,
    ColumnType.COLOR: _color,
}
