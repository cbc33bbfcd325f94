"""The messages of a Lambda's batch that come back: which they are, and when.

A handler answers with the ids of those that aren't done, so that only they come back [Lambda, partial batch responses].
Each is hidden for a wait that doubles with each receive, instead of the queue's long default.
"""

from collections.abc import Iterable
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from heliograph.telemetry import logger

# A message as Lambda hands it on: messageId, receiptHandle, body, attributes.
QueueMessage = dict[str, Any]
BatchResponse = dict[str, list[dict[str, str]]]

_LONGEST_WAIT_SECONDS: Final = 900


class HidingQueue(Protocol):
    """The queue that a batch comes from."""

    def hide(self, receipt: str, seconds: int) -> None:
        """Let nobody receive a message for so many seconds."""
        ...


def receives(message: QueueMessage) -> int:
    """Return how often a message was received, 1 the first time."""
    return int(message["attributes"]["ApproximateReceiveCount"])


def batch_response(message_ids: Iterable[str]) -> BatchResponse:
    """Return a handler's answer: the messages of these ids come back, the others are done."""
    return {"batchItemFailures": [{"itemIdentifier": each} for each in message_ids]}


def bring_back(queue: HidingQueue, message: QueueMessage, first_seconds: int, chance: float) -> None:
    """Hide a message until its next attempt. first_seconds, chance: as in `wait_seconds`."""
    try:
        queue.hide(message["receiptHandle"], wait_seconds(receives(message), first_seconds, chance))
    except (BotoCoreError, ClientError):  # the queue's own timeout brings it back all the same, only later
        logger().exception("the retry's wait can't be set")


def wait_seconds(receives: int, first_seconds: int, chance: float) -> int:
    """Return how long a message that failed stays away: a wait that doubles each time, up to a quarter of an hour.

    receives: how often it was received, 1 the first time. chance: 0 to 1; up to half of the wait is left out by it, so
    that what failed together doesn't come back together. From 30 seconds on it takes 8 to 13 receives to bridge an
    hour, and 200 bridge a day at least.
    """
    longest: int = min(first_seconds * 2 ** min(max(1, receives) - 1, 16), _LONGEST_WAIT_SECONDS)
    return max(1, round(longest * (1 - chance / 2)))
