"""The function: quarantine events in; objects of the final bucket and messages out. The only file that knows AWS."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from sanitizer_lambda.contract import (
    REPORT_KEY_METADATA,
    SOURCE_VERSION_METADATA,
    ContractError,
    Limits,
    SanitizedMessage,
    UploadKey,
)
from sanitizer_lambda.events import Arrival, arrivals
from sanitizer_lambda.gate import Admission, AlreadyThereError, Gate

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# Least bytes of a part of a multipart upload but the last, and so what one object in the making holds in memory. S3
# asks for 5 MiB and takes 10,000 parts: 80 GB.
_PART_BYTES = 8 * 1024 * 1024
# Bytes read at a time.
_CHUNK_BYTES = 1024 * 1024
# Seconds: a connection to S3 takes milliseconds; a read that stalls this long is better begun again.
_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_ATTEMPTS = 3
# Functions named in the log line of a failure.
_PLACES = 5

_NOT_THERE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"})
_ALREADY_THERE = frozenset({"PreconditionFailed", "412"})

Log = Callable[[Mapping[str, object]], None]


class Settings(NamedTuple):
    """What the function is told by its environment: ``FINAL_BUCKET``, ``SANITIZED_FILES_QUEUE_URL`` and the limits."""

    final_bucket: str
    queue_url: str
    limits: Limits

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the environment. Raises ContractError."""
        missing = [name for name in ("FINAL_BUCKET", "SANITIZED_FILES_QUEUE_URL") if not environ.get(name)]
        if missing:
            raise ContractError(f"{', '.join(missing)}: not set")
        return cls(environ["FINAL_BUCKET"], environ["SANITIZED_FILES_QUEUE_URL"], Limits.from_environ(environ))


class S3Source:
    """One version of a quarantined object, open."""

    def __init__(self, response: Any) -> None:
        self.etag: str | None = response["ETag"].strip('"') or None
        # Buckets without versions call every one of them "null".
        version = response.get("VersionId", "null")
        self.version = (self.etag or "null") if version == "null" else version
        self.size: int = response["ContentLength"]
        self._body = response["Body"]

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes once."""
        chunks: Iterator[bytes] = self._body.iter_chunks(_CHUNK_BYTES)
        return chunks

    def close(self) -> None:
        """Let go of the connection."""
        self._body.close()


class S3Writer:
    """An object in the making: a single PUT if it is small, else parts as they fill."""

    def __init__(self, s3: S3Client, target: Any, properties: Any, *, conditional: bool = False) -> None:
        self._s3 = s3
        self._target = target
        self._properties = properties
        self._condition: Any = {"IfNoneMatch": "*"} if conditional else {}
        self._held = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._held += data
        if len(self._held) >= _PART_BYTES:
            self._send_part()

    def finish(self) -> None:
        """Put the object there. Raises AlreadyThereError where the condition does not hold."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - heavy

        try:
            self._complete()
        except ClientError as error:
            if _code(error) in _ALREADY_THERE:
                raise AlreadyThereError from error
            raise
        self._upload_id = None

    def abandon(self) -> None:
        """Forget what was written, unless it is finished."""
        self._held.clear()
        if self._upload_id is not None:
            self._s3.abort_multipart_upload(**self._target, UploadId=self._upload_id)
            self._upload_id = None

    def _complete(self) -> None:
        if self._upload_id is None:
            self._s3.put_object(**self._target, **self._properties, **self._condition, Body=bytes(self._held))
            return
        if self._held:
            self._send_part()
        parts: Any = {"Parts": self._parts}
        self._s3.complete_multipart_upload(
            **self._target, **self._condition, UploadId=self._upload_id, MultipartUpload=parts
        )

    def _send_part(self) -> None:
        # Sent as it is: parts are most of what a run holds, a copy would double that.
        data: Any = self._held
        self._held = bytearray()
        if self._upload_id is None:
            self._upload_id = self._s3.create_multipart_upload(**self._target, **self._properties)["UploadId"]
        number = len(self._parts) + 1
        sent = self._s3.upload_part(**self._target, UploadId=self._upload_id, PartNumber=number, Body=data)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})


