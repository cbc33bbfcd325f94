"""A standard queue with a Lambda behind it, on a virtual clock: receives, visibility, the queue's own redrive."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from heliograph.errors import StillThrottled
from heliograph.storage.ingestions import Tried

START: Final = 1_800_000_000.0  # seconds since 1970


class Clock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        """Begin at a moment."""
        self.now = START

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


class Queued(msgspec.Struct):
    """A message in the queue. visible_at: from when on it is received. receives: how often it was."""

    id: str
    body: str
    visible_at: float
    receives: int = 0


class FakeSqs:
    """The ingest queue and its dead letters. max_receives, visibility_seconds: as the queue is set."""

    def __init__(self, clock: Clock, max_receives: int, visibility_seconds: int) -> None:
        """Begin empty."""
        self._clock = clock
        self._max_receives = max_receives
        self._visibility = visibility_seconds
        self.messages: dict[str, Queued] = {}
        self.dead: list[str] = []
        self.reasons: dict[str, str] = {}
        self.most_receives = 0

    def put(self, body: str, name: str) -> None:
        """Send a message."""
        self.messages[name] = Queued(name, body, self._clock.now)

    def receive(self, most: int = 10) -> list[dict[str, Any]]:
        """Receive messages as an event source does; move those received too often."""
        for each in [each for each in self._visible() if each.receives >= self._max_receives]:
            self.dead.append(each.body)
            del self.messages[each.id]
        taken = self._visible()[:most]
        for each in taken:
            each.receives += 1
            self.most_receives = max(self.most_receives, each.receives)
            each.visible_at = self._clock.now + self._visibility
        return [_record(each) for each in taken]

    def drain(self, call: Callable[[list[dict[str, Any]]], Iterable[str]], seconds: float = 10 * 86400) -> None:
        """Call a Lambda with batch after batch until nothing is left; a call that raises is a worker that died.

        Raises:
            AssertionError: something is still left after so many seconds of the virtual clock.
        """
        ends = self._clock.now + seconds
        while self.messages:
            assert self._clock.now < ends, f"{len(self.messages)} messages are left"
            batch = self.receive()
            if not batch:
                if self.messages:
                    self._clock.now = max(self._clock.now, min(each.visible_at for each in self.messages.values()))
                continue
            self._clock.now += 0.2
            try:
                failed = set(call(batch))
            except BaseException as error:  # what ends a process is no Exception
                if not isinstance(error, Died):
                    raise
                continue
            for record in batch:
                if record["messageId"] not in failed:
                    self.messages.pop(record["messageId"], None)

    def hide(self, receipt: str, seconds: int) -> None:
        """Let nobody receive a message for so long."""
        self.messages[receipt].visible_at = self._clock.now + seconds

    def hide_all(self, receipts: Iterable[str], seconds: int) -> None:
        """Let nobody receive these messages for so long."""
        for receipt in receipts:
            self.hide(receipt, seconds)

    def delete_all(self, receipts: Iterable[str]) -> None:
        """Delete messages; those that are gone stay so."""
        for receipt in receipts:
            self.messages.pop(receipt, None)

    def bury(self, body: str, reasons: dict[str, str]) -> None:
        """Write a dead letter."""
        self.dead.append(body)
        self.reasons[body] = reasons["error"]

    def _visible(self) -> list[Queued]:
        return [each for each in self.messages.values() if each.visible_at <= self._clock.now]


class Died(BaseException):
    """The end of a process, or of its patience with us."""


class FakeTries:
    """Counts attempts as the table does. refuses: asked at each call whether the table is throttled."""

    def __init__(self, refuses: Callable[[], bool] = lambda: False) -> None:
        """Begin with none."""
        self._refuses = refuses
        self.begun: dict[str, set[int]] = {}
        self.buried: set[str] = set()
        self.writes = 0

    def of(self, message_ids: Iterable[str]) -> dict[str, Tried]:
        """Read what is counted."""
        self._check()
        return {each: Tried(len(self.begun.get(each, ())), each in self.buried) for each in message_ids}

    def begin(self, message_id: str, receive: int) -> int:
        """Count an attempt."""
        self._check()
        self.writes += 1
        self.begun.setdefault(message_id, set()).add(receive)
        return len(self.begun[message_id])

    def take_back(self, message_id: str, receive: int) -> None:
        """Count an attempt no more; the table is asked for a while."""
        for _ in range(10):
            if not self._refuses():
                self.begun[message_id].discard(receive)
                self.writes += 1
                return
        raise StillThrottled("take an attempt back: still throttled")

    def bury(self, message_id: str) -> None:
        """Note a dead letter."""
        self._check()
        self.writes += 1
        self.buried.add(message_id)

    def _check(self) -> None:
        if self._refuses():
            raise StillThrottled("the table is throttled")


def _record(message: Queued) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.id,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "eventSource": "aws:sqs",
    }
