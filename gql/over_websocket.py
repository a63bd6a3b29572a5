"""GraphQL over WebSocket: the graphql-transport-ws protocol, to the letter, and nothing of its predecessor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing, suppress
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from gql.auth import Claims, UnauthenticatedError, Viewer, identify, token_of_payload, verify
from gql.context import Context, Services
from gql.engine import Engine, Request, encoded, refused
from gql.errors import ErrorCode, RequestError, masked, refusal
from gql.limits import QueryLimits
from gql.loaders import Loaders
from gql.payload import PayloadError, read_json, read_request
from gql.sessions import Session, Sessions

PROTOCOL = "graphql-transport-ws"
# The viewer of a socket is read again for an operation that begins later than this after the last reading, seconds.
VIEWER_FRESH_FOR = 5.0
# A close frame has room for so many bytes of reason (RFC 6455, section 5.5).
MAX_REASON_BYTES = 123
# Longest id of an operation, characters; clients send a UUID or a number.
MAX_ID_CHARS = 200


class Code(IntEnum):
    """Why a socket is closed; those from 4400 are the protocol's."""

    GOING_AWAY = 1001
    TOO_BIG = 1009
    INTERNAL = 1011
    TRY_AGAIN = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    BAD_PROTOCOL = 4406
    INIT_TIMEOUT = 4408
    DUPLICATE_ID = 4409
    INIT_TWICE = 4429


class _CloseError(Exception):
    """The socket is to be closed."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


class OverWebSocket:
    """The endpoint, as an ASGI application."""

    def __init__(self, engine: Engine, limits: QueryLimits, sessions: Sessions, origins: tuple[str, ...]) -> None:
        self._engine = engine
        self._limits = limits
        self._sessions = sessions
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket to its end."""
        websocket = WebSocket(scope, receive, send)
        if not self._may_come(websocket):
            await websocket.close()  # before it is accepted: HTTP 403
            return
        if PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(Code.BAD_PROTOCOL, "Subprotocol not acceptable")
            return
        await websocket.accept(PROTOCOL)
        with self._sessions.opened() as session:
            socket = _Socket(websocket, self._engine, self._limits, websocket.state.services, session)
            try:
                await socket.serve()
            except _CloseError as error:
                with suppress(WebSocketDisconnect, WebSocketDisconnected):
                    await websocket.close(error.code, error.reason)
            except (WebSocketDisconnect, WebSocketDisconnected):
                return
            except Exception as error:  # noqa: BLE001 - a socket is never left without a word
                told = masked(error, uuid4())
                with suppress(WebSocketDisconnect, WebSocketDisconnected):
                    away = told["extensions"]["code"] is ErrorCode.UNAVAILABLE
                    await websocket.close(Code.TRY_AGAIN if away else Code.INTERNAL, told["message"])

    def _may_come(self, websocket: WebSocket) -> bool:
        """Whether the page that opens the socket, if it is a page, is ours or allowed."""
        origin = websocket.headers.get("origin")
        if origin is None or origin in self._origins or "*" in self._origins:
            return True
        return urlsplit(origin).netloc == websocket.headers.get("host")


