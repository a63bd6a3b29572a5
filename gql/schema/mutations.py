"""What changes something."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from gql.changes import change_sets
from gql.errors import BadInputError
from gql.order import Problem, UploadErrorCode
from gql.plans import apply_plan
from gql.retries import retry_upload
from gql.reverts import nothing_written, revert
from gql.schema.ground import Info, resolved
from gql.schema.inputs import (
    ApplyUploadInput,
    CancelUploadInput,
    RequestUploadInput,
    RetryUploadInput,
    RevertUploadInput,
)
from gql.schema.people import visible_project
from gql.schema.problems import UploadUserError
from gql.schema.targets import PostTarget, UploadTarget
from gql.schema.uploads import ChangeSet, TemplateUpload, visible_change_set, visible_upload
from gql.uploads import Opened, cancel_upload, request_upload
from models import ChangeSet as ChangeSetRow
from models import UploadedTemplateFile

_FORBIDDEN = Problem(UploadErrorCode.FORBIDDEN, "Your role in this organization may only look.", ("uploadId",))
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
    def of(cls, answer: UploadedTemplateFile | Problem | list[Problem]) -> Self:
        """Shape an answer."""
        if isinstance(answer, UploadedTemplateFile):
            return cls(upload=TemplateUpload.of(answer), user_errors=[])
        return cls(upload=None, user_errors=UploadUserError.all_of([answer] if isinstance(answer, Problem) else answer))


@strawberry.type(description="What was taken back, or why nothing can be.")
class RevertPayload:
    """A payload."""

    change_set: ChangeSet | None = strawberry.field(
        description="What was done, or of a dry run would be; without `finishedAt` where it takes longer: ask for it"
        " again by its id. Null where there are errors."
    )
    user_errors: list[UploadUserError] = strawberry.field(description="What is to be mended; empty where all is well.")

    @classmethod
    def of(cls, answer: ChangeSetRow | Problem) -> Self:
        """Shape an answer."""
        if isinstance(answer, Problem):
            return cls(change_set=None, user_errors=UploadUserError.all_of([answer]))
        return cls(change_set=ChangeSet.of(answer), user_errors=[])


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
        "Try an ended upload again from the file that came for it: a new upload, with other hints, columns, mode or"
        " policy. The file is kept for 30 days. Asked again while it runs, the answer is the same upload."
    )
    async def retry_upload(
        self,
        info: Info,
        input: Annotated[RetryUploadInput, strawberry.argument(description="What is to be different.")],  # noqa: A002 - the name of the argument in the schema
    ) -> UploadPayload:
        """Open an upload."""
        earlier, context = await _changeable(info, input.upload_id), info.context
        if isinstance(earlier, Problem):
            return UploadPayload.of(earlier)
        whole = await UploadedTemplateFile.get(id=earlier.id)  # with the order, which loaders leave out
        return UploadPayload.of(await retry_upload(whole, input.changes, context.viewer, context.services))

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

    @resolved(
        "Give back what an upload changed: what it made is deleted, what it changed is as before, and what was edited"
        " since is kept. At first only to look at; with `dryRun: false` for good. A revert can be taken back itself."
    )
    async def revert_upload(
        self,
        info: Info,
        input: Annotated[RevertUploadInput, strawberry.argument(description="What is to be taken back.")],  # noqa: A002 - the name of the argument in the schema
    ) -> RevertPayload:
        """Have a worker do it."""
        target, context = await _written(info, input.upload_id), info.context
        if isinstance(target, Problem):
            return RevertPayload.of(target)
        return RevertPayload.of(await revert(target.id, context.viewer, context.services, dry_run=input.dry_run))


async def _written(info: Info, name: strawberry.ID) -> ChangeSetRow | Problem:
    """Return what an upload wrote, or a change set by its own id, or why the viewer may not take it back."""
    change_set = await visible_change_set(info, name)
    if change_set is None:
        upload = await _changeable(info, name)
        if isinstance(upload, Problem):
            return upload
        change_set = None if upload.dry_run else await info.context.loaders.of(change_sets).load(upload.id)
        return nothing_written(upload) if change_set is None else change_set
    if not info.context.viewer.may_upload(change_set.organization_id):
        return _FORBIDDEN
    return change_set


async def _changeable(info: Info, upload_id: strawberry.ID) -> UploadedTemplateFile | Problem:
    """Return the upload of a global id, or why the viewer may not do anything to it."""
    upload = await visible_upload(info, upload_id)
    if upload is None:
        return Problem(UploadErrorCode.UPLOAD_NOT_FOUND, "There is no such upload.", ("uploadId",))
    if not info.context.viewer.may_upload(upload.organization_id):
        return _FORBIDDEN
    return upload


def _key(key: strawberry.ID | None) -> str | None:
    if key is not None and (not 1 <= len(key) <= MAX_KEY_CHARS or "\0" in key):
        raise BadInputError(f"`idempotencyKey` has 1 to {MAX_KEY_CHARS} characters.")
    return key
