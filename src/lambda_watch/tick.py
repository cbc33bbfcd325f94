"""The minute's tick: ask for the evaluation of due sites, then send what is pending."""

from collections.abc import Callable

import msgspec

from heliograph.storage.ports import Queue
from heliograph.watching.rounds import MINUTE, Visit, call_text, calls_of, due_slots
from lambda_watch.ports import Notifies, Rounds


class Ticked(msgspec.Struct, frozen=True):
    """What a tick came to: how many sites it asked looks for, and in how many messages."""

    sites: int
    messages: int


class Ticker:
    """Runs ticks. clock: seconds since 1970."""

    def __init__(self, rounds: Rounds, queue: Queue, notifier: Notifies, clock: Callable[[], int]) -> None:
        """Keep the stores; nothing is called yet."""
        self._rounds = rounds
        self._queue = queue
        self._notifier = notifier
        self._clock = clock

    def tick(self, period: int, group: int) -> Ticked:
        """Ask for looks at all sites that have become due since the last tick, then notify of what is pending.

        period: minutes in a round. group: sites in a message.

        Every site is asked for once a period. A tick that fails before it is noted asks again; to look twice changes
        nothing.
        """
        now = self._clock() // MINUTE * MINUTE
        sites = messages = 0
        for minute, slots in due_slots(self._rounds.last_tick(), now, period):
            visits = [Visit(site_id) for site_id in self._rounds.due(slots)]
            bodies = [call_text(call) for call in calls_of(minute, visits, group)]
            self._queue.send(bodies)
            sites += len(visits)
            messages += len(bodies)
        self._rounds.note_tick(now)
        self._notifier.notify()
        return Ticked(sites, messages)
