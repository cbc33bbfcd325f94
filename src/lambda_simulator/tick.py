"""The whole fleet at one tick: the records its loggers send, and the truth about those a fault has changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from heliograph.reading import format_timestamp
from lambda_simulator.energy import INTERVAL, Energy, clean_energy, is_asleep
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
    """Simulate every site of `fleet` in the interval that ends at `tick_end`: what comes in then.

    Most send the interval itself, loggers that sleep nothing at night, and portals all of yesterday in the morning. It
    is a function of its arguments alone. fault_rate: the share of a site's days that have a fault, 0 to 1.

    Raises:
        ValueError: `tick_end` isn't a whole tick, such as 12:05:00 with an offset.
    """
    if floor_to_tick(tick_end) != tick_end:
        raise ValueError(f"{tick_end.isoformat()} isn't the end of an interval")
    tick = Tick([], [])
    for site in fleet:
        for delivered in delivered_at(site, tick_end.astimezone(UTC)):
            _simulate_site(site, delivered, seed, fault_rate, tick)
    return tick


def delivered_at(site: SimulatedSite, tick_end: datetime) -> Iterable[datetime]:
    """Return the ends of the intervals whose readings come in at `tick_end`: itself, none, or those of yesterday."""
    if site.meter.delivers_at is None:
        return (tick_end,)
    zone = ZoneInfo(site.region.timezone)
    local = tick_end.astimezone(zone)
    if (local.hour, local.minute) != (site.meter.delivers_at, 0):
        return ()
    midnight, before = (
        datetime(day.year, day.month, day.day, tzinfo=zone) for day in (local, local.date() - timedelta(days=1))
    )
    return ticks_between(before, midnight)


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
    incident = incident_at(site, tick_end, seed, fault_rate)
    clean = clean_records(site, tick_end, energy)
    if incident is None:
        into.records.extend(clean)
        return
    sent = faulty_records(incident, Case(site, tick_end, energy, incident.onset, incident.ends, seed))
    into.records.extend(sent)
    if sent != clean:
        into.labels.append(_label(incident, record_of(site.site_id, tick_end, energy), sent, energy))


def clean_records(site: SimulatedSite, tick_end: datetime, energy: Energy) -> list[Record]:
    """Return what a faultless logger sends of an interval: one record, or none while it sleeps."""
    return [] if is_asleep(site, tick_end) else [record_of(site.site_id, tick_end, energy)]


def faulty_records(incident: FaultOccurrence, case: Case) -> list[Record]:
    """Return what is sent of an interval in a fault: a logger that sleeps sends nothing, unless the fault wakes it."""
    sent = incident.fault.apply(case)
    if not is_asleep(case.site, case.tick_end):
        return sent
    asleep = not incident.fault.wakes or sent == [case.sent(*case.energy)]
    return [] if asleep else sent


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
