"""The emulator as a whole: messages in the queue, the bundle run for them, what failed seen again."""

import dataclasses
import json
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.errors import LocalStackError
from infra.local.lambda_function import FunctionSpec
from infra.local.lambda_host import LambdaHost
from infra.local.lambda_poller import Poller, succeeded
from infra.local.lambda_runtime import Invocation, Runtime
from infra.local.lambda_sandbox import Sandbox
from infra.local.process import is_running

Client = Callable[[LocalCloud, str], Any]

# What the handlers below do: fail on messages that say so, and say which.
PARTIAL = """
import json
def handler(event, context):
    bad = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
    print(json.dumps(event))
    return {"batchItemFailures": [{"itemIdentifier": each} for each in bad]}
"""

# Too long or too large at the first try, fine at the next.
GREEDY = """
import time
def handler(event, context):
    (record,) = event["Records"]
    if record["attributes"]["ApproximateReceiveCount"] == "1":
        held = b"x" * (200 << 20) if record["body"] == "memory" else b""
        time.sleep(30)
"""

RAISING = "def handler(event, context):\n raise RuntimeError(event['Records'][0]['body'])"


class Feed:
    """A queue with dead letters, and a poller of a small function on it."""

    def __init__(self, cloud: LocalCloud, sqs: Any, folder: Path, source: str) -> None:
        self.sqs = sqs
        name = uuid.uuid4().hex
        self.dead = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        redrive = {"deadLetterTargetArn": arn_of(f"{name}-dead"), "maxReceiveCount": 2}
        attributes = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive)}
        self.url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        spec = dataclasses.replace(
            FunctionSpec.of(cloud.stack.template),
            handler="small.handler",
            timeout_seconds=1,
            memory_megabytes=128,
            batch_size=10,
            queue_url=self.url,
            queue_arn=arn_of(name),
        )
        self.runtime = Runtime(spec, Sandbox(folder / "lambda", bundle_of(folder, "small.py", source)))
        self.poller = Poller(spec, self.sqs, self.runtime.invoke)

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self, url: str | None = None) -> int:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)["Attributes"]
        return sum(map(int, counts.values()))


def arn_of(queue: str) -> str:
    return f"arn:aws:sqs:us-east-1:123456789012:{queue}"


def bundle_of(folder: Path, name: str, source: str) -> Path:
    target = folder / "bundle.zip"
    with zipfile.ZipFile(target, "w") as content:
        content.writestr(name, source)
    return target


def until(holds: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)


@pytest.fixture
def feed(wires: LocalCloud, aws_client: Client, tmp_path: Path) -> Iterator[Callable[[str], Feed]]:
    feeds: list[Feed] = []

    def feed(source: str) -> Feed:
        feeds.append(Feed(wires, aws_client(wires, "sqs"), tmp_path, source))
        return feeds[-1]

    yield feed
    for each in feeds:
        each.runtime.stop()


def test_a_batch_that_succeeds_is_deleted_and_looks_as_lambdas(feed: Callable[[str], Feed], tmp_path: Path) -> None:
    fed = feed(PARTIAL)
    fed.sqs.send_message(
        QueueUrl=fed.url,
        MessageBody="good",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "suites"}},
    )
    assert fed.poller.poll() == 1
    assert fed.left() == 0
    (line,) = [each for each in (tmp_path / "lambda" / "log").read_text().splitlines() if each.startswith("{")]
    (record,) = json.loads(line)["Records"]
    assert (record["body"], record["eventSource"], record["awsRegion"]) == ("good", "aws:sqs", "us-east-1")
    assert record["eventSourceARN"] == fed.poller._spec.queue_arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"] == {"dataType": "String", "stringValue": "suites"}


def test_only_the_messages_the_function_names_are_seen_again_and_then_are_dead_letters(
    feed: Callable[[str], Feed],
) -> None:
    fed = feed(PARTIAL)
    fed.send("good", "bad", "good")
    seen = 0
    while seen < 3:
        seen += fed.poller.poll()
    assert fed.left() == 1
    assert fed.poller.poll() == 1  # the bad one, after its second
    over = threading.Event()
    thread = threading.Thread(target=fed.poller.run, args=(over,), daemon=True)
    thread.start()
    until(lambda: fed.left(fed.dead) == 1)
    assert fed.left() == 0
    over.set()
    fed.send("good")  # ends the long poll
    thread.join(5)


