"""GraphQL over HTTP, to the letter of its draft: GET for queries, POST with JSON, the form the client prefers."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gql import payload
from gql.auth import UnauthenticatedError, bearer, identify, verify
from gql.body import BodyError, check_media_type, read_body
from gql.context import Context, Services
from gql.engine import Engine, Operation, encoded, refused
from gql.engine import Request as Asked
from gql.errors import ErrorCode, RequestError, masked
from gql.limits import QueryLimits
from gql.loaders import Loaders
from gql.negotiation import Form, names, preferred
from gql.over_sse import stream_response
from gql.page import Page
from gql.payload import PayloadError
from gql.sessions import Sessions

_FORMS = (Form.JSON, Form.RESPONSE, Form.STREAM)
_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Authorization", "X-Content-Type-Options": "nosniff"}


class _RefusedError(Exception):
    """The request is answered without being looked into any further."""

    def __init__(
        self, status: HTTPStatus, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


class OverHttp:
    """The endpoint, as an ASGI application."""

    def __init__(self, engine: Engine, limits: QueryLimits, sessions: Sessions, page: Page | None) -> None:
        self._engine = engine
        self._limits = limits
        self._sessions = sessions
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it holds."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except _RefusedError as refusal:
            body = {"message": str(refusal), "extensions": {"code": refusal.code}}
            response = _json({"errors": [body]}, _form(request), refusal.status, refusal.headers)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - whatever happens is told in the form that was asked for
            told = masked(error, uuid4())
            away = told["extensions"]["code"] is ErrorCode.UNAVAILABLE
            status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.INTERNAL_SERVER_ERROR
            response = _json({"errors": [told]}, _form(request), status)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "POST"):
            raise _not_allowed("Send a query by GET or POST.", "GET, POST")
        accept = request.headers.get("accept")
        if self._page and request.method == "GET" and preferred(accept, (Form.JSON, Form.PAGE)) is Form.PAGE:
            return self._page.response()
        context = await _context(request)
        form = preferred(accept, _FORMS)
        if form is None:
            message = f"The answer can be {', '.join(_FORMS)}."
            raise _RefusedError(HTTPStatus.NOT_ACCEPTABLE, ErrorCode.BAD_REQUEST, message)
        asked = await self._read(request)
        try:
            operation = self._engine.prepare(asked)
            if request.method == "GET" and operation.is_mutation:
                raise _not_allowed("A mutation is sent by POST.", "POST")
            if operation.is_subscription or form is Form.STREAM:
                return self._stream(operation, context, accept)
            return _raw(await self._engine.run(operation, context), form, HTTPStatus.OK)
        except RequestError as error:
            return self._refusal(error, context, form)

    def _stream(self, operation: Operation, context: Context, accept: str | None) -> Response:
        if not names(accept, Form.STREAM):
            message = f"A subscription is sent over a WebSocket, or with `Accept: {Form.STREAM}`."
            raise _RefusedError(HTTPStatus.NOT_ACCEPTABLE, ErrorCode.BAD_REQUEST, message)
        return stream_response(self._engine, operation, context, self._sessions)

    def _refusal(self, error: RequestError, context: Context, form: Form) -> Response:
        # Clients of the older form take any other status for a failure of the network.
        status = HTTPStatus.BAD_REQUEST if form is Form.RESPONSE else HTTPStatus.OK
        return _json({"errors": refused(error, context.correlation_id)}, form, status)

    async def _read(self, request: Request) -> Asked:
        try:
            if request.method == "GET":
                return payload.read_query(request.query_params)
            check_media_type(request.headers.get("content-type"))
            return payload.read_request(payload.read_json(await read_body(request, self._limits.max_body_bytes)))
        except PayloadError as error:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, ErrorCode.BAD_REQUEST, str(error)) from None
        except BodyError as error:
            # The rest of the body is not read, so the connection cannot be used again.
            headers = {"Connection": "close"}
            raise _RefusedError(error.status, ErrorCode.BAD_REQUEST, str(error), headers) from None


async def _context(request: Request) -> Context:
    services: Services = request.state.services
    token = bearer(request.headers.get("authorization"))
    try:
        viewer = await identify(verify(token, services.auth, services.clock()))
    except UnauthenticatedError as error:
        # RFC 6750, section 3: no reason is given to who sent no token at all.
        challenge = 'Bearer realm="airlock"' + (', error="invalid_token"' if token else "")
        headers = {"WWW-Authenticate": challenge}
        raise _RefusedError(HTTPStatus.UNAUTHORIZED, ErrorCode.UNAUTHENTICATED, str(error), headers) from None
    return Context(services, viewer, Loaders())


def _form(request: Request) -> Form:
    return preferred(request.headers.get("accept"), (Form.JSON, Form.RESPONSE)) or Form.JSON


def _json(value: Any, form: Form, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Response:
    return _raw(encoded(value), Form.JSON if form is Form.STREAM else form, status, headers)


def _raw(body: bytes, form: Form, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, {**_HEADERS, **(headers or {})}, media_type=f"{form}; charset=utf-8")


def _not_allowed(message: str, allow: str) -> _RefusedError:
    return _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, ErrorCode.BAD_REQUEST, message, {"Allow": allow})
