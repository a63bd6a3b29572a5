"""What every type of the schema stands on: the context's type, nodes, pages, enums with a sentence for each value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Annotated, Generic, TypeAlias, TypeVar, cast

import strawberry
from strawberry import ID
from strawberry.types.enum import StrawberryEnumDefinition

from gql.context import Context
from gql.pages import Page

Info: TypeAlias = strawberry.Info[Context, None]

E = TypeVar("E", bound=StrEnum)
F = TypeVar("F", bound=Callable[..., object])
R = TypeVar("R")
T = TypeVar("T")


def described(enum: type[E], description: str, values: Mapping[E, str]) -> type[E]:
    """Make an enum of the house one of the schema; on the wire its values are the members' names."""
    assert set(values) == set(enum), f"{enum.__name__}: every value needs a sentence"
    strawberry.enum(enum, description=description)
    definition = cast("StrawberryEnumDefinition", enum.__strawberry_definition__)  # type: ignore[attr-defined]  # put there by the call above
    for value in definition.values:
        value.description = values[enum(value.value)]
    return enum


def resolved(description: str) -> Callable[[F], F]:
    """Make a method a field of its type."""

    def decorate(method: F) -> F:
        return cast("F", strawberry.field(method, description=description))

    return decorate


def streamed(description: str) -> Callable[[F], F]:
    """Make an async generator a subscription field of its type."""

    def decorate(method: F) -> F:
        return cast("F", strawberry.subscription(method, description=description))

    return decorate


@strawberry.interface(description="Whatever has an id of its own and can be fetched by it.")
class Node:
    """Something with a global id."""

    id: ID = strawberry.field(description="Global and opaque; stays the same for as long as the thing exists.")


@strawberry.type(description="A name and its value.")
class KeyValue:
    """One pair."""

    name: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="The value.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page was asked for with `after`.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor to ask the next page with; null if empty.")


@strawberry.type(description="An item of a page.")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Opaque; `after` it begins the rest of the list.")
    node: T = strawberry.field(description="The item itself.")


First = Annotated[int, strawberry.argument(description="Items of the page, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor of the item before the page.")]


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """Relay's connection; ``count`` is called only when ``totalCount`` is asked for."""

    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[Edge[T]] = strawberry.field(description="The items, in the list's order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in its list.")

    @resolved("How many items the whole list has; counted only when asked for.")
    async def total_count(self) -> int | None:
        """Count the list."""
        return await self.count()


def connection(page: Page[R], shape: Callable[[R], T], count: Callable[[], Awaitable[int]]) -> Connection[T]:
    """Return a page of rows as a connection of ``shape(row)``."""
    edges = [Edge(cursor=cursor, node=shape(row)) for cursor, row in zip(page.cursors, page.rows, strict=True)]
    return Connection(
        count=count,
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.has_more,
            has_previous_page=page.is_later,
            start_cursor=page.cursors[0] if edges else None,
            end_cursor=page.cursors[-1] if edges else None,
        ),
    )
