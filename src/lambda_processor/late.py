"""Late and revised readings: they ask the watch to evaluate their sites from there on.

It is asked after they are stored, so that its look sees them, and before the ingestion is recorded, so that a crash in
between asks again. The message waits a while, so that the marks of files that land together meet one look.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

from heliograph.history import StoreOutcome
from heliograph.reading import Reading
from heliograph.storage.ports import Queue
from heliograph.watching.rounds import Visit, call_text, calls_of, late_since

# A file of many sites has few times.
_is_late: Final = lru_cache(maxsize=1024)(late_since)


class LateReadings:
    """Gathers a file's late and revised readings, as they are stored."""

    def __init__(self) -> None:
        """Begin with none."""
        self._since: dict[str, str] = {}

    def add(self, reading: Reading, store_outcome: StoreOutcome, stored_at: datetime) -> None:
        """Take in one reading and what its landing was to it."""
        if store_outcome == "revised" or (store_outcome == "stored" and _is_late(reading.timestamp, stored_at)):
            known = self._since.get(reading.site_id, reading.timestamp)
            self._since[reading.site_id] = min(known, reading.timestamp)

    def visits(self) -> list[Visit]:
        """Return the sites to look at, each from its earliest such reading on."""
        return [Visit(site_id, since) for site_id, since in sorted(self._since.items())]


class WatchCalls:
    """Asks the watch for looks.

    group: sites in a message. delay_seconds: how long a message waits. now: the clock.
    """

    def __init__(self, queue: Queue, group: int, delay_seconds: int, now: Callable[[], datetime]) -> None:
        """Keep the queue; nothing is called yet."""
        self._queue = queue
        self._group = group
        self._delay_seconds = delay_seconds
        self._now = now

    def ask(self, late: LateReadings) -> None:
        """Ask for looks at the sites of late readings that are stored by now; most files have none."""
        if visits := late.visits():
            calls = calls_of(int(self._now().timestamp()), visits, self._group)
            self._queue.send([call_text(call) for call in calls], self._delay_seconds)
