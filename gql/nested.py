"""Lists that belong to each of many parents: the pages of all of them are read together."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from tortoise.functions import Count
from tortoise.models import Model

from gql.pages import Order, Page, check_first
from gql.rows import ordered, rows_of

M = TypeVar("M", bound=Model)

# A column, and the value it must have.
Condition: TypeAlias = tuple[str, Hashable]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of what belongs to ``parent``, of those whose column ``where[0]`` is ``where[1]``."""

    parent: UUID
    first: int
    after: str | None
    where: Condition | None = None


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

    async def count(self, wanted: list[tuple[UUID, Condition | None]]) -> list[int]:
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
        self, parents: list[UUID], first: int, after: str | None, where: Condition | None
    ) -> dict[UUID, Page[M]]:
        check_first(first)
        place = None if after is None else self.order.place(after)
        ids = await self._ids(parents, first + 1, place, where)
        of: dict[UUID, list[M]] = {parent: [] for parent in parents}
        for row in ordered(await rows_of(self.order.model).by_id(ids), ids):
            of[getattr(row, self.parent)].append(row)
        return {parent: self.order.cut(rows, first, is_later=after is not None) for parent, rows in of.items()}

    async def _ids(
        self, parents: list[UUID], limit: int, place: tuple[Any, ...] | None, where: Condition | None
    ) -> list[Any]:
        """Take the first ids of each parent; the names in the statement are our own columns, the values arguments."""
        meta: Any = self.order.model._meta  # noqa: SLF001 - the ORM's own name for what it knows of a model
        values: list[Any] = [parents, limit, *(place or ())]
        conditions = [f'item."{self.parent}" = parent.id']
        if place is not None:
            marks = ", ".join(f"${3 + index}" for index in range(len(place)))
            conditions.append(f"({self._columns('')}) {'<' if self.order.descending else '>'} ({marks})")
        if where is not None:
            values.append(str(where[1]))
            conditions.append(f'item."{where[0]}" = ${len(values)}')
        terms = self._columns(" DESC" if self.order.descending else " ASC")
        sql = f"""
            SELECT item.id FROM unnest($1::uuid[]) WITH ORDINALITY AS parent(id, number)
            CROSS JOIN LATERAL (
                SELECT item.* FROM "{meta.db_table}" AS item WHERE {" AND ".join(conditions)} ORDER BY {terms} LIMIT $2
            ) AS item ORDER BY parent.number, {terms}
        """  # noqa: S608 - our own names alone
        return [row["id"] for row in await meta.db.execute_query_dict(sql, values)]

    def _columns(self, way: str) -> str:
        return ", ".join(f'item."{name}"{way}' for name, _ in self.order.columns)
