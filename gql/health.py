"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse

from gql.context import Services
from infra.errors import AccessDenied, ObjectMissing, Unavailable

# A service that takes longer to say that it is there is not, seconds.
ANSWER_WITHIN = 3.0
_FINE = "ok"


async def healthz(_request: Request) -> PlainTextResponse:
    """Answer: the process lives."""
    return PlainTextResponse(_FINE, headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> JSONResponse:
    """Answer with a sentence for each service the API needs; 503 where one of them is away."""
    services: Services = request.state.services
    checks = {
        "database": services.database.check(),
        "redis": services.bus.check(),
        "quarantine": services.storage.quarantine.check(),
        "final": services.storage.final.check(),
    }
    said = dict(zip(checks, await asyncio.gather(*map(_sentence, checks.values())), strict=True))
    ready = all(sentence == _FINE for sentence in said.values())
    return JSONResponse(said, 200 if ready else 503, headers={"Cache-Control": "no-store"})


async def _sentence(check: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await check
    except TimeoutError:
        return f"no answer within {ANSWER_WITHIN:g} s"
    except (Unavailable, AccessDenied, ObjectMissing) as error:
        return str(error)
    return _FINE
