"""An alarm before an invocation's time is up, so that a file that takes too long ends like one that fails.

Without it Lambda would end the process, and all files of the batch would come back half an hour later.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, Protocol

from heliograph.storage.retry_policy import Deadline

# Left for saying what comes back: taking an attempt back, and a call for each message.
_TO_REPORT_SECONDS: Final = 20.0
# Patience ends before the alarm goes, so that a throttled store says so itself.
_TO_GIVE_UP_SECONDS: Final = 5.0
_SHORTEST_SHARE: Final = 0.25  # of an invocation that is too short for these


class OutOfTime(BaseException):
    """A file's work took all the time there is. It is no Exception, so that no library takes it for one of its own.

    computing: whether most of it went into computing, and not into waiting for a store.
    """

    def __init__(self, seconds: float, *, computing: bool) -> None:
        """Keep how long it took."""
        super().__init__(f"it wasn't done after {seconds:.0f} s, which is all the time a file has; split it")
        self.computing = computing


class Context(Protocol):
    """What Lambda tells of an invocation, as far as this asks."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        ...


@contextmanager
def time_of(
    context: Context | None,
    deadline: Deadline,
    clock: Callable[[], float] = time.monotonic,
    cpu: Callable[[], float] = time.process_time,
) -> Iterator["Alarm"]:
    """Set the deadline and the alarm for an invocation; without a context there is neither.

    clock: seconds. cpu: seconds that this process computed.
    """
    if context is None:
        yield Alarm(clock, cpu)
        return
    seconds = context.get_remaining_time_in_millis() / 1000
    report = min(_TO_REPORT_SECONDS, seconds * _SHORTEST_SHARE)
    deadline.set(seconds - report - min(_TO_GIVE_UP_SECONDS, seconds * _SHORTEST_SHARE))
    alarm = Alarm(clock, cpu)
    try:
        with _signal_after(seconds - report, alarm):
            yield alarm
    finally:
        deadline.clear()


class Alarm:
    """Goes while a file is at work; at any other time it does nothing, as there is little left to do."""

    def __init__(self, clock: Callable[[], float], cpu: Callable[[], float]) -> None:
        """Begin with no file at work."""
        self._clock = clock
        self._cpu = cpu
        self._began: tuple[float, float] | None = None

    @contextmanager
    def over(self) -> Iterator[None]:
        """Let a file be at work."""
        self._began = self._clock(), self._cpu()
        try:
            yield
        finally:
            self._began = None

    def go(self) -> None:
        """End the work at hand.

        Raises:
            OutOfTime: a file was at work.
        """
        if self._began is None:
            return
        seconds = self._clock() - self._began[0]
        # A Lambda of 1,024 MB has 0.58 of a processor, so a file that never waits computes for more than a half.
        computing = self._cpu() - self._began[1] > seconds / 4
        self._began = None
        raise OutOfTime(seconds, computing=computing)


@contextmanager
def _signal_after(seconds: float, alarm: Alarm) -> Iterator[None]:
    """Have the alarm go after so many seconds. Only a process's main thread gets signals, and Lambda calls in it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def go(_signal: int, _frame: FrameType | None) -> None:
        alarm.go()

    handler = signal.signal(signal.SIGALRM, go)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)
