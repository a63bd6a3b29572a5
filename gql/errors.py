"""What a client is told when something goes wrong: a code to branch on and a sentence, never our insides.

::

    ApiError                   has a code and a sentence for the client
    ├── NotFoundError          there is no such thing, or the viewer may not see it: NOT_FOUND
    ├── BadInputError          an argument is out of its bounds: BAD_USER_INPUT
    └── OverloadedError        a limit on what one client may hold open: LIMIT_EXCEEDED
    RequestError               the operation was never begun: a list of GraphQL errors, each with its code
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from asyncpg import CannotConnectNowError, InterfaceError, PostgresConnectionError, TooManyConnectionsError
from graphql import GraphQLError
from tortoise.exceptions import DBConnectionError

from infra.errors import Unavailable

logger = logging.getLogger("airlock.api")


class ErrorCode(StrEnum):
    """``extensions.code`` of an error; the first five are the names that clients of GraphQL servers know."""

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_UNKNOWN = "OPERATION_RESOLUTION_FAILURE"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_REQUEST = "BAD_REQUEST"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    NOT_FOUND = "NOT_FOUND"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class ApiError(Exception):
    """Base: raised by a resolver, shown to the client as it stands."""

    code = ErrorCode.INTERNAL


class NotFoundError(ApiError):
    """There is no such thing, or the viewer may not see it: nobody can tell which."""

    code = ErrorCode.NOT_FOUND


class BadInputError(ApiError):
    """An argument is out of its bounds."""

    code = ErrorCode.BAD_USER_INPUT


class OverloadedError(ApiError):
    """The client holds more open than it may, or reads slower than it must."""

    code = ErrorCode.LIMIT_EXCEEDED


class RequestError(Exception):
    """The operation was never begun; ``errors`` say why."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


def coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    """Return the error with its code, unless it has one already."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


def refusal(message: str, code: ErrorCode) -> RequestError:
    """Return the error of a request that is refused with one sentence."""
    return RequestError([GraphQLError(message, extensions={"code": code})])


# The database is away, starting or full: worth another try, and no fault of the request.
_AWAY = (
    Unavailable,
    DBConnectionError,
    PostgresConnectionError,
    InterfaceError,
    CannotConnectNowError,
    TooManyConnectionsError,
    OSError,
    TimeoutError,
)


def shown(error: GraphQLError, correlation_id: UUID) -> dict[str, Any]:
    """Return an error as the client sees it; what is unexpected is logged under ``correlation_id`` and masked."""
    entry: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, ApiError):
        entry["extensions"] = {"code": cause.code}
    elif cause is None or isinstance(cause, GraphQLError):
        entry["extensions"] = {"code": ErrorCode.BAD_USER_INPUT, **(error.extensions or {})}
    else:
        entry |= masked(cause, correlation_id)
    return entry


def masked(cause: BaseException, correlation_id: UUID) -> dict[str, Any]:
    """Return message and extensions for what we did not expect, and log it."""
    away = isinstance(cause, _AWAY)
    logger.log(
        logging.WARNING if away else logging.ERROR,
        "%s: %s",
        "a service is away" if away else "unexpected error",
        type(cause).__name__,
        exc_info=None if away else cause,
        extra={"correlation_id": str(correlation_id)},
    )
    code = ErrorCode.UNAVAILABLE if away else ErrorCode.INTERNAL
    message = "A service we need does not answer; try again." if away else "Something went wrong on our side."
    return {"message": message, "extensions": {"code": code, "correlationId": str(correlation_id)}}
