"""The API as an ASGI application: its lifespan builds every service once, its routes are few."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self, TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route, WebSocketRoute

from gql.context import Services
from gql.engine import Engine
from gql.health import healthz, readyz
from gql.hub import CHECK_EVERY, Hub
from gql.limits import QueryLimits
from gql.over_http import OverHttp
from gql.over_websocket import OverWebSocket
from gql.page import Page
from gql.schema import EXECUTOR, schema
from gql.sessions import Sessions
from infra.bus import open_bus
from infra.database import open_database
from infra.settings import (
    ApiSettings,
    AuthSettings,
    AwsSettings,
    DatabaseSettings,
    RedisSettings,
    StorageSettings,
    UploadSettings,
    read,
)
from infra.storage import open_storage
from sanitizer_lambda.contract import Limits

PATH = "/graphql"
# What a browser remembers of a preflight, seconds.
PREFLIGHT_FOR = 600


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the API is told from outside."""

    api: ApiSettings
    auth: AuthSettings
    aws: AwsSettings
    database: DatabaseSettings
    redis: RedisSettings
    storage: StorageSettings
    uploads: UploadSettings
    limits: Limits
    queries: QueryLimits = field(default_factory=QueryLimits)
    check_every: timedelta = CHECK_EVERY

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read them. Raises SettingsError, ContractError."""
        return cls(
            api=read(ApiSettings, environ),
            auth=read(AuthSettings, environ),
            aws=read(AwsSettings, environ),
            database=read(DatabaseSettings, environ),
            redis=read(RedisSettings, environ),
            storage=read(StorageSettings, environ),
            uploads=read(UploadSettings, environ),
            limits=Limits.from_environ(environ),
        )


class State(TypedDict):
    """What the lifespan gives to every request."""

    services: Services


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Api:
    """The application, with what its server must end before it and what its tests count."""

    app: Starlette
    engine: Engine
    sessions: Sessions


def create_api(settings: Settings, clock: Callable[[], datetime] = _now) -> Api:
    """Build the API; nothing is opened until its lifespan begins."""
    engine = Engine(schema, EXECUTOR, settings.queries)
    sessions = Sessions()
    page = Page() if settings.api.graphiql else None
    origins = settings.api.allowed_origins

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        async with open_services(settings, clock) as services:
            yield {"services": services}

    routes = [
        Route(PATH, OverHttp(engine, settings.queries, sessions, page)),
        WebSocketRoute(PATH, OverWebSocket(engine, settings.queries, sessions, origins)),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/", _home),
        *([Mount("/assets", page.assets)] if page else []),
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        max_age=PREFLIGHT_FOR,
    )
    return Api(Starlette(routes=routes, middleware=[cors] if origins else [], lifespan=lifespan), engine, sessions)


def create_app(environ: Mapping[str, str]) -> Starlette:
    """Return the application for any ASGI server."""
    return create_api(Settings.from_environ(environ)).app


@asynccontextmanager
async def open_services(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[Services]:
    """Yield all that requests need, opened, and close it at the end."""
    async with (
        open_database(settings.database, process_wide=True) as database,
        open_storage(settings.aws, settings.storage) as storage,
        open_bus(settings.redis) as bus,
    ):
        hub = Hub(bus, clock, settings.check_every)
        async with hub.running():
            yield Services(
                storage=storage,
                bus=bus,
                database=database,
                hub=hub,
                auth=settings.auth,
                uploads=settings.uploads,
                limits=settings.limits,
                clock=clock,
            )


async def _home(_request: Request) -> RedirectResponse:
    return RedirectResponse(PATH)
