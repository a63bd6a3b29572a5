"""What changes something."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from gql.errors import BadInputError
from gql.order import Problem, UploadErrorCode
from gql.plans import apply_plan
from gql.schema.ground import Info, resolved
from gql.schema.inputs import ApplyUploadInput, CancelUploadInput, RequestUploadInput
from gql.schema.people import visible_project
from gql.schema.problems import UploadUserError
from gql.schema.targets import PostTarget, UploadTarget
from gql.schema.uploads import TemplateUpload, visible_upload
from gql.uploads import Opened, cancel_upload, request_upload
from models import UploadedTemplateFile

# Room for any UUID or hash with a prefix of the client's own, characters.
MAX_KEY_CHARS = 128


@strawberry.type(description="The answer to `requestUpload`: an upload, or what is to be mended.")
class RequestUploadPayload:
    """A payload."""

    upload: TemplateUpload | None = strawberry.field(description="The upload; null where there are errors.")
    target: UploadTarget | None = strawberry.field(
        description="Where the file goes; null where there are errors, or where a repeated request's file has come."
    )
    user_errors: list[UploadUserError] = strawberry.field(description="What is to be mended; empty where all is well.")


@strawberry.type(description="An upload, or what is to be mended.")
class UploadPayload:
    """A payload."""

    upload: TemplateUpload | None = strawberry.field(description="The upload; null where there are errors.")
    user_errors: list[UploadUserError] = strawberry.field(description="What is to be mended; empty where all is well.")

    @classmethod
    def of(cls, answer: UploadedTemplateFile | Problem) -> Self:
        """Shape an answer."""
        if isinstance(answer, Problem):
            return cls(upload=None, user_errors=UploadUserError.all_of([answer]))
        return cls(upload=TemplateUpload.of(answer), user_errors=[])


@strawberry.type(description="What changes something.")
class Mutation:
    """The root of mutations."""

    @resolved("Ask for a door: say what file is to come, and be told where to send it.")
    async def request_upload(
        self,
        info: Info,
        input: Annotated[RequestUploadInput, strawberry.argument(description="The file.")],  # noqa: A002 - the name of the argument in the schema
    ) -> RequestUploadPayload:
        """Open an upload."""
        context = info.context
        project = await visible_project(info, input.project_id)
        key = _key(input.idempotency_key)
        order = input.order(project.id if project else context.correlation_id)
        answer = await request_upload(order, key, project, context.viewer, context.services)
        if not isinstance(answer, Opened):
            return RequestUploadPayload(upload=None, target=None, user_errors=UploadUserError.all_of(answer))
        upload = answer.upload
        target = PostTarget.of(answer.post, upload.filename, upload.size_bytes) if answer.post else None
        return RequestUploadPayload(upload=TemplateUpload.of(upload), target=target, user_errors=[])

    @resolved("Give an upload up, at any stage before its end; an import that runs is rolled back.")
    async def cancel_upload(
        self,
        info: Info,
        input: Annotated[CancelUploadInput, strawberry.argument(description="The upload.")],  # noqa: A002 - the name of the argument in the schema
    ) -> UploadPayload:
        """End an upload."""
        upload = await _changeable(info, input.upload_id)
        if isinstance(upload, Problem):
            return UploadPayload.of(upload)
        return UploadPayload.of(await cancel_upload(upload.id, info.context.services))

    @resolved(
        "Do what a dry run has planned: a new upload that writes exactly that, or fails with `PLAN_OUTDATED` where the"
        " records have changed since. Asked again, the answer is the same upload."
    )
    async def apply_upload(
        self,
        info: Info,
        input: Annotated[ApplyUploadInput, strawberry.argument(description="The plan.")],  # noqa: A002 - the name of the argument in the schema
    ) -> UploadPayload:
        """Queue an upload."""
        plan, context = await _changeable(info, input.upload_id), info.context
        if isinstance(plan, Problem):
            return UploadPayload.of(plan)
        return UploadPayload.of(await apply_plan(plan.id, input.plan_hash, context.viewer, context.services))


async def _changeable(info: Info, upload_id: strawberry.ID) -> UploadedTemplateFile | Problem:
    """Return the upload of a global id, or why the viewer may not do anything to it."""
    upload = await visible_upload(info, upload_id)
    if upload is None:
        return Problem(UploadErrorCode.UPLOAD_NOT_FOUND, "There is no such upload.", ("uploadId",))
    if not info.context.viewer.may_upload(upload.organization_id):
        return Problem(UploadErrorCode.FORBIDDEN, "Your role in this organization may only look.", ("uploadId",))
    return upload


def _key(key: strawberry.ID | None) -> str | None:
    if key is not None and (not 1 <= len(key) <= MAX_KEY_CHARS or "\0" in key):
        raise BadInputError(f"`idempotencyKey` has 1 to {MAX_KEY_CHARS} characters.")
    return key
