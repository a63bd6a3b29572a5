"""The body of a POST, never more of it than is allowed, nor longer than anybody needs to send it."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import Request

# A body within the limit takes a second on the slowest line; who needs more holds a connection for nothing, seconds.
BODY_WITHIN = 20.0
# Of a body that is too large, so many bytes are read and thrown away: who is cut off while sending never sees why.
MAX_DISCARDED = 4 * 1024 * 1024


class BodyError(Exception):
    """The body is refused with ``status``; the message is a sentence."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_body(request: Request, limit: int) -> bytes:
    """Return the whole body of up to ``limit`` bytes, as one piece or chunked. Raises BodyError."""
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    chunks.append(chunk)
                elif size > limit + MAX_DISCARDED:
                    break
    except TimeoutError:
        raise BodyError(HTTPStatus.REQUEST_TIMEOUT, "The body did not come in time.") from None
    if size > limit:
        raise BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body may have {limit:,} bytes at most.")
    return b"".join(chunks)


def check_media_type(header: str | None) -> None:
    """Accept JSON in UTF-8 alone: nothing that a web page may send without asking first. Raises BodyError."""
    kind, *parameters = (part.strip().lower() for part in (header or "").split(";"))
    charset = next((item.removeprefix("charset=").strip('"') for item in parameters if item[:8] == "charset="), "utf-8")
    if kind != "application/json" or charset not in ("utf-8", "utf8"):
        raise BodyError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send `Content-Type: application/json`, in UTF-8.")
