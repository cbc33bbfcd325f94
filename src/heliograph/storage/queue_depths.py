"""The depths of the queues."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

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
