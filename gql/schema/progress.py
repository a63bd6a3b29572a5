"""How far a running step is, and why an upload failed."""

from __future__ import annotations

from typing import Self

import strawberry

from gql.schema.enums import UploadStage
from gql.schema.scalars import Long
from infra import bus
from models import UploadedTemplateFile, UploadStatus


@strawberry.type(description="How far the running step is; only ever told live, never stored.")
class Progress:
    """A measure."""

    revision: Long = strawberry.field(description="Grows with every telling of one upload; 0 where nothing was told.")
    percent: float | None = strawberry.field(description="0 to 100; null where it is not known.")
    bytes_read: Long = strawberry.field(description="Bytes of the file that the step has read.")
    bytes_total: Long | None = strawberry.field(description="Bytes of the file.")
    rows_read: Long = strawberry.field(description="Rows that the step has read.")
    rows_total: Long | None = strawberry.field(description="Rows of the file, once they are counted.")
    seconds_left: float | None = strawberry.field(description="An estimate; null where there is none.")

    @classmethod
    def of(cls, upload: UploadedTemplateFile, told: bus.Progress | None) -> Self:
        """Shape what was told, or what the row alone says."""
        if told is None:
            return cls._of_row(upload)
        return cls(
            revision=Long(told.revision),
            percent=_percent(told),
            bytes_read=Long(told.bytes_read),
            bytes_total=None if told.bytes_total is None else Long(told.bytes_total),
            rows_read=Long(told.rows_read),
            rows_total=None if told.rows_total is None else Long(told.rows_total),
            seconds_left=told.seconds_left,
        )

    @classmethod
    def _of_row(cls, upload: UploadedTemplateFile) -> Self:
        done = upload.status is UploadStatus.PROCESSED
        return cls(
            revision=Long(0),
            percent=100.0 if done else None,
            bytes_read=Long(upload.size_bytes if done else 0),
            bytes_total=Long(upload.size_bytes),
            rows_read=Long(upload.rows_read),
            rows_total=Long(upload.rows_read) if done else None,
            seconds_left=None,
        )


def _percent(told: bus.Progress) -> float | None:
    for read, total in ((told.rows_read, told.rows_total), (told.bytes_read, told.bytes_total)):
        if total:
            return round(min(100.0, 100.0 * read / total), 1)
    return None


@strawberry.type(description="Why an upload failed.")
class UploadFailure:
    """A failure."""

    code: str = strawberry.field(description="Stable, to branch on; more may be added.")
    message: str = strawberry.field(description="The reason as a sentence.")
    stage: UploadStage = strawberry.field(description="The step it failed in.")
    retryable: bool = strawberry.field(description="Whether the same file may succeed later.")
    correlation_id: str = strawberry.field(description="What to quote to us: the logs carry it.")

    @classmethod
    def of(cls, upload: UploadedTemplateFile) -> Self | None:
        """Shape the failure of a row, or None where it has not failed."""
        if upload.status is not UploadStatus.FAILED:
            return None
        return cls(
            code=upload.failure_code or "UNKNOWN",
            message=upload.failure_message or "The upload failed.",
            stage=upload.stage,
            retryable=bool(upload.failure_retryable),
            correlation_id=str(upload.id),
        )
