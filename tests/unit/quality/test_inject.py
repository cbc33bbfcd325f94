"""Faults put into a real series: labelled exactly, apart from each other, by seed and size."""

import itertools
from collections import Counter
from decimal import Decimal

import pytest

from quality.inject import KINDS, inject
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
    assert counts == {name: 1 if kind.days[1] else 2 for name, kind in KINDS.items()}


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
    assert {event.fault for event in inject(CLEAN, 1, each=5, only=["stale"]).events} == {"stale"}


@pytest.mark.parametrize("name", ["negative", "spike", "night_generation", "level_shift", "over_capacity"])
def test_a_larger_size_is_further_off(name: str) -> None:
    """Twice the size is further from the truth at the same place."""
    true = {one.end: one.generated_kwh for one in CLEAN.sent}
    off = []
    for size in (0.5, 1.0, 1.5):
        sample = inject(CLEAN, 7, each=1, size=size, only=[name])
        off.append(sum(abs(one.generated_kwh - true[one.end]) for one in sent_in(sample.events[0], sample)))
    assert off[0] < off[1] < off[2]


def test_catching_up_brings_the_sum() -> None:
    """The last value of an outage holds all that was generated in it."""
    true = {one.end: one.generated_kwh for one in CLEAN.sent}
    sample = inject(CLEAN, 3, each=4, only=["catch_up"])
    for event in sample.events:
        (last,) = (one for one in sample.sent if one.end == event.last)
        whole = sum(true[end] for end in range(event.onset, event.last + 1, HOUR))
        assert last.generated_kwh == pytest.approx(whole, abs=Decimal("0.001"))
        assert all(one.generated_kwh == 0 for one in sent_in(event, sample) if one.end != event.last)


def test_a_straight_line_is_straight() -> None:
    """All steps of an interpolated stretch are as large, to the last digit."""
    sample = inject(CLEAN, 3, each=2, only=["interpolated"])
    stored = {one.end: one.generated_kwh for one in sample.sent}
    for event in sample.events:
        steps = {stored[end] - stored[end - HOUR] for end in range(event.onset, event.last + HOUR + 1, HOUR)}
        assert max(steps) - min(steps) <= Decimal("0.0002")
