"""Faults put into the clean ones of the real sites, and whether an operator would hear of them.

A fault is found where an incident that would notify meets it: from a day before its onset to a day after its end, three
days for what only days of history show. An incident that the site raises without the fault finds nothing. All goes the
way of `heliograph check`, incidents included.

A gap of hours is information once it is over, because `no_data` notified while it lasted. So each `no_data` is looked
at as of the last evaluation before the next reading lands: the file ends in the gap, and only what an operator would
have heard by then counts (`heliograph check --as-of`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

import msgspec

from heliograph.history import History, Provenance, landing, merge
from heliograph.reading import Reading, end_of, text_of
from heliograph_cli.checking import OpenedIncident, check_site
from quality.events import OWN_RULES
from quality.inject import Choice, inject
from quality.real_sites import RealSite
from quality.sample import Event, Sample
from quality.simulated import SPARED

SEEDS: Final = (31, 32)
_DAY: Final = 86_400
_FEWEST_DAYS: Final = 80  # four weeks of lead-in, and room for a dozen faults that stay apart
_ABOUT: Final = 366  # days looked at of a site; more only takes longer
_APART: Final = 2  # days left alone around what a site shows by itself
_RARE: Final = 0.001  # of the readings; fewer have such a digit by a fault or a conversion
_NOTIFIES: Final = ("warning", "critical")
_NO_DATA: Final = "no_data"
_CYCLE: Final = 30 * 60  # the watch evaluates a site so often, unless it is deployed otherwise; seconds
_SLOW: Final = ("time_shift", "level_shift")
# How many of its usual most a spike of consumption is: a home's true most is three times that.
_LOAD_SPIKE: Final = 8.0
_GENERATING: Final = (
    "negative", "sentinel", "stale", "unit_error", "unit_error_mwh", "no_data", "conflicting_values", "spike",
    "catch_up", "interpolated", "incomplete_day",
)  # fmt: skip
_OF_SUN: Final = (*_GENERATING, "night_generation", "zero_output")
_OF_LOAD: Final = (*_GENERATING, "zero_consumption")


class FaultOutcome(NamedTuple):
    """What became of one fault. found: the rules of the incidents that notified. incidents: how many there were."""

    site: str
    event: Event
    found: tuple[str, ...]
    incidents: int

    @property
    def by_own(self) -> bool:
        """Whether a rule that is made for the fault found it."""
        return not OWN_RULES[self.event.fault].isdisjoint(self.found)


class SiteOutcome(NamedTuple):
    """What became of the faults of one run over a site. without_cause: rules and onsets of incidents that meet none."""

    site: str
    outcomes: list[FaultOutcome]
    without_cause: list[str]


def is_clean(each: RealSite) -> bool:
    """Return whether a site has room for faults and no labelled fault of its clock, beside which none would be seen."""
    sent = each.sample.sent
    days = (sent[-1].end - sent[0].end) / _DAY
    return days >= _FEWEST_DAYS and not any(label.fault.startswith("clock") for label in each.labels)


def measure(sites: Iterable[RealSite], seeds: Sequence[int] = SEEDS, jobs: int = 1) -> list[SiteOutcome]:
    """Put faults into each clean site, the short ones and the slow ones in runs of their own, once a seed."""
    clean = [each for each in sites if is_clean(each)]
    one = partial(_measure_site, seeds=seeds)
    if jobs == 1:
        return [outcome for each in clean for outcome in one(each)]
    with ProcessPoolExecutor(jobs) as pool:
        return [outcome for found in pool.map(one, clean) for outcome in found]


def _measure_site(each: RealSite, seeds: Sequence[int]) -> list[SiteOutcome]:
    first = each.sample.sent[0].end
    sample = Sample(each.site, [one for one in each.sample.sent if one.end <= first + _ABOUT * _DAY], [])
    before = incidents_of(sample)
    outcomes = []
    for seed in seeds:
        for faults in runs_of_faults(each):
            injected = with_faults(each, sample, before, seed, faults)
            outcomes.append(outcome_of(each.name, injected, before, incidents_of(injected)))
    return outcomes


def runs_of_faults(each: RealSite) -> list[tuple[str, ...]]:
    """Return the kinds that a site of its kind can have, those put in together together."""
    if each.site.kind not in {"solar", "wind", "battery"}:
        return [_OF_LOAD]
    short = _OF_SUN if each.site.kind == "solar" else _GENERATING
    if each.site.capacity_kw is not None:
        short = (*short, "over_capacity")
    return [short, *((name,) for name in _SLOW if each.site.kind == "solar")]


def with_faults(
    each: RealSite, sample: Sample, before: Sequence[OpenedIncident], seed: int, faults: Sequence[str]
) -> Sample:
    """Put one fault of each kind into a sample, away from what is labelled and from what it raises by itself."""
    swap: Callable[[Sample], Sample] = _swapped if each.site.kind not in {"solar", "wind", "battery"} else _same
    stretches = [(end_of(label.start), end_of(label.end)) for label in each.labels]
    stretches += [(end_of(one.onset), end_of(one.recovery or one.last)) for one in before]
    taken = frozenset(
        day for start, end in stretches for day in range(start // _DAY - _APART, end // _DAY + _APART + 1)
    )
    larger = {"spike": _LOAD_SPIKE} if swap is _swapped else {}
    choice = Choice(faults, taken, digits_of(sample), larger)
    return _spared(swap(inject(swap(sample), seed, 1, 1.0, choice)), sample)


def _spared(injected: Sample, sample: Sample) -> Sample:
    """Name apart the freezes at a value that the site holds by itself, such as its inverters' limit."""
    held = set()
    for one, following, third in zip(sample.sent, sample.sent[1:], sample.sent[2:], strict=False):
        if one[2:] == following[2:] == third[2:]:
            held.add(one[2:])
    frozen = {one.end: one[2:] for one in injected.sent}
    events = [
        msgspec.structs.replace(one, fault=SPARED) if one.fault == "stale" and frozen[one.onset] in held else one
        for one in injected.events
    ]
    return msgspec.structs.replace(injected, events=events)


