"""The hops of one upload, each measured by itself on the services of a running product; every figure is seconds."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from airlock.client import Client
from airlock.product import Product
from infra.bus import Hint, open_bus
from infra.queue import Queue, open_queues
from infra.settings import AwsSettings, RedisSettings, read

# Looks at a log file so often, seconds: far finer than the hop that ends in it.
_LOOK_EVERY = 0.0005


class Hops:
    """Measures on the product's own S3, SQS, Redis, function and API."""

    def __init__(self, product: Product) -> None:
        self._environ = product.environment
        self._function_log = product.home / "lambda" / "log"
        self._token = product.token("ada@acme.example")
        self._aws = read(AwsSettings, self._environ)
        self._s3, self._sqs = self._client("s3"), self._client("sqs")

    def _client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._aws.endpoint_url,
            region_name=self._aws.region,
            aws_access_key_id=self._aws.access_key_id,
            aws_secret_access_key=self._aws.secret_access_key,
        )

    def event_to_queue(self, size: int, times: int) -> list[float]:
        """From the end of a PUT to the event in the hands of who waits for it."""
        bucket, url, arn = f"bench-{uuid4().hex}", *self._queue()
        self._s3.create_bucket(Bucket=bucket)
        self._s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
        )
        self._sqs.purge_queue(QueueUrl=url)
        return [
            self._delivered(url, lambda: self._s3.put_object(Bucket=bucket, Key="k", Body=bytes(size)))
            for _ in range(times)
        ]

    def queue_to_function(self, times: int) -> list[float]:
        """From the end of a send of an event that asks for nothing to the start of the invocation."""
        url = self._environ["QUARANTINE_EVENTS_QUEUE_URL"]
        body = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})
        return [self._started(lambda: self._sqs.send_message(QueueUrl=url, MessageBody=body)) for _ in range(times)]

    def object_writes(self, size: int, times: int) -> list[float]:
        """What the function does at S3 and SQS for one small file, and nothing between."""
        bucket, (url, _) = self._environ["FINAL_BUCKET"], self._queue()
        key = f"bench/{uuid4()}"
        self._s3.put_object(Bucket=bucket, Key=key, Body=bytes(size))

        def work() -> None:
            for _ in range(2):  # the order, and the file
                self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            for length in (200, 16, 2_000):  # refused rows, line map, report
                self._s3.put_object(Bucket=bucket, Key=f"{key}/{length}", Body=bytes(length))
            self._s3.put_object(Bucket=bucket, Key=f"{key}/{uuid4()}", Body=bytes(size), IfNoneMatch="*")
            self._sqs.send_message(QueueUrl=url, MessageBody="{}")
            self._s3.delete_object(Bucket=bucket, Key=f"{key}/16")

        return [timed(work) for _ in range(times)]

    async def queue_to_consumer(self, times: int) -> list[float]:
        """From the end of a send to the message in the worker's hands."""
        url, _ = self._queue()
        async with open_queues(self._aws, url, url) as (sender, receiver):
            return [await self._received(sender, receiver) for _ in range(times)]

    async def hint(self, times: int) -> list[float]:
        """From before a publish to the hint in a listener's hands."""
        async with open_bus(read(RedisSettings, self._environ)) as bus, bus.listen() as hints:
            found = []
            for number in range(times):
                began = time.perf_counter()
                await bus.publish(Hint(uuid4(), uuid4(), number))
                await anext(hints)
                found.append(time.perf_counter() - began)
            return found

    async def push(self, times: int) -> list[float]:
        """There and back over an open socket of the API: a push is half of it and some work."""
        async with self._socket() as socket:
            found = []
            for _ in range(times):
                began = time.perf_counter()
                await socket.send('{"type":"ping"}')
                await socket.recv()
                found.append(time.perf_counter() - began)
            return found

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[Any]:
        address = self._environ["AIRLOCK_URL"].replace("http", "ws", 1)
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            payload = {"Authorization": f"Bearer {self._token}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            await socket.recv()
            yield socket

    def _queue(self) -> tuple[str, str]:
        url = self._sqs.create_queue(QueueName=f"bench-{uuid4().hex}")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return url, attributes["QueueArn"]

    def _delivered(self, url: str, send: Callable[[], object]) -> float:
        arrived: list[float] = []

        def wait() -> None:
            message = self._client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
            arrived.append(time.perf_counter())
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.2)  # until it waits
        send()
        began = time.perf_counter()
        waiting.join()
        return max(arrived[0] - began, 0.0)

    def _started(self, send: Callable[[], object]) -> float:
        before = self._function_log.stat().st_size
        send()
        began = time.perf_counter()
        while b"START " not in self._function_log.read_bytes()[before:]:
            time.sleep(_LOOK_EVERY)
        found = time.perf_counter() - began
        time.sleep(0.05)  # until it waits again
        return found

    @staticmethod
    async def _received(sender: Queue, receiver: Queue) -> float:
        waiting = asyncio.create_task(receiver.receive())
        await asyncio.sleep(0.1)  # until it waits
        await sender.send("{}")
        began = time.perf_counter()
        deliveries = await waiting
        found = time.perf_counter() - began
        await receiver.delete(deliveries)
        return max(found, 0.0)


async def journey(client: Client, path: Path, project: str) -> float:
    """From the end of a file's POST to PROCESSED on the open socket."""
    sent_at = 0.0
    door = await client.request_upload(path, project)
    async for event in client.watch(door.upload_id):
        if not sent_at:
            await client.send(door, path)
            sent_at = time.perf_counter()
        if event["status"] == "PROCESSED":
            return time.perf_counter() - sent_at
    raise AssertionError("the upload failed")


def timed(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
