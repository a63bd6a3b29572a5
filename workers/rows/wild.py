"""Columns that people fill with more than their type: `2BR + Den`, `52.4 m²`, `$349,000`, `P2`, `2 wks` (DOMAIN.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from sanitizer_lambda.contract import SUITE_COLUMNS, Column, DurationUnit, RowErrorCode
from workers.rows.currency import is_mark, split_mark
from workers.rows.fault import Fault, Noted
from workers.rows.numbers import NumberReader, number_text
from workers.rows.words import Choices, fold

Read = Callable[[str], object]

DEN = "den"
WEEKS = "weeks"
# Days of a week, by what the phase's duration counts.
WEEK_DAYS: Mapping[str, int] = {DurationUnit.WORKDAYS: 5, DurationUnit.CALENDAR_DAYS: 7}

_AREA_UNITS = Choices(next(column for column in SUITE_COLUMNS if column.name == "area_unit"))
_STUDIO = re.compile(r"(?:studio|efficiency|bachelor)(?P<den> (?:\+ ?|w/ ?|with |and )(?:den|study|1))?")
_BEDROOMS = re.compile(
    r"(?P<number>[0-9]{1,3}) ?(?:br|bd|bdr|bdrm|bed|beds|bedroom|bedrooms)?"
    r"(?P<den> ?(?:\+|w/|with|and) ?(?:(?:a |1 )?(?:den|study)|1))?"
)
_FLOOR = re.compile(
    r"(?:level|lvl|floor|fl|storey|story|l)? ?(?P<number>[+-]?[0-9]{1,3})(?:st|nd|rd|th)? ?(?:floor|fl|f)?"
)
_BELOW = re.compile(r"(?:b|p|basement|parking)(?:evel)? ?(?P<number>[0-9]{0,2})")
_GROUND = frozenset({"g", "gf", "gr", "ground", "ground floor", "main", "main floor"})
_DURATION = re.compile(r"(?P<number>.*?[0-9]) ?(?P<unit>[a-z]+)")
_DAYS = frozenset({"d", "day", "days", "wd", "cd", "workday", "workdays"})
_WEEKS = frozenset({"w", "wk", "wks", "week", "weeks"})
_TRAILING_UNIT = re.compile(r"(?P<number>.*?[0-9.,])\s*(?P<unit>[^\d\s.,].*)", re.DOTALL)


def unit_of_header(header: str) -> str | None:
    """Return the area unit that a header such as `Area (m2)` or `Sq Ft` names, or None."""
    words = fold(re.sub(r"[()\[\]{}/,:]", " ", header))
    if "square footage" in words:
        return "SQFT"
    parts = words.split()
    spans = (" ".join(parts[start:end]) for end in range(len(parts), 0, -1) for start in range(end))
    return next((unit for span in spans if (unit := _AREA_UNITS.get(span)) is not None), None)


def bedrooms(_column: Column, numbers: NumberReader) -> Read:
    """Read a number of bedrooms; a den is noted."""

    def read(text: str) -> object:
        words = " ".join(text.casefold().split())
        if (match := _STUDIO.fullmatch(words)) is not None:
            return Noted(0, DEN) if match["den"] else 0
        if (match := _BEDROOMS.fullmatch(words)) is not None:
            value = _whole(numbers.read(match["number"]))
            return Noted(value, DEN) if match["den"] and not isinstance(value, Fault) else value
        return _whole(numbers.read(number_text(text)))

    return read


def measured(_column: Column, numbers: NumberReader) -> Read:
    """Read an area; the unit behind it is noted."""

    def read(text: str) -> object:
        match = _TRAILING_UNIT.fullmatch(text)
        if match is None:
            return numbers.read(number_text(text))
        unit = _AREA_UNITS.get(match["unit"])
        if unit is None:
            return numbers.read(number_text(text))
        value = numbers.read(number_text(match["number"]))
        return value if isinstance(value, Fault) else Noted(value, unit)

    return read


def priced(_column: Column, numbers: NumberReader) -> Read:
    """Read a price; the currency mark beside it is noted."""

    def read(text: str) -> object:
        number, mark = split_mark(number_text(text))
        if mark is None or not is_mark(mark):
            return numbers.read(number_text(text))
        value = numbers.read(number)
        return value if isinstance(value, Fault) else Noted(value, mark)

    return read


def floor(_column: Column, numbers: NumberReader) -> Read:
    """Read a floor: B and P count down from -1, G is 0."""

    def read(text: str) -> object:
        words = " ".join(number_text(text).casefold().split())
        if words in _GROUND:
            return 0
        if (match := _BELOW.fullmatch(words)) is not None:
            return _whole(numbers.read(f"-{match['number'] or 1}"))
        if (match := _FLOOR.fullmatch(words)) is not None:
            return _whole(numbers.read(match["number"]))
        return _whole(numbers.read(number_text(text)))

    return read


def duration(_column: Column, numbers: NumberReader) -> Read:
    """Read days; weeks are noted, as what a week counts is for the unit's column to say."""

    def read(text: str) -> object:
        match = _DURATION.fullmatch(number_text(text).casefold())
        if match is None or match["unit"] not in _DAYS | _WEEKS:
            return numbers.read(number_text(text))
        value = numbers.read(match["number"])
        return value if isinstance(value, Fault) or match["unit"] in _DAYS else Noted(value, WEEKS)

    return read


def percent(_column: Column, numbers: NumberReader) -> Read:
    """Read a share, with or without its percent sign."""
    return lambda text: numbers.read(number_text(text).removesuffix("%").rstrip())


def in_days(weeks: Decimal, unit: str, column: Column) -> Decimal | Fault:
    """Return a duration in weeks as days of the unit."""
    days = weeks * WEEK_DAYS[unit]
    if column.maximum is not None and days > column.maximum:
        return Fault(RowErrorCode.OUT_OF_RANGE, f"The value must be at most {column.maximum} days.")
    return days


def _whole(value: Decimal | Fault) -> int | Fault:
    return value if isinstance(value, Fault) else int(value)


# By the record's own field: `suite_area` of a file of both kinds is read as `area`.
WILD: Mapping[str, Callable[[Column, NumberReader], Read]] = {
    "bedrooms": bedrooms,
    "area": measured,
    "balcony_area": measured,
    "base_price": priced,
    "floor_from": floor,
    "floor_to": floor,
    "duration_days": duration,
    "weight_pct": percent,
}
