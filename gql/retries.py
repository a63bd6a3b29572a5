"""An upload tried again from the file that came for it, with other hints, columns, mode or policy: no second trip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from tortoise.transactions import in_transaction

from gql.auth import Viewer
from gql.context import Services
from gql.order import Order, Problem, UploadErrorCode, problems
from gql.uploads import announce, call_workers, has_room, new_row, too_many
from models import ImportMode, InvalidRowPolicy, UploadedTemplateFile, UploadStage
from sanitizer_lambda.contract import ColumnMapping, KeptFile, ParseHints, SanitizeRequest, TemplateKind, UploadKey
from sanitizer_lambda.contract.wire import from_json, to_json

# How long storage keeps what came: the lifecycle of the quarantine bucket (infra/template.yaml).
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different; None: as it was."""

    hints: ParseHints | None = None
    column_map: tuple[ColumnMapping, ...] | None = None
    kind: TemplateKind | None = None
    mode: ImportMode | None = None
    invalid_rows: InvalidRowPolicy | None = None
    dry_run: bool | None = None


async def retry_upload(
    earlier: UploadedTemplateFile, changes: Changes, viewer: Viewer, services: Services
) -> UploadedTemplateFile | list[Problem]:
    """Open a new upload that reads the file of an ended one, or say what is to be mended.

    The sanitizer finds the file by the order, which stands in storage before the row exists; a worker asks it to, as
    for a file whose event was lost. Asked again while it runs, the answer is the upload that does so already.

    Raises Unavailable, AccessDenied.
    """
    if not earlier.is_terminal:
        message = "The upload has not ended yet; wait for it, or cancel it."
        return [Problem(UploadErrorCode.UPLOAD_NOT_FINISHED, message, ("uploadId",))]
    now = services.clock()
    file = _file_of(earlier)
    if file is None or now - earlier.uploaded_at > KEPT_FOR:
        message = "The upload's file is not kept any more; send it."
        if file is None:
            came = earlier.stage is not UploadStage.AWAITING_FILE
            message = "The upload ended before its file was read; send it." if came else "No file came for the upload."
        return [Problem(UploadErrorCode.UPLOAD_EXPIRED, message, ("uploadId",))]
    order = _order(earlier, changes)
    if found := problems(order, services.limits):
        return found
    upload = new_row(order, earlier, viewer, now)
    request = replace(order.request, kept=file)
    upload.parent_id, upload.request = earlier.id, to_json(request)
    key = UploadKey(upload.organization_id, upload.project_id, upload.id)
    await services.storage.final.write(key.request, request.dump(), content_type="application/json")
    async with in_transaction() as tx:
        locked = await UploadedTemplateFile.locked(earlier.id, tx)  # whoever else tries it again waits here
        if locked is not None and (running := await locked.running_retry(upload.request_digest, tx)) is not None:
            return running
        if not await has_room(upload.project_id, services.uploads.max_active, tx):
            return [too_many(services, "uploadId")]
        upload.deadline_at = now
        await upload.open(tx)
        # Due at once: whoever looks for what is late asks the sanitizer.
        await upload.reach(UploadStage.RECEIVED, now=now, deadline=timedelta(0), using=tx)
    await announce(upload, services)
    await call_workers(services)
    return upload


def _file_of(upload: UploadedTemplateFile) -> KeptFile | None:
    """Return where an upload's file is kept; None where none was ever read."""
    kept = from_json(SanitizeRequest, upload.request).kept
    if kept is not None:
        return kept
    if upload.source_version is None:
        return None
    # An applied plan has no file of its own: it reads the clean file of its dry run.
    final = upload.s3_key_final
    key = upload.s3_key_quarantine if final is None else UploadKey.of_final(final).quarantine
    return KeptFile(key, upload.source_version)


def _order(earlier: UploadedTemplateFile, changes: Changes) -> Order:
    request = from_json(SanitizeRequest, earlier.request)
    return Order(
        project_id=earlier.project_id,
        filename=earlier.filename,
        size_bytes=earlier.size_bytes,
        sha256=earlier.sha256,
        # What was recognised is recognised anew: the new hints may show another header.
        kind=changes.kind or request.kind,
        mode=changes.mode or earlier.mode,
        invalid_rows=changes.invalid_rows or earlier.invalid_rows,
        dry_run=earlier.dry_run if changes.dry_run is None else changes.dry_run,
        hints=changes.hints or request.hints,
        column_map=request.column_map if changes.column_map is None else changes.column_map,
    )
