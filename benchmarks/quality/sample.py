"""A labelled series, and what a detector answers of it.

A sample is what a site sent, in order of landing, and which of it is false.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from heliograph.reading import Reading
from heliograph.series import Point, Series, series_of
from heliograph.site import Site

HOLD_SECONDS = 3600  # an incident ends after an hour of silence of its rule,
HOLD_READINGS = 3  # and after as many readings


def sent_as(reading: Reading, landed: int, end: int) -> "Sent":
    """Return a reading as it was sent; a side that isn't measured is nothing, as other tools want it."""
    nothing = Decimal(0)
    return Sent(landed, end, reading.energy_generated_kwh or nothing, reading.energy_consumed_kwh or nothing)


class Sent(NamedTuple):
    """One record of a site. landed, end: seconds since 1970; end is of its interval, as stamped. Energies: kWh."""

    landed: int
    end: int
    generated_kwh: Decimal
    consumed_kwh: Decimal


class Event(msgspec.Struct, frozen=True):
    """One fault of one site.

    onset, last: ENDs of the first and last interval it changed, seconds since 1970. ends: the ENDs that the changed
    records carry; where none was sent, those of the intervals.
    """

    fault: str
    onset: int
    last: int
    ends: frozenset[int]


class Sample(msgspec.Struct, frozen=True, eq=False):
    """One site's records, oldest landing first, and the faults among them.

    rejected: when records landed that can't be read. events: what is false; empty where nothing is. A sample is equal
    to itself alone, so that a detector can remember it.
    """

    site: Site
    sent: list[Sent]
    events: list[Event]
    rejected: list[int] = msgspec.field(default_factory=list)

    @property
    def false_ends(self) -> frozenset[int]:
        """The ENDs of all changed readings."""
        return frozenset().union(*(event.ends for event in self.events))


def stored(sent: Iterable[Sent]) -> list[Point]:
    """Return what the store holds once all has landed: each interval once, the latest landing of it, oldest first."""
    latest = {each.end: each for each in sorted(sent, key=lambda each: each.landed)}
    return [Point(end, latest[end].generated_kwh, latest[end].consumed_kwh) for end in sorted(latest)]


def series(sample: Sample) -> Series:
    """Return the sample as the checks over time see it."""
    return series_of(stored(sample.sent), sample.site)


def runs_of(ends: Iterable[int], step: int) -> list[list[int]]:
    """Group ascending ENDs into runs without a gap. step: seconds between neighbours."""
    runs: list[list[int]] = []
    for end in ends:
        if runs and end - runs[-1][-1] <= step:
            runs[-1].append(end)
        else:
            runs.append([end])
    return runs


def event_of(fault: str, ends: list[int]) -> Event:
    """Make an event of the ENDs it changed, ascending and not empty."""
    return Event(fault, ends[0], ends[-1], frozenset(ends))


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of time that a rule has something against as a whole: start < END <= ends, seconds since 1970."""

    rule: str
    start: int
    ends: int


class Spoken(msgspec.Struct, frozen=True):
    """One episode of one rule at one site: what an operator would be told of once. first, last: seconds since 1970."""

    rule: str
    first: int
    last: int
    ends: frozenset[int] = frozenset()


class DetectorAnswer(msgspec.Struct, frozen=True):
    """A detector's answer.

    flags: the ENDs of the readings that each rule calls anomalous. stretches: days, or times of silence. told: what a
    rule only remarks on (severity info), not counted as an anomaly. spoken: the episodes, where the detector joins its
    flags itself.
    """

    flags: dict[str, set[int]] = msgspec.field(default_factory=dict)
    stretches: list[Stretch] = msgspec.field(default_factory=list)
    told: dict[str, set[int]] = msgspec.field(default_factory=dict)
    spoken: list[Spoken] | None = None

    @property
    def flagged(self) -> set[int]:
        """The ENDs that any rule calls anomalous."""
        return set().union(*self.flags.values())


def episodes(found: DetectorAnswer, minutes: int) -> list[Spoken]:
    """Join what each rule says into episodes; it continues one that it left off within an hour or 3 readings."""
    if found.spoken is not None:
        return found.spoken
    retry_policy = max(HOLD_SECONDS, HOLD_READINGS * minutes * 60)
    spoken = [
        Spoken(rule, run[0], run[-1], frozenset(run))
        for rule, ends in found.flags.items()
        for run in runs_of(sorted(ends), retry_policy)
    ]
    return sorted([*spoken, *_whole(found.stretches)], key=lambda each: (each.first, each.rule))


def _whole(stretches: Iterable[Stretch]) -> list[Spoken]:
    """Join the stretches of a rule that touch."""
    joined: list[Spoken] = []
    for each in sorted(stretches, key=lambda each: (each.rule, each.start)):
        if joined and joined[-1].rule == each.rule and each.start <= joined[-1].last + 1:
            joined[-1] = Spoken(each.rule, joined[-1].first, max(each.ends, joined[-1].last))
        else:
            joined.append(Spoken(each.rule, each.start + 1, each.ends))
    return joined
