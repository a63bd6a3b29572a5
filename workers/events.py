"""A storage event sent again, for one that was lost: the sanitizer can't tell the difference, and need not."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from sanitizer_lambda.contract import ContractError, UploadKey


def storage_event(bucket: str, key: str, now: datetime) -> str:
    """Return the notification S3 sends when an object was created; no version: the newest is meant."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": now.isoformat(),
        "eventName": "ObjectCreated:Put",
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}},
    }
    return json.dumps({"Records": [record]})


def keys_of(body: str) -> list[UploadKey]:
    """Return the uploads a storage event is about; nothing where the text is something else."""
    try:
        records: list[Any] = json.loads(body)["Records"]
        names = [unquote_plus(record["s3"]["object"]["key"]) for record in records]
        return [UploadKey.of_quarantine(name) for name in names]
    except (ContractError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
