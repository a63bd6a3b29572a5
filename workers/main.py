"""The worker's process: consumer, imports, dead letters and sweeps side by side; the only file that knows arq."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import uvloop
from arq.connections import ArqRedis
from arq.cron import cron
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from infra.bus import Bus, open_bus
from infra.database import open_database
from infra.log import log_as_json
from infra.queue import Queue, open_queues
from infra.settings import (
    AwsSettings,
    DatabaseSettings,
    QueueSettings,
    RedisSettings,
    StorageSettings,
    UploadSettings,
    WorkSettings,
    read,
)
from infra.storage import Storage, open_storage
from workers import consumer, importer, ingest, reverting, sweeper
from workers.claim import Lease, Terms
from workers.consumer import Consumer
from workers.deadletters import DeadLetters
from workers.forget import forget_plans
from workers.importer import Importer
from workers.reverter import Reverter
from workers.supervise import supervise

# Our jobs' queue in Redis; arq's default would be shared with any other program that uses it.
JOBS = "airlock:jobs"
# Seconds between two looks at it: 20 ms cost 3 % of a core, arq's half a second a wait of 265 ms at the median.
_LOOK_EVERY = 0.02
# Jobs at a time: they only wake somebody up, but for one sweep.
_MAX_JOBS = 10
# Seconds a sweep may take before its job is stopped; the next one goes on where it was.
_SWEEP_WITHIN = 60

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a worker reads from its environment."""

    database: DatabaseSettings
    redis: RedisSettings
    aws: AwsSettings
    storage: StorageSettings
    queues: QueueSettings
    uploads: UploadSettings
    work: WorkSettings

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Settings:
        """Read them. Raises SettingsError."""
        return cls(
            read(DatabaseSettings, environ),
            read(RedisSettings, environ),
            read(AwsSettings, environ),
            read(StorageSettings, environ),
            read(QueueSettings, environ),
            read(UploadSettings, environ),
            read(WorkSettings, environ),
        )


@dataclass(frozen=True, slots=True)
class World:
    """The opened services."""

    storage: Storage
    bus: Bus
    jobs: ArqRedis
    messages: Queue
    dead_messages: Queue
    events: Queue
    dead_events: Queue


def run(environ: Mapping[str, str]) -> None:
    """Work until SIGTERM or SIGINT. Raises SettingsError."""
    log_as_json()
    # Rows in flight are many small objects that all die young: the default looks through them again and again.
    gc.set_threshold(50_000, 50, 1_000)
    # arq tells every nudge; ours are told where they matter.
    logging.getLogger("arq").setLevel(logging.WARNING)
    uvloop.run(_until_signalled(Settings.of(environ)))


async def main(settings: Settings, stop: asyncio.Event) -> None:
    """Work until ``stop`` is set, then drain: running imports may end within the grace, or are given back."""
    async with open_world(settings) as world:
        parts = Parts(settings, world)
        running = [asyncio.create_task(supervise(name, part)) for name, part in parts.supervised().items()]
        working = [
            asyncio.create_task(supervise("imports", parts.importer.run)),
            asyncio.create_task(supervise("reverts", parts.reverter.run)),
        ]
        parts.wake()
        _log.info("worker started", extra={"worker": parts.terms.worker, "places": settings.work.concurrency})
        await stop.wait()
        _log.info("worker drains", extra={"worker": parts.terms.worker})
        await _ended(running)
        parts.importer.close()
        parts.reverter.close()
        await asyncio.wait(working, timeout=settings.work.grace.total_seconds())
        await _ended(working)


@asynccontextmanager
async def open_world(settings: Settings, *, process_wide: bool = False) -> AsyncIterator[World]:
    """Open every service the worker needs; ``process_wide`` as in ``open_database``."""
    queues = settings.queues
    urls = (
        queues.sanitized_files_url,
        queues.sanitized_files_dlq_url,
        queues.quarantine_events_url,
        queues.quarantine_events_dlq_url,
    )
    async with (
        open_database(settings.database, process_wide=process_wide),
        open_storage(settings.aws, settings.storage) as storage,
        open_queues(settings.aws, *urls) as opened,
        open_bus(settings.redis) as bus,
        _open_jobs(settings.redis) as jobs,
    ):
        yield World(storage, bus, jobs, *opened)


