"""Feeds a function from its queue: batches in, what succeeded deleted, the rest left to the queue's visibility."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.lambda_function import FunctionSpec
from infra.local.lambda_runtime import Invocation

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Seconds one receive waits for a message: the longest SQS allows.
_LONG_POLL = 20

# Seconds before the next try when the queue does not answer.
_BACK_OFF = 1.0

_Message = Mapping[str, Any]

_log = logging.getLogger(__name__)


class Poller:
    """One of the function's pollers: receives, invokes, deletes, in turn."""

    def __init__(self, spec: FunctionSpec, sqs: "SQSClient", invoke: Callable[[Any], Invocation]) -> None:
        self._spec = spec
        self._sqs = sqs
        self._invoke = invoke
        self.busy = threading.Event()

    def run(self, over: threading.Event) -> None:
        """Poll until `over`; an unreachable queue is tried again."""
        while not over.is_set():
            try:
                self.poll()
            except (BotoCoreError, ClientError) as error:
                _log.warning("%s: %s", self._spec.queue_url, error)
                over.wait(_BACK_OFF)
            except Exception:  # noqa: BLE001 -- a poller that ends would leave its share of the work undone for good
                _log.exception("A batch was left to the queue")
                over.wait(_BACK_OFF)

    def poll(self) -> int:
        """Handle one batch; how many messages there were."""
        messages = self._sqs.receive_message(
            QueueUrl=self._spec.queue_url,
            MaxNumberOfMessages=self._spec.batch_size,
            WaitTimeSeconds=_LONG_POLL,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if messages:
            self.busy.set()
            try:
                self._handle(messages)
            finally:
                self.busy.clear()
        return len(messages)

    def _handle(self, messages: Sequence[_Message]) -> None:
        invocation = self._invoke({"Records": [self._record(message) for message in messages]})
        done = succeeded(messages, invocation, partial=self._spec.partial_failures)
        entries: Any = [{"Id": each["MessageId"], "ReceiptHandle": each["ReceiptHandle"]} for each in done]
        if entries:
            self._sqs.delete_message_batch(QueueUrl=self._spec.queue_url, Entries=entries)

    def _record(self, message: _Message) -> dict[str, Any]:
        """Word a message as Lambda does."""
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {key[0].lower() + key[1:]: value for key, value in attribute.items()}
                for name, attribute in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._spec.queue_arn,
            "awsRegion": self._spec.place.region,
        }


def succeeded(messages: Sequence[_Message], invocation: Invocation, *, partial: bool) -> Sequence[_Message]:
    """Say which messages of a batch may be deleted, by the rules of "partial batch response" in AWS's guide.

    A failed invocation has succeeded with none, one that names no failures with all, and one that names its failures in
    a way that makes no sense with none.
    """
    if invocation.failed:
        return []
    failures = invocation.payload.get("batchItemFailures") if isinstance(invocation.payload, dict) else None
    if not partial or not failures:
        return messages
    named = {each.get("itemIdentifier") if isinstance(each, dict) else None for each in failures}
    if not named <= {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in named]
