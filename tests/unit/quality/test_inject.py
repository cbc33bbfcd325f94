"""Faults put into a real series: labelled exactly, apart from each other, by seed and size."""

import itertools
from collections import Counter
from decimal import Decimal

import msgspec
import pytest

from quality.inject import KINDS, USUAL, Choice, inject
from quality.sample import Event, Sample, Sent
from unit.quality.a_home import HOUR, START, clean

DAY = 24 * HOUR
CLEAN = clean(300)
INJECTED = inject(CLEAN, 1, each=2)


def landed(sample: Sample) -> dict[int, list[tuple[int, Decimal, Decimal]]]:
    """Group what was sent by the interval it was landed after, to the hour."""
    grouped: dict[int, list[tuple[int, Decimal, Decimal]]] = {}
    for one in sample.sent:
        grouped.setdefault(one.landed // HOUR * HOUR, []).append((one.end, one.generated_kwh, one.consumed_kwh))
    return grouped


def sent_in(event: Event, sample: Sample) -> list[Sent]:
    """Return what was sent of an event's own readings."""
    return [one for one in sample.sent if one.end in event.ends]


def test_every_kind_comes_as_often_as_asked() -> None:
    """Two of each short kind and one of each slow one."""
    counts = Counter(event.fault for event in INJECTED.events)
    assert counts == {name: 1 if kind.days[1] else 2 for name, kind in KINDS.items() if name in USUAL}


def test_labels_tell_exactly_what_changed() -> None:
    """An interval sent otherwise than it was lies in an event, and each event's first and last changed."""
    before, after = landed(CLEAN), landed(INJECTED)
    changed = {end for end in before if after.get(end) != before[end]}
    assert all(any(event.onset <= end <= event.last for event in INJECTED.events) for end in changed)
    assert {event.onset for event in INJECTED.events} | {event.last for event in INJECTED.events} <= changed


def test_the_first_weeks_stay_clean_and_faults_stay_apart() -> None:
    """A baseline can be fitted, and no two events are within a day of each other."""
    assert INJECTED.events[0].onset >= START + 28 * DAY
    ordered = sorted(INJECTED.events, key=lambda event: event.onset)
    assert all(later.onset - sooner.last > DAY // 2 for sooner, later in itertools.pairwise(ordered))


def test_a_seed_gives_the_same_places_again_and_another_gives_others() -> None:
    """So a result can be looked into."""
    again = inject(CLEAN, 1, each=2)
    assert (again.sent, again.events) == (INJECTED.sent, INJECTED.events)
    assert inject(CLEAN, 2, each=2).events != INJECTED.events


def test_only_what_is_asked_for_is_put_in() -> None:
    """One kind alone, for whoever works on its check."""
    assert {event.fault for event in inject(CLEAN, 1, each=5, choice=Choice(["stale"])).events} == {"stale"}


@pytest.mark.parametrize("name", ["negative", "spike", "night_generation", "level_shift", "over_capacity"])
def test_a_larger_size_is_further_off(name: str) -> None:
    """Twice the size is further from the truth at the same place."""
    true = {one.end: one.generated_kwh for one in CLEAN.sent}
    off = []
    for size in (0.5, 1.0, 1.5):
        sample = inject(CLEAN, 7, each=1, size=size, choice=Choice([name]))
        off.append(sum(abs(one.generated_kwh - true[one.end]) for one in sent_in(sample.events[0], sample)))
    assert off[0] < off[1] < off[2]


def test_catching_up_brings_the_sum() -> None:
    """The last value of an outage holds all that was generated in it."""
    true = {one.end: one.generated_kwh for one in CLEAN.sent}
    sample = inject(CLEAN, 3, each=4, choice=Choice(["catch_up"]))
    for event in sample.events:
        (last,) = (one for one in sample.sent if one.end == event.last)
        whole = sum(true[end] for end in range(event.onset, event.last + 1, HOUR))
        assert last.generated_kwh == pytest.approx(whole, abs=Decimal("0.001"))
        assert all(one.generated_kwh == 0 for one in sent_in(event, sample) if one.end != event.last)


def test_a_straight_line_is_straight() -> None:
    """All steps of an interpolated stretch are as large, to the last digit."""
    sample = inject(CLEAN, 3, each=2, choice=Choice(["interpolated"]))
    stored = {one.end: one.generated_kwh for one in sample.sent}
    for event in sample.events:
        steps = {stored[end] - stored[end - HOUR] for end in range(event.onset, event.last + HOUR + 1, HOUR)}
        assert max(steps) - min(steps) <= Decimal("0.0002")


def test_a_logger_that_sleeps_at_night_can_generate_then() -> None:
    """Readings are made up where it sends none, and a shifted clock moves its day: hours without readings move too."""
    asleep = msgspec.structs.replace(CLEAN, sent=[one for one in CLEAN.sent if one.generated_kwh > 0])
    known = {one.end for one in asleep.sent}
    night = inject(asleep, 1, each=2, choice=Choice(["night_generation"]))
    assert len(night.events) == 2
    assert all(event.ends.isdisjoint(known) for event in night.events)
    assert all(one.generated_kwh > 1 for event in night.events for one in sent_in(event, night))
    shifted = inject(asleep, 1, choice=Choice(["time_shift"]))
    ((event),) = shifted.events
    moved = [one.end % DAY for one in shifted.sent if event.onset <= one.end <= event.last]
    assert {one.end % DAY for one in asleep.sent} != set(moved)
    assert len(moved) <= len([end for end in known if event.onset <= end <= event.last]) + 12


def test_a_short_fault_takes_readings_that_were_sent() -> None:
    """An outage of a night in which a logger sleeps anyway is none, so it isn't labelled."""
    asleep = msgspec.structs.replace(CLEAN, sent=[one for one in CLEAN.sent if one.generated_kwh > 0])
    known = {one.end for one in asleep.sent}
    events = inject(asleep, 5, each=9, choice=Choice(["no_data"])).events
    assert len(events) == 9
    assert all(set(range(event.onset, event.last + 1, HOUR)) <= known for event in events)


def test_days_that_are_taken_stay_as_they_are() -> None:
    """What a site shows by itself isn't mixed with what is put in."""
    taken = frozenset(day for day in range(START // DAY, START // DAY + 400) if day % 10)
    for event in inject(CLEAN, 2, each=3, choice=Choice(["spike"], taken)).events:
        assert event.onset // DAY % 10 == 0


def test_values_have_no_more_digits_than_the_meter() -> None:
    """A line drawn by a coarse meter's head-end is told in its steps."""
    coarse = inject(CLEAN, 2, each=3, choice=Choice(["interpolated"], digits=Decimal("0.1")))
    assert all(one.generated_kwh % Decimal("0.1") == 0 for event in coarse.events for one in sent_in(event, coarse))
