"""What a client may do with an upload: ask for a door, be given it again, give it up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from gql.auth import Viewer
from gql.context import Services
from gql.order import Order, Problem, UploadErrorCode, problems
from infra.bus import Hint
from infra.errors import AccessDenied, Unavailable
from infra.storage import PresignedPost
from models import ACTIVE, Failure, ProjectProfile, UploadedTemplateFile, UploadStage
from sanitizer_lambda.contract import UploadKey
from sanitizer_lambda.contract.wire import to_json

logger = logging.getLogger("airlock.uploads")

CONTENT_TYPE = "text/csv"
# A door that closes sooner is of no use to anybody.
SHORTEST_TTL = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload and the door for its file; no door where the file is there already or can't come any more."""

    upload: UploadedTemplateFile
    post: PresignedPost | None


async def request_upload(
    order: Order, idempotency_key: str | None, project: ProjectProfile | None, viewer: Viewer, services: Services
) -> Opened | list[Problem]:
    """Open an upload, or say what is to be mended; ``project`` is None where the viewer sees none of that id.

    The order stands in storage and the door is signed before the row exists: whatever fails on the way, nothing waits
    for a file that nobody can send. What remains of a failed try is an order that no door leads to.

    Raises Unavailable, AccessDenied.
    """
    if project is None:
        message = "There is no such project."
        return [Problem(UploadErrorCode.PROJECT_NOT_FOUND, message, ("projectId",))]
    if not viewer.may_upload(project.organization_id):
        return [Problem(UploadErrorCode.FORBIDDEN, "Your role in this organization may only look.", ("projectId",))]
    if found := problems(order, services.limits):
        return found
    if repeated := await _repeated(order, idempotency_key, viewer, services):
        return repeated
    if await _active(project.id) >= services.uploads.max_active:
        return [too_many(services)]
    return await _open(order, idempotency_key, project, viewer, services)


async def cancel_upload(upload_id: UUID, services: Services) -> UploadedTemplateFile | Problem:
    """End an upload before it is done; an import that runs finds out when it wants to commit, and writes nothing."""
    async with in_transaction() as tx:
        upload = await UploadedTemplateFile.locked(upload_id, tx)
        failure = Failure("CANCELLED", "The upload was cancelled.")
        if upload is None or not await upload.fail(failure, now=services.clock(), using=tx):
            return Problem(UploadErrorCode.UPLOAD_FINISHED, "The upload has ended already.", ("uploadId",))
    await announce(upload, services)
    return upload


async def sign(upload: UploadedTemplateFile, services: Services, now: datetime) -> PresignedPost | None:
    """Return the door for an upload's file while the file is awaited, never open past the upload's deadline."""
    if upload.stage is not UploadStage.AWAITING_FILE or upload.is_terminal or upload.deadline_at is None:
        return None
    ttl = min(services.uploads.url_ttl, upload.deadline_at - now)
    if ttl < SHORTEST_TTL:
        return None
    return await services.storage.quarantine.sign_post(
        upload.s3_key_quarantine, max_bytes=upload.size_bytes, content_type=CONTENT_TYPE, ttl=ttl, now=now
    )


async def announce(upload: UploadedTemplateFile, services: Services) -> None:
    """Hint that an upload moved; a lost hint costs watchers some seconds, and the mover nothing."""
    try:
        await services.bus.publish(Hint(upload.id, upload.project_id, upload.sequence))
    except (Unavailable, AccessDenied) as error:
        logger.warning("a hint is lost: %s", error, extra={"upload_id": str(upload.id)})


async def call_workers(services: Services) -> None:
    """Say that there is work; where that is lost, workers find it when they next look."""
    try:
        await services.bus.call()
    except (Unavailable, AccessDenied) as error:
        logger.warning("a call is lost: %s", error)


async def has_room(project_id: UUID, max_active: int, using: BaseDBAsyncClient) -> bool:
    """Whether one more upload may be active in the project; whoever else asks waits for the end of ``using``."""
    await ProjectProfile.select_for_update(no_key=True).using_db(using).get(id=project_id)
    active = UploadedTemplateFile.filter(project_id=project_id, status__in=list(ACTIVE)).using_db(using)
    return await active.count() < max_active


async def _open(
    order: Order, idempotency_key: str | None, project: ProjectProfile, viewer: Viewer, services: Services
) -> Opened | list[Problem]:
    now = services.clock()
    upload = new_row(order, project, viewer, now)
    upload.idempotency_key = idempotency_key
    upload.deadline_at = now + services.uploads.url_ttl + services.uploads.longest_transfer
    key = UploadKey(project.organization_id, project.id, upload.id)
    await services.storage.final.write(key.request, order.request.dump(), content_type="application/json")
    post = await sign(upload, services, now)
    try:
        if not await _save(upload, services.uploads.max_active):
            return [too_many(services)]
    except IntegrityError:
        # The same key was used at the same time, and the other request was faster.
        if repeated := await _repeated(order, idempotency_key, viewer, services):
            return repeated
        raise
    await announce(upload, services)
    return Opened(upload, post)


async def _save(upload: UploadedTemplateFile, max_active: int) -> bool:
    """Write row and first event, unless the project has too many; requests for one project wait for each other."""
    async with in_transaction() as tx:
        if not await has_room(upload.project_id, max_active, tx):
            return False
        await upload.open(tx)
    return True


async def _repeated(
    order: Order, idempotency_key: str | None, viewer: Viewer, services: Services
) -> Opened | list[Problem] | None:
    """Return the answer to a request that was made before with this key, or None where it is new."""
    if idempotency_key is None:
        return None
    upload = await UploadedTemplateFile.get_or_none(
        uploaded_by_id=viewer.user_id, project_id=order.project_id, idempotency_key=idempotency_key
    )
    if upload is None:
        return None
    if upload.request_digest != order.digest:
        message = "This key was used for another request."
        return [Problem(UploadErrorCode.IDEMPOTENCY_CONFLICT, message, ("idempotencyKey",))]
    return Opened(upload, await sign(upload, services, services.clock()))


async def _active(project_id: UUID) -> int:
    return await UploadedTemplateFile.filter(project_id=project_id, status__in=list(ACTIVE)).count()


def too_many(services: Services, field: str = "projectId") -> Problem:
    """Return what to say where a project has no room for one more upload."""
    message = f"The project has {services.uploads.max_active} unfinished uploads; let some end first."
    return Problem(UploadErrorCode.TOO_MANY_ACTIVE, message, (field,), retryable=True)


class Place(Protocol):
    """Something that belongs to a project."""

    organization_id: UUID


def new_row(order: Order, place: Place, viewer: Viewer, now: datetime) -> UploadedTemplateFile:
    """Return the row of a new upload, to be opened."""
    upload_id = uuid4()
    return UploadedTemplateFile(
        id=upload_id,
        organization_id=place.organization_id,
        project_id=order.project_id,
        s3_key_quarantine=UploadKey(place.organization_id, order.project_id, upload_id).quarantine,
        stage=UploadStage.AWAITING_FILE,
        status=UploadStage.AWAITING_FILE.status,
        uploaded_at=now,
        uploaded_by_id=viewer.user_id,
        filename=order.filename,
        size_bytes=order.size_bytes,
        sha256=order.sha256,
        kind=order.kind,
        mode=order.mode,
        invalid_rows=order.invalid_rows,
        dry_run=order.dry_run,
        request=to_json(order.request),
        request_digest=order.digest,
        sequence=0,
        attempt=0,
        rows_read=0,
        rows_created=0,
        rows_updated=0,
        rows_unchanged=0,
        rows_rejected=0,
    )
