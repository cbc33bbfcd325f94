"""Waiting for queues, seldom enough to leave the machine to those who work."""

import time
from collections.abc import Callable
from typing import Any, Final

from stack.harness import Harness, wait_until

_LOOK_SECONDS: Final = 0.4


def wait_until_idle(harness: Harness, queue: str, seconds: float) -> None:
    """Wait until a queue has nothing waiting, at work or delayed, twice in a row."""
    wait_for(lambda: not depth(harness, queue), f"{queue} to be empty", seconds)
    time.sleep(0.3)
    wait_for(lambda: not depth(harness, queue), f"{queue} to be empty", seconds)


def wait_for(look: Callable[[], bool], what: str, seconds: float) -> None:
    """Look until it is so, seldom enough to leave the machine to those who work."""

    def seen() -> bool:
        found = look()
        if not found:
            time.sleep(_LOOK_SECONDS)
        return found

    wait_until(seen, what, seconds)


def depth(harness: Harness, queue: str) -> int:
    """Count a queue's messages: waiting, at work and delayed."""
    parts = ("", "NotVisible", "Delayed")
    names: Any = [f"ApproximateNumberOfMessages{part}" for part in parts]
    found = harness.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)
