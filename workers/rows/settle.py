"""What a cell says about another column of its row: a den, a unit, a currency, the length of a week."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sanitizer_lambda.contract import Column, DurationUnit, RowErrorCode
from workers.rows.currency import may_mean
from workers.rows.fault import Fault, Noted
from workers.rows.side import Record
from workers.rows.wild import in_days

# A record's fields that a cell of another column may fill: each with the columns that can say something about it.
DERIVED: Mapping[Record, Mapping[str, tuple[str, ...]]] = {
    Record.SUITE: {"has_den": ("bedrooms",), "area_unit": ("area", "balcony_area")},
    Record.PHASE: {"duration_unit": ("duration_days",)},
}

# The row's values by position, and where each field of the record is among them.
Values = list[Any]
Places = Mapping[str, int]


def _den(values: Values, at: Places, _noted: Noted, _column: Column) -> Fault | None:
    if values[at["has_den"]] is False:
        return Fault(RowErrorCode.AMBIGUOUS_VALUE, "The bedrooms name a den, but has_den says there is none.")
    values[at["has_den"]] = True
    return None


def _unit(values: Values, at: Places, noted: Noted, _column: Column) -> Fault | None:
    unit = values[at["area_unit"]]
    if unit not in (None, noted.note):
        return Fault(
            RowErrorCode.AMBIGUOUS_VALUE,
            f"The cell's unit is {noted.note}, but the row's is {unit}.",
            "Write all areas of a row in one unit.",
        )
    values[at["area_unit"]] = noted.note
    return None


def _mark(values: Values, at: Places, noted: Noted, _column: Column) -> Fault | None:
    currency = values[at["currency"]] if "currency" in at else None
    if currency is not None and may_mean(noted.note, currency):
        return None
    meant = "the row names no currency" if currency is None else f"the row's currency is {currency}"
    return Fault(
        RowErrorCode.CURRENCY_MISMATCH,
        f"The price is marked {noted.note}, but {meant}.",
        "Leave the mark out, or name the same currency in the currency column.",
    )


def _weeks(values: Values, at: Places, noted: Noted, column: Column) -> Fault | None:
    unit = at["duration_unit"]
    values[unit] = values[unit] or DurationUnit.WORKDAYS
    assert isinstance(noted.value, Decimal)
    days = in_days(noted.value, values[unit], column)
    if isinstance(days, Fault):
        return days
    values[at["duration_days"]] = days
    return None


# By the field whose cell is noted: takes the note where it belongs, or says what it contradicts.
SETTLE: Mapping[str, Callable[[Values, Places, Noted, Column], Fault | None]] = {
    "bedrooms": _den,
    "area": _unit,
    "balcony_area": _unit,
    "base_price": _mark,
    "duration_days": _weeks,
}
