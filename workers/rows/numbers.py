"""Numbers as people write them, read exactly; which of `.` and `,` is decimal, a column as a whole may settle."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from sanitizer_lambda.contract import Column, ColumnType, RowErrorCode
from workers.rows.fault import Fault, MarksNeededError

POINT, COMMA = ".", ","
# The verdict on a column whose cells contradict each other: each must then be clear by itself.
MIXED = "mixed"

# Digits beyond any column of ours; a longer text is no number, and need not be converted to find out.
_MAX_DIGITS = 40

# What needs no second look: the form every program writes, which has one reading only.
_PLAIN_DIGITS, _PLAIN_SCALE = 8, 2
_PLAIN = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{_PLAIN_DIGITS - 1}}})(?:\.[0-9]{{1,{_PLAIN_SCALE}}})?")
_GROUPED = r"[0-9]{{1,3}}(?:(?P<group>[ '\u2019{group}])[0-9]{{3}})(?:(?P=group)[0-9]{{3}})*"
_READINGS = {
    mark: re.compile(
        rf"[+-]?(?:(?:{_GROUPED.format(group=re.escape(other))}|[0-9]+)(?:{re.escape(mark)}[0-9]*)?"
        rf"|{re.escape(mark)}[0-9]+)"
    )
    for mark, other in ((POINT, COMMA), (COMMA, POINT))
}
# 0.125 is no group of thousands.
_ZERO_GROUP = {
    mark: re.compile(rf"[+-]?0[0-9]*[ '\u2019{re.escape(other)}]") for mark, other in ((POINT, COMMA), (COMMA, POINT))
}


class NumberReader:
    """Reads the numbers of one column; remembers which decimal mark its cells have shown.

    ``mark`` is the client's hint or the verdict of ``MarkScan`` on the column; None takes each cell as it comes, and
    ``read`` raises MarksNeededError where only the whole column can tell.
    """

    def __init__(self, column: Column, mark: str | None = None) -> None:
        self._column = column
        self._mark = mark
        self._shown: set[str] = set()
        self._relied = False
        # Whether a plain text may have more digits than the column.
        self._narrow = (column.scale or 0) < _PLAIN_SCALE or (column.digits or 0) - (column.scale or 0) < _PLAIN_DIGITS

    def read(self, text: str) -> Decimal | Fault:
        """Return the value, checked against the column's range and digits."""
        if (value := self.plain(text)) is not None:
            return value
        marks = self.marks(text)
        if not marks:
            return self._unreadable(text)
        if len(set(marks.values())) == 1:
            if len(marks) == 1:
                self._show(*marks)
            return self._bounded(next(iter(marks.values())))
        return self._settle(marks)

    def plain(self, text: str) -> Decimal | Fault | None:
        """Return the value of a text in the plainest form, or None where it is in another one."""
        if self._mark == COMMA or not _PLAIN.fullmatch(text):
            return None
        if POINT in text and self._mark is None:
            self._show(POINT)
        value = Decimal(text)
        return self._outside(value) or (_too_fine(value, self._column) if self._narrow else None) or value

    def plain_column(self) -> re.Pattern[str] | None:
        """Return what matches a whole column, each cell followed by NUL, that is plain, in range, or empty.

        None where a plain number may lie outside of the column's range.
        """
        column = self._column
        least = column.minimum if column.above is None else column.above
        reaches = column.maximum is None or column.maximum >= 10**_PLAIN_DIGITS
        if least != 0 or not reaches or (self._narrow and column.type is not ColumnType.INTEGER):
            return None
        zero = "0|" if column.above is None else ""
        whole = column.type is ColumnType.INTEGER or self._mark == COMMA
        fraction = "" if whole else rf"(?:\.[0-9]{{1,{_PLAIN_SCALE}}}+)?+"
        return re.compile(rf"(?:(?:(?:{zero}[1-9][0-9]{{0,{_PLAIN_DIGITS - 1}}}+){fraction})?+\0)*+")

    def note_point(self) -> None:
        """Take into account that plain numbers of the column have a point."""
        if self._mark is None:
            self._show(POINT)

    def marks(self, text: str) -> dict[str, Decimal]:
        """Return the value under each decimal mark with which the text is a number fit for the column."""
        allowed = (self._mark,) if self._mark in _READINGS else tuple(_READINGS)
        found = {mark: value for mark in allowed if (value := _value(text, mark)) is not None}
        if len(set(found.values())) > 1:
            return {mark: value for mark, value in found.items() if self._outside(value) is None} or found
        return found

    def _show(self, mark: str) -> None:
        self._shown.add(mark)
        if self._relied and len(self._shown) > 1:
            raise MarksNeededError

    def _settle(self, marks: dict[str, Decimal]) -> Decimal | Fault:
        if self._mark is None and not self._shown:
            raise MarksNeededError
        if self._mark is None and len(self._shown) == 1:
            self._relied = True
            return self._bounded(marks[next(iter(self._shown))])
        readings = " or ".join(f"{value:f}" for value in marks.values())
        return Fault(
            RowErrorCode.AMBIGUOUS_VALUE,
            f"This number can be read as {readings}.",
            "Name the file's decimal mark (parse.decimalMark), or write the number without a thousands mark.",
        )

    def _unreadable(self, text: str) -> Fault:
        what = "A whole number" if self._column.type is ColumnType.INTEGER else "A number"
        hint = None
        if self._mark in _READINGS and any(_value(text, mark) is not None for mark in _READINGS):
            hint = f"The file's decimal mark is `{self._mark}`."
        elif re.search(r"[0-9][eE][+-]?[0-9]", text):
            hint = "A spreadsheet has rounded it; format the column as a number and save again."
        return Fault(RowErrorCode.NOT_A_NUMBER, f"{what} is expected.", hint)

    def _bounded(self, value: Decimal) -> Decimal | Fault:
        return self._outside(value) or _too_fine(value, self._column) or value

    def _outside(self, value: Decimal) -> Fault | None:
        column = self._column
        if column.type is ColumnType.INTEGER and value != value.to_integral_value():
            return Fault(RowErrorCode.NOT_A_NUMBER, "A whole number is expected.")
        if column.minimum is not None and value < column.minimum:
            return _out_of_range(f"must be at least {column.minimum}")
        if column.maximum is not None and value > column.maximum:
            return _out_of_range(f"must be at most {column.maximum}")
        if column.above is not None and value <= column.above:
            return _out_of_range(f"must be above {column.above}")
        return None


