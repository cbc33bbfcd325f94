"""Late and revised readings: they ask the watch to evaluate their sites from there on.

It is asked after they are stored, so that its evaluation sees them, and before the ingestion is recorded, so that a
crash in between asks again. The message waits a while, so that the marks of files that land together meet one
evaluation.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

from heliograph.evaluation.cycle import DueSite, job_text, jobs_of, late_since
from heliograph.history import StoreOutcome
from heliograph.reading import Reading
from heliograph.storage.ports import Queue

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

    def due_sites(self) -> list[DueSite]:
        """Return the sites to evaluate, each from its earliest such reading on."""
        return [DueSite(site_id, since) for site_id, since in sorted(self._since.items())]


class EvaluationJobs:
    """Asks the watch for evaluations.

    group: sites in a message. delay_seconds: how long a message waits. now: the clock.
    """

    def __init__(self, queue: Queue, group: int, delay_seconds: int, now: Callable[[], datetime]) -> None:
        """Keep the queue; nothing is called yet."""
        self._queue = queue
        self._group = group
        self._delay_seconds = delay_seconds
        self._now = now

    def ask(self, late: LateReadings) -> None:
        """Ask for evaluations of the sites of late readings that are stored by now; most files have none."""
        if due_sites := late.due_sites():
            jobs = jobs_of(int(self._now().timestamp()), due_sites, self._group)
            self._queue.send([job_text(job) for job in jobs], self._delay_seconds)
