"""Second by second: files land and wait, processors take them, tables grant writes, readings are stored or files wait.

Files are counted in groups as long as the tables grant all that is asked. Where they don't, each processor goes through
its own batch: statements are asked for again until patience ends, the file comes back later, and is a dead letter when
the queue has given it out too often. It is meant to show which limit is met first, and by how much; it is no forecast.
"""

import heapq
import math
import random
from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec

from scale.limits import BATCH_STATEMENTS, PRODUCT, SPREAD, Limits, Partitions, Retries, ScaleFleet, Work

_FIRST_SECONDS: Final = 1800
# How often a refused statement is asked for in its first, second, and any later second: waits of 50 ms that double up
# to 3 s, full jitter.
_ASKED: Final = (6.0, 2.0, 0.67)


class Seen(msgspec.Struct):
    """What a run showed.

    first_p99: landing to stored, seconds, of files that landed in the first half hour. p50, p99, longest: of files that
    landed in the last two intervals. waiting: most files in the queue. busy: most processors at once. throttled: write
    units asked for and not granted at once, as a share. granted: most write units granted in a second. left: files that
    waited when the run ended. dead: files that became dead letters. receives: the most receives of one file.
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
    dead: int
    receives: int


class SimulatedTable(msgspec.Struct):
    """A table on demand, and how much it takes by now. warm: what was asked for in advance (warm throughput)."""

    limits: Limits
    warm: int = 0
    takes: float = 0.0
    peak: float = 0.0
    grown_at: int = 0

    def grant(self, second: int, wanted: float) -> float:
        """Return how many of the wanted units are granted in this second.

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


class Files(msgspec.Struct):
    """Some files that landed at one time, and how often they were received."""

    landed: float
    receives: int
    count: int


class Worker(msgspec.Struct):
    """A processor with a batch. began, since: the seconds of its first and its present files.

    at: the file it is at; where files are small, as many as it does in a second.
    left: the share of the present files' statements that isn't written yet. luck: 0 to 1, how late the last one is.
    recorded: whether what is left is the ingestion.
    """

    began: int
    batch: deque[Files]
    at: list[Files]
    since: int
    luck: float
    left: float = 1.0
    recorded: bool = False


class SimulatedTables:
    """The two tables that a file is written to, with the partitions that its keys don't spread."""

    def __init__(self, fleet: ScaleFleet, limits: Limits, spread: Partitions, warm: int) -> None:
        """Begin with tables that were warmed up for so many units a second."""
        self._fleet = fleet
        self._readings, self._ingestions = SimulatedTable(limits, warm), SimulatedTable(limits, warm)
        self._index_room = limits.partition_writes * spread.anomalies
        self._ingestion_room = limits.partition_writes * min(spread.ingestions, spread.totals)

    def readings(self, second: int, files: float) -> float:
        """Return how many files' readings are granted. An index that is over its load throttles the table itself."""
        indexed = self._fleet.index_units_a_file
        room = min(files, self._index_room / indexed) if indexed else files
        return self._readings.grant(second, room * self._fleet.units_a_file) / self._fleet.units_a_file

    def ingestions(self, second: int, files: float) -> float:
        """Return how many files' ingestions are granted, with their share of the totals, which costs as much."""
        units = self._fleet.ingestion_units_a_file
        return self._ingestions.grant(second, 2 * min(files * units, self._ingestion_room)) / (2 * units)


class Product(msgspec.Struct, frozen=True):
    """What is ours: what a file takes, how it is tried again, how it is spread."""

    work: Work = Work()
    retries: Retries = PRODUCT
    spread: Partitions = SPREAD


OURS: Final = Product()


def simulate(fleet: ScaleFleet, limits: Limits, *, seconds: int = 7200, warm: int = 0, product: Product = OURS) -> Seen:
    """Run a fleet for so long. warm: write units a second the tables were warmed up for."""
    run = _Run(fleet, limits, product, warm)
    for second in range(seconds):
        run.step(second)
    return run.seen(seconds)