def number_text(text: str) -> str:
    """Return the text with full-width digits, odd spaces and minus signs in their plain form."""
    if text.isascii():
        return text
    plain = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFKC", text))
    return plain.replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-").replace("\N{HYPHEN}", "-").strip()


def _value(text: str, mark: str) -> Decimal | None:
    if len(text) > _MAX_DIGITS or not _READINGS[mark].fullmatch(text) or _ZERO_GROUP[mark].match(text):
        return None
    whole, _, fraction = text.partition(mark)
    digits = re.sub(r"[^0-9+-]", "", whole)
    return Decimal(f"{digits}.{fraction}") if fraction else Decimal(digits)


def _too_fine(value: Decimal, column: Column) -> Fault | None:
    """Whether NUMERIC(digits, scale) would round the value or refuse it."""
    if column.digits is None or column.scale is None:
        return None
    if abs(value) >= Decimal(10) ** (column.digits - column.scale):
        return _out_of_range(f"may have at most {column.digits - column.scale} digits before the decimal mark")
    if value != (rounded := round(value, column.scale)):
        return _out_of_range(f"may have at most {column.scale} digits after the decimal mark, such as {rounded:f}")
    return None


def _out_of_range(rule: str) -> Fault:
    return Fault(RowErrorCode.OUT_OF_RANGE, f"The value {rule}.")
