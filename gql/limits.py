"""How much one client may ask for, in one document or at once; every check is linear in the document's length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Self

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gql.errors import ErrorCode


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Bounds of one document and of one connection.

    ``max_body_bytes``: a request or socket message; the longest honest one is an upload with a column map.
    ``max_source_chars``, ``max_tokens``: ten times the longest introspection query.
    ``max_depth``: an introspection query goes 15 levels deep, and nothing in the schema needs more.
    ``max_fields``: selections once every fragment is spread; an introspection query has about 250.
    ``max_aliases``: twice what a page full of widgets joined into one query has.
    ``max_repeats``: the same field, or the same directive, beside itself; tools that merge queries repeat a little.
    ``max_cost``: fields resolved at worst, lists within lists multiplied; one takes about 6 µs.
    ``max_operations``: operations open at a time on one socket.
    ``init_within``: seconds until a socket must say who it is; a client that means it does so at once.
    """

    max_body_bytes: int = 256 * 1024
    max_source_chars: int = 20_000
    max_tokens: int = 2_000
    max_depth: int = 16
    max_fields: int = 1_000
    max_aliases: int = 50
    max_repeats: int = 10
    max_cost: int = 20_000
    max_operations: int = 100
    init_within: float = 5.0


# Most items of one page of a list.
MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class Extent:
    """How far selections reach once every fragment is spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    repeats: int = 0

    def beside(self, other: Self) -> Self:
        """Return the extent of two selections that stand beside each other."""
        return type(self)(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            max(self.repeats, other.repeats),
        )


_NOTHING = Extent()


def check(document: DocumentNode, limits: QueryLimits) -> list[GraphQLError]:
    """Return an error for each limit the document passes; it may be invalid in any other way."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    try:
        return list(_exceeded(_extent(document, _Measure(fragments)), limits))
    except RecursionError:
        # A chain of hundreds of fragments, each of which spreads the next.
        return [_too_large(limits.max_depth, "depth")]


def _extent(document: DocumentNode, measure: _Measure) -> Extent:
    extent = _NOTHING
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            extent = extent.beside(measure.definition(definition))
        elif isinstance(definition, FragmentDefinitionNode):
            # One that no operation spreads is validated all the same.
            extent = extent.beside(Extent(repeats=measure.fragment(definition.name.value).repeats))
    return extent


def _exceeded(extent: Extent, limits: QueryLimits) -> Iterable[GraphQLError]:
    for item in fields(extent):
        allowed = getattr(limits, f"max_{item.name}")
        if getattr(extent, item.name) > allowed:
            yield _too_large(allowed, item.name)


def _too_large(allowed: int, what: str) -> GraphQLError:
    return GraphQLError(
        f"The document is too large: {what} may be {allowed} at most.",
        extensions={"code": ErrorCode.LIMIT_EXCEEDED},
    )


class _Measure:
    """Measures definitions; each fragment once, however often it is spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Extent] = {}

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Extent:
        extent = self._selections(node.selection_set)
        return extent.beside(Extent(repeats=_most(_names(node.directives))))

    def fragment(self, name: str) -> Extent:
        if name not in self._known:
            # A fragment that spreads itself is refused by validation; until then its inner spread counts for nothing.
            self._known[name] = _NOTHING
            if (node := self._fragments.get(name)) is not None:
                self._known[name] = self.definition(node)
        return self._known[name]

    def _selections(self, node: SelectionSetNode) -> Extent:
        extent = Extent(repeats=_most(_keys(node.selections)))
        for selection in node.selections:
            extent = extent.beside(self._selection(selection))
        return extent

    def _selection(self, node: SelectionNode) -> Extent:
        around = Extent(repeats=_most(_names(node.directives)))
        if isinstance(node, FragmentSpreadNode):
            return around.beside(self.fragment(node.name.value))
        if isinstance(node, InlineFragmentNode):
            return around.beside(self._selections(node.selection_set))
        if not isinstance(node, FieldNode):
            return around
        inner = _NOTHING if node.selection_set is None else self._selections(node.selection_set)
        aliases = inner.aliases + (node.alias is not None)
        return around.beside(Extent(inner.depth + 1, inner.fields + 1, aliases, inner.repeats))


def _keys(selections: Iterable[SelectionNode]) -> Iterable[str]:
    for node in selections:
        if isinstance(node, FieldNode):
            yield node.alias.value if node.alias else node.name.value
        elif isinstance(node, FragmentSpreadNode):
            yield f"...{node.name.value}"
        elif isinstance(node, InlineFragmentNode):
            yield f"... on {node.type_condition.name.value if node.type_condition else ''}"


def _names(directives: Iterable[DirectiveNode] | None) -> Iterable[str]:
    return (node.name.value for node in directives or ())


def _most(names: Iterable[str]) -> int:
    """Return how often the most frequent name occurs."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return max(counts.values(), default=0)