class Aws:
    """The two buckets and the queue (see ``gate.World``)."""

    def __init__(self, s3: S3Client, sqs: SQSClient, settings: Settings) -> None:
        self.s3 = s3
        self.sqs = sqs
        self.settings = settings

    def open(self, arrival: Arrival) -> S3Source | None:
        """Open the arrival's version, or the current one where it names none; None where it is not there any more."""
        version: Any = {} if arrival.version_id is None else {"VersionId": arrival.version_id}
        get: Any = self.s3.get_object
        key = (arrival.kept or arrival.key).quarantine
        response = _unless_missing(get, Bucket=arrival.bucket, Key=key, **version)
        return None if response is None else S3Source(response)

    def hide(self, arrival: Arrival) -> None:
        """Put a delete marker on the quarantined object; its versions stay."""
        self.s3.delete_object(Bucket=arrival.bucket, Key=arrival.key.quarantine)

    def read_request(self, key: UploadKey) -> bytes | None:
        """Return request.json, None where there is none."""
        response = _unless_missing(self.s3.get_object, Bucket=self.settings.final_bucket, Key=key.request)
        return None if response is None else response["Body"].read()

    def clean_source(self, key: UploadKey) -> str | None:
        """Return the version that the clean file was made from, None where there is no clean file."""
        response = _unless_missing(self.s3.head_object, Bucket=self.settings.final_bucket, Key=key.clean)
        return None if response is None else response["Metadata"].get(SOURCE_VERSION_METADATA, "")

    def write(self, name: str) -> S3Writer:
        """Begin an object of the final bucket, which may replace one of that name."""
        return S3Writer(self.s3, self._target(name), {"ContentType": _content_type(name)})

    def write_clean(self, key: UploadKey, source_version: str) -> S3Writer:
        """Begin the clean file; it carries its source version and the name of its report."""
        metadata = {SOURCE_VERSION_METADATA: source_version, REPORT_KEY_METADATA: key.report(source_version)}
        properties = {"ContentType": _content_type(key.clean), "Metadata": metadata}
        return S3Writer(self.s3, self._target(key.clean), properties, conditional=True)

    def say(self, message: SanitizedMessage) -> None:
        """Send a message to the worker."""
        self.sqs.send_message(QueueUrl=self.settings.queue_url, MessageBody=message.dump().decode())

    def _target(self, name: str) -> Any:
        return {"Bucket": self.settings.final_bucket, "Key": name}


def _content_type(name: str) -> str:
    kinds = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
    return kinds.get(name.rpartition(".")[2], "application/octet-stream")


def _unless_missing(call: Callable[..., Any], **arguments: Any) -> Any:
    """Return what ``call`` returns, None where the object is not there."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - heavy

    try:
        return call(**arguments)
    except ClientError as error:
        if _code(error) in _NOT_THERE:
            return None
        raise


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


class Service:
    """Takes the batches that SQS hands to the function."""

    def __init__(self, gate: Gate, log: Log) -> None:
        self.gate = gate
        self.log = log

    @classmethod
    def of(cls, s3: S3Client, sqs: SQSClient, settings: Settings, log: Log) -> Self:
        """Return the service on these clients."""
        return cls(Gate(Aws(s3, sqs, settings), settings.limits), log)

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take one batch; the answer lists the messages that SQS shall deliver again."""
        records = event.get("Records") or []
        failed = [str(record.get("messageId", "")) for record in records if not self._handle_message(record)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _handle_message(self, record: Mapping[str, Any]) -> bool:
        """Return whether the message is done with."""
        try:
            found = arrivals(str(record.get("body", "")))
        except ContractError as error:
            # Nobody could ever do anything with it.
            self.log({"event": "ignored", "message_id": record.get("messageId"), "why": str(error)})
            return True
        # A message of several objects is delivered again whole; those that are done are then no work.
        done = [self._admit(arrival) for arrival in found]
        return all(done)

    def _admit(self, arrival: Arrival) -> bool:
        begin = time.monotonic()
        facts: dict[str, object] = {"upload_id": str(arrival.key.upload_id)}
        try:
            admission = self.gate.admit(arrival)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message must come again
            # The error's own text could quote the file.
            self.log({"event": "failed", **facts, "error": type(error).__name__, "at": _places(error)})
            return False
        self.log({"event": "admitted", **facts, **_facts(admission), "seconds": round(time.monotonic() - begin, 4)})
        return True


def _places(error: BaseException) -> list[str]:
    """Return the last functions and lines that an error came through."""
    places = []
    frame = error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{code.co_name}:{frame.tb_lineno}")
        frame = frame.tb_next
    return places[-_PLACES:]


def _facts(admission: Admission) -> dict[str, object]:
    facts: dict[str, object] = {"outcome": admission.outcome}
    if (report := admission.report) is not None:
        facts |= {"bytes": report.bytes_before, "rows": report.rows_read, "refused_rows": report.rows_refused}
        facts |= {"rejection": report.rejection.code} if report.rejection else {}
    return facts


def write_log(facts: Mapping[str, object]) -> None:
    """Write one line of JSON, which the function's log takes as it is."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


@cache
def _service() -> Service:
    """Read the environment and build the clients, once and not before an event needs them."""
    # What the SDK loads stays for good: looking for garbage in it would take a fifth of the time, now and ever after.
    gc.disable()
    try:
        return _service_on_aws(Settings.from_environ(os.environ))
    finally:
        gc.freeze()
        gc.enable()


def _service_on_aws(settings: Settings) -> Service:
    from botocore.config import Config  # noqa: PLC0415 - heavy
    from botocore.session import get_session  # noqa: PLC0415 - heavy

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        # Checked over TLS and by ETag; a second checksum in Python would cost more than the cleaning.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    session: Any = get_session()
    region = os.environ.get("AWS_REGION")
    s3, sqs = (session.create_client(name, region_name=region, config=config) for name in ("s3", "sqs"))
    return Service.of(s3, sqs, settings, write_log)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Take one batch of quarantine events (the function's entry)."""
    del context
    return _service().handle(event)
