"""What this process knows of one watched upload, and who watches it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from gql.watch import Step, Watch
from infra.bus import Hint, Progress
from models import UploadedTemplateFile, UploadEvent

# An upload that ended longer ago is no news to who watches a project: its hints were given long before.
NEWS_FOR = timedelta(minutes=1)


class Topic:
    """One upload: ``sequence`` is the last step that was told; ``last`` is None until the row was read."""

    __slots__ = ("_hint", "last", "sequence", "upload_id", "watches")

    def __init__(self, upload_id: UUID, sequence: int) -> None:
        self.upload_id = upload_id
        self.sequence = sequence
        self.last: Step | None = None
        self.watches: set[Watch] = set()
        self._hint: Hint | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing can come any more."""
        return self.last is not None and self.last.is_terminal

    def advance(self, upload: UploadedTemplateFile, events: Iterable[UploadEvent]) -> list[Step]:
        """Take in the row and its events as read, and return the steps not told before, in order."""
        steps = [
            Step(upload, event.sequence, event.status, event.stage, event.at)
            for event in events
            if self.sequence <= event.sequence <= upload.sequence
        ]
        if not steps:
            return []
        news = [step for step in steps if step.sequence > self.sequence]
        self.last, self.sequence = steps[-1], steps[-1].sequence
        return news

    def moved(self, hint: Hint) -> Step | None:
        """Take in a hint's progress, and return the step to tell, if it is newer than what was told."""
        known = self._hint and self._hint.progress
        if hint.progress is None or self.is_over or (known and hint.progress.revision <= known.revision):
            return None
        self._hint = hint
        return self.progressed()

    def progressed(self) -> Step | None:
        """Return the latest progress within the last step, if there is any."""
        progress = self.progress
        if self.last is None or progress is None:
            return None
        last = self.last
        return Step(last.upload, last.sequence, last.status, last.stage, last.at, progress=progress)

    @property
    def progress(self) -> Progress | None:
        """How far the last step is, as far as is known."""
        if self._hint is None or self._hint.sequence != self.sequence or self.is_over:
            return None
        return self._hint.progress


def is_news(upload: UploadedTemplateFile, now: datetime) -> bool:
    """Whether steps of this upload may not have been told yet to who watches its project."""
    return upload.finished_at is None or upload.finished_at > now - NEWS_FOR
