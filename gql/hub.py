"""One subscription of the bus a process, fanned out to every socket. The bus only hints; what is told was read.

Attach first, then read, then tell what is newer; gaps are filled from the stored events, and every few seconds all
watched uploads are compared with the database: a hint that was lost costs time, never an event.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from gql.auth import Viewer
from gql.errors import NotFoundError
from gql.rows import rows_of
from gql.topic import NEWS_FOR, Topic, is_news
from gql.watch import Step, Watch
from infra.bus import Bus, Hint, Progress
from infra.database import DATABASE_ERRORS
from infra.errors import AccessDenied, Unavailable
from models import ACTIVE, Membership, ProjectProfile, UploadedTemplateFile, UploadEvent

logger = logging.getLogger("airlock.hub")

# How often what is watched is compared with the database: the longest delay of an event whose hint was lost, and of
# the end of a stream whose watcher lost the right to it.
CHECK_EVERY = timedelta(seconds=5)
# Waits between two tries to reach the bus or the database again, seconds.
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0


class Hub:
    """Give ``watch`` and ``activity`` to subscribers while ``running``."""

    def __init__(self, bus: Bus, clock: Callable[[], datetime], check_every: timedelta = CHECK_EVERY) -> None:
        self._bus = bus
        self._clock = clock
        self._check_every = check_every.total_seconds()
        self._topics: dict[UUID, Topic] = {}
        self._projects: dict[UUID, set[Watch]] = {}
        self._users: dict[UUID, set[Watch]] = {}
        self._wanted: dict[UUID, list[asyncio.Future[None]]] = {}
        self._wake = asyncio.Event()
        self.attached = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the hub at work for as long as the block lasts."""
        tasks = [asyncio.create_task(work()) for work in (self._listen, self._fill, self._check)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def watching(self) -> int:
        """How many subscribers there are now."""
        return len(self._all_watches())

    @asynccontextmanager
    async def watch(
        self, upload: UploadedTemplateFile, viewer: Viewer, after: int | None
    ) -> AsyncIterator[AsyncIterator[Step]]:
        """Yield the upload's steps: what it is now, or the stored ones past ``after``, then all newer ones to the last.

        Raises NotFoundError, also later, when the viewer loses the right to see it; Unavailable.
        """
        watch = Watch(viewer.user_id, frozenset({upload.organization_id}))
        topic = self._join(upload, watch)
        try:
            await self._read(topic.upload_id)
            yield self._steps(topic, watch, after)
        finally:
            topic.watches.discard(watch)
            if not topic.watches and not self._in_scope(upload):
                self._topics.pop(topic.upload_id, None)

    @asynccontextmanager
    async def activity(self, viewer: Viewer, project: ProjectProfile | None) -> AsyncIterator[AsyncIterator[Step]]:
        """Yield the steps, from now on, of a project's uploads, or of all uploads of the viewer's own."""
        watch = Watch(viewer.user_id, frozenset({project.organization_id} if project else viewer.roles))
        scope, key = (self._projects, project.id) if project else (self._users, viewer.user_id)
        scope.setdefault(key, set()).add(watch)
        try:
            where = Q(project_id=key) if project else Q(uploaded_by_id=key)
            for upload_id, sequence in await self._recent(where):
                self._topics.setdefault(upload_id, Topic(upload_id, sequence))
                watch.reach(upload_id, sequence)
            yield watch
        finally:
            scope[key].discard(watch)
            if not scope[key]:
                del scope[key]

    def progress_of(self, upload: UploadedTemplateFile) -> Progress | None:
        """Return how far an upload's running step is, if it is watched here and was told."""
        topic = self._topics.get(upload.id)
        return topic.progress if topic is not None and topic.sequence == upload.sequence else None

    # --- one watcher -------------------------------------------------------------------------------------------------

    def _join(self, upload: UploadedTemplateFile, watch: Watch) -> Topic:
        topic = self._topics.get(upload.id)
        if topic is None:
            untold = self._in_scope(upload) and is_news(upload, self._clock())
            topic = self._topics[upload.id] = Topic(upload.id, 0 if untold else upload.sequence)
        topic.watches.add(watch)
        return topic

    async def _steps(self, topic: Topic, watch: Watch, after: int | None) -> AsyncIterator[Step]:
        if topic.last is None:
            raise NotFoundError("There is no such upload.")
        for step in [topic.last] if after is None else await _stored(topic.last, after):
            watch.reach(topic.upload_id, step.sequence)
            yield step
        watch.reach(topic.upload_id, after or 0)
        if (moved := topic.progressed()) is not None:
            watch.offer(moved)
        if topic.is_over:
            watch.end()
        async for step in watch:
            yield step
            if step.is_terminal:
                return

    def _in_scope(self, upload: UploadedTemplateFile) -> bool:
        return upload.project_id in self._projects or upload.uploaded_by_id in self._users

    # --- the bus -----------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                async with self._bus.listen() as hints:
                    wait = FIRST_WAIT
                    self.attached.set()
                    self._want(self._topics)  # what was hinted while nobody listened
                    async for hint in hints:
                        self._take(hint)
            except (Unavailable, AccessDenied) as error:
                logger.warning("the bus is away, and will be tried again: %s", error)
            finally:
                self.attached.clear()
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _take(self, hint: Hint) -> None:
        topic = self._topics.get(hint.upload_id)
        if topic is None:
            if hint.progress is not None or not (hint.project_id in self._projects or self._users):
                return
            topic = self._topics[hint.upload_id] = Topic(hint.upload_id, 0)
        step = topic.moved(hint)
        if hint.sequence > topic.sequence:
            self._want([hint.upload_id])
        elif step is not None:
            self._tell(topic, [step])

    def _tell(self, topic: Topic, steps: Iterable[Step]) -> None:
        for step in steps:
            upload = step.upload
            whole = self._projects.get(upload.project_id, set())
            own = self._users.get(upload.uploaded_by_id, set()) if upload.uploaded_by_id else set()
            for watch in (*topic.watches, *whole, *own):
                watch.offer(step)

    # --- the database ------------------------------------------------------------------------------------------------

    async def _read(self, upload_id: UUID) -> None:
        """Return when the upload was read by a query that began after this call. Raises Unavailable."""
        done = asyncio.get_running_loop().create_future()
        self._wanted.setdefault(upload_id, []).append(done)
        self._wake.set()
        await done

    def _want(self, upload_ids: Iterable[UUID]) -> None:
        for upload_id in upload_ids:
            self._wanted.setdefault(upload_id, [])
        if self._wanted:
            self._wake.set()

    async def _fill(self) -> None:
        """Read what is wanted, all at once; while a query runs, the next one's wants gather."""
        wait = FIRST_WAIT
        while True:
            await self._wake.wait()
            self._wake.clear()
            wanted, self._wanted = self._wanted, {}
            try:
                await self._refresh(set(wanted))
            except DATABASE_ERRORS as error:
                logger.warning("the database is away: %s", type(error).__name__)
                _settle(wanted, Unavailable(f"database: {type(error).__name__}"))
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                self._want(wanted.keys() & self._topics.keys())
            else:
                wait = FIRST_WAIT
                _settle(wanted, None)

    async def _refresh(self, upload_ids: set[UUID]) -> None:
        topics = {key: topic for key in upload_ids if (topic := self._topics.get(key)) is not None}
        rows = await rows_of(UploadedTemplateFile).by_id(topics)
        # The events second, so that none of those up to a row's own sequence is missing.
        lowest = min((topic.sequence for topic in topics.values()), default=0)
        events = await UploadEvent.filter(upload_id__in=list(topics), sequence__gte=lowest).order_by("sequence")
        of: dict[UUID, list[UploadEvent]] = {}
        for event in events:
            of.setdefault(event.upload_id, []).append(event)
        for row in rows.values():
            topic = topics[row.id]
            if topic.sequence == 0 and not is_news(row, self._clock()):
                topic.sequence = row.sequence
            news = topic.advance(row, of.get(row.id, []))
            self._tell(topic, news)
            if news and (step := topic.progressed()) is not None:
                self._tell(topic, [step])

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(self._check_every)
            try:
                await self._check_rights()
                await self._check_sequences()
            except DATABASE_ERRORS as error:
                logger.warning("the database is away: %s", type(error).__name__)

    async def _check_sequences(self) -> None:
        # Those that join while the queries run are read by themselves.
        topics = dict(self._topics)
        scopes = Q(project_id__in=list(self._projects)) | Q(uploaded_by_id__in=list(self._users))
        recent = dict(await self._recent(scopes)) if self._projects or self._users else {}
        found = recent | (dict(await _sequences(Q(id__in=list(topics)))) if topics else {})
        for upload_id, topic in topics.items():
            if upload_id not in found:
                for watch in topic.watches:
                    watch.end(NotFoundError("There is no such upload."))
            if not topic.watches and upload_id not in recent:
                self._topics.pop(upload_id, None)
        for upload_id, sequence in found.items():
            known = self._topics.get(upload_id)
            if known is None and upload_id in recent and upload_id not in topics:
                known = self._topics[upload_id] = Topic(upload_id, 0)
            if known is not None and sequence > known.sequence:
                self._want([upload_id])

    async def _check_rights(self) -> None:
        if not (watches := self._all_watches()):
            return
        users = {watch.user_id for watch in watches}
        allowed: dict[UUID, set[UUID]] = {user: set() for user in users}
        for user, organization in await Membership.filter(user_id__in=list(users)).values_list(
            "user_id", "organization_id"
        ):
            allowed[user].add(organization)
        for watch in watches:
            if not watch.narrow(allowed[watch.user_id]):
                watch.end(NotFoundError("There is no such upload, or it may not be seen any more."))

    def _all_watches(self) -> list[Watch]:
        direct = (watch for topic in self._topics.values() for watch in topic.watches)
        scoped = (watch for scope in (self._projects, self._users) for held in scope.values() for watch in held)
        return [*direct, *scoped]

    async def _recent(self, scope: Q) -> list[tuple[UUID, int]]:
        """Return id and sequence of the uploads of a scope whose steps may still be news."""
        lately = Q(status__in=list(ACTIVE)) | Q(finished_at__gt=self._clock() - NEWS_FOR)
        return await _sequences(scope & lately)


async def _sequences(where: Q) -> list[tuple[UUID, int]]:
    rows: Any = await UploadedTemplateFile.filter(where).values_list("id", "sequence")
    return list(rows)


async def _stored(last: Step, after: int) -> list[Step]:
    """Return the steps past ``after`` that were made up to the last one told."""
    events = await UploadEvent.filter(
        upload_id=last.upload.id, sequence__gt=after, sequence__lte=last.sequence
    ).order_by("sequence")
    return [Step(last.upload, item.sequence, item.status, item.stage, item.at, replayed=True) for item in events]


def _settle(wanted: dict[UUID, list[asyncio.Future[None]]], error: Exception | None) -> None:
    for done in (future for futures in wanted.values() for future in futures if not future.done()):
        with suppress(asyncio.InvalidStateError):
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
