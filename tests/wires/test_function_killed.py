"""The real bundle killed half-way through a large file: nothing of it is there, and the next run does it whole."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.bundle import build
from infra.local.cloud import LocalCloud
from infra.local.lambda_function import FunctionSpec
from infra.local.lambda_runtime import Invocation, Runtime
from infra.local.lambda_sandbox import Sandbox
from sanitizer_lambda.contract import SanitizedMessage, SanitizeRequest, UploadKey

Client = Callable[[LocalCloud, str], Any]

# More than one part, so that some are with S3 while the rest is still being cleaned.
ROWS = b"".join(b"S-%d,Name of %d,%s\n" % (number, number, b"x" * 900) for number in range(26_000))


@pytest.fixture
def runtime(wires: LocalCloud, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime of the real bundle on a stack whose queue nobody else reads."""
    sandbox = Sandbox(tmp_path / "lambda", build(tmp_path / "bundle.zip"))
    runtime = Runtime(FunctionSpec.of(wires.stack.template), sandbox)
    yield runtime
    runtime.stop()


def put(s3: Any, cloud: LocalCloud, key: UploadKey, data: bytes) -> dict[str, Any]:
    """Put a file that was asked for there, and return the batch that tells of it."""
    bucket = cloud.environment["QUARANTINE_BUCKET"]
    request = SanitizeRequest(size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    s3.put_object(Bucket=cloud.environment["FINAL_BUCKET"], Key=key.request, Body=request.dump())
    etag = s3.put_object(Bucket=bucket, Key=key.quarantine, Body=data)["ETag"].strip('"')
    said = {"bucket": {"name": bucket}, "object": {"key": key.quarantine, "size": len(data), "eTag": etag}}
    body = json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": said}]})
    return {"Records": [{"messageId": "m", "body": body}]}


def kill_once_parts_are_there(s3: Any, bucket: str, runtime: Runtime, ended: list[Invocation]) -> None:
    while "Uploads" not in s3.list_multipart_uploads(Bucket=bucket):
        assert not ended, "it ended without a part"
        time.sleep(0.005)
    process = runtime._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)


def names(s3: Any, bucket: str, key: UploadKey) -> set[str]:
    prefix = key.clean.removesuffix("clean.csv")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {item["Key"].removeprefix(prefix).partition("-")[0] for item in listed}


def finals(sqs: Any, url: str) -> list[SanitizedMessage]:
    """Take all messages; return those that end an upload."""
    found: list[SanitizedMessage] = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(SanitizedMessage.parse(message["Body"]))
    return [message for message in found if message.is_final]


def test_a_run_killed_half_way_leaves_no_object_and_the_next_one_ends_well(
    wires: LocalCloud, aws_client: Client, runtime: Runtime
) -> None:
    s3, sqs = aws_client(wires, "s3"), aws_client(wires, "sqs")
    bucket, queue = wires.environment["FINAL_BUCKET"], wires.environment["SANITIZED_FILES_QUEUE_URL"]
    key = UploadKey(uuid4(), uuid4(), uuid4())
    event = put(s3, wires, key, b"Code,Name,Notes\n" + ROWS)
    ended: list[Invocation] = []
    invoking = threading.Thread(target=lambda: ended.append(runtime.invoke(event)))
    invoking.start()
    kill_once_parts_are_there(s3, bucket, runtime, ended)
    invoking.join()
    assert ended[0].error is not None
    assert ended[0].error["errorType"] == "Runtime.ExitError"
    assert names(s3, bucket, key) == {"request.json"}
    assert finals(sqs, queue) == []

    assert runtime.invoke(event).payload == {"batchItemFailures": []}
    assert names(s3, bucket, key) == {"request.json", "clean.csv", "lines", "report"}
    assert s3.get_object(Bucket=bucket, Key=key.clean)["Body"].read() == b"code,name,description\n" + ROWS
    assert finals(sqs, queue) == [SanitizedMessage(key.quarantine, key.clean)]
    # What the killed run had sent is no object; the bucket's lifecycle removes it after a day.
    (abandoned,) = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    s3.abort_multipart_upload(Bucket=bucket, Key=abandoned["Key"], UploadId=abandoned["UploadId"])
