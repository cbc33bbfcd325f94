"""Readings without a side, with an estimate or a stated length, as an evaluation sees them."""

from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.baseline import unpack_baseline
from heliograph.checks.judge import judge
from heliograph.evaluation.model import EvaluationResult
from heliograph.intervals import stated_overlaps
from heliograph.reading import QUALITIES, Reading, total_kwh
from heliograph.series import Point, lengths_of
from heliograph.site import Site
from unit.evaluation.plant import DAY, HOUR, SITE, START, at, evaluated, flagged, points, series

DAYS: Final = 24
QUARTER: Final = 900


def without(found: list[Point], side: str, first: int = 0, last: int = 2**40) -> list[Point]:
    """Take a side off the readings that end from `first` to `last`."""
    name = f"{side}_kwh"
    return [msgspec.structs.replace(p, **{name: None}) if first <= p.end <= last else p for p in found]


def rules(seen: EvaluationResult) -> set[str]:
    """Return the rules that spoke of readings or days."""
    of_days = {flag.rule for day in seen.days.values() for flag in day.flags}
    return {flag.rule for flags in seen.flags.values() for flag in flags} | of_days


@pytest.mark.parametrize("side", ["generated", "consumed"])
def test_a_side_that_is_not_measured_has_no_checks_and_no_total(side: str) -> None:
    """A faultless one-sided site raises nothing; its days have the sums of the one side and null for the other."""
    found = without(points(DAYS), side)
    for site in (SITE, Site("plant"), Site("plant", kind="load")):
        seen = evaluated(found, site)
        assert rules(seen) == set()
        other = "consumed" if side == "generated" else "generated"
        for day in seen.days.values():
            assert getattr(day, f"{side}_kwh") is None
            of_day = [p for p in found if day.start < p.end <= day.ends]
            assert getattr(day, f"{other}_kwh") == total_kwh(getattr(p, f"{other}_kwh") for p in of_day)
            assert day.measures == other


@pytest.mark.parametrize("side", ["generated", "consumed"])
def test_a_side_that_is_there_is_judged_as_if_both_were(side: str) -> None:
    """A value that froze in one side is found whether the other side is measured or not."""
    frozen = {at(21, hour) for hour in range(9, 16)}
    name, other = f"{side}_kwh", "consumed" if side == "generated" else "generated"
    level = Decimal("31.4159") if side == "generated" else Decimal("6.5413")
    found = [msgspec.structs.replace(p, **{name: level}) if p.end in frozen else p for p in points(DAYS)]
    both, alone = evaluated(found), evaluated(without(found, other))
    assert flagged(both, "stale") == flagged(alone, "stale") == sorted(frozen)


@pytest.mark.parametrize("side", ["generated", "consumed"])
def test_values_that_are_missing_now_and_then_are_no_zeros(side: str) -> None:
    """A few hours without one side in daylight raise no zero_output, spike or zero_consumption; they are missing."""
    first, last = at(21, 10), at(21, 14)
    found = [
        msgspec.structs.replace(p, is_partial=first <= p.end <= last) for p in without(points(DAYS), side, first, last)
    ]
    seen = evaluated(found)
    assert rules(seen) == set()
    day = seen.days["2026-06-22"]
    of_day = [getattr(p, f"{side}_kwh") for p in found if day.start < p.end <= day.ends]
    assert getattr(day.sums.measured, f"{side}_kwh") == total_kwh(of_day)
    assert day.measures == "both"
    lacking = day.sums.estimated.intervals + day.sums.missing
    assert (day.readings, lacking, day.sums.left_out.intervals) == (24, 5, 0)


def test_days_with_gaps_on_a_side_teach_what_is_measured() -> None:
    """Nights without consumption values don't lower what is known as its least."""
    found = points(DAYS)
    gaps = [msgspec.structs.replace(p, consumed_kwh=None) if p.end % DAY <= 4 * HOUR else p for p in found]
    known = [unpack_baseline(evaluated(each).days["2026-06-24"].baseline) for each in (found, gaps)]
    assert known[1].known
    assert 0.9 * known[0].low < known[1].low
    assert known[1].top <= known[0].top
    assert known[1].idle == (0, 0)


def test_an_estimate_raises_nothing_and_teaches_nothing() -> None:
    """A feed's own straight lines and repeated values are no faults; days of estimates leave no shape."""
    estimated = [
        msgspec.structs.replace(p, generated_kwh=Decimal(20), consumed_kwh=Decimal(5), quality="estimated")
        if at(20, 0) < p.end <= at(22, 0)
        else p
        for p in points(DAYS)
    ]
    measured = [msgspec.structs.replace(p, quality="actual") for p in estimated]
    assert {"stale", "night_generation"} & rules(evaluated(measured))
    seen = evaluated(estimated)
    assert rules(seen) == set()
    assert [day.shape == b"" for day in seen.days.values()] == [date[8:] in {"21", "22"} for date in seen.days]
    assert seen.days["2026-06-21"].generated_kwh == 480, "the value that holds counts"


