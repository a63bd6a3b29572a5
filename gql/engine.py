"""Runs operations: parse and validate once, execute, and shape every answer alike for all protocols."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
)
from strawberry.execution import optimized_is_awaitable

from gql.context import Context
from gql.documents import Document, Documents
from gql.errors import ErrorCode, RequestError, coded, refusal, shown
from gql.limits import QueryLimits

# Wrong variables that are reported one by one.
MAX_COERCION_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends, in any protocol."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document, ready to be run with its variables."""

    document: Document
    node: OperationDefinitionNode
    name: str | None
    variables: dict[str, Any]

    @property
    def is_subscription(self) -> bool:
        """Whether it yields answers until it ends."""
        return self.node.operation is OperationType.SUBSCRIPTION

    @property
    def is_mutation(self) -> bool:
        """Whether it changes anything."""
        return self.node.operation is OperationType.MUTATION


class Engine:
    """One schema with its cache of documents."""

    def __init__(self, schema: GraphQLSchema, executor: type[Executor[Context]], limits: QueryLimits) -> None:
        self._schema = schema
        self._limits = limits
        self._executor = executor
        self.documents = Documents(self._schema, limits)

    def prepare(self, request: Request) -> Operation:
        """Return the operation a request asks for. Raises RequestError."""
        document = self.documents.get(request.query)
        node = document.operation(request.operation_name)
        allowed = self._limits.max_cost
        if (asked := document.cost(node, request.variables, allowed)) > allowed:
            message = f"The query may resolve {asked:,} fields; {allowed:,} are allowed."
            raise refusal(message, ErrorCode.LIMIT_EXCEEDED)
        return Operation(document, node, request.operation_name, request.variables)

    async def run(self, operation: Operation, context: Context) -> bytes:
        """Execute a query or mutation and return the answer as JSON. Raises RequestError."""
        result = execute_root_selection_set(self._build(operation, context))
        if not isinstance(result, ExecutionResult):
            result = await result
        return answer(result, context)

    async def stream(self, operation: Operation, context: Context) -> AsyncGenerator[bytes, None]:
        """Yield an answer as JSON for each event of a subscription.

        Raises RequestError when it can't begin, or can't go on.
        """
        executor = self._build(operation, context)
        events = create_source_event_stream(executor)
        if optimized_is_awaitable(events):
            events = await cast("Any", events)
        if isinstance(events, ExecutionResult):
            raise _ended(events.errors or [], context)
        async with aclosing(cast("Any", events)):
            async for result in self._results(executor, cast("Any", events), context):
                yield answer(result, context)

    async def _results(
        self, executor: Executor[Context], events: AsyncIterator[Any], context: Context
    ) -> AsyncIterator[ExecutionResult]:
        while True:
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
            except Exception as error:
                located = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
                raise _ended([located], context) from error
            fresh = executor.build_per_event_executor(event)
            # What was loaded for one event may have changed by the next.
            fresh.context_value = context.renewed()
            result = execute_subscription_event(fresh)
            yield result if isinstance(result, ExecutionResult) else await result

    def _build(self, operation: Operation, context: Context) -> Executor[Context]:
        built = self._executor.build(
            self._schema,
            operation.document.node,
            context_value=context,
            raw_variable_values=operation.variables,
            operation_name=operation.name,
            max_coercion_errors=MAX_COERCION_ERRORS,
            is_awaitable=cast("Any", optimized_is_awaitable),
        )
        if isinstance(built, list):
            raise RequestError([coded(error, ErrorCode.BAD_USER_INPUT) for error in built])
        return built


def answer(result: ExecutionResult, context: Context) -> bytes:
    """Return a result as JSON."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body = {"errors": [shown(error, context.correlation_id) for error in result.errors], **body}
    return encoded(body)


def refused(error: RequestError, context_id: Any) -> list[dict[str, Any]]:
    """Return the errors of a request that was never begun, as a client sees them."""
    return [shown(item, context_id) for item in error.errors]


def encoded(value: Any) -> bytes:
    """Return plain values as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _ended(errors: list[GraphQLError], context: Context) -> RequestError:
    """Return the end of a subscription as errors whose codes are settled."""
    settled = []
    for error in errors:
        entry = shown(error, context.correlation_id)
        settled.append(GraphQLError(entry["message"], error.nodes, path=error.path, extensions=entry["extensions"]))
    return RequestError(settled)
