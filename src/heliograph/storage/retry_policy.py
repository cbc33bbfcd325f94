"""Retries of a store that throttles: backoff with full jitter, up to a deadline.

botocore retries a whole call that fails. What it can't see is one statement of a batch that was throttled inside a 200
answer, a key left unprocessed, or a transaction that met another; those are asked again with this. No wait goes past
the end of the invocation, so that a Lambda still has time to say which of its messages come back.

Source of full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter".
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import ObjectGone, RefusedForGood, SettingsError, StillThrottled, StorageError

_FIRST_WAIT_SECONDS: Final = 0.05
_LONGEST_WAIT_SECONDS: Final = 3.0
# What AWS says of what it was sent, and would say again: a value too long, an item too large.
_REFUSED: Final = frozenset({"ValidationException", "SerializationException", "KeyTooLongError", "EntityTooLarge"})


class Deadline:
    """When this process's work has to be over: a Lambda sets it for each invocation; without one there is none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without an end. clock: seconds, monotonic."""
        self._clock = clock
        self._at = float("inf")

    def set(self, seconds: float) -> None:
        """Let the work be over in so many seconds."""
        self._at = self._clock() + seconds

    def clear(self) -> None:
        """Let the work take as long as it likes."""
        self._at = float("inf")

    def left(self) -> float:
        """Return the seconds left, negative when it is over, infinite where there is no end."""
        return self._at - self._clock()


# A Lambda's process does one invocation at a time.
INVOCATION: Final = Deadline()


class StoreRetryPolicy(msgspec.Struct, frozen=True):
    """The time to give one job's throttled parts, seconds, and where time and chance come from.

    deadline: what ends all retries, however much time is left.
    """

    seconds: float = 20.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    deadline: Deadline = INVOCATION

    def attempts(self, job: str) -> Iterator[int]:
        """Yield attempt numbers from 0, waiting longer between each.

        Raises:
            StillThrottled: the time is up; the queue will bring the job back.
        """
        ends = self.clock() + self.seconds
        attempt = 0
        while True:
            yield attempt
            ceiling = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**attempt)
            wait = self.chance() * ceiling
            if self.clock() + wait > ends or wait > self.deadline.left():
                raise StillThrottled(f"{job}: still throttled after {attempt + 1} attempts in {self.seconds:g} s")
            self.sleep(wait)
            attempt += 1


def may_recover(error: BaseException) -> bool:
    """Return whether what failed may succeed later: a store, a right or a setting failed, not what was sent."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") not in _REFUSED
    if isinstance(error, StorageError):
        return not isinstance(error, (ObjectGone, RefusedForGood))
    return isinstance(error, (BotoCoreError, ConnectionError, SettingsError))
