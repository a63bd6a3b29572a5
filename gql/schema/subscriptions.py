"""What is told the moment it happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import ID

from gql.errors import NotFoundError
from gql.schema.ground import Info, streamed
from gql.schema.people import visible_project
from gql.schema.scalars import Long
from gql.schema.uploads import UploadStatusEvent, visible_upload


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
