"""Documents as they come, parsed and validated once: what was seen before costs a look into a dictionary."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from gql.cost import cost
from gql.errors import ErrorCode, RequestError, coded, refusal
from gql.limits import QueryLimits, check

# Characters of source kept in all; a parsed document takes about 100 bytes a character, so this is some 50 MB.
CACHE_CHARS = 500_000
# Validation stops after so many errors: nobody reads more, and each costs time.
MAX_ERRORS = 20
# Comments are not tokens to the parser, but kept like them.
MAX_COMMENTS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document; compared by identity, as the cache gives the same source the same object."""

    source: str
    node: DocumentNode
    _schema: GraphQLSchema
    # By operation, with the largest pages that its variables could ask for.
    _worst: dict[int, int] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to execute. Raises RequestError."""
        operations = [item for item in self.node.definitions if isinstance(item, OperationDefinitionNode)]
        if name is None and len(operations) == 1:
            return operations[0]
        for item in operations:
            if name is not None and item.name is not None and item.name.value == name:
                return item
        message = "The document has several operations: say which by `operationName`."
        raise refusal(
            message if name is None else "The document has no operation of that name.", ErrorCode.OPERATION_UNKNOWN
        )

    def cost(self, operation: OperationDefinitionNode, variables: dict[str, Any], allowed: int) -> int:
        """Return what one of its operations costs, exactly only where it could be more than what is ``allowed``."""
        key = id(operation)
        if key not in self._worst:
            self._worst[key] = cost(self._schema, self.node, operation, None)
        worst = self._worst[key]
        return worst if worst <= allowed else cost(self._schema, self.node, operation, variables)


class Documents:
    """The valid documents seen lately, by source; ``hits`` and ``misses`` count how they were found."""

    def __init__(self, schema: GraphQLSchema, limits: QueryLimits, *, cache_chars: int = CACHE_CHARS) -> None:
        self.hits = 0
        self.misses = 0
        self._schema = schema
        self._limits = limits
        self._room = cache_chars
        self._known: OrderedDict[str, Document] = OrderedDict()

    def get(self, source: str) -> Document:
        """Return the document of a source. Raises RequestError."""
        if (found := self._known.get(source)) is not None:
            self.hits += 1
            self._known.move_to_end(source)
            return found
        self.misses += 1
        document = Document(source, self._parse(source), self._schema)
        self._validate(document.node)
        self._keep(document)
        return document

    def _parse(self, source: str) -> DocumentNode:
        try:
            return parse(
                source,
                max_lexical_tokens=self._limits.max_tokens,
                max_comments=MAX_COMMENTS,
                max_source_length=self._limits.max_source_chars,
            )
        except GraphQLSyntaxError as error:
            raise RequestError([coded(error, ErrorCode.PARSE_FAILED)]) from None
        except GraphQLError as error:
            raise RequestError([coded(error, ErrorCode.LIMIT_EXCEEDED)]) from None

    def _validate(self, node: DocumentNode) -> None:
        # Limits first: the rules of the specification are not all linear, and then they never see what is too large.
        if errors := check(node, self._limits):
            raise RequestError(errors)
        if errors := validate(self._schema, node, max_errors=MAX_ERRORS):
            raise RequestError([coded(error, ErrorCode.VALIDATION_FAILED) for error in errors])

    def _keep(self, document: Document) -> None:
        self._known[document.source] = document
        self._room -= len(document.source)
        while self._room < 0:
            _, oldest = self._known.popitem(last=False)
            self._room += len(oldest.source)
