"""Pages by key, never by offset: a cursor is the place of the last item, so that no page skips or repeats one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from gql.errors import BadInputError
from gql.limits import MAX_PAGE
from gql.rows import ordered, rows_of

M = TypeVar("M", bound=Model)
R = TypeVar("R")

# Longest cursor of ours is below this, characters: two texts of 200 characters and an id.
MAX_CURSOR_CHARS = 2_000


class BigInt(int):
    """The type of a bigint column in an ``Order``; int is an integer column."""


# What each column holds at most.
_MAX_INTEGER = {int: 2**31 - 1, BigInt: 2**63 - 1}

_BAD_CURSOR = "`after` is no cursor of this list."


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some items with a cursor each; ``is_later`` where it was asked for with a cursor."""

    rows: Sequence[R]
    cursors: Sequence[str]
    has_more: bool
    is_later: bool


@dataclass(frozen=True, slots=True)
class Order(Generic[M]):
    """The order of a list: columns that together are unique, and their types; all ascending, or all descending.

    A column may be datetime, UUID, int, BigInt or str. ``tag`` keeps one list's cursors out of another.
    """

    tag: str
    model: type[M]
    columns: tuple[tuple[str, type], ...]
    descending: bool = False

    async def page(self, query: QuerySet[M], first: int, after: str | None) -> Page[M]:
        """Return one page of what ``query`` selects. Raises BadInputError."""
        check_first(first)
        query = query.order_by(*self.terms)
        if after is not None:
            query = query.filter(self.past(self.place(after)))
        keys: Any = await query.limit(first + 1).values_list("id", flat=True)
        rows = ordered(await rows_of(self.model).by_id(keys), keys)
        return self.cut(rows, first, is_later=after is not None)

    @property
    def terms(self) -> tuple[str, ...]:
        """The order as ``order_by`` takes it."""
        return tuple(f"-{name}" if self.descending else name for name, _ in self.columns)

    def cut(self, rows: Sequence[M], first: int, *, is_later: bool) -> Page[M]:
        """Return the page of up to ``first`` of the rows; one more tells that there is more."""
        shown = rows[:first]
        return Page(shown, [self.cursor(row) for row in shown], len(rows) > first, is_later)

    def cursor(self, row: M) -> str:
        """Return the place of a row in the list."""
        return self.at(*(getattr(row, name) for name, _ in self.columns))

    def at(self, *place: Any) -> str:
        """Return the cursor of a place."""
        text = json.dumps([self.tag, *map(_written, place)], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()

    def owns(self, cursor: str) -> bool:
        """Whether a text is a cursor of this list."""
        try:
            self.place(cursor)
        except BadInputError:
            return False
        return True

    def place(self, cursor: str) -> tuple[Any, ...]:
        """Return the values of a cursor. Raises BadInputError."""
        try:
            if len(cursor) > MAX_CURSOR_CHARS:
                raise BadInputError(_BAD_CURSOR)
            tag, *values = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
            if tag != self.tag:
                raise BadInputError(_BAD_CURSOR)
            return tuple(_read(kind, value) for (_, kind), value in zip(self.columns, values, strict=True))
        except (binascii.Error, ValueError, TypeError, RecursionError, OverflowError):
            raise BadInputError(_BAD_CURSOR) from None

    def past(self, place: tuple[Any, ...]) -> Q:
        """Return the condition of the rows that come after a place."""
        side = "lt" if self.descending else "gt"
        (last, _), *before = reversed(self.columns)
        condition = Q(**{f"{last}__{side}": place[-1]})
        for (name, _), value in zip(before, reversed(place[:-1]), strict=True):
            condition = Q(**{f"{name}__{side}": value}) | (Q(**{name: value}) & condition)
        # Said once more about the first column, where an index can use it.
        return Q(**{f"{self.columns[0][0]}__{side}e": place[0]}) & condition


def check_first(first: int) -> None:
    """Raise BadInputError where a page of ``first`` items is too small or too large."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInputError(f"`first` is 1 to {MAX_PAGE}.")


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(kind: type, value: Any) -> Any:
    if kind in _MAX_INTEGER:
        if type(value) is not int or abs(value) > _MAX_INTEGER[kind]:
            raise ValueError(value)
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment
    return UUID(value) if kind is UUID else value
