"""The messages of a batch: the order of attempts, which come back, which become dead letters.

SQS counts receives, whatever the reason. So the queue allows many, and what counts here are attempts that began:

- A message received for the first time costs no write. Those that came back go last, the least tried first, and each of
  their attempts is counted before it begins: a worker that dies leaves its trace, and what killed it goes behind. What
  is done by then leaves the queue first, so that it doesn't come back with what kills the worker.
- A fault of the file itself counts. With the third, the message is written into the dead-letter queue and done with.
- A fault of a store doesn't: the attempt is taken back, and the message stays away for longer each time.
- What there is no time for comes back untried.

See docs/adr/0018-retries.md.
"""

from collections.abc import Callable, Iterable
from typing import Final, Literal, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import HeliographError
from heliograph.storage.ingestions import Tried
from heliograph.storage.redelivery import HidingQueue, QueueMessage, bring_back, receives
from heliograph.storage.retry_policy import Deadline, may_recover
from heliograph.telemetry import logger
from lambda_processor.alarm import OutOfTime

HandleMessage = Callable[[QueueMessage], None]
Ended = Literal["done", "file failed", "store failed", "untried", "buried"]

MOST_ATTEMPTS: Final = 3


class Tries(Protocol):
    """Where attempts are counted."""

    def of(self, message_ids: Iterable[str]) -> dict[str, Tried]:
        """Read what is counted."""
        ...

    def begin(self, message_id: str, receive: int) -> int:
        """Count an attempt before it begins; return how many are counted."""
        ...

    def take_back(self, message_id: str, receive: int) -> None:
        """Count an attempt no more."""
        ...

    def bury(self, message_id: str) -> None:
        """Note that a message has its dead letter."""
        ...


class WorkQueue(HidingQueue, Protocol):
    """The queue that messages come from."""

    def hide_all(self, receipts: list[str], seconds: int) -> None:
        """Let nobody receive these messages for so long."""
        ...

    def delete_all(self, receipts: list[str]) -> None:
        """Delete messages that are done."""
        ...


class DeadLetters(Protocol):
    """The queue of what failed for good."""

    def bury(self, body: str, reasons: dict[str, str]) -> None:
        """Write a message into it, with what happened."""
        ...


class Waits(msgspec.Struct, frozen=True):
    """How long what stays away. first_seconds: a message that failed, the first time. hidden_seconds: a batch at work.

    needed_share: of an invocation's time; an attempt doesn't begin when less is left.
    """

    first_seconds: int
    hidden_seconds: int
    needed_share: float = 2 / 3


class Places(msgspec.Struct, frozen=True):
    """Where attempts are counted, messages come from, and dead letters go."""

    tries: Tries
    queue: WorkQueue
    dead_letters: DeadLetters


