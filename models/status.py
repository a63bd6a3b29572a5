"""How an upload moves. The four status words are fixed, in the database and on the wire; the finer stages may grow."""

from __future__ import annotations

from enum import StrEnum


class UploadStatus(StrEnum):
    """The agreed words: `pending -> sanitizing -> processed | failed`, and `pending -> failed`."""

    PENDING = "pending"
    SANITIZING = "sanitizing"
    PROCESSED = "processed"
    FAILED = "failed"


class UploadStage(StrEnum):
    """The finer step, in the order in which an upload passes them; a failed upload keeps the stage it failed in."""

    AWAITING_FILE = "AWAITING_FILE"
    RECEIVED = "RECEIVED"
    READING = "READING"
    CLEANING = "CLEANING"
    QUEUED = "QUEUED"
    CHECKING = "CHECKING"
    IMPORTING = "IMPORTING"
    PLANNED = "PLANNED"
    DONE = "DONE"

    def precedes(self, other: UploadStage) -> bool:
        """Whether an upload in this stage may still come to ``other``; steps never go back."""
        return _ORDER[self] < _ORDER[other]

    @property
    def status(self) -> UploadStatus:
        """The status of an upload that came to this stage and did not fail."""
        if self is UploadStage.AWAITING_FILE:
            return UploadStatus.PENDING
        return UploadStatus.PROCESSED if self in COMPLETE else UploadStatus.SANITIZING


class ImportMode(StrEnum):
    """Which records an import may touch."""

    UPSERT = "UPSERT"
    CREATE_ONLY = "CREATE_ONLY"
    UPDATE_ONLY = "UPDATE_ONLY"


class InvalidRowPolicy(StrEnum):
    """What one refused row means for the rest of its file."""

    REJECT_FILE = "REJECT_FILE"
    REJECT_ROWS = "REJECT_ROWS"


_ORDER = {stage: place for place, stage in enumerate(UploadStage)}

COMPLETE = frozenset({UploadStage.PLANNED, UploadStage.DONE})
TERMINAL = frozenset({UploadStatus.PROCESSED, UploadStatus.FAILED})
ACTIVE = frozenset(UploadStatus) - TERMINAL
# What a worker may claim: queued, or begun by a worker that has gone silent since.
CLAIMABLE = frozenset({UploadStage.QUEUED, UploadStage.CHECKING, UploadStage.IMPORTING})
