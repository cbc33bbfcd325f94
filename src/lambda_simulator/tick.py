"""The whole fleet at one tick: the records its loggers send, and the truth about those a fault has changed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from heliograph.reading import format_timestamp
from lambda_simulator.energy import INTERVAL, Energy, clean_energy
from lambda_simulator.faults import Case, Record, record_of
from lambda_simulator.fleet import SimulatedSite
from lambda_simulator.schedule import FaultOccurrence, incident_at

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Label(msgspec.Struct, frozen=True):
    """The truth about one reading that a fault changed.

    timestamp: as the reading carries it, so that the label can be joined to it; where none was sent, the interval's
    end. onset, ends: the fault may touch the intervals that end in [onset, ends). detail: what went wrong, and what a
    faultless meter would have sent.
    """

    site_id: str
    timestamp: str
    fault: str
    onset: str
    ends: str
    detail: str


class Tick(msgspec.Struct, frozen=True):
    """What one tick gives: the records as they go into the raw file, and the labels of those that a fault changed."""

    records: list[Record]
    labels: list[Label]


def simulate_tick(fleet: Sequence[SimulatedSite], tick_end: datetime, seed: int, fault_rate: float) -> Tick:
    """Simulate every site of `fleet` in the interval that ends at `tick_end`.

    It is a function of its arguments alone. fault_rate: the share of a site's days that have a fault, 0 to 1.

    Raises:
        ValueError: `tick_end` isn't a whole tick, such as 12:05:00 with an offset.
    """
    if floor_to_tick(tick_end) != tick_end:
        raise ValueError(f"{tick_end.isoformat()} isn't the end of an interval")
    tick = Tick([], [])
    for site in fleet:
        _simulate_site(site, tick_end.astimezone(UTC), seed, fault_rate, tick)
    return tick


def floor_to_tick(moment: datetime) -> datetime:
    """Return the end of the interval that was over last at `moment`, in UTC.

    Raises:
        ValueError: `moment` has no offset.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset")
    utc = moment.astimezone(UTC)
    return utc - (utc - _EPOCH) % INTERVAL


def ticks_between(start: datetime, end: datetime, interval: timedelta = INTERVAL) -> Iterator[datetime]:
    """Yield the ends, in UTC, of the intervals that lie wholly between `start` and `end`, the earliest first."""
    begins = start.astimezone(UTC)
    tick_end = begins + (_EPOCH - begins) % interval + interval
    while tick_end <= end:
        yield tick_end
        tick_end += interval


def _simulate_site(site: SimulatedSite, tick_end: datetime, seed: int, fault_rate: float, into: Tick) -> None:
    energy = clean_energy(site, tick_end, seed)
    clean = [record_of(site.site_id, tick_end, energy)]
    incident = incident_at(site, tick_end, seed, fault_rate)
    if incident is None:
        into.records.extend(clean)
        return
    sent = incident.fault.apply(Case(site, tick_end, energy, incident.onset, incident.ends, seed))
    into.records.extend(sent)
    if sent != clean:
        into.labels.append(_label(incident, clean[0], sent, energy))


def _label(incident: FaultOccurrence, clean: Record, sent: Sequence[Record], energy: Energy) -> Label:
    return Label(
        site_id=clean["site_id"],
        timestamp=(sent[0] if sent else clean)["timestamp"],
        fault=incident.fault.name,
        onset=format_timestamp(incident.onset),
        ends=format_timestamp(incident.ends),
        detail=f"{incident.fault.meaning}; truly generated {energy.generated}, consumed {energy.consumed} kWh "
        f"in the interval to {clean['timestamp']}",
    )
