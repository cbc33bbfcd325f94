"""Second by second: files land and wait, processors take them, the table grants writes, readings are stored.

A fluid model: within a second work is divided evenly. It is meant to show which limit is met first, and by how much;
it is no forecast to the second.
"""

import heapq
from collections import deque
from typing import Final

import msgspec

from scale.fleet import Fleet, Work
from scale.limits import Limits

_FIRST_SECONDS: Final = 1800


class Seen(msgspec.Struct):
    """What a run showed.

    first_p99: landing to stored, seconds, of files that landed in the first half hour. p50, p99, longest: of files that
    landed in the last two intervals. waiting: most files in the queue. busy: most processors at once. throttled: write
    units asked for and not granted at once, as a share. granted: most write units granted in a second. left: files that
    waited when the run ended.
    """

    first_p99: float
    p50: float
    p99: float
    longest: float
    waiting: int
    busy: int
    throttled: float
    granted: float
    left: int


class Table(msgspec.Struct):
    """A table on demand, and how much it takes by now. warm: what was asked for in advance (warm throughput)."""

    limits: Limits
    warm: int = 0
    takes: float = 0.0
    peak: float = 0.0
    grown_at: int = 0

    def grant(self, second: int, wanted: float) -> float:
        """Give how many of the wanted units are granted in this second.

        A table takes twice its previous peak at once. A peak counts when it has lasted: every half hour what it takes
        becomes twice what it has granted at most.
        """
        if not self.takes:
            self.takes = float(max(self.limits.table_first, self.warm))
        if second - self.grown_at >= self.limits.growth_seconds:
            self.takes = max(self.takes, self.peak * self.limits.table_growth)
            self.grown_at = second
        granted = min(wanted, self.takes, self.limits.table_quota)
        self.peak = max(self.peak, granted)
        return granted


def simulate(fleet: Fleet, limits: Limits, *, seconds: int = 7200, warm: int = 0, work: Work | None = None) -> Seen:
    """Run a fleet for so long. warm: write units a second the table was warmed up for."""
    run = _Run(fleet, limits, work or Work(), warm)
    for second in range(seconds):
        run.step(second)
    return run.seen(seconds)


class _Run:
    def __init__(self, fleet: Fleet, limits: Limits, work: Work, warm: int) -> None:
        self._fleet = fleet
        self._limits = limits
        self._table = Table(limits, warm)
        self._work = work
        self._waiting: deque[float] = deque()
        self._free_at: list[float] = []
        self._stored: list[tuple[float, float]] = []
        self._owed = 0.0
        self._wanted = self._refused = self._granted = 0.0
        self._most_waiting = self._most_busy = 0

    def step(self, second: int) -> None:
        """Let one second pass."""
        self._waiting.extend([second + self._work.queue_ms / 1000] * self._landing(second))
        while self._free_at and self._free_at[0] <= second:
            heapq.heappop(self._free_at)
        file_seconds = self._work.file_ms(self._fleet.sites_a_file) / 1000
        room = self._processors(second) - len(self._free_at)
        # A processor that takes less than a second takes several in one.
        able = int(room * max(1.0, 1 / file_seconds))
        taken = [self._waiting.popleft() for _ in range(min(able, len(self._waiting)))]
        self._write(second, taken, file_seconds)
        self._most_waiting = max(self._most_waiting, len(self._waiting))

    def seen(self, seconds: int) -> Seen:
        """Sum up, once the time is over."""
        last = seconds - 2 * self._fleet.interval_seconds
        delays = sorted(done - landed for landed, done in self._stored if landed >= last) or [0.0]
        early = sorted(done - landed for landed, done in self._stored if landed < _FIRST_SECONDS) or [0.0]
        return Seen(
            first_p99=early[int(len(early) * 0.99)],
            p50=delays[len(delays) // 2],
            p99=delays[int(len(delays) * 0.99)],
            longest=delays[-1],
            waiting=self._most_waiting,
            busy=self._most_busy,
            throttled=self._refused / self._wanted if self._wanted else 0.0,
            granted=self._granted,
            left=len(self._waiting),
        )

    def _landing(self, second: int) -> int:
        """Give the files that land in this second."""
        place = second % self._fleet.interval_seconds
        spread = self._fleet.spread_seconds
        if place >= spread:
            return 0
        return self._fleet.files * (place + 1) // spread - self._fleet.files * place // spread

    def _processors(self, second: int) -> int:
        ramp = int(self._limits.source_first + second * self._limits.source_ramp_a_second)
        return min(ramp, self._limits.source_concurrency, self._limits.lambda_concurrency)

    def _write(self, second: int, taken: list[float], file_seconds: float) -> None:
        """Ask the table for what the files in hand need; what isn't granted is asked for again, and keeps them busy."""
        wanted = self._owed + len(taken) * self._fleet.units_a_file
        granted = self._table.grant(second, wanted)
        self._wanted += wanted
        self._refused += wanted - granted
        self._granted = max(self._granted, granted)
        self._owed = wanted - granted
        # A file's processor stays busy until the table has caught up with what it owes.
        held = self._owed / max(1.0, granted) if self._owed else 0.0
        for landed in taken:
            done = max(second, landed) + file_seconds + held
            self._stored.append((landed - self._work.queue_ms / 1000, done))
            if file_seconds + held > 1:
                heapq.heappush(self._free_at, done)
        busy = max(len(self._free_at), int(len(taken) * min(1.0, file_seconds)) + 1)
        self._most_busy = max(self._most_busy, min(busy, self._processors(second)))
