"""The local S3 and SQS: what they keep, how they behave under many hands, and what they say when they can't go on."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Aws
from infra.local.aws_state import AwsState
from infra.local.errors import LocalStackError
from infra.local.port import listen
from infra.local.process import is_running, python_environment

BUCKET = "kept"


class Clients:
    def __init__(self, aws: Aws) -> None:
        self.s3, self.sqs = self._client(aws, "s3"), self._client(aws, "sqs")

    def _client(self, aws: Aws, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=aws.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(max_pool_connections=20, retries={"total_max_attempts": 1}),
        )


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with Aws(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture(scope="module")
def clients(aws: Aws) -> Clients:
    return Clients(aws)


@pytest.fixture
def queue(clients: Clients, request: pytest.FixtureRequest) -> str:
    name = str(abs(hash(request.node.name)))
    return str(clients.sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "30"})["QueueUrl"])


def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)


def fill(clients: Clients) -> str:
    """Put one of everything there; the id of the first version."""
    clients.s3.create_bucket(Bucket=BUCKET)
    clients.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first = clients.s3.put_object(Bucket=BUCKET, Key="ä b.csv", Body=b"one", Metadata={"with_underscore": "yes"})
    clients.s3.put_object(Bucket=BUCKET, Key="ä b.csv", Body=b"two", ContentType="text/csv")
    clients.s3.put_object(Bucket=BUCKET, Key="gone", Body=b"gone")
    clients.s3.delete_object(Bucket=BUCKET, Key="gone")
    url = clients.sqs.create_queue(QueueName="q")["QueueUrl"]
    clients.sqs.send_message(QueueUrl=url, MessageBody="waiting")
    return str(first["VersionId"])


def check(clients: Clients, version: str) -> None:
    """See that all `fill` put there is there."""
    latest = clients.s3.get_object(Bucket=BUCKET, Key="ä b.csv")
    assert (latest["Body"].read(), latest["ContentType"]) == (b"two", "text/csv")
    first = clients.s3.get_object(Bucket=BUCKET, Key="ä b.csv", VersionId=version)
    assert (first["Body"].read(), first["Metadata"]) == (b"one", {"with_underscore": "yes"})
    with pytest.raises(ClientError, match="NoSuchKey"):
        clients.s3.get_object(Bucket=BUCKET, Key="gone")
    versions = clients.s3.list_object_versions(Bucket=BUCKET)
    assert (len(versions["Versions"]), len(versions["DeleteMarkers"])) == (3, 1)
    url = clients.sqs.get_queue_url(QueueName="q")["QueueUrl"]
    (message,) = clients.sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "waiting"


class Restarted(NamedTuple):
    """A server whose folder was filled by one before the last."""

    folder: Path
    clients: Clients
    version: str
    upload: str
    part: str


PART = os.urandom(5 << 20)


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    folder = tmp_path_factory.mktemp("restarted")
    with Aws(folder) as first:
        clients = Clients(first)
        version = fill(clients)
        upload = clients.s3.create_multipart_upload(Bucket=BUCKET, Key="long")["UploadId"]
        parts = {"Bucket": BUCKET, "Key": "long", "UploadId": upload, "PartNumber": 1, "Body": PART}
        part = clients.s3.upload_part(**parts)["ETag"]
        url = clients.sqs.create_queue(QueueName="worked-on")["QueueUrl"]
        clients.sqs.send_message(QueueUrl=url, MessageBody="being worked on")
        assert clients.sqs.receive_message(QueueUrl=url, VisibilityTimeout=3600)["Messages"]
        pid = first.pid
    assert pid is not None
    assert not is_running(pid)
    with Aws(folder) as second:  # what was read from a snapshot is written to the next one
        Clients(second).sqs.create_queue(QueueName="a-change")
    with Aws(folder) as third:
        yield Restarted(folder, Clients(third), version, upload, part)


def test_objects_versions_markers_and_messages_are_there_at_the_next_starts(restarted: Restarted) -> None:
    check(restarted.clients, restarted.version)


def test_a_message_that_was_being_worked_on_is_visible_at_the_next_start(restarted: Restarted) -> None:
    sqs = restarted.clients.sqs
    url = sqs.get_queue_url(QueueName="worked-on")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_an_unfinished_multipart_upload_goes_on_and_its_parts_are_not_kept_beside_it(restarted: Restarted) -> None:
    s3, upload = restarted.clients.s3, {"Bucket": BUCKET, "Key": "long", "UploadId": restarted.upload}
    end = s3.upload_part(**upload, PartNumber=2, Body=b"end")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": restarted.part}, {"PartNumber": 2, "ETag": end}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert s3.get_object(Bucket=BUCKET, Key="long")["Body"].read() == PART + b"end"

    def sizes() -> list[int]:
        return [path.stat().st_size for path in (restarted.folder / "bodies").iterdir()]

    until(lambda: len(PART) + 3 in sizes() and len(PART) not in sizes(), 20)


def test_what_is_a_few_seconds_old_survives_a_kill(tmp_path: Path) -> None:
    first = Aws(tmp_path, save_after=0.1)
    first.start()
    version = fill(Clients(first))
    snapshot = tmp_path / "snapshot"
    until(lambda: snapshot.exists() and b"waiting" in snapshot.read_bytes())  # what `fill` put there last
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    first.stop()
    with Aws(tmp_path) as second:
        check(Clients(second), version)


def test_when_the_holder_is_killed_the_last_changes_are_kept_and_a_successor_waits_for_them(tmp_path: Path) -> None:
    source = (
        "import sys, time; from pathlib import Path; from infra.local.aws import Aws\n"
        "aws = Aws(Path(sys.argv[1]), save_after=60); aws.start(); print(aws.port, flush=True); time.sleep(60)"
    )
    arguments = [sys.executable, "-c", source, str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=python_environment()) as holder:
        assert holder.stdout is not None
        orphan = Aws(tmp_path)
        orphan.port = int(holder.stdout.readline())
        clients = Clients(orphan)
        version = fill(clients)
        clients.s3.create_bucket(Bucket="large")
        clients.s3.put_object(Bucket="large", Key="big", Body=bytes(30_000_000))
        holder.kill()
    with Aws(tmp_path) as successor:
        check(Clients(successor), version)
        assert Clients(successor).s3.head_object(Bucket="large", Key="big")["ContentLength"] == 30_000_000


def test_a_body_is_written_once_and_removed_with_its_last_version(tmp_path: Path) -> None:
    with Aws(tmp_path, save_after=0.1) as running:
        s3 = Clients(running).s3
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="big", Body=bytes(20_000_000))
        bodies = tmp_path / "bodies"
        until(lambda: [path.stat().st_size for path in bodies.iterdir()] == [20_000_000])
        (written,) = bodies.iterdir()
        stamp = written.stat().st_mtime_ns
        for number in range(3):
            s3.put_object(Bucket=BUCKET, Key=f"small {number}", Body=b"x")
        until(lambda: len(list(bodies.iterdir())) == 4)
        assert written.stat().st_mtime_ns == stamp
        assert (tmp_path / "snapshot").stat().st_size < 100_000
        s3.delete_object(Bucket=BUCKET, Key="big")
        until(lambda: not written.exists())


def test_a_damaged_snapshot_is_one_sentence_and_nothing_is_lost_by_it(tmp_path: Path) -> None:
    with Aws(tmp_path) as running:
        fill(Clients(running))
    snapshot, body = tmp_path / "snapshot", next((tmp_path / "bodies").iterdir())
    content, kept = snapshot.read_bytes(), body.read_bytes()
    flipped = content[:500] + bytes([content[500] ^ 1]) + content[501:]
    for damaged in (content[:-10], flipped, b"", b"a letter"):
        snapshot.write_bytes(damaged)
        with pytest.raises(LocalStackError, match=r"it is not whole\. Remove the whole folder .* to start afresh\.$"):
            AwsState(tmp_path).load()
    snapshot.write_bytes(content)
    body.write_bytes(b"")
    with pytest.raises(LocalStackError) as caught:
        Aws(tmp_path).start()
    assert re.fullmatch(
        r"The local S3 and SQS ended while starting: ERROR What S3 and SQS held can't be read from \S+: "
        r"1 of its objects are gone or cut short\. Remove the whole folder of the stack to start afresh\.",
        str(caught.value),
    )
    body.write_bytes(kept)
    with Aws(tmp_path) as running:
        assert Clients(running).s3.list_buckets()["Buckets"]


def test_a_taken_port_and_a_folder_in_use_are_one_sentence(aws: Aws, tmp_path: Path) -> None:
    with listen() as listener, pytest.raises(LocalStackError, match="can't be used: Address already in use"):
        Aws(tmp_path, port=listener.getsockname()[1]).start()
    with pytest.raises(LocalStackError, match="is in use by a running stack"):
        Aws(aws._folder.path).start()


def test_a_connection_is_used_again_and_answers_without_delay(aws: Aws) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", aws.port)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        connection.request("GET", "/no-such-bucket/x")
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        assert answer.status == 404
        assert connection.sock is not None  # http.client drops it when the server closes
    connection.close()
    assert sorted(took)[10] < 0.02  # 40 ms is what Nagle's algorithm and a delayed acknowledgement cost


def test_many_senders_receivers_and_deleters_lose_and_double_nothing(clients: Clients, queue: str) -> None:
    got: list[str] = []
    sent = [f"{sender}-{number}" for sender in range(4) for number in range(25)]

    def send(sender: int) -> None:
        for number in range(25):
            clients.sqs.send_message(QueueUrl=queue, MessageBody=f"{sender}-{number}")

    def take() -> None:
        while len(got) < len(sent):
            messages = clients.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=3)
            for message in messages.get("Messages", []):
                got.append(message["Body"])
                clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    with ThreadPoolExecutor(8) as pool:
        jobs = [*(pool.submit(send, sender) for sender in range(4)), *(pool.submit(take) for _ in range(4))]
        for job in jobs:
            job.result(30)
    assert sorted(got) == sorted(sent)


def test_a_long_poll_wakes_for_a_message_and_holds_up_nobody(clients: Clients, queue: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(clients.sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=10)
        time.sleep(0.2)
        began = time.monotonic()
        clients.sqs.send_message(QueueUrl=queue, MessageBody="x")
        assert poll.result()["Messages"][0]["Body"] == "x"
        assert time.monotonic() - began < 0.5


def test_a_long_poll_wakes_for_a_message_that_becomes_visible(clients: Clients, queue: str) -> None:
    clients.sqs.send_message(QueueUrl=queue, MessageBody="x")
    clients.sqs.receive_message(QueueUrl=queue, VisibilityTimeout=1)
    began = time.monotonic()
    assert clients.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    assert 0.5 < time.monotonic() - began < 1.5


def test_a_receiver_that_died_while_waiting_is_given_nothing(aws: Aws, clients: Clients, queue: str) -> None:
    """Else the message would be hidden from the living ones for the whole visibility time."""
    body = f'{{"QueueUrl": "{queue}", "WaitTimeSeconds": 10}}'
    authorization = f"AWS4-HMAC-SHA256 Credential=x/20260101/{REGION}/sqs/aws4_request, SignedHeaders=h, Signature=s"
    head = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{aws.port}\r\nAuthorization: {authorization}\r\n"
        "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    with socket.create_connection(("127.0.0.1", aws.port)) as doomed:
        doomed.sendall(head.encode())
        time.sleep(0.2)
    clients.sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert clients.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"][0]["Body"] == "x"


def test_a_half_sent_object_is_not_kept(aws: Aws, clients: Clients) -> None:
    clients.s3.create_bucket(Bucket="halves")
    url = clients.s3.generate_presigned_url("put_object", {"Bucket": "halves", "Key": "x"})
    with socket.create_connection(("127.0.0.1", aws.port)) as connection:
        path = url.partition(str(aws.port))[2]
        connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf".encode())
    time.sleep(0.2)
    with pytest.raises(ClientError, match="404"):
        clients.s3.head_object(Bucket="halves", Key="x")


def test_browsers_are_answered_by_the_rules_of_the_bucket(clients: Clients) -> None:
    clients.s3.create_bucket(Bucket="browsed")
    rule = {"AllowedMethods": ["POST"], "AllowedOrigins": ["https://good.example"], "ExposeHeaders": ["ETag"]}
    clients.s3.put_bucket_cors(Bucket="browsed", CORSConfiguration={"CORSRules": [rule]})
    signed = clients.s3.generate_presigned_post("browsed", "x")

    def post(origin: str) -> httpx.Response:
        return httpx.post(signed["url"], data=signed["fields"], files={"file": b"1"}, headers={"Origin": origin})

    good, bad = post("https://good.example"), post("https://bad.example")
    assert good.headers["Access-Control-Allow-Origin"] == "https://good.example"
    assert good.headers["Access-Control-Expose-Headers"] == "ETag"
    assert "Access-Control-Allow-Origin" not in bad.headers
    preflight = {"Origin": "https://good.example", "Access-Control-Request-Method": "POST"}
    assert httpx.options(signed["url"], headers=preflight).status_code == 200
    preflight["Origin"] = "https://bad.example"
    assert httpx.options(signed["url"], headers=preflight).status_code == 403


def test_a_chunked_body_and_an_expected_100_arrive_whole(aws: Aws, clients: Clients) -> None:
    clients.s3.create_bucket(Bucket="bodies")
    url = clients.s3.generate_presigned_url("put_object", {"Bucket": "bodies", "Key": "x"})
    httpx.put(url, content=iter([b"a" * 70_000, b"b"])).raise_for_status()
    assert clients.s3.head_object(Bucket="bodies", Key="x")["ContentLength"] == 70_001
    path = url.partition(str(aws.port))[2]
    with socket.create_connection(("127.0.0.1", aws.port), timeout=2) as connection:
        head = f"PUT {path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"four")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    assert clients.s3.head_object(Bucket="bodies", Key="x")["ContentLength"] == 4


def test_it_listens_on_the_loopback_address_alone(aws: Aws) -> None:
    """By the kernel's own list of sockets: proc(5), net/tcp."""
    rows = [line.split() for line in Path(f"/proc/{aws.pid}/net/tcp").read_text().splitlines()[1:]]
    ports = {row[1] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == aws.port}
    assert {address.split(":")[0] for address in ports} == {"0100007F"}


