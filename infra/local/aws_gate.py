"""The one door to moto: one request at a time, long polls that wait outside, and a note of changes."""

import io
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moto.core.utils import unix_time_millis
from moto.sqs.models import Queue, sqs_backends

from infra.local.aws_cors import with_cors

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Seconds a long poll sleeps before it looks by itself: what makes a message visible early notifies nobody.
_LOOK_EVERY = 1.0

_RECEIVE = "AmazonSQS.ReceiveMessage"


class Gate:
    """WSGI middleware that gives moto what it lacks: it holds its state in plain lists and dicts without locks.

    Two receivers could get the same message and a delete could lose one that arrives meanwhile; behind this gate
    neither happens, and the state can be written down while it holds still.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._lock = threading.Lock()
        self.changed = threading.Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("HTTP_X_AMZ_TARGET") == _RECEIVE:
            return self._receive(environ, start_response)
        content = self._pass(environ, start_response)
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            self.changed.set()
        return [content]

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Hold every request while the state is looked at."""
        with self._lock:
            yield

    def _pass(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> bytes:
        with self._lock:
            chunks = self._application(environ, with_cors(environ, start_response))
            try:
                return b"".join(chunks)
            finally:
                close: Callable[[], None] | None = getattr(chunks, "close", None)
                if close is not None:
                    close()

    def _receive(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Wait here until there is a message to take or the time is over; then let moto answer at once."""
        request = _json_of(environ)
        queue = _queue_of(environ, request)
        wait = request.get("WaitTimeSeconds", queue.receive_message_wait_time_seconds if queue else 0)
        deadline = time.monotonic() + float(wait)
        request["WaitTimeSeconds"] = 0
        while True:
            if queue is not None and not _await_message(queue, deadline, environ["werkzeug.socket"]):
                raise ConnectionAbortedError("the receiver has gone")
            content = self._pass(_with_body(environ, request), start_response)
            if b'"Messages"' in content:
                self.changed.set()
                return [content]
            if queue is None or time.monotonic() >= deadline:
                return [content]


def _json_of(environ: "WSGIEnvironment") -> dict[str, Any]:
    parsed = json.loads(environ["wsgi.input"].read() or b"{}")
    return parsed if isinstance(parsed, dict) else {}


def _with_body(environ: "WSGIEnvironment", request: dict[str, Any]) -> "WSGIEnvironment":
    body = json.dumps(request).encode()
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _queue_of(environ: "WSGIEnvironment", request: dict[str, Any]) -> Any:
    """Find the queue a request names; None where there is none, and moto will say so."""
    account, _, name = urlsplit(str(request.get("QueueUrl", ""))).path.strip("/").partition("/")
    region = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    try:
        return sqs_backends[account][region[2]].queues.get(name)
    except (IndexError, KeyError):
        return None


def _await_message(queue: Any, deadline: float, connection: Any) -> bool:
    """Whether the receiver is still there once a message can be taken or the time is over.

    A killed receiver must not be given a message: it would be hidden from the others for the whole visibility time.
    """
    condition: threading.Condition = queue._messages_lock  # noqa: SLF001 -- moto's own, notified by every new message
    while (left := deadline - time.monotonic()) > 0:
        with condition:
            if queue.messages or condition.wait(min(left, _LOOK_EVERY, _next_visible(queue))):
                break
        if _is_gone(connection):
            return False
    return not _is_gone(connection)


def _next_visible(queue: Any) -> float:
    """Seconds until a hidden or delayed message can be taken."""
    now = unix_time_millis()
    moments = [max(message.visible_at, message.delayed_until) for message in queue._messages]  # noqa: SLF001 -- as above
    return max(0.001, (min(moments, default=now + 3.6e6) - now) / 1000)


def _is_gone(connection: Any) -> bool:
    """Whether the other side has closed: readable, and nothing to read."""
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and not connection.recv(1, socket.MSG_PEEK)


def leave_functions_alone() -> None:
    """Keep moto from running functions by itself: it would take each message at once, and it needs Docker for it."""
    Queue.lambda_event_source_mappings = property(lambda _: {}, lambda _, __: None)  # type: ignore[assignment]  # a property in place of an attribute
