"""Pages by key, never by offset: a cursor is the place of the last item, so that no page skips or repeats one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.models import Model
from tortoise.queryset import QuerySet

from gql.errors import BadInputError
from gql.limits import MAX_PAGE

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
        return self.cut(await query.limit(first + 1), first, is_later=after is not None)

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
        place = [_written(getattr(row, name)) for name, _ in self.columns]
        text = json.dumps([self.tag, *place], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()

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


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of what belongs to ``parent``, of those whose column ``where[0]`` is ``where[1]``."""

    parent: UUID
    first: int
    after: str | None
    where: tuple[str, Hashable] | None = None


@dataclass(frozen=True, slots=True)
class Nested(Generic[M]):
    """A list that belongs to each of many parents; the pages of all of them are loaded together."""

    order: Order[M]
    parent: str

    async def load(self, wanted: list[Wanted]) -> list[Page[M]]:
        """Return the pages, in two queries for each different size, place and filter. Raises BadInputError."""
        alike: dict[tuple[Any, ...], list[UUID]] = {}
        for item in wanted:
            alike.setdefault((item.first, item.after, item.where), []).append(item.parent)
        pages: dict[Wanted, Page[M]] = {}
        for (first, after, where), parents in alike.items():
            for parent, page in (await self._load(parents, first, after, where)).items():
                pages[Wanted(parent, first, after, where)] = page
        return [pages[item] for item in wanted]

    async def count(self, wanted: list[tuple[UUID, tuple[str, Hashable] | None]]) -> list[int]:
        """Return how many each parent has, in one query for each different filter."""
        counts: dict[tuple[UUID, Any], int] = {}
        for where in {item[1] for item in wanted}:
            parents = [item[0] for item in wanted if item[1] == where]
            query = self.order.model.filter(**{f"{self.parent}__in": parents}, **dict([where] if where else []))
            rows: Any = (
                await query.annotate(number=Count("id")).group_by(self.parent).values_list(self.parent, "number")
            )
            counts |= {(parent, where): number for parent, number in rows}
        return [counts.get(item, 0) for item in wanted]

    async def _load(
        self, parents: list[UUID], first: int, after: str | None, where: tuple[str, Hashable] | None
    ) -> dict[UUID, Page[M]]:
        check_first(first)
        place = None if after is None else self.order.place(after)
        ids = await self._ids(parents, first + 1, place, where)
        of: dict[UUID, list[M]] = {parent: [] for parent in parents}
        for row in await self.order.model.filter(id__in=ids).order_by(*self.order.terms):
            of[getattr(row, self.parent)].append(row)
        return {parent: self.order.cut(rows, first, is_later=after is not None) for parent, rows in of.items()}

    async def _ids(
        self, parents: list[UUID], limit: int, place: tuple[Any, ...] | None, where: tuple[str, Hashable] | None
    ) -> list[Any]:
        """Take the first ids of each parent; the names in the statement are our own columns, the values arguments."""
        model, order = self.order.model, self.order
        values: list[Any] = [parents, limit, *(place or ()), *([str(where[1])] if where else [])]
        columns = ", ".join(f'"{name}"' for name, _ in order.columns)
        terms = ", ".join(f'"{name}" {"DESC" if order.descending else "ASC"}' for name, _ in order.columns)
        conditions = [f'"{self.parent}" = parent.id']
        if place is not None:
            marks = ", ".join(f"${3 + index}" for index in range(len(place)))
            conditions.append(f"({columns}) {'<' if order.descending else '>'} ({marks})")
        if where is not None:
            conditions.append(f'"{where[0]}" = ${len(values)}')
        sql = (
            f"SELECT item.id FROM unnest($1::uuid[]) AS parent(id) CROSS JOIN LATERAL ("  # noqa: S608 - see above
            f'SELECT id FROM "{model._meta.db_table}" WHERE {" AND ".join(conditions)} '  # noqa: SLF001 - see above
            f"ORDER BY {terms} LIMIT $2) AS item"
        )
        return [row["id"] for row in await model._meta.db.execute_query_dict(sql, values)]  # noqa: SLF001 - Tortoise's name for its connection


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
