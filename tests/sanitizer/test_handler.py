"""The function on real S3 and SQS interfaces: what it writes, and that a run may end anywhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from infra.local.cloud import LocalCloud
from sanitizer_lambda.contract import (
    KeptFile,
    Limits,
    RejectionCode,
    Report,
    SanitizedMessage,
    SanitizeRequest,
    UploadKey,
    lines_of,
    read_refused,
)
from sanitizer_lambda.handler import Service, Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

GOOD = b"Code,Name,Notes\r\n1A,One,=1+1\r\n2B,Two,fine\r\n"
CLEAN = b"code,name,description\n1A,One,'=1+1\n2B,Two,fine\n"
WRITES = frozenset(
    {
        "put_object",
        "create_multipart_upload",
        "upload_part",
        "complete_multipart_upload",
        "abort_multipart_upload",
        "delete_object",
        "send_message",
    }
)


class Crash(BaseException):
    """The process is gone: nothing of ours may catch it."""


@dataclass
class Fuse:
    """Counts the writes of a run and ends it at one of them: ``after`` says whether that one still happens."""

    at: int | None = None
    after: bool = False
    writes: int = 0


class Fused:
    """A client whose writes may crash."""

    def __init__(self, client: object, fuse: Fuse) -> None:
        self._client = client
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return self._counted(method) if name in WRITES else method

    def _counted(self, method: Any) -> Any:
        def call(**arguments: Any) -> Any:
            self._fuse.writes += 1
            if self._fuse.writes != self._fuse.at:
                return method(**arguments)
            if self._fuse.after:
                method(**arguments)
            raise Crash

        return call


@dataclass
class Scene:
    """Two buckets and a queue of one test's own, and what a client and the API would do with them."""

    s3: S3Client
    sqs: SQSClient
    quarantine: str
    final: str
    queue_url: str
    limits: Limits = field(default_factory=Limits)
    logged: list[Mapping[str, object]] = field(default_factory=list)

    def new_key(self) -> UploadKey:
        return UploadKey(uuid4(), uuid4(), uuid4())

    def ask(self, key: UploadKey, data: bytes, **request: Any) -> None:
        declared = {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **request}
        self.s3.put_object(Bucket=self.final, Key=key.request, Body=SanitizeRequest(**declared).dump())

    def send(self, key: UploadKey, data: bytes, **rest: Any) -> dict[str, Any]:
        """Put the file there and return the object of the event that S3 would send."""
        put = self.s3.put_object(Bucket=self.quarantine, Key=key.quarantine, Body=data, **rest)
        return {"key": key.quarantine, "size": len(data), "eTag": put["ETag"].strip('"'), "versionId": put["VersionId"]}

    def upload(self, data: bytes, **request: Any) -> tuple[UploadKey, dict[str, Any]]:
        key = self.new_key()
        self.ask(key, data, **request)
        return key, self.send(key, data)

    def run(self, *objects: dict[str, Any], fuse: Fuse | None = None, bucket: str | None = None) -> list[str]:
        """Deliver one message for each object; return those that shall come again."""
        records = [
            {"messageId": f"m{number}", "body": self.notification(put, bucket or self.quarantine)}
            for number, put in enumerate(objects)
        ]
        return self.deliver({"Records": records}, fuse)

    def deliver(self, event: Mapping[str, Any], fuse: Fuse | None = None) -> list[str]:
        fuse = fuse or Fuse()
        s3: Any = Fused(self.s3, fuse)
        sqs: Any = Fused(self.sqs, fuse)
        settings = Settings(self.final, self.queue_url, self.limits)
        answer = Service.of(s3, sqs, settings, self.logged.append).handle(event)
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    @staticmethod
    def notification(put: dict[str, Any], bucket: str) -> str:
        record = {"eventName": "ObjectCreated:Post", "s3": {"bucket": {"name": bucket}, "object": put}}
        return json.dumps({"Records": [record]})

    def messages(self) -> list[SanitizedMessage]:
        found = []
        while batch := self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                found.append(SanitizedMessage.parse(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def read(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.final, Key=key)["Body"].read()

    def names(self, key: UploadKey) -> set[str]:
        prefix = key.clean.removesuffix("clean.csv")
        listed = self.s3.list_objects_v2(Bucket=self.final, Prefix=prefix).get("Contents", [])
        return {item["Key"].removeprefix(prefix).partition("-")[0].partition(".")[0] for item in listed}

    def is_in_quarantine(self, key: UploadKey) -> bool:
        listed = self.s3.list_objects_v2(Bucket=self.quarantine, Prefix=key.quarantine)
        return "Contents" in listed


@pytest.fixture
def scene(cloud: LocalCloud) -> Iterator[Scene]:
    environment = cloud.environment
    common: Any = {
        "endpoint_url": environment["AWS_ENDPOINT_URL"],
        "region_name": environment["AWS_REGION"],
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
        "config": Config(retries={"total_max_attempts": 1}),
    }
    s3, sqs = boto3.client("s3", **common), boto3.client("sqs", **common)
    name = f"handler-{uuid4().hex[:12]}"
    for bucket in (f"{name}-quarantine", f"{name}-final"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    queue_url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield Scene(s3, sqs, f"{name}-quarantine", f"{name}-final", queue_url)
    s3.close()
    sqs.close()


def local(put: dict[str, Any]) -> dict[str, Any]:
    """Return the event's object as storage without version ids in its events tells it."""
    return {name: value for name, value in put.items() if name != "versionId"}


def test_a_good_file_ends_clean_told_and_moved(scene: Scene) -> None:
    key, put = scene.upload(GOOD)
    assert scene.run(put) == []
    assert scene.read(key.clean) == CLEAN
    assert scene.names(key) == {"clean", "lines", "report", "request"}
    assert scene.messages() == [SanitizedMessage(key.quarantine, key.clean)]
    assert not scene.is_in_quarantine(key)


def test_refused_rows_have_an_object_of_their_own(scene: Scene) -> None:
    key, put = scene.upload(GOOD + b"3C,too,many,cells,here\r\n")
    scene.run(put)
    (row,) = read_refused(scene.read(key.rejected(put["versionId"])).decode().splitlines(keepends=True))
    assert (row.line, row.record, row.cells) == (4, 3, ("3C", "too", "many", "cells", "here"))


def test_the_message_is_exactly_the_two_agreed_keys(scene: Scene) -> None:
    key, put = scene.upload(GOOD)
    scene.run(put)
    body = scene.sqs.receive_message(QueueUrl=scene.queue_url)["Messages"][0]["Body"]
    assert json.loads(body) == {"quarantine_s3_key": key.quarantine, "final_s3_key": key.clean}


def test_the_clean_file_names_its_source_version_and_its_report(scene: Scene) -> None:
    key, put = scene.upload(GOOD)
    scene.run(put)
    metadata = scene.s3.head_object(Bucket=scene.final, Key=key.clean)["Metadata"]
    assert metadata["source-version"] == put["versionId"]
    report = Report.parse(scene.read(metadata["report-key"]))
    assert report.sha256_after == hashlib.sha256(CLEAN).hexdigest()
    assert report.source_version == put["versionId"]
    lines = lines_of([scene.read(key.lines(put["versionId"]))])
    assert [next(lines), next(lines)] == [2, 3]


def test_the_version_stays_for_a_retry(scene: Scene) -> None:
    key, put = scene.upload(GOOD)
    scene.run(put)
    kept = scene.s3.get_object(Bucket=scene.quarantine, Key=key.quarantine, VersionId=put["versionId"])
    assert kept["Body"].read() == GOOD


@pytest.mark.parametrize("named", [True, False], ids=["versioned events", "events without versions"])
def test_an_event_that_comes_twice_leads_to_the_same_end(scene: Scene, *, named: bool) -> None:
    key, put = scene.upload(GOOD)
    event = put if named else local(put)
    assert scene.run(event) == []
    assert scene.run(event) == []
    assert scene.messages() == [SanitizedMessage(key.quarantine, key.clean)] * 2
    assert len(scene.s3.list_object_versions(Bucket=scene.final, Prefix=key.clean)["Versions"]) == 1


@pytest.mark.parametrize("named", [True, False], ids=["versioned events", "events without versions"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("data", [GOOD, b"\x89PNG\r\n\x1a\n" + bytes(100)], ids=["good", "refused"])
def test_a_run_may_die_at_any_write_and_the_next_leads_to_the_same_end(
    scene: Scene, data: bytes, *, after: bool, named: bool
) -> None:
    at = 0
    while True:
        at += 1
        key, put = scene.upload(data)
        event, fuse = put if named else local(put), Fuse(at, after=after)
        try:
            scene.run(event, fuse=fuse)
        except Crash:
            assert scene.run(event) == []
        final = {message.final_s3_key for message in scene.messages()}
        assert final == ({key.clean} if data is GOOD else {None})
        assert not scene.is_in_quarantine(key)
        assert Report.parse(scene.read(key.report(put["versionId"]))).bytes_before == len(data)
        if data is GOOD:
            assert scene.read(key.clean) == CLEAN
            assert scene.names(key) == {"clean", "lines", "report", "request"}
        if fuse.writes < at:
            break
    assert at > 3


def test_of_two_versions_the_first_finished_wins_and_the_other_stops(scene: Scene) -> None:
    key, first = scene.upload(GOOD)
    second = scene.send(key, GOOD + b"3C,Three,late\r\n")
    scene.ask(key, GOOD + b"3C,Three,late\r\n")
    assert scene.run(second) == []
    scene.ask(key, GOOD)
    assert scene.run(first) == []
    assert b"3C" in scene.read(key.clean)
    assert scene.messages() == [SanitizedMessage(key.quarantine, key.clean)]
    assert scene.logged[-1]["outcome"] == "lost"


def test_a_refused_version_does_not_take_back_one_that_is_clean(scene: Scene) -> None:
    key, first = scene.upload(GOOD)
    second = scene.send(key, b"not what was declared")
    scene.run(first)
    scene.run(second)
    assert scene.messages() == [SanitizedMessage(key.quarantine, key.clean)]
    assert scene.logged[-1]["outcome"] == "lost"


def test_an_event_without_a_version_whose_object_was_overwritten_leaves_it_to_the_next(scene: Scene) -> None:
    key, first = scene.upload(b"old " + GOOD)
    second = scene.send(key, GOOD)
    scene.ask(key, GOOD)
    scene.run(local(first))
    assert scene.messages() == []
    assert scene.is_in_quarantine(key)
    scene.run(local(second))
    assert scene.messages() == [SanitizedMessage(key.quarantine, key.clean)]


def test_an_event_of_an_older_version_reads_that_version_alone(scene: Scene) -> None:
    key, first = scene.upload(GOOD)
    scene.send(key, b"something else")
    scene.run(first)
    assert scene.read(key.clean) == CLEAN


def test_an_upload_that_nobody_asked_for_is_refused(scene: Scene) -> None:
    key = scene.new_key()
    put = scene.send(key, GOOD)
    scene.run(put)
    (message,) = scene.messages()
    assert message.rejection is not None
    assert message.rejection.code is RejectionCode.REQUEST_MISSING
    assert scene.names(key) == {"report"}


def test_an_order_that_cannot_be_read_is_refused_and_worth_a_retry(scene: Scene) -> None:
    key = scene.new_key()
    scene.s3.put_object(Bucket=scene.final, Key=key.request, Body=b"{")
    scene.run(scene.send(key, GOOD))
    (message,) = scene.messages()
    assert message.rejection is not None
    assert message.rejection.code is RejectionCode.SANITIZER_FAILED
    assert message.rejection.retryable


def test_what_the_client_says_in_metadata_changes_nothing(scene: Scene) -> None:
    key = scene.new_key()
    scene.ask(key, GOOD)
    forged = {"source-version": "x", "report-key": "y", "kind": "PHASE_TEMPLATES", "size": "1"}
    put = scene.send(key, GOOD, Metadata=forged, ContentType="text/html", ContentEncoding="gzip")
    scene.run(put)
    assert scene.read(key.clean) == CLEAN
    head = scene.s3.head_object(Bucket=scene.final, Key=key.clean)
    assert head["Metadata"]["source-version"] == put["versionId"]
    assert head["ContentType"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"size_bytes": 1}, RejectionCode.SIZE_MISMATCH),
        ({"size_bytes": 10_000}, RejectionCode.SIZE_MISMATCH),
        ({"sha256": "0" * 64}, RejectionCode.CHECKSUM_MISMATCH),
    ],
)
def test_what_differs_from_the_declaration_is_refused(
    scene: Scene, request_: dict[str, Any], code: RejectionCode
) -> None:
    key, put = scene.upload(GOOD, **request_)
    scene.run(put)
    (message,) = scene.messages()
    assert message.rejection is not None
    assert message.rejection.code is code
    assert message.source_version == put["versionId"]
    assert Report.parse(scene.read(key.report(put["versionId"]))).rejection == message.rejection
    assert "clean" not in scene.names(key)
    assert not scene.is_in_quarantine(key)


def test_limits_come_from_the_settings(scene: Scene) -> None:
    scene.limits = Limits(max_file_bytes=10)
    scene.run(scene.upload(GOOD)[1])
    (message,) = scene.messages()
    assert message.rejection is not None
    assert message.rejection.code is RejectionCode.FILE_TOO_LARGE


def test_an_object_that_is_gone_and_left_nothing_is_no_work(scene: Scene) -> None:
    key = scene.new_key()
    assert scene.run({"key": key.quarantine, "versionId": "AAAA"}, {"key": key.quarantine}) == []
    assert scene.messages() == []


def test_an_event_that_comes_after_the_move_is_told_again(scene: Scene) -> None:
    key, put = scene.upload(GOOD)
    scene.run(put)
    scene.messages()
    assert scene.run(local(put)) == []
    assert scene.messages() == [SanitizedMessage(key.quarantine, key.clean)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b/c.csv", "%2e%2e%2fx.csv", ""])
def test_a_foreign_key_is_ignored(scene: Scene, name: str) -> None:
    assert scene.run({"key": name}) == []
    assert scene.messages() == []
    assert scene.logged[-1]["event"] == "ignored"


@pytest.mark.parametrize("body", ["", "null", "{}", '{"Event": "s3:TestEvent"}', '{"Records": []}'])
def test_a_message_of_another_shape_is_done_with(scene: Scene, body: str) -> None:
    assert scene.deliver({"Records": [{"messageId": "m", "body": body}]}) == []


def test_an_empty_batch_is_answered(scene: Scene) -> None:
    assert scene.deliver({}) == []


def test_a_fault_of_one_message_brings_back_that_message_alone(scene: Scene) -> None:
    key, put = scene.upload(GOOD)
    nowhere = Scene.notification(put, "no-such-bucket-anywhere")
    good = Scene.notification(put, scene.quarantine)
    event = {"Records": [{"messageId": "bad", "body": nowhere}, {"messageId": "good", "body": good}]}
    assert scene.deliver(event) == ["bad"]
    assert scene.read(key.clean) == CLEAN


def test_a_message_of_several_objects_comes_back_whole_and_what_was_done_is_told_again(scene: Scene) -> None:
    key, put = scene.upload(GOOD)
    bodies = [Scene.notification(put, bucket) for bucket in ("no-such-bucket-anywhere", scene.quarantine)]
    both = json.dumps({"Records": [record for body in bodies for record in json.loads(body)["Records"]]})
    event = {"Records": [{"messageId": "m", "body": both}]}
    for _ in range(2):
        assert scene.deliver(event) == ["m"]
        assert scene.read(key.clean) == CLEAN
    assert scene.messages() == [SanitizedMessage(key.quarantine, key.clean)] * 2
    assert [line.get("outcome") for line in scene.logged] == [None, "clean", None, "repeated"]


def test_a_key_is_found_however_its_event_encodes_it(scene: Scene) -> None:
    for encoded in (quote, quote_plus, lambda key: quote(key, safe="")):
        key, put = scene.upload(GOOD)
        assert scene.run(put | {"key": encoded(put["key"])}) == []
        assert scene.read(key.clean) == CLEAN


def test_a_log_line_holds_neither_cells_nor_names_of_the_file(scene: Scene) -> None:
    key, put = scene.upload(b"Code,Name\nSECRET1,=SECRET2\n")
    scene.run(put)
    scene.run(put, bucket="no-such-bucket-anywhere")
    text = json.dumps(scene.logged)
    assert str(key.upload_id) in text
    assert "SECRET" not in text


def test_a_large_file_goes_through_in_parts_and_tells_its_steps(scene: Scene) -> None:
    rows = b"".join(b"S-%d,Name of %d,%s\n" % (number, number, b"x" * 200) for number in range(45_000))
    data = b"Code,Name,Notes\n" + rows
    key, put = scene.upload(data)
    assert scene.run(put) == []
    assert scene.read(key.clean) == b"code,name,description\n" + rows
    assert scene.s3.head_object(Bucket=scene.final, Key=key.clean)["ETag"].strip('"').endswith("-2")
    messages = scene.messages()
    assert [message.stage for message in messages if message.stage] == ["RECEIVED", "READING", "CLEANING"]
    assert [message.final_s3_key for message in messages if message.is_final] == [key.clean]
    assert scene.run(put) == []
    assert scene.logged[-1]["outcome"] == "repeated"


def test_a_large_refused_file_leaves_no_parts_behind(scene: Scene) -> None:
    data = b"Code,Name,Notes\n" + b"".join(b"S-%d,N,%s\n" % (number, b"x" * 200) for number in range(50_000))
    _, put = scene.upload(data, sha256="0" * 64)
    scene.run(put)
    assert "Uploads" not in scene.s3.list_multipart_uploads(Bucket=scene.final)


def test_a_file_that_is_tried_again_is_read_where_it_was_kept(scene: Scene) -> None:
    first, put = scene.upload(GOOD)
    assert scene.run(put) == []
    again = UploadKey(first.organization_id, first.project_id, uuid4())
    scene.ask(again, GOOD, kept=KeptFile(first.quarantine, put["versionId"]))
    scene.messages()
    assert scene.run({"key": again.quarantine}) == []
    assert scene.read(again.clean) == CLEAN
    assert [message.final_s3_key for message in scene.messages()] == [again.clean]
    # Nothing stood under its own key, so nothing is hidden there; told again, it leads to the same end.
    assert "Versions" not in scene.s3.list_object_versions(Bucket=scene.quarantine, Prefix=again.quarantine)
    assert scene.run({"key": again.quarantine}) == []
    assert [message.final_s3_key for message in scene.messages()] == [again.clean]


def test_a_file_of_another_project_is_never_read_for_an_upload(scene: Scene) -> None:
    first, put = scene.upload(GOOD)
    assert scene.run(put) == []
    scene.messages()
    foreign = scene.new_key()
    scene.ask(foreign, GOOD, kept=KeptFile(first.quarantine, put["versionId"]))
    assert scene.run({"key": foreign.quarantine}) == []
    assert scene.messages() == []
    assert scene.names(foreign) == {"request"}


def test_a_file_that_is_not_kept_any_more_ends_the_upload_that_wants_it(scene: Scene) -> None:
    first, put = scene.upload(GOOD)
    assert scene.run(put) == []
    scene.messages()
    scene.s3.delete_object(Bucket=scene.quarantine, Key=first.quarantine, VersionId=put["versionId"])
    again = UploadKey(first.organization_id, first.project_id, uuid4())
    scene.ask(again, GOOD, kept=KeptFile(first.quarantine, put["versionId"]))
    assert scene.run({"key": again.quarantine}) == []
    (message,) = scene.messages()
    assert message.rejection is not None
    assert message.rejection.code is RejectionCode.FILE_NOT_KEPT
