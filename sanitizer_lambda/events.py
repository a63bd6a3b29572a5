"""What an SQS message of S3 notifications says: which versions of which quarantined objects have come."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sanitizer_lambda.contract import ContractError, UploadKey


class Arrival(NamedTuple):
    """One object that was put into quarantine. ``version_id`` and ``etag`` None where the event says nothing.

    ``kept``: where the file stands that is tried again, as none came under the arrival's own key.
    """

    bucket: str
    key: UploadKey
    version_id: str | None = None
    etag: str | None = None
    size: int = 0
    kept: UploadKey | None = None


def arrivals(body: str) -> list[Arrival]:
    """Return the objects that one message tells of, in order; none for a test event or one about something else.

    Raises ContractError for what is no S3 notification.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ContractError("the message is not JSON") from error
    if not isinstance(message, dict):
        raise ContractError("the message is no notification")
    if message.get("Event") == "s3:TestEvent":
        return []
    records = message.get("Records")
    if not isinstance(records, list):
        raise ContractError("the message is no notification")
    return [_arrival(record) for record in records if _is_creation(record)]


def _is_creation(record: object) -> bool:
    return isinstance(record, dict) and str(record.get("eventName", "")).removeprefix("s3:").startswith(
        "ObjectCreated:"
    )


def _arrival(record: dict[str, Any]) -> Arrival:
    from urllib.parse import unquote_plus  # noqa: PLC0415 - heavy

    try:
        bucket, put = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key, version_id, etag, size = put["key"], put.get("versionId"), put.get("eTag"), put.get("size", 0)
    except (KeyError, TypeError, AttributeError) as error:
        raise ContractError("the notification lacks its object") from error
    if not (isinstance(bucket, str) and isinstance(key, str)):
        raise ContractError("the notification lacks its object")
    return Arrival(
        bucket=bucket,
        # In events keys are encoded like form fields: a space is a plus sign.
        key=UploadKey.of_quarantine(unquote_plus(key)),
        version_id=_text(version_id),
        etag=_text(etag),
        size=size if isinstance(size, int) else 0,
    )


def _text(value: object) -> str | None:
    """Return a non-empty string without the quotes that stand around an ETag in some places."""
    return value.strip('"') or None if isinstance(value, str) else None