def test_a_full_disk_is_said_and_does_not_stop_the_service(tmp_path: Path) -> None:
    """A folder that turns into a file stands in for the disk: writing fails either way."""
    with Aws(tmp_path, save_after=0.1) as running:
        clients = Clients(running)
        clients.s3.create_bucket(Bucket=BUCKET)
        until((tmp_path / "snapshot").exists)
        (tmp_path / "snapshot.new").mkdir()
        clients.s3.put_object(Bucket=BUCKET, Key="x", Body=b"1")
        until(lambda: "could not be written down" in (tmp_path / "log").read_text())
        assert clients.s3.get_object(Bucket=BUCKET, Key="x")["Body"].read() == b"1"
        (tmp_path / "snapshot.new").rmdir()
    with Aws(tmp_path) as again:
        assert Clients(again).s3.get_object(Bucket=BUCKET, Key="x")["Body"].read() == b"1"
        (tmp_path / "snapshot.new").mkdir()
        Clients(again).s3.put_object(Bucket=BUCKET, Key="y", Body=b"1")
        with pytest.raises(LocalStackError, match=r"^The last changes to S3 and SQS are lost: ERROR What S3 and SQS"):
            again.stop()


def test_snapshots_go_on_under_writes(tmp_path: Path) -> None:
    """What is read while others write is one state, not a mixture: no object without its body, none by half."""
    over = threading.Event()
    with Aws(tmp_path, save_after=0.1) as running:
        clients = Clients(running)
        clients.s3.create_bucket(Bucket=BUCKET)

        def write(thread: int) -> None:
            number = 0
            while not over.is_set():
                number += 1
                clients.s3.put_object(Bucket=BUCKET, Key=f"{thread}/{number % 20}", Body=str(number).encode() * 999)

        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(write, thread) for thread in range(3)]
            time.sleep(1.5)
            assert running.pid is not None
            os.kill(running.pid, signal.SIGKILL)
            over.set()
            for job in jobs:
                job.exception()
    with Aws(tmp_path) as again:
        s3 = Clients(again).s3
        listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        assert listed
        for each in listed:
            body = s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
            assert len(body) == each["Size"]
            assert body == body[: len(body) // 999] * 999
