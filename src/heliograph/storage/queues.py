"""The queues: send work, bring back what failed after a wait, count messages, look at dead letters and write them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.errors import StorageError
from heliograph.reading import format_timestamp
from heliograph.storage.batches import batched

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        DeleteMessageBatchRequestEntryTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )


_TOGETHER: Final = 10  # SQS's limit for receiving and sending
# While letters are looked at, others that look don't see them; whoever looks gives them back when done.
_HIDDEN_SECONDS: Final = 120
_LONGEST_REASON: Final = 1000  # characters; attributes count towards SQS's limit of a message
# SQS takes tab, line feed, carriage return, and what XML 1.0 calls characters from the space on.
_NO_CHARACTER: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


class DeadLetter(msgspec.Struct, frozen=True):
    """A message taken to look at: its id, what SQS wants back to release or delete it, its body, when it was sent."""

    id: str
    receipt: str
    body: str
    sent_at: str


class SqsQueue:
    """One queue."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        """Keep the client; nothing is called yet."""
        self._sqs = sqs
        self._url = url

    def take_all(self) -> list[DeadLetter]:
        """Take every message that can be seen; release or delete each afterwards."""
        return list(self._take())

    def release(self, dead_letters: Sequence[DeadLetter]) -> None:
        """Let messages be seen again at once."""
        for dead_letter in dead_letters:
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=dead_letter.receipt, VisibilityTimeout=0
            )

    def delete(self, dead_letter: DeadLetter) -> None:
        """Delete a message that was taken."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=dead_letter.receipt)

    def send(self, bodies: Sequence[str], delay_seconds: int = 0) -> None:
        """Send messages, ten a call. delay_seconds: how long nobody receives them.

        Raises:
            StorageError: the queue refused one.
        """
        for batch in batched(bodies, _TOGETHER):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "MessageBody": body, "DelaySeconds": delay_seconds}
                for number, body in enumerate(batch)
            ]
            failed = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed")
            if failed:
                raise StorageError(f"the queue refused {len(failed)} messages: {failed[0].get('Message', '')}")

    def bury(self, body: str, reasons: Mapping[str, str]) -> None:
        """Write a dead letter into this queue: a message as it was, with what happened as its attributes."""
        attributes: Any = {
            name: {"DataType": "String", "StringValue": _as_attribute(text)} for name, text in reasons.items() if text
        }
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes)

    def hide(self, receipt: str, seconds: int) -> None:
        """Let nobody receive a message for so many seconds from now, instead of the queue's long default."""
        self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

    def hide_all(self, receipts: Sequence[str], seconds: int) -> None:
        """Let nobody receive these messages for so many seconds from now, ten a call; those that are gone stay so."""
        for batch in batched(receipts, _TOGETHER):
            entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
                for number, receipt in enumerate(batch)
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def delete_all(self, receipts: Sequence[str]) -> None:
        """Delete messages that are done, ten a call; those that are gone stay so."""
        for batch in batched(receipts, _TOGETHER):
            entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(batch)
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def _take(self) -> Iterator[DeadLetter]:
        seen: set[str] = set()
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_TOGETHER,
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            fresh = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
            if not fresh:
                return
            for message in fresh:
                seen.add(message["MessageId"])
                sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
                yield DeadLetter(
                    message["MessageId"], message["ReceiptHandle"], message["Body"], format_timestamp(sent)
                )


def _as_attribute(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", text)[:_LONGEST_REASON]


_WAITING: Final = "ApproximateNumberOfMessages"
_IN_FLIGHT: Final = "ApproximateNumberOfMessagesNotVisible"
_DELAYED: Final = "ApproximateNumberOfMessagesDelayed"


class Depth(msgspec.Struct, frozen=True):
    """Messages in a queue, counts by SQS's own estimate. waiting: to be received; in_flight: being worked on."""

    waiting: int
    in_flight: int


class SqsDepths:
    """Counts the messages of some queues. urls: by what the queue is for."""

    def __init__(self, sqs: "SQSClient", urls: Mapping[str, str]) -> None:
        """Keep the client; nothing is called yet."""
        self._sqs = sqs
        self._urls = urls

    def read(self) -> dict[str, Depth]:
        """Count each queue's messages; those that are delayed wait too."""
        return {name: self._of(url) for name, url in self._urls.items()}

    def _of(self, url: str) -> Depth:
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[_WAITING, _IN_FLIGHT, _DELAYED])
        counts = {name: int(count) for name, count in found["Attributes"].items()}
        return Depth(counts.get(_WAITING, 0) + counts.get(_DELAYED, 0), counts.get(_IN_FLIGHT, 0))
