"""GraphQL over Server-Sent Events, one connection an operation: `next` for each answer, then `complete`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.responses import StreamingResponse

from gql.context import Context
from gql.engine import Engine, Operation, encoded, refused
from gql.errors import ErrorCode, RequestError, refusal
from gql.negotiation import Form
from gql.sessions import Session, Sessions

# A comment is sent after so much silence, seconds: proxies end a connection that is silent for a minute.
KEEP_ALIVE = 12.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
_COMMENT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


class _GoingError(Exception):
    """The process ends: the stream is cut without `complete`, so that the client comes again."""


def stream_response(engine: Engine, operation: Operation, context: Context, sessions: Sessions) -> StreamingResponse:
    """Return the response that runs an operation and streams its answers."""
    answers = engine.stream(operation, context) if operation.is_subscription else _once(engine, operation, context)
    return StreamingResponse(_events(answers, context, sessions), headers=_HEADERS, media_type=Form.STREAM)


async def _once(engine: Engine, operation: Operation, context: Context) -> AsyncGenerator[bytes, None]:
    yield await engine.run(operation, context)


async def _events(
    answers: AsyncGenerator[bytes, None], context: Context, sessions: Sessions
) -> AsyncGenerator[bytes, None]:
    try:
        with sessions.opened() as session:
            async with aclosing(_parts(answers, context, session)) as parts:
                async for part in parts:
                    yield part
    except RequestError as error:
        yield _next(encoded({"errors": refused(error, context.correlation_id)}))
    except _GoingError:
        return
    yield _COMPLETE


async def _parts(
    answers: AsyncGenerator[bytes, None], context: Context, session: Session
) -> AsyncGenerator[bytes, None]:
    """Yield the answers as events, and comments where it is silent, until they end or must."""
    ending = asyncio.create_task(session.ending.wait())
    coming = asyncio.create_task(_following(answers))
    try:
        while True:
            left = (context.viewer.expires_at - context.now).total_seconds()
            await asyncio.wait({coming, ending}, timeout=min(KEEP_ALIVE, max(left, 0)), return_when="FIRST_COMPLETED")
            if coming.done():
                if (payload := coming.result()) is None:
                    return
                yield _next(payload)
                coming = asyncio.create_task(_following(answers))
            elif ending.done():
                raise _GoingError
            elif left <= 0:
                raise refusal("The token has expired.", ErrorCode.UNAUTHENTICATED)
            else:
                yield _COMMENT
    finally:
        ending.cancel()
        coming.cancel()
        await asyncio.gather(ending, coming, return_exceptions=True)
        await answers.aclose()


async def _following(answers: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(answers, None)


def _next(payload: bytes) -> bytes:
    return b"event: next\ndata: " + payload + b"\n\n"