def test_estimates_count_as_arrived() -> None:
    """A day of estimates isn't incomplete, and the site isn't silent."""
    found = [msgspec.structs.replace(p, quality="substituted") if p.end > at(20, 0) else p for p in points(DAYS)]
    seen = evaluated(found, now=found[-1].end + 600)
    assert seen.no_data is None
    assert not {"gap", "incomplete_day"} & rules(seen)


@pytest.mark.parametrize("registered", [None, 15])
def test_irregular_samples_that_state_their_length_overlap_nothing(registered: int | None) -> None:
    """Samples of a polled meter, 40 s to 9 min each, touch each other: no overlap, whatever the registry says."""
    site = msgspec.structs.replace(SITE, interval_minutes=registered)
    end, found = START, []
    for number in range(2000):
        seconds = (40, 61, 300, 540, 59, 122)[number * 7 % 6]
        end += seconds
        found.append(Point(end, Decimal(number % 13 + 1) / 1000, Decimal(1) / 1000, seconds=seconds))
    assert not lengths_of(series(found, site), site).overlaps
    assert not flagged(evaluated(found, site), "overlap")


def test_readings_that_state_their_lengths_are_counted_once() -> None:
    """Of a copy and of a part the other one counts: quarters that come again a little later, an hour over quarters."""
    quarters = [Point(START + n * QUARTER, Decimal(n % 7), Decimal(0), seconds=QUARTER) for n in range(1, 97)]
    copies = [msgspec.structs.replace(p, end=p.end + 6) for p in quarters]
    both = sorted((*quarters, *copies), key=lambda p: p.end)
    energies = [p.generated_kwh for p in quarters]
    assert evaluated(both).days["2026-06-01"].generated_kwh == total_kwh(energies)
    hours = [
        msgspec.structs.replace(p, generated_kwh=total_kwh(energies[n - 4 : n]), seconds=HOUR) if n % 4 == 0 else p
        for n, p in enumerate(quarters, 1)
    ]
    seen = evaluated(hours)
    assert seen.days["2026-06-01"].generated_kwh == total_kwh(energies)
    assert len(flagged(seen, "overlap")) == 72


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=40))
def test_readings_that_touch_overlap_nothing(lengths: list[int]) -> None:
    """Whatever their lengths are."""
    ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
    assert stated_overlaps(ends, lengths, [(1, 0)] * len(ends)) == []


@given(st.dictionaries(st.integers(1, 10_000), st.integers(1, 4000), min_size=1, max_size=40))
def test_what_counts_overlaps_nothing(lengths: dict[int, int]) -> None:
    """Once the overlapping readings are left out, no two intervals meet, and each of these met one that counts."""
    ends = sorted(lengths)
    out = {each.position for each in stated_overlaps(ends, [lengths[end] for end in ends], [(1, 0)] * len(ends))}
    kept = [end for position, end in enumerate(ends) if position not in out]
    assert all(end - lengths[end] >= before for before, end in pairwise(kept))
    for position in out:
        end = ends[position]
        assert any(end - lengths[end] < other and other - lengths[other] < end for other in kept)


@pytest.mark.parametrize(("seconds", "rule"), [(None, "over_capacity"), (QUARTER, "over_capacity"), (HOUR, "")])
def test_a_stated_length_goes_before_the_registry_s(seconds: int | None, rule: str) -> None:
    """An hour's energy of a plant that is registered with quarters is too much for a quarter, and not for an hour."""
    site = msgspec.structs.replace(SITE, interval_minutes=15)
    reading = Reading("plant", "2026-06-01T12:00:00Z", Decimal(80), Decimal(1), seconds)
    assert {flag.rule for flag in judge(reading, site, "2026-06-01T13:00:00Z")} == {rule} - {""}


@given(
    st.none() | st.decimals(-(10**7), 10**7, places=2),
    st.none() | st.decimals(-(10**7), 10**7, places=2),
    st.sampled_from(QUALITIES),
)
def test_no_flag_speaks_of_a_side_that_is_not_there(
    generated: Decimal | None, consumed: Decimal | None, quality: str
) -> None:
    """Of a reading by itself, whatever the side that is there holds."""
    if generated is None and consumed is None:
        return
    site = msgspec.structs.replace(SITE, interval_minutes=15)
    reading = Reading("plant", "2026-06-01T12:00:00Z", generated, consumed, None, quality)  # type: ignore[arg-type]
    for flag in judge(reading, site, "2026-06-01T13:00:00Z"):
        for side, value in (("generated", generated), ("consumed", consumed)):
            assert value is not None or f"energy_{side}_kwh" not in flag.message
