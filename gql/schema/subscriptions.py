"""What is told the moment it happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import ID

from gql.errors import NotFoundError
from gql.ids import Kind, global_id
from gql.schema.enums import UploadStage, UploadStatus
from gql.schema.ground import Info, resolved, streamed
from gql.schema.people import visible_project
from gql.schema.progress import Progress, UploadFailure
from gql.schema.scalars import Long
from gql.schema.uploads import TemplateUpload, visible_upload
from gql.watch import Step


@strawberry.type(description="A step the moment it is made, or with a new `progress` a move within the last one.")
class UploadStatusEvent:
    """What a subscriber is told."""

    step: strawberry.Private[Step]
    upload_id: ID = strawberry.field(description="The upload.")
    sequence: Long = strawberry.field(description="The number of the step; progress repeats it.")
    status: UploadStatus = strawberry.field(description="What the upload came to.")
    stage: UploadStage = strawberry.field(description="The same, more finely.")
    at: datetime = strawberry.field(description="When it came to it.")
    replayed: bool = strawberry.field(description="Whether this is a stored step, told again for `afterSequence`.")

    @classmethod
    def of(cls, step: Step) -> Self:
        """Shape a step."""
        return cls(
            step=step,
            upload_id=global_id(Kind.UPLOAD, step.upload.id),
            sequence=Long(step.sequence),
            status=step.status,
            stage=step.stage,
            at=step.at,
            replayed=step.replayed,
        )

    @resolved("How far the step is.")
    def progress(self, info: Info) -> Progress:
        """Shape what was told with the step, or lately."""
        told = self.step.progress or info.context.services.hub.progress_of(self.step.upload)
        return Progress.of(self.step.upload, told)

    @resolved("Why it failed, where this is the step in which it did.")
    def failure(self) -> UploadFailure | None:
        """Shape the failure."""
        return UploadFailure.of(self.step.upload) if self.step.status is UploadStatus.FAILED else None

    @resolved("The upload as it is now.")
    def upload(self) -> TemplateUpload:
        """Shape the row that was read with the step."""
        return TemplateUpload.of(self.step.upload)


@strawberry.type(description="What is told the moment it happens.")
class Subscription:
    """The root of subscriptions."""

    @streamed(
        "What an upload is now, or the stored steps after `afterSequence` instead; then every step in order. Ends after"
        " the last one."
    )
    async def upload_status(
        self,
        info: Info,
        upload_id: Annotated[ID, strawberry.argument(description="The upload.")],
        after_sequence: Annotated[
            Long | None, strawberry.argument(description="The last step you know: begin after it.")
        ] = None,
    ) -> AsyncGenerator[UploadStatusEvent, None]:
        """Watch an upload."""
        upload = await visible_upload(info, upload_id)
        if upload is None:
            raise NotFoundError("There is no such upload.")
        context = info.context
        async with context.services.hub.watch(upload, context.viewer, after_sequence) as steps:
            async for step in steps:
                yield UploadStatusEvent.of(step)

    @streamed("From now on every step of your own uploads, or of all uploads of one project. Does not end by itself.")
    async def upload_activity(
        self,
        info: Info,
        project_id: Annotated[
            ID | None, strawberry.argument(description="The project; null: all you uploaded.")
        ] = None,
    ) -> AsyncGenerator[UploadStatusEvent, None]:
        """Watch many uploads."""
        context = info.context
        project = None if project_id is None else await visible_project(info, project_id)
        if project_id is not None and project is None:
            raise NotFoundError("There is no such project.")
        async with context.services.hub.activity(context.viewer, project) as steps:
            async for step in steps:
                yield UploadStatusEvent.of(step)
