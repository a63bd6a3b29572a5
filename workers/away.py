"""Which errors mean that a service is away and the same work may succeed later, through no fault of the file."""

from __future__ import annotations

from asyncpg.exceptions import (
    InsufficientResourcesError,
    InterfaceError,
    OperatorInterventionError,
    PostgresConnectionError,
    TransactionRollbackError,
)
from tortoise.exceptions import DBConnectionError

from infra.errors import AccessDenied, Unavailable

AWAY = (
    Unavailable,
    AccessDenied,
    OSError,
    TimeoutError,
    DBConnectionError,
    InterfaceError,
    PostgresConnectionError,
    InsufficientResourcesError,
    OperatorInterventionError,
    TransactionRollbackError,
)
