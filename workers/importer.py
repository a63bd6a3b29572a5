"""The places of a worker at which imports run: each claims the next import as soon as it is free."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.database import DATABASE_ERRORS
from workers.away import AWAY
from workers.claim import Abandoned, Lease, LeaseLostError, Terms, claim, keep, release
from workers.places import Places
from workers.progress import Publish, tell

# Pause before an import is tried again that failed because a service was away.
_LATER = timedelta(seconds=3)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Effects:
    """What importing touches beside the claims; ``ingest`` runs one import to its end."""

    now: Callable[[], datetime]
    publish: Publish
    ingest: Callable[[Lease], Awaitable[None]]


class Importer(Places):
    """Runs up to ``places`` imports at a time, whenever it is nudged."""

    def __init__(self, terms: Terms, places: int, effects: Effects) -> None:
        super().__init__(places)
        self._terms = terms
        self._effects = effects

    async def _next(self) -> bool:
        """Claim and run one import; whether there was one."""
        lease = await claim(self._terms, self._effects.now())
        if lease is None:
            return False
        await tell(self._effects.publish, lease.hint)
        if isinstance(lease, Abandoned):
            _log.error("import abandoned", extra={"upload": str(lease.hint.upload_id)})
        else:
            await self._import(lease)
        return True

    async def _import(self, lease: Lease) -> None:
        """Run one import while its lease is renewed; what goes wrong leaves it to be claimed again."""
        about = {"upload": str(lease.upload.id), "attempt": lease.upload.attempt}
        started = time.monotonic()
        try:
            await _while_kept(self._effects.ingest(lease), lease, self._terms.lease)
            _log.info("import ended", extra={**about, "seconds": round(time.monotonic() - started, 3)})
        except LeaseLostError:
            _log.warning("import stopped: it was ended or taken over", extra=about)
        except asyncio.CancelledError:
            await asyncio.shield(_give_back(lease, timedelta(0), counted=False))
            raise
        except AWAY as error:
            _log.warning("import postponed", extra={**about, "reason": f"{type(error).__name__}: {error}"})
            await _give_back(lease, _LATER, counted=False)
        except Exception:  # noqa: BLE001 - whatever it is, it is this file's, whose attempts are counted
            _log.exception("import failed", extra=about)
            await _give_back(lease, _LATER, counted=True)


async def _while_kept(work: Awaitable[None], lease: Lease, term: timedelta) -> None:
    """Run ``work`` until it ends or the lease is lost. Raises LeaseLostError, and whatever ``work`` raises."""
    running = asyncio.ensure_future(work)
    keeping = asyncio.create_task(keep(lease, term))
    try:
        await asyncio.wait({running, keeping}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            keeping.result()
        await running
    finally:
        for task in (running, keeping):
            task.cancel()
        await asyncio.gather(running, keeping, return_exceptions=True)


async def _give_back(lease: Lease, after: timedelta, *, counted: bool) -> None:
    try:
        await release(lease, after=after, counted=counted)
    except DATABASE_ERRORS as error:
        # The lease runs out by itself.
        _log.warning("a lease cannot be given back now", extra={"upload": str(lease.upload.id), "reason": str(error)})
