"""SQS: one queue, long-polled, never polled at an interval."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from infra.aws import aws_client, translated
from infra.settings import AwsSettings

# Longest wait of one receive, seconds: the most SQS allows, so that an idle queue costs the fewest calls.
LONG_POLL = 20
# Messages of one receive or delete: the most SQS allows.
BATCH = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message; the same message may be delivered again under another ``receipt``."""

    message_id: str
    receipt: str
    body: str
    receive_count: int


class Queue:
    """One queue. Every verb may raise Unavailable or AccessDenied."""

    def __init__(self, client: Any, url: str) -> None:
        self.url = url
        self.name = url.rstrip("/").rsplit("/", 1)[-1]
        self._client = client

    async def receive(self, *, wait: int = LONG_POLL, limit: int = BATCH) -> list[Delivery]:
        """Return up to ``limit`` deliveries, waiting up to ``wait`` seconds for the first."""
        with translated("sqs:ReceiveMessage", self.name):
            answer = await self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=limit,
                WaitTimeSeconds=wait,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return [
            Delivery(
                message["MessageId"],
                message["ReceiptHandle"],
                message["Body"],
                int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for message in answer.get("Messages", [])
        ]

    async def delete(self, deliveries: Sequence[Delivery]) -> None:
        """Take up to ``BATCH`` deliveries out of the queue for good; one already gone is no error."""
        if not deliveries:
            return
        entries = [{"Id": str(index), "ReceiptHandle": item.receipt} for index, item in enumerate(deliveries)]
        with translated("sqs:DeleteMessage", self.name):
            await self._client.delete_message_batch(QueueUrl=self.url, Entries=entries)

    async def release(self, delivery: Delivery, after: timedelta) -> None:
        """Let the message be delivered again ``after`` so long, instead of after the queue's own visibility."""
        with translated("sqs:ChangeMessageVisibility", self.name):
            await self._client.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=delivery.receipt, VisibilityTimeout=int(after.total_seconds())
            )

    async def send(self, body: str) -> None:
        """Put one message in."""
        with translated("sqs:SendMessage", self.name):
            await self._client.send_message(QueueUrl=self.url, MessageBody=body)

    async def depth(self) -> int:
        """Return about how many messages wait; also the cheapest proof that the queue answers."""
        with translated("sqs:GetQueueAttributes", self.name):
            answer = await self._client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])


@asynccontextmanager
async def open_queues(aws: AwsSettings, *urls: str) -> AsyncIterator[list[Queue]]:
    """Yield a queue for each URL, all on one client."""
    async with aws_client("sqs", aws) as client:
        yield [Queue(client, url) for url in urls]