class _Socket:
    """One socket: its viewer, and the operations that run on it."""

    def __init__(
        self, websocket: WebSocket, engine: Engine, limits: QueryLimits, services: Services, session: Session
    ) -> None:
        self._websocket = websocket
        self._engine = engine
        self._limits = limits
        self._services = services
        self._session = session
        self._claims: Claims | None = None
        self._viewer: Viewer | None = None
        self._viewer_at = 0.0
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Take messages until the socket is to be closed, which is raised."""
        reading = asyncio.create_task(self._read())
        ending = asyncio.create_task(self._session.ending.wait())
        try:
            await asyncio.wait({reading, ending}, return_when="FIRST_COMPLETED")
            if reading.done():
                return reading.result()
            raise _CloseError(Code.GOING_AWAY, "Going away")
        finally:
            tasks = [reading, ending, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_within) as timer:
                while True:
                    await self._take(await self._message(), timer)
        except TimeoutError:
            if not timer.expired():
                raise
            if self._claims is None:
                raise _CloseError(Code.INIT_TIMEOUT, "Connection initialisation timeout") from None
            raise _CloseError(Code.FORBIDDEN, "The token has expired.") from None

    async def _message(self) -> dict[str, Any]:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        if text is None:
            raise _CloseError(Code.BAD_REQUEST, "Messages are text.")
        if len(text) > self._limits.max_body_bytes:
            raise _CloseError(Code.TOO_BIG, "The message is too large.")
        try:
            value = read_json(text)
        except PayloadError as error:
            raise _CloseError(Code.BAD_REQUEST, str(error)) from None
        if not isinstance(value, dict) or not isinstance(value.get("type"), str):
            raise _CloseError(Code.BAD_REQUEST, "A message is an object with a `type`.")
        return value

    async def _take(self, message: dict[str, Any], timer: asyncio.Timeout) -> None:
        match message["type"]:
            case "connection_init":
                await self._init(_object(message), timer)
            case "ping":
                payload = _object(message)
                await self._send({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                _object(message)
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                if (task := self._operations.pop(_id(message), None)) is not None:
                    task.cancel()
            case _:
                raise _CloseError(Code.BAD_REQUEST, "There is no message of that type.")

    async def _init(self, payload: Mapping[str, Any] | None, timer: asyncio.Timeout) -> None:
        if self._claims is not None:
            raise _CloseError(Code.INIT_TWICE, "Too many initialisation requests")
        try:
            claims = verify(token_of_payload(payload or {}), self._services.auth, self._services.clock())
            self._viewer = await identify(claims)
        except UnauthenticatedError as error:
            raise _CloseError(Code.FORBIDDEN, str(error)) from None
        loop = asyncio.get_running_loop()
        self._claims, self._viewer_at = claims, loop.time()
        timer.reschedule(loop.time() + (claims.expires_at - self._services.clock()).total_seconds())
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self._claims is None:
            raise _CloseError(Code.UNAUTHORIZED, "Unauthorized")
        key = _id(message)
        if key in self._operations:
            raise _CloseError(Code.DUPLICATE_ID, f"Subscriber for {key} already exists")
        try:
            request = read_request(message.get("payload"))
        except PayloadError as error:
            raise _CloseError(Code.BAD_REQUEST, str(error)) from None
        if len(self._operations) >= self._limits.max_operations:
            crowded = refusal("Too many operations are open on this socket.", ErrorCode.LIMIT_EXCEEDED)
            await self._send({"id": key, "type": "error", "payload": refused(crowded, uuid4())})
            return
        self._operations[key] = asyncio.create_task(self._operate(key, request, self._claims))

    async def _operate(self, key: str, request: Request, claims: Claims) -> None:
        """Run one operation; whatever goes wrong in it ends it alone."""
        correlation_id = uuid4()
        try:
            await self._run(key, request, claims, correlation_id)
            end: dict[str, Any] = {"type": "complete"}
        except (WebSocketDisconnect, WebSocketDisconnected):
            return
        except RequestError as error:
            end = {"type": "error", "payload": refused(error, correlation_id)}
        except UnauthenticatedError as error:
            end = {"type": "error", "payload": refused(refusal(str(error), ErrorCode.UNAUTHENTICATED), correlation_id)}
        except Exception as error:  # noqa: BLE001 - the socket outlives whatever an operation does
            end = {"type": "error", "payload": [masked(error, correlation_id)]}
        # Its id is free again before the client can know that it has ended.
        if self._operations.get(key) is asyncio.current_task():
            del self._operations[key]
        with suppress(WebSocketDisconnect, WebSocketDisconnected):
            await self._send({"id": key, **end})

    async def _run(self, key: str, request: Request, claims: Claims, correlation_id: UUID) -> None:
        context = Context(self._services, await self._current_viewer(claims), Loaders(), correlation_id)
        operation = self._engine.prepare(request)
        head = f'{{"id":{json.dumps(key)},"type":"next","payload":'
        if not operation.is_subscription:
            await self._websocket.send_text(f"{head}{(await self._engine.run(operation, context)).decode()}}}")
            return
        async with aclosing(self._engine.stream(operation, context)) as answers:
            async for answer in answers:
                await self._websocket.send_text(f"{head}{answer.decode()}}}")

    async def _current_viewer(self, claims: Claims) -> Viewer:
        now = asyncio.get_running_loop().time()
        if self._viewer is None or now - self._viewer_at > VIEWER_FRESH_FOR:
            self._viewer, self._viewer_at = await identify(claims), now
        return self._viewer

    async def _send(self, message: dict[str, Any]) -> None:
        await self._websocket.send_text(encoded(message).decode())


def _object(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise _CloseError(Code.BAD_REQUEST, "`payload` must be an object.")
    return payload


def _id(message: dict[str, Any]) -> str:
    key = message.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_ID_CHARS:
        raise _CloseError(Code.BAD_REQUEST, f"`id` must be a string of 1 to {MAX_ID_CHARS} characters.")
    return key