def _same(sample: Sample) -> Sample:
    return sample


def _swapped(sample: Sample) -> Sample:
    """Exchange the sides of a sample: what an examiner does to generation is done to consumption so."""
    sent = [one._replace(generated_kwh=one.consumed_kwh, consumed_kwh=one.generated_kwh) for one in sample.sent]
    return msgspec.structs.replace(sample, sent=sent)


def digits_of(sample: Sample) -> Decimal:
    """Return the last digit that a meter sends, kWh, such as 0.01: an altered value has no more of them."""
    values = (value for one in sample.sent for value in (one.generated_kwh, one.consumed_kwh))
    exponents = Counter(value.normalize().as_tuple().exponent for value in values if value)
    finest = min((int(each) for each, times in exponents.items() if times > _RARE * len(sample.sent)), default=0)
    return Decimal(1).scaleb(min(0, finest))


def incidents_of(sample: Sample, as_of: int | None = None) -> list[OpenedIncident]:
    """Return the incidents that `heliograph check` would show for a sample's records, each landed when it was sent.

    as_of: look at it as of then, seconds since 1970; else as of its end.
    """
    histories: dict[int, History] = {}
    for position, one in enumerate(sample.sent):
        reading = Reading(sample.site.site_id, text_of(one.end), one.generated_kwh, one.consumed_kwh)
        new = landing(reading, Provenance(text_of(one.landed), "sample", position))
        known = histories.get(one.end)
        histories[one.end] = new if known is None else merge(known, new)
    return check_site(sample.site, histories.values(), as_of, knows_landings=as_of is not None).incidents


def incidents_within(sample: Sample, event: Event) -> list[OpenedIncident]:
    """Return the incidents that are known as of the last evaluation before the first reading behind a fault lands."""
    back = min((one.landed for one in sample.sent if one.end > event.last), default=event.last + _CYCLE)
    return incidents_of(sample, back - _CYCLE)


def outcome_of(
    name: str, injected: Sample, before: Sequence[OpenedIncident], after: Sequence[OpenedIncident]
) -> SiteOutcome:
    """Match the incidents of a sample with its faults, without those that it had before they were put in."""
    own = {(one.rule, one.onset) for one in before}
    new = [one for one in after if (one.rule, one.onset) not in own]
    met = [(event, [one for one in _known(injected, event, new) if _tells_of(one, event)]) for event in injected.events]
    outcomes = [
        FaultOutcome(name, event, tuple(sorted({one.rule for one in incidents})), len(incidents))
        for event, incidents in met
    ]
    alarms = [one for one in new if one.severity in _NOTIFIES]
    stray = [one for one in alarms if not any(_meets(one, event) for event in injected.events)]
    return SiteOutcome(name, outcomes, [f"{one.rule} {one.onset} to {one.recovery or one.last}" for one in stray])


def _known(injected: Sample, event: Event, whole: Sequence[OpenedIncident]) -> Sequence[OpenedIncident]:
    """Return the incidents by which an event may be found. whole: those of the whole sample."""
    if event.fault != _NO_DATA:
        return whole
    return [one for one in incidents_within(injected, event) if one.rule == _NO_DATA and not one.recovery]


def _tells_of(incident: OpenedIncident, event: Event) -> bool:
    return incident.severity in _NOTIFIES and _meets(incident, event)


def _meets(incident: OpenedIncident, event: Event) -> bool:
    after = 3 if event.fault in _SLOW else 1
    onset, end = end_of(incident.onset), end_of(incident.recovery or incident.last)
    if any(carried - _DAY <= onset <= carried + _DAY for carried in event.ends - set(range(event.onset, event.last))):
        return True
    return event.onset - _DAY <= onset <= event.last + after * _DAY and end >= event.onset
