"""The simulator's sites as samples: clean, or with its own faults, whose truth it knows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from heliograph.feed import Numbered, decode
from heliograph.reading import end_of
from lambda_simulator.energy import INTERVAL, Energy, clean_energy, is_asleep
from lambda_simulator.faults import Case, Record
from lambda_simulator.fleet import SimulatedSite, make_fleet
from lambda_simulator.schedule import FaultOccurrence, FaultPlan, day_of, incident_of_day, slow_incident_of
from lambda_simulator.tick import clean_records, faulty_records
from quality.hidden import HIDDEN, is_hidden
from quality.sample import Event, Sample, Sent, sent_as

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
# A meter frozen there can't be told from a sound one, until it lasts into the dark: the checks spare it by design.
SPARED: Final = "stale_where_spared"
_AUXILIARY: Final = 0.005  # of nameplate
_LIMIT: Final = 0.97
_EXPORT_LIMITS: Final = (0.5, 0.6, 0.7)  # of nameplate, that laws and grid operators set
_HELD_WITHIN: Final = 0.003  # of nameplate, by an inverter
LEAD_DAYS: Final = 28  # without a fault, so that there is a baseline to fit; not counted


_NOT_ITSELF: Final = -1
Changed = list[tuple[int, list[int]]]  # when it was due, and the ENDs that its records carry


class Variant(msgspec.Struct, frozen=True):
    """What is wrong in one run over the fleet. rate: the share of site-days with a fault of under a day."""

    name: str
    rate: float
    plan: FaultPlan


class CleanSite(msgspec.Struct, frozen=True):
    """A site with what its faultless meter counts, tick by tick from `START`, and sends: None while it sleeps."""

    site: SimulatedSite
    seed: int
    energies: list[Energy]
    sent: list[Sent | None]


def clean_site(number: int, days: int, seed: int) -> CleanSite:
    """Simulate the lead-in and `days` of one of the fleet's sites, the first being number 0."""
    ticks = [START + (number + 1) * INTERVAL for number in range((LEAD_DAYS + days) * (timedelta(days=1) // INTERVAL))]
    site = make_fleet(number + 1, seed)[number]
    energies = [clean_energy(site, tick_end, seed) for tick_end in ticks]
    sent = [
        None if is_asleep(site, tick_end) else _sent(tick_end, energy)
        for tick_end, energy in zip(ticks, energies, strict=True)
    ]
    return CleanSite(site, seed, energies, sent)


def sample_of(clean: CleanSite, variant: Variant) -> Sample:
    """Put the variant's faults into a clean site's records."""
    sent = {place: [] if each is None else [each] for place, each in enumerate(clean.sent)}
    rejected: list[int] = []
    events = []
    for incident in _incidents(clean, variant):
        changed = _apply(incident, clean, variant.plan.size, sent, rejected)
        if changed:
            events.append(_event(_name(incident, clean, sent, changed), changed + _ended_by(incident, clean, sent)))
    ordered = [each for place in range(len(clean.sent)) for each in sent[place]]
    return Sample(clean.site.site, ordered, events, rejected)


def _incidents(clean: CleanSite, variant: Variant) -> Iterator[FaultOccurrence]:
    """Yield the incidents that lie wholly between the lead-in and the end."""
    first, last = START + timedelta(days=LEAD_DAYS), START + len(clean.sent) * INTERVAL
    begun: set[datetime] = set()
    for day in range(day_of(clean.site, first), day_of(clean.site, last) + 1):
        slow = slow_incident_of(clean.site, day, clean.seed, variant.plan)
        incident = slow or incident_of_day(clean.site, day, clean.seed, variant.rate, variant.plan)
        if incident and first < incident.onset and incident.ends <= last and incident.onset not in begun:
            begun.add(incident.onset)
            yield incident


def _apply(
    incident: FaultOccurrence, clean: CleanSite, size: float, sent: dict[int, list[Sent]], rejected: list[int]
) -> Changed:
    """Replace what is sent while the incident lasts; return the changed places' ENDs and those their records carry."""
    changed = []
    for place in range(_place(incident.onset), _place(incident.ends)):
        tick_end = START + (place + 1) * INTERVAL
        energy = clean.energies[place]
        case = Case(clean.site, tick_end, energy, incident.onset, incident.ends, clean.seed, size)
        records = faulty_records(incident, case)
        if records == clean_records(clean.site, tick_end, energy):
            continue
        landed = int(tick_end.timestamp())
        sent[place] = list(_decoded(records, landed, rejected))
        changed.append((landed, [each.end for each in sent[place]]))
    return changed


def _decoded(records: Sequence[Record], landed: int, rejected: list[int]) -> Iterator[Sent]:
    """Read records with the product's own decoder."""
    for entry in decode(msgspec.json.encode({"readings": records})):
        if isinstance(entry, Numbered):
            reading = entry.reading
            end = end_of(reading.timestamp)
            yield sent_as(reading, landed, end)
        else:
            rejected.append(landed)


def _name(incident: FaultOccurrence, clean: CleanSite, sent: Mapping[int, list[Sent]], changed: Changed) -> str:
    """Return the fault's name; another where a meter freezes at what sound meters repeat, or can't show the fault."""
    name, nameplate = incident.fault.name, clean.site.site.max_interval_kwh
    if name == "stale" and nameplate is not None:
        share = clean.energies[_place(incident.onset)].generated / nameplate
        at_limit = any(abs(share - limit) <= _HELD_WITHIN for limit in _EXPORT_LIMITS)
        if at_limit or not _AUXILIARY < share < _LIMIT:
            return SPARED
    places = [_place(datetime.fromtimestamp(landed, UTC)) for landed, _ in changed]
    rows = [
        (clean.energies[place], [Energy(float(each.generated_kwh), float(each.consumed_kwh)) for each in sent[place]])
        for place in places
    ]
    return name + HIDDEN * is_hidden(name, clean.site, rows, clean.energies, places[0])


def is_apart(fault: str) -> bool:
    """Return whether a fault is one of those that are counted apart, since no check can tell them."""
    return fault == SPARED or fault.endswith(HIDDEN)


def _place(tick_end: datetime) -> int:
    return (tick_end - START) // INTERVAL - 1


def _ended_by(incident: FaultOccurrence, clean: CleanSite, sent: Mapping[int, list[Sent]]) -> Changed:
    """Return the reading that ends a silence and carries its flag: after a night, where the logger sleeps."""
    if incident.fault.name != "no_data":
        return []
    later = (sent[place] for place in range(_place(incident.ends), len(clean.sent)))
    first = next((each for each in later if each), None)
    return [(_NOT_ITSELF, [first[0].end])] if first else []


def _event(fault: str, changed: Changed) -> Event:
    carried = frozenset(end for landed, ends in changed for end in ends or [landed])
    within = [landed for landed, _ in changed if landed != _NOT_ITSELF]
    return Event(fault, within[0], within[-1], carried)


def _sent(tick_end: datetime, energy: Energy) -> Sent:
    end = int(tick_end.timestamp())
    return Sent(end, end, Decimal(repr(energy.generated)), Decimal(repr(energy.consumed)))