def test_a_failed_invocation_deletes_nothing(feed: Callable[[str], Feed]) -> None:
    fed = feed(RAISING)
    fed.send("a", "b")
    assert fed.poller.poll() == 2
    assert fed.left() == 2


@pytest.mark.parametrize(
    ("body", "kind"), [("time", "Sandbox.Timedout"), ("memory", "Runtime.OutOfMemory")], ids=["time", "memory"]
)
def test_a_message_whose_run_went_past_a_limit_comes_back_after_its_visibility(
    feed: Callable[[str], Feed], tmp_path: Path, body: str, kind: str
) -> None:
    fed = feed(GREEDY)
    fed.send(body)
    assert fed.poller.poll() == 1
    assert fed.left() == 1
    assert kind in (tmp_path / "lambda" / "log").read_text()
    assert fed.poller.poll() == 1  # waits until it is seen again
    assert fed.left() == 0
    assert fed.left(fed.dead) == 0


@pytest.mark.parametrize(
    ("answer", "deleted"),
    [
        (None, "ab"),
        ({}, "ab"),
        ({"batchItemFailures": None}, "ab"),
        ({"batchItemFailures": []}, "ab"),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, "b"),
        ({"batchItemFailures": [{"itemIdentifier": "x"}]}, ""),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, ""),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, ""),
        ({"batchItemFailures": [{"wrong": "a"}]}, ""),
        ({"batchItemFailures": "a"}, ""),
        ({"batchItemFailures": ["a"]}, ""),
        ("text", "ab"),
    ],
)
def test_what_an_answer_deletes_is_what_aws_says(answer: Any, deleted: str) -> None:
    messages = [{"MessageId": "a"}, {"MessageId": "b"}]
    ended = Invocation(request_id="", payload=answer, error=None, seconds=0, cold=False)
    assert "".join(each["MessageId"] for each in succeeded(messages, ended, partial=True)) == deleted
    failed = dataclasses.replace(ended, payload=None, error={"errorType": "x"})
    assert succeeded(messages, failed, partial=True) == []
    assert succeeded(messages, ended, partial=False) == messages


def test_an_object_put_into_quarantine_reaches_the_bundle_and_its_answer_comes_out(
    wires: LocalCloud, aws_client: Client, tmp_path: Path
) -> None:
    """The function here reads the object and says its size on the other queue, through the SDK it finds."""
    source = """
import json, os, boto3, urllib.parse
def handler(event, context):
    for record in event["Records"]:
        for each in json.loads(record["body"]).get("Records", []):
            bucket, key = each["s3"]["bucket"]["name"], urllib.parse.unquote_plus(each["s3"]["object"]["key"])
            size = len(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
            body = json.dumps([key, size, os.environ["FINAL_BUCKET"]])
            boto3.client("sqs").send_message(QueueUrl=os.environ["SANITIZED_FILES_QUEUE_URL"], MessageBody=body)
"""
    bundle = bundle_of(tmp_path, "sanitizer_lambda/handler.py", source)
    environment, sqs = wires.environment, aws_client(wires, "sqs")
    with LambdaHost(tmp_path / "lambda", wires.stack, bundle) as host:
        aws_client(wires, "s3").put_object(Bucket=environment["QUARANTINE_BUCKET"], Key="a/b c.csv", Body=b"12345")
        received = sqs.receive_message(QueueUrl=environment["SANITIZED_FILES_QUEUE_URL"], WaitTimeSeconds=20)
        (message,) = received["Messages"]
        sqs.delete_message(QueueUrl=environment["SANITIZED_FILES_QUEUE_URL"], ReceiptHandle=message["ReceiptHandle"])
        assert json.loads(message["Body"]) == ["a/b c.csv", 5, environment["FINAL_BUCKET"]]
        assert "REPORT RequestId" in host.log.read_text()
        pid = host.pid
    assert pid is not None
    assert not is_running(pid)


def test_a_bundle_that_is_none_is_one_sentence(wires: LocalCloud, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_text("no zip")
    host = LambdaHost(tmp_path / "lambda", wires.stack, tmp_path / "bundle.zip")
    with pytest.raises(LocalStackError, match="can't be unpacked"):
        host.start()
    assert not host.alive