class Attempts:
    """Tries the messages of one batch.

    give_up: called with a message and the reason, before it becomes a dead letter. chance: 0 to 1. deadline: of the
    invocation.
    """

    def __init__(
        self,
        places: Places,
        waits: Waits,
        deadline: Deadline,
        chance: Callable[[], float],
        give_up: Callable[[QueueMessage, str], None],
    ) -> None:
        """Keep them; nothing is called yet."""
        self._places = places
        self._waits = waits
        self._deadline = deadline
        self._chance = chance
        self._give_up = give_up
        self._needed = deadline.left() * waits.needed_share

    def run(self, messages: list[QueueMessage], work: HandleMessage) -> dict[str, Ended]:
        """Try each message; return how each ended, by its id."""
        ordered, tried = self._in_order(messages)
        if len(ordered) > 1 or tried is None or any(receives(each) > 1 for each in ordered):
            self._hide_all(ordered)
        ended: dict[str, Ended] = {}
        done: list[str] = []
        for message in ordered:
            if receives(message) > 1 and done:
                self._delete(done)
                done = []
            ended[message["messageId"]] = how = self._attempt(message, work, tried)
            if how not in {"done", "buried"}:
                bring_back(self._places.queue, message, self._waits.first_seconds, self._chance())
            else:
                done.append(message["receiptHandle"])
        return ended

    def _in_order(self, messages: list[QueueMessage]) -> tuple[list[QueueMessage], dict[str, Tried] | None]:
        """Return the messages in the order to try them, and what is counted of those that came back.

        None is given where the count can't be read: then only what is received for the first time is tried.
        """
        back = [each for each in messages if receives(each) > 1]
        if not back:
            return messages, {}
        fresh = [each for each in messages if receives(each) == 1]
        try:
            tried = self._places.tries.of(each["messageId"] for each in back)
        except (HeliographError, BotoCoreError, ClientError) as error:
            logger().warning("attempts can't be read", error=str(error))
            return [*fresh, *back], None
        return [*fresh, *sorted(back, key=lambda each: tried.get(each["messageId"], Tried()).begun)], tried

    def _attempt(self, message: QueueMessage, work: HandleMessage, tried: dict[str, Tried] | None) -> Ended:
        if self._deadline.left() < self._needed:
            return "untried"
        counted = 0
        if receives(message) > 1:
            if tried is None:
                return "untried"
            known = tried.get(message["messageId"], Tried())
            if known.buried:
                return "buried"
            if known.begun >= MOST_ATTEMPTS:
                return self._bury(message, f"its worker ended before it was done: {known.begun} attempts began")
            counted = self._begin(message)
            if not counted:
                return "store failed"
        return self._try(message, work, counted)

    def _try(self, message: QueueMessage, work: HandleMessage, counted: int) -> Ended:
        """Do the work. counted: attempts with this one, 0 where this one isn't counted yet."""
        try:
            work(message)
        except (Exception, OutOfTime) as error:  # noqa: BLE001 - one file's failure mustn't keep the others waiting
            if is_the_store_s(error):
                if counted:
                    self._take_back(message)
                return "store failed"
            counted = counted or self._begin(message)
            if counted < MOST_ATTEMPTS:
                return "file failed"
            return self._bury(message, reason_of(error))
        return "done"

    def _begin(self, message: QueueMessage) -> int:
        """Count an attempt; return the count, 0 where the store refuses."""
        try:
            return self._places.tries.begin(message["messageId"], receives(message))
        except (HeliographError, BotoCoreError, ClientError) as error:
            logger().warning("an attempt can't be counted", message_id=message["messageId"], error=str(error))
            return 0

    def _take_back(self, message: QueueMessage) -> None:
        try:
            self._places.tries.take_back(message["messageId"], receives(message))
        except (HeliographError, BotoCoreError, ClientError) as error:
            logger().warning("an attempt stays counted", message_id=message["messageId"], error=str(error))

    def _bury(self, message: QueueMessage, reason: str) -> Ended:
        """Write a dead letter, and only then be done with the message: a crash in between leaves both, never none."""
        try:
            self._give_up(message, reason)
            self._places.dead_letters.bury(message["body"], {"error": reason, "message_id": message["messageId"]})
        except (HeliographError, BotoCoreError, ClientError) as error:
            logger().warning("a dead letter can't be written", message_id=message["messageId"], error=str(error))
            return "store failed"
        try:
            self._places.tries.bury(message["messageId"])
        except (HeliographError, BotoCoreError, ClientError):
            logger().exception("a dead letter can't be noted", message_id=message["messageId"])
        logger().error("message is a dead letter", message_id=message["messageId"], error=reason)
        return "buried"

    def _hide_all(self, messages: list[QueueMessage]) -> None:
        """Have a batch come back soon if this worker dies: the queue's own timeout is six times as long."""
        try:
            self._places.queue.hide_all([each["receiptHandle"] for each in messages], self._waits.hidden_seconds)
        except (BotoCoreError, ClientError):
            logger().exception("the batch comes back late if this worker dies")

    def _delete(self, receipts: list[str]) -> None:
        """Take what is done out of the queue; Lambda does so only when this worker lives to answer."""
        try:
            self._places.queue.delete_all(receipts)
        except (BotoCoreError, ClientError):
            logger().exception("what is done may come back if this worker dies")


def is_the_store_s(error: BaseException) -> bool:
    """Return whether an attempt failed because of a store, which may be well again, and not because of the file."""
    return not error.computing if isinstance(error, OutOfTime) else may_recover(error)


def reason_of(error: BaseException) -> str:
    """Return what was wrong with a file, in the words of the error where they are ours."""
    if isinstance(error, (HeliographError, OutOfTime)):
        return str(error)
    return f"{type(error).__name__}: {error}"
