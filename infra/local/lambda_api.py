"""The Lambda Runtime API, version 2018-06-01: what a function's runtime talks to."""

import json
import queue
import sys
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.port import HOST, listen

_PREFIX = "/2018-06-01/runtime/"


@dataclass
class Exchange:
    """One invocation on its way through a runtime: the event in, and a payload or an error out.

    `answered` is set once there is either. `taken` is the moment the runtime took it, by the monotonic clock.
    """

    request_id: str
    function_arn: str
    event: bytes
    timeout_seconds: float
    taken: float | None = None
    payload: bytes | None = None
    error: dict[str, Any] | None = None
    answered: threading.Event = field(default_factory=threading.Event)

    def fail(self, error: dict[str, Any]) -> None:
        """End it with an error; what comes later is ignored."""
        if not self.answered.is_set():
            self.error = error
            self.answered.set()

    def succeed(self, payload: bytes) -> None:
        """End it with the function's answer."""
        if not self.answered.is_set():
            self.payload = payload
            self.answered.set()


class RuntimeApi:
    """The API for one runtime process, on a port of its own; at most one exchange at a time."""

    def __init__(self) -> None:
        self._offered: queue.Queue[Exchange | None] = queue.Queue()
        self._current: Exchange | None = None
        self._init_error: dict[str, Any] | None = None
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port, as `AWS_LAMBDA_RUNTIME_API` wants them."""
        return f"{HOST}:{self._server.server_address[1]}"

    def offer(self, exchange: Exchange) -> None:
        """Hand an exchange to the runtime when it next asks; one that failed to load never will."""
        self._current = exchange
        self._offered.put(exchange)
        if self._init_error is not None:
            exchange.fail(self._init_error)

    def close(self) -> None:
        """End the server; a runtime that waits for its next event is told so."""
        self._offered.put(None)
        # `shutdown` waits for the server's next look around, up to half a second: nobody need wait for that.
        threading.Thread(target=self._end, daemon=True).start()

    def take(self) -> Exchange | None:
        """Wait for the next exchange; None when there will be none. Called for the runtime."""
        exchange = self._offered.get()
        if exchange is not None:
            exchange.taken = time.monotonic()
        return exchange

    def settle(self, path: str, body: bytes) -> bool:
        """Take in what the runtime posted; whether there was anything waiting for it."""
        exchange = self._current
        if path == "init/error":
            self._init_error = _parsed(body)
            if exchange is not None:
                exchange.fail(self._init_error)
        elif exchange is None:
            return False
        elif path == f"invocation/{exchange.request_id}/response":
            exchange.succeed(body)
        elif path == f"invocation/{exchange.request_id}/error":
            exchange.fail(_parsed(body))
        else:
            return False
        return True

    def _end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        listener = listen()
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_address = listener.getsockname()
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a runtime that was killed while it talked: its invocation says so."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection of the runtime; buffered, so that head and body of an answer leave as one segment."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    server: _Server

    def do_GET(self) -> None:
        """Answer `invocation/next`, once there is one."""
        if self.path != f"{_PREFIX}invocation/next":
            self._answer(HTTPStatus.NOT_FOUND)
        elif (exchange := self.server.api.take()) is None:
            self.close_connection = True
        else:
            deadline = time.time() + exchange.timeout_seconds
            self._answer(
                HTTPStatus.OK,
                exchange.event,
                {
                    "Lambda-Runtime-Aws-Request-Id": exchange.request_id,
                    "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": exchange.function_arn,
                },
            )

    def do_POST(self) -> None:
        """Take an answer or an error."""
        body = self._body()
        known = self.path.startswith(_PREFIX) and self.server.api.settle(self.path.removeprefix(_PREFIX), body)
        self._answer(HTTPStatus.ACCEPTED if known else HTTPStatus.FORBIDDEN, b'{"status":"OK"}')

    def log_message(self, *_: object) -> None:
        """Say nothing of requests: each invocation has its lines in the function's log."""

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        error = json.loads(body)
    except ValueError:
        error = None
    return error if isinstance(error, dict) else {"errorType": "Runtime.Unknown", "errorMessage": repr(body[:200])}
