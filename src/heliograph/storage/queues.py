"""The queues, as a person works with them: look at dead letters, and send work to the ingest queue."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from heliograph.errors import StorageError
from heliograph.reading import format_timestamp
from heliograph.storage.batches import batched

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_TOGETHER: Final = 10  # SQS's limit for receiving and sending
# While letters are looked at, others that look don't see them; whoever looks gives them back when done.
_HIDDEN_SECONDS: Final = 120
_LONGEST_WAIT_SECONDS: Final = 900


class Letter(msgspec.Struct, frozen=True):
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

    def take_all(self) -> list[Letter]:
        """Take every message that can be seen; release or delete each afterwards."""
        return list(self._take())

    def release(self, letters: Sequence[Letter]) -> None:
        """Let messages be seen again at once."""
        for letter in letters:
            self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)

    def delete(self, letter: Letter) -> None:
        """Delete a message that was taken."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

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

    def hide(self, receipt: str, attempt: int, first_seconds: int) -> None:
        """Bring a message back after a wait that doubles with each attempt, instead of the queue's long default.

        attempt: how often it was received, 1 the first time.
        """
        seconds = min(first_seconds * 2 ** (max(1, attempt) - 1), _LONGEST_WAIT_SECONDS)
        self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

    def _take(self) -> Iterator[Letter]:
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
                yield Letter(message["MessageId"], message["ReceiptHandle"], message["Body"], format_timestamp(sent))
