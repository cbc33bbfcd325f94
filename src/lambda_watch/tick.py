"""The minute's tick: ask for the evaluation of due sites, then send what is pending."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from heliograph.evaluation.cycle import MINUTE, DueSite, due_slots, job_text, jobs_of
from heliograph.storage.ports import MessageQueue


class Cycles(Protocol):
    """Who is due, and until when that was asked for."""

    def due(self, slots: Sequence[int]) -> list[str]:
        """List the sites of these slots."""
        ...

    def last_tick(self) -> int | None:
        """Read the minute of the last tick, seconds since 1970."""
        ...

    def note_tick(self, ticked: int) -> None:
        """Note the minute of a tick."""
        ...


class Notifies(Protocol):
    """Who notifies of incidents."""

    def notify(self) -> object:
        """Send what is pending and has waited long enough."""
        ...


class Ticked(msgspec.Struct, frozen=True):
    """What a tick came to: how many sites it asked evaluations for, and in how many messages."""

    sites: int
    messages: int


class Ticker:
    """Runs ticks. clock: seconds since 1970."""

    def __init__(self, cycles: Cycles, queue: MessageQueue, notifier: Notifies, clock: Callable[[], int]) -> None:
        """Keep the stores; nothing is called yet."""
        self._cycles = cycles
        self._queue = queue
        self._notifier = notifier
        self._clock = clock

    def tick(self, period: int, group: int) -> Ticked:
        """Ask for evaluations of all sites that have become due since the last tick, then notify of what is pending.

        period: minutes in a cycle. group: sites in a message.

        Every site is asked for once a period. A tick that fails before it is noted asks again; to evaluate twice
        changes nothing.
        """
        now = self._clock() // MINUTE * MINUTE
        sites = messages = 0
        for minute, slots in due_slots(self._cycles.last_tick(), now, period):
            due_sites = [DueSite(site_id) for site_id in self._cycles.due(slots)]
            bodies = [job_text(job) for job in jobs_of(minute, due_sites, group)]
            self._queue.send(bodies)
            sites += len(due_sites)
            messages += len(bodies)
        self._cycles.note_tick(now)
        self._notifier.notify()
        return Ticked(sites, messages)
