"""How long to go on asking a store that says "later": full-jitter waits up to a deadline.

botocore retries a whole call that fails. What it can't see is one statement of a batch that was throttled inside a 200
answer, a key left unprocessed, or a transaction that met another; those are asked again with this.

Source of full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter".
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from heliograph.errors import StillThrottled

_FIRST_WAIT_SECONDS: Final = 0.05
_LONGEST_WAIT_SECONDS: Final = 3.0


class Patience(msgspec.Struct, frozen=True):
    """The time to give one job's throttled parts, seconds, and where time and chance come from."""

    seconds: float = 20.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def attempts(self, job: str) -> Iterator[int]:
        """Give attempt numbers from 0, waiting longer between each.

        Raises:
            StillThrottled: the time is up; the queue will bring the job back.
        """
        deadline = self.clock() + self.seconds
        attempt = 0
        while True:
            yield attempt
            ceiling = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**attempt)
            wait = self.chance() * ceiling
            if self.clock() + wait > deadline:
                raise StillThrottled(f"{job}: still throttled after {attempt + 1} attempts in {self.seconds:g} s")
            self.sleep(wait)
            attempt += 1