@asynccontextmanager
async def _open_jobs(settings: RedisSettings) -> AsyncIterator[ArqRedis]:
    jobs = ArqRedis(ConnectionPool.from_url(settings.url), default_queue_name=JOBS)
    try:
        yield jobs
    finally:
        await jobs.aclose(close_connection_pool=True)


class Parts:
    """The worker's parts, put together."""

    def __init__(
        self, settings: Settings, world: World, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._world = world
        work, uploads, final = settings.work, settings.uploads, world.storage.final
        name = f"{socket.gethostname()[:16]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.terms = Terms(name, work.lease, work.max_attempts, uploads.import_deadline)
        rows = ingest.Effects(final, now, world.bus.publish, uploads.import_deadline)

        async def import_file(lease: Lease) -> None:
            await ingest.ingest(lease, rows)
            self.reverter.nudge()  # one may have waited for this import

        self.importer = Importer(self.terms, work.concurrency, importer.Effects(now, world.bus.publish, import_file))
        self.reverter = Reverter(work.concurrency, reverting.Effects(now, uploads.import_deadline))
        self.consumer = Consumer(world.messages, uploads, consumer.Effects(final, now, world.bus.publish, self.nudge))
        self.sweeping = sweeper.Effects(
            world.events, settings.storage.quarantine_bucket, now, world.bus.publish, self.nudge
        )
        self.dead = DeadLetters(world.dead_events, world.dead_messages, self.consumer, now, world.bus.publish)

    def supervised(self) -> dict[str, Callable[[], Any]]:
        """Return the parts that run for ever, by name; imports are apart, as they may finish what they began."""
        return {
            "consumer": self.consumer.run,
            "jobs": self.jobs,
            "calls": self.calls,
            "dead events": self.dead.watch_events,
            "dead messages": self.dead.watch_messages,
        }

    async def nudge(self, upload_id: UUID) -> None:
        """Wake the importer here, and through Redis, if it is there, one that may be less busy."""
        self.importer.nudge()
        try:
            await self._world.jobs.enqueue_job("import_upload", str(upload_id), _job_id=f"import:{upload_id}")
        except (RedisError, OSError) as error:
            _log.warning("a nudge is lost", extra={"upload": str(upload_id), "reason": type(error).__name__})

    async def calls(self) -> None:
        """Look for work whenever the API says that there is some, until Redis goes away."""
        async with self._world.bus.listen_for_calls() as calls:
            self.wake()  # what was called while nobody listened
            async for _ in calls:
                self.wake()
                # An upload that is tried again is late from its first moment: the sanitizer is to be asked.
                await sweeper.drive_overdue(self._settings.uploads, self.sweeping)

    def wake(self) -> None:
        """Look for work here."""
        self.importer.nudge()
        self.reverter.nudge()

    async def jobs(self) -> None:
        """Take arq's jobs until Redis goes away, which ends its loop."""
        worker = self.arq_worker()
        try:
            await worker.async_run()
        finally:
            await _ended(worker.tasks.values())

    def arq_worker(self) -> Worker:
        """Return arq's worker with our jobs: nudges, and the sweep."""

        async def import_upload(ctx: dict[Any, Any], _upload_id: str) -> None:  # noqa: ARG001 - arq gives its context
            self.importer.nudge()

        async def sweep(ctx: dict[Any, Any]) -> None:  # noqa: ARG001 - same
            self.reverter.nudge()
            await sweeper.sweep(self._settings.uploads, self.sweeping)

        async def forget(ctx: dict[Any, Any]) -> None:  # noqa: ARG001 - same
            await forget_plans(datetime.now(UTC))

        every = max(1, min(60, int(self._settings.work.sweep_every.total_seconds())))
        return Worker(
            [func(import_upload, name="import_upload")],
            cron_jobs=[
                cron(sweep, name="sweep", second=set(range(0, 60, every)), run_at_startup=True, timeout=_SWEEP_WITHIN),
                cron(forget, name="forget", hour=3, minute=7),
            ],
            queue_name=JOBS,
            redis_pool=self._world.jobs,
            handle_signals=False,
            poll_delay=_LOOK_EVERY,
            max_jobs=_MAX_JOBS,
            keep_result=0,
            timezone=UTC,
        )


async def _until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await main(settings, stop)


async def _ended(tasks: Any) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
