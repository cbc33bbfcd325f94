"""A labelled series: what a site sent, in order of landing, and which of it is false."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from heliograph.series import Point, Series, series_of
from heliograph.site import Site


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
