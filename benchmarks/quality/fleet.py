"""Measuring on the simulator's fleet: its labelled faults at several sizes, and none."""

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Final, NamedTuple

import msgspec

from lambda_simulator.fleet import INTERVAL_MINUTES
from lambda_simulator.schedule import FaultPlan
from quality import detectors, ours
from quality.events import Scored, delay, details, score, soonest
from quality.sample import Sample
from quality.simulated import CleanSite, Variant, clean_site, is_apart, sample_of

RATE: Final = 0.25  # of the days have a fault of under a day
STANDARD: Final = 1.0
CLEAN: Final = "clean"
_TIMED_PER_SITE: Final = 4  # delays measured per site and fault; each takes a dozen looks


class Extent(NamedTuple):
    """How much is run. baselines: how many of the sites the slower detectors get. jobs: processes."""

    sites: int = 40
    days: int = 90
    seed: int = 31
    sizes: tuple[float, ...] = (0.5, 1.0, 2.0)
    baselines: int = 5
    jobs: int = 1


class FleetTally(msgspec.Struct):
    """What was measured. scored: by detector and variant. delays: of the standard size, by fault, in intervals."""

    scored: dict[tuple[str, str], list[Scored]] = msgspec.field(default_factory=lambda: defaultdict(list))
    delays: dict[str, list[float]] = msgspec.field(default_factory=lambda: defaultdict(list))
    floors: dict[str, list[float]] = msgspec.field(default_factory=lambda: defaultdict(list))
    details: list[str] = msgspec.field(default_factory=list)

    def add(self, other: "FleetTally") -> None:
        """Take in what was measured on another site."""
        for key, scored in other.scored.items():
            self.scored[key] += scored
        for mine, theirs in ((self.delays, other.delays), (self.floors, other.floors)):
            for fault, figures in theirs.items():
                mine[fault] += figures
        self.details += other.details


def variants(sizes: Iterable[float]) -> list[Variant]:
    """Return the runs: no fault, and each size of the short faults and of the slow ones."""
    runs = [Variant(CLEAN, 0.0, FaultPlan())]
    for size in sizes:
        runs += [
            Variant(f"short {size:g}", RATE, FaultPlan(size=size)),
            Variant(f"slow {size:g}", 0.0, FaultPlan(size=size, slow_rate=1.0)),
        ]
    return runs


def measure(extent: Extent) -> FleetTally:
    """Simulate the fleet site by site, and score every detector on every run."""
    tally = FleetTally()
    one_site = partial(_measure_site, extent)
    if extent.jobs == 1:
        for part in map(one_site, range(extent.sites)):
            tally.add(part)
        return tally
    with ProcessPoolExecutor(extent.jobs) as pool:
        for part in pool.map(one_site, range(extent.sites)):
            tally.add(part)
    return tally


def _measure_site(extent: Extent, number: int) -> FleetTally:
    tally = FleetTally()
    clean = clean_site(number, extent.days, extent.seed)
    for variant in variants(extent.sizes):
        _take(clean, variant, tally, with_baselines=number < extent.baselines)
    return tally


def _take(clean: CleanSite, variant: Variant, tally: FleetTally, *, with_baselines: bool) -> None:
    sample = sample_of(clean, variant)
    scored = score(ours.find(sample), sample, INTERVAL_MINUTES)
    tally.scored[detectors.OURS, variant.name].append(scored)
    tally.details += details(scored, f"{variant.name} {sample.site.site_id}")
    if variant.plan.size != STANDARD:
        return
    _time(sample, scored, tally)
    for name, detector in detectors.BASELINES.items() if with_baselines else ():
        tally.scored[name, variant.name].append(score(detector(sample), sample, INTERVAL_MINUTES))


def _time(sample: Sample, scored: Scored, tally: FleetTally) -> None:
    if not sample.events:
        return
    left: dict[str, int] = defaultdict(lambda: _TIMED_PER_SITE)
    for event, was_seen, _ in scored.seen:
        if is_apart(event.fault):
            continue
        left[event.fault] -= 1
        if was_seen and left[event.fault] >= 0 and (late := delay(event, sample)) is not None:
            tally.delays[event.fault].append(late)
            tally.floors[event.fault].append(soonest(event, INTERVAL_MINUTES))


def standard(tally: FleetTally, detector: str) -> list[Scored]:
    """Return a detector's scores on the faults of standard size, short and slow."""
    return [*tally.scored[detector, f"short {STANDARD:g}"], *tally.scored[detector, f"slow {STANDARD:g}"]]
