"""A WSGI server for one machine: a thread a connection, connections that stay open, one segment an answer."""

import io
import socket
from collections.abc import Callable, Iterable
from http.server import ThreadingHTTPServer
from typing import IO, TYPE_CHECKING, Any, cast

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import DechunkedInput

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Bytes collected before they are sent: head and body of a usual answer leave together.
_WRITE_BUFFER = 65_536

# Answers that have no body whatever their headers say (RFC 9110, section 6.4.1).
_BODILESS = frozenset({204, 304})


_Headers = list[tuple[str, str]]


class HttpServer(ThreadingHTTPServer):
    """Serves `application` on a socket that is already listening.

    A request is read whole before the application sees it, and its answer is complete before it is sent, so the
    application never waits for a client. Larger objects than memory are not what it is for.
    """

    daemon_threads = True
    multithread = True
    multiprocess = False
    ssl_context = None

    def __init__(self, listener: socket.socket, application: "WSGIApplication") -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.application = application

    @property
    def _server_version(self) -> str:
        return "airlock-local"


class _Handler(MotoRequestHandler):
    """One connection. The environment is moto's, which keeps underscores in names of S3 metadata."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _WRITE_BUFFER
    server: HttpServer  # type: ignore[assignment]  # werkzeug's handler needs only what HttpServer has

    def handle_expect_100(self) -> bool:
        """Answer `Expect: 100-continue` at once instead of keeping it in the buffer."""
        expected: bool = super().handle_expect_100()
        self.wfile.flush()
        return expected

    def run_wsgi(self) -> None:
        """Answer one request."""
        environ = self.make_environ()
        body = self._body(environ)
        environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        answer: dict[str, Any] = {}
        written: list[bytes] = []

        def start_response(status: str, headers: _Headers, _error: Any = None, /) -> Callable[[bytes], object]:
            answer.update(status=status, headers=headers)
            return written.append

        chunks: Iterable[bytes] = self.server.application(environ, start_response)
        content = b"".join([*written, *chunks])
        if hasattr(chunks, "close"):
            chunks.close()
        self._send(answer["status"], answer["headers"], content)

    def log_request(self, *_: object) -> None:
        """Say nothing of requests; errors are logged by the application."""

    def _body(self, environ: dict[str, Any]) -> bytes:
        if environ.pop("wsgi.input_terminated", False):
            environ.pop("HTTP_TRANSFER_ENCODING")
            content: bytes = DechunkedInput(cast("IO[bytes]", self.rfile)).read()
            return content
        length = int(environ.get("CONTENT_LENGTH") or 0)
        content = self.rfile.read(length)
        if len(content) < length:  # a half-sent object must not be kept as if it were whole
            raise ConnectionAbortedError("the client stopped sending")
        return content

    def _send(self, status: str, headers: _Headers, content: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        names = {name.lower() for name, _ in headers}
        bodiless = self.command == "HEAD" or int(code) in _BODILESS
        if "content-length" not in names and not bodiless:
            self.send_header("Content-Length", str(len(content)))
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        self.end_headers()
        if not bodiless:
            self.wfile.write(content)
        self.wfile.flush()