class _Run:
    def __init__(self, fleet: ScaleFleet, limits: Limits, product: Product, warm: int) -> None:
        self._fleet = fleet
        self._limits = limits
        self._work = product.work
        self._retries = product.retries
        self._stores = SimulatedTables(fleet, limits, product.spread, warm)
        self._chance = random.Random(1)  # noqa: S311 - waits
        self._file_seconds = product.work.file_ms(fleet.sites_a_file) / 1000
        self._ready: deque[Files] = deque()
        self._away: list[tuple[float, int, Files]] = []
        self._workers: list[Worker] = []
        self._stored: list[tuple[float, float, int]] = []
        self._asked = self._refused = self._granted = 0.0
        self._most_waiting = self._most_busy = self._most_receives = self._dead = self._sent = 0

    def step(self, second: int) -> None:
        """Let one second pass."""
        if landing := self._landing(second):
            self._ready.append(Files(second + self._work.queue_ms / 1000, 0, landing))
        while self._away and self._away[0][0] <= second:
            self._ready.append(heapq.heappop(self._away)[2])
        if self._workers or not self._all_at_once(second):
            self._one_by_one(second)
        self._most_waiting = max(self._most_waiting, self._waiting())

    def seen(self, seconds: int) -> Seen:
        """Sum up, once the time is over."""
        late = [
            (done - landed, count)
            for landed, done, count in self._stored
            if landed >= seconds - 2 * self._fleet.interval_seconds
        ]
        early = [(done - landed, count) for landed, done, count in self._stored if landed < _FIRST_SECONDS]
        away = sum(files.count for _, _, files in self._away)
        at_work = sum(files.count for worker in self._workers for files in (*worker.at, *worker.batch))
        return Seen(
            first_p99=_share(early, 0.99),
            p50=_share(late, 0.5),
            p99=_share(late, 0.99),
            longest=_share(late, 1.0),
            waiting=self._most_waiting,
            busy=self._most_busy,
            throttled=self._refused / self._asked if self._asked else 0.0,
            granted=self._granted,
            left=sum(files.count for files in self._ready) + away + at_work,
            dead=self._dead,
            receives=self._most_receives,
        )

    def _landing(self, second: int) -> int:
        """Return the files that land in this second."""
        place = second % self._fleet.interval_seconds
        spread = self._fleet.spread_seconds
        if place >= spread:
            return 0
        return self._fleet.files * (place + 1) // spread - self._fleet.files * place // spread

    def _waiting(self) -> int:
        return sum(files.count for files in self._ready)

    def _processors(self, second: int) -> int:
        ramp = int(self._limits.source_first + second * self._limits.source_ramp_a_second)
        return min(ramp, self._limits.source_concurrency, self._limits.lambda_concurrency)

    def _all_at_once(self, second: int) -> bool:
        """Do all that this second has room for, where the tables grant it; False where they don't."""
        able = int(self._processors(second) * max(1.0, 1 / self._file_seconds))
        count = min(able, self._waiting())
        if not count:
            return True
        readings, ingestions = self._stores.readings(second, count), self._stores.ingestions(second, count)
        if min(readings, ingestions) < count * (1 - 1e-9):
            return False
        self._account(count, count)
        self._most_busy = max(self._most_busy, math.ceil(count * min(1.0, self._file_seconds)))
        for files in _taken(self._ready, count):
            self._most_receives = max(self._most_receives, files.receives + 1)
            self._note_done([files], max(second, files.landed) + self._file_seconds)
        return True

    def _one_by_one(self, second: int) -> None:
        """Let each processor go on with its own batch."""
        for _ in range(self._processors(second) - len(self._workers)):
            batch = self._receive()
            if not batch:
                break
            self._workers.append(Worker(second, batch, self._next(batch), second, self._chance.random()))
        self._most_busy = max(self._most_busy, len(self._workers))
        self._write(second, [each for each in self._workers if not each.recorded])
        self._record(second, [each for each in self._workers if each.recorded])
        self._workers = [worker for worker in self._workers if self._goes_on(worker, second)]

    def _receive(self) -> deque[Files]:
        """Take a batch off the queue; what was received too often is a dead letter."""
        batch: deque[Files] = deque()
        while self._ready and len(batch) < self._retries.batch:
            for files in _taken(self._ready, 1):
                if files.receives >= self._retries.max_receives:
                    self._dead += files.count
                    continue
                files.receives += 1
                self._most_receives = max(self._most_receives, files.receives)
                batch.append(files)
        return batch

    def _write(self, second: int, workers: list[Worker]) -> None:
        """Write readings; a file whose last statement is through goes on with its ingestion."""
        wanted = sum(worker.left * len(worker.at) for worker in workers)
        granted = self._stores.readings(second, wanted)
        self._account(wanted, granted)
        self._grant(workers, second, granted)
        for worker in workers:
            if math.exp(-worker.left * self._fleet.sites_a_file * len(worker.at)) >= worker.luck:
                worker.recorded, worker.left, worker.since = True, 1.0, second
                worker.luck = self._chance.random()

    def _record(self, second: int, workers: list[Worker]) -> None:
        """Record ingestions; those through are done."""
        wanted = sum(worker.left * len(worker.at) for worker in workers)
        self._grant(workers, second, self._stores.ingestions(second, wanted))
        for worker in workers:
            if (1 - worker.left) ** len(worker.at) >= worker.luck:
                self._note_done(worker.at, second + self._file_seconds)
                worker.at = []

    def _grant(self, workers: list[Worker], second: int, granted: float) -> None:
        """Share out what is granted: each attempt has the same chance, and who waits longer asks less often."""
        asks = [_ASKED[min(second - worker.since, 2)] for worker in workers]
        lefts = [worker.left * len(worker.at) for worker in workers]
        refused = 1 - _chance_of(list(zip(lefts, asks, strict=True)), granted)
        for worker, often in zip(workers, asks, strict=True):
            worker.left *= refused**often

    def _goes_on(self, worker: Worker, second: int) -> bool:
        """Bring back what patience ended for, and begin the next file, while there is time for one."""
        if worker.at and second - worker.since < self._retries.retry_seconds:
            return True
        for files in worker.at:
            self._bring_back(files, second)
        if second - worker.began >= self._retries.timeout_seconds * self._retries.begin_share:
            for files in worker.batch:
                self._bring_back(files, second)
            return False
        if not worker.batch:
            return False
        worker.at, worker.since, worker.left = self._next(worker.batch), second + 1, 1.0
        worker.luck, worker.recorded = self._chance.random(), False
        return True

    def _next(self, batch: deque[Files]) -> list[Files]:
        """Take the files that a processor is at next."""
        able = min(int(1 / self._file_seconds), BATCH_STATEMENTS // self._fleet.sites_a_file)
        return [batch.popleft() for _ in range(min(max(1, able), len(batch)))]

    def _bring_back(self, files: Files, second: int) -> None:
        wait = self._retries.first_wait_seconds * 2 ** (files.receives - 1)
        longest = min(wait, self._retries.longest_wait_seconds)
        self._sent += 1
        heapq.heappush(self._away, (second + longest * (1 - self._chance.random() / 2), self._sent, files))

    def _note_done(self, done: Iterable[Files], at: float) -> None:
        for files in done:
            self._stored.append((files.landed - self._work.queue_ms / 1000, at, files.count))

    def _account(self, wanted: float, granted: float) -> None:
        units = self._fleet.units_a_file
        self._asked += wanted * units
        self._refused += (wanted - granted) * units
        self._granted = max(self._granted, granted * units)


def _taken(ready: deque[Files], count: int) -> list[Files]:
    """Take so many files off the front of the queue."""
    taken: list[Files] = []
    while count and ready:
        first = ready[0]
        part = min(count, first.count)
        taken.append(Files(first.landed, first.receives, part))
        count -= part
        first.count -= part
        if not first.count:
            ready.popleft()
    return taken


def _chance_of(asks: list[tuple[float, float]], granted: float) -> float:
    """Return the chance of one attempt, so that of all that is left as much is written as is granted.

    asks: what is left of each, and how often it is asked for in this second.
    """
    if granted >= sum(left for left, _ in asks) * (1 - 1e-9):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(20):
        chance = (low + high) / 2
        if sum(left * (1 - (1 - chance) ** often) for left, often in asks) > granted:
            high = chance
        else:
            low = chance
    return low


def _share(delays: list[tuple[float, int]], share: float) -> float:
    """Return the delay that this share of the files stay below."""
    wanted = sum(count for _, count in delays) * share
    for delay, count in sorted(delays):
        wanted -= count
        if wanted <= 0:
            return delay
    return 0.0
