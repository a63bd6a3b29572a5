"""Why a cell cannot be taken as it is, and what a cell says beside its own value. Plain values only."""

from __future__ import annotations

from dataclasses import dataclass

from sanitizer_lambda.contract import RowErrorCode


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell refused: ``message`` is a sentence, ``hint`` what would help."""

    code: RowErrorCode
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A value whose cell also says something about another column: a unit, a currency mark, a den, weeks."""

    value: object
    note: str


@dataclass(frozen=True, slots=True)
class CellFault:
    """A fault and where it is: the column's name in this kind of file, the header and the cell as written."""

    column: str
    header: str
    value: str
    fault: Fault


class MarksNeededError(Exception):
    """A number can be read in two ways and no cell before it settles which: the whole column must be looked at."""
