"""What holds still or goes along a line by itself is no fault at any step; what is frozen or drawn is."""

from collections.abc import Callable
from itertools import pairwise
from math import pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.sides import there
from heliograph.checks.held import (
    TOP_BAND,
    band_of,
    held_near,
    is_rising,
    last_digit,
    lines,
    longest_held,
    neighbours,
    usually_held,
)
from heliograph.checks.held import drawn as drawn_lines
from heliograph.evaluation.model import EvaluationResult
from heliograph.series import Point
from heliograph.site import Kind, Site
from unit.evaluation.plant import DAY, HOUR, KW, START, Bend, at, clean, decimal, evaluated, flagged, hashed, points

MINUTE = 60
DAYS = 20
FINE = 0.0001
Energy = Callable[[int, float], float]


def meter(minutes: int, days: int, energy: Energy, step: float, use: Energy | None = None) -> list[Point]:
    """Return readings of a meter that counts in steps. energy, use: kWh of the interval that ends at a moment."""
    found, left = [], [0.0, 0.0]
    for end in range(START + minutes * MINUTE, START + days * DAY + 1, minutes * MINUTE):
        counts = []
        for side, source in enumerate((energy, use)):
            left[side] += source(end, minutes / 60) if source else 0.0
            counts.append(int(left[side] / step + 1e-9))
            left[side] -= counts[side] * step
        found.append(Point(end, decimal(counts[0] * step), decimal(counts[1] * step)))
    return found


def solar(end: int, hours: float) -> float:
    """Return what the plant of 100 kW generates, kWh."""
    return clean(end, round(hours * 60))[0]


def home(end: int, hours: float) -> float:
    """Return what a home of some kW uses: less at night, and what is switched on for some minutes."""
    hour = end % DAY / 3600
    base = 0.2 + 0.1 * hashed(end // 1800) + (0.5 if 7 <= hour < 22 else 0.0) * hashed(end // 3600)
    return hours * (base + (2.0 if hashed(end // 900 + 5) > 0.93 else 0.0) + 0.02 * hashed(end))


def found_by(result: EvaluationResult) -> set[str]:
    """Return which of the two rules spoke."""
    return {rule for rule in ("stale", "interpolated") if flagged(result, rule)}


@settings(max_examples=25, deadline=None)
@given(
    step=st.sampled_from([0.001, 0.01, 0.012, 0.05, 0.1, 0.25, 1 / 600, 1.0, 2.5]),
    minutes=st.sampled_from([5, 15, 30, 60]),
    kind=st.sampled_from(["solar", "load", None]),
)
def test_a_sound_meter_of_any_step_is_left_alone(step: float, minutes: int, kind: Kind | None) -> None:
    """A plant and a home that are counted in any step, at any interval, raise nothing: from the first day on."""
    site = Site("meter", kind=kind, interval_minutes=minutes)
    result = evaluated(meter(minutes, DAYS, solar, step, home), site)
    assert found_by(result) == set()


def frozen(found: list[Point], first: int, last: int) -> list[Point]:
    """Repeat the generation before `first` until `last`."""
    value = next(point.generated_kwh for point in reversed(found) if point.end < first)
    return [Point(point.end, value, point.consumed_kwh) if first <= point.end <= last else point for point in found]


def drawn(found: list[Point], first: int, last: int, step: float) -> list[Point]:
    """Draw generation along a line from before `first` to behind `last`, rounded to a step."""
    before = next(point for point in reversed(found) if point.end < first)
    behind = next(point for point in found if point.end > last)
    slope = float(there(behind.generated_kwh) - there(before.generated_kwh)) / (behind.end - before.end)

    def value(end: int) -> float:
        return round((float(there(before.generated_kwh)) + slope * (end - before.end)) / step) * step

    return [
        Point(point.end, decimal(value(point.end)), point.consumed_kwh) if first <= point.end <= last else point
        for point in found
    ]


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize(("step", "hours"), [(FINE, 3), (0.25, 6)])
def test_a_freeze_and_a_line_are_found(minutes: int, step: float, hours: int) -> None:
    """Three hours that are frozen, or drawn, are found at a fine meter, and six of a freeze at a coarse one."""
    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", minutes)
    sound = meter(minutes, DAYS, solar, step)
    first, last = at(17, 7.5), at(17, 7.5 + hours)
    stale = flagged(evaluated(frozen(sound, first, last), site), "stale")
    assert [end for end in stale if first <= end <= last]
    if step == FINE:
        line = drawn(sound, first, at(17, 11.5) if minutes == 60 else last, step)
        assert [end for end in flagged(evaluated(line, site), "interpolated") if first <= end <= last]


def test_a_line_in_fractions_of_a_count_is_drawn() -> None:
    """A meter of 0.25 kWh counts wholes; three hours of values between them lie on a line and aren't of this meter."""
    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", 15)
    sound = meter(15, DAYS, solar, 0.25)
    line = drawn(sound, at(17, 7), at(17, 10), FINE)
    assert flagged(evaluated(line, site), "interpolated")


def with_values(minutes: int, days: int, energy: Energy, use: Energy | None = None) -> list[Point]:
    """Return a fine meter's readings."""
    hours = minutes / 60
    ends = range(START + minutes * MINUTE, START + days * DAY + 1, minutes * MINUTE)
    return [Point(end, decimal(energy(end, hours)), decimal(use(end, hours) if use else 0.0)) for end in ends]


@pytest.mark.parametrize("kind", ["battery"])
def test_a_set_point_is_no_freeze(kind: Kind) -> None:
    """A battery charges and discharges at exactly its power for hours, and rests at a constant draw."""

    def charged(end: int, hours: float) -> float:
        return hours * (500.0 if end % DAY < 5 * 3600 else 3.0)

    def given_back(end: int, hours: float) -> float:
        return hours * (500.0 if 18 * 3600 <= end % DAY < 21 * 3600 else 0.0)

    assert found_by(evaluated(with_values(15, DAYS, given_back, charged), Site("store", kind, 500.0))) == set()


def test_what_a_site_holds_on_other_days_is_no_freeze() -> None:
    """A draw of exactly 3 kW each night is the site's own, once known; another value, held once, is a freeze."""

    def use(end: int, hours: float) -> float:
        return hours * (3.0 if end % DAY <= 6 * 3600 else 20.0 + 10.0 * hashed(end))

    sound = with_values(15, DAYS, lambda _end, _hours: 0.0, use)
    assert [end for end in flagged(evaluated(sound, Site("hall", "load")), "stale") if end > at(14, 0)] == []
    first, last = at(17, 9), at(17, 15)
    held = [
        Point(point.end, point.generated_kwh, decimal(6.1234)) if first <= point.end <= last else point
        for point in sound
    ]
    assert first in flagged(evaluated(held, Site("hall", "load")), "stale")


def test_a_plateau_below_the_nameplate_is_clipping() -> None:
    """Panels of twice the inverter's power, registered as nameplate, are held at the inverter's from the start."""

    def clipped(end: int, hours: float) -> float:
        return min(solar(end, hours), 44.0 * hours)

    site = Site("g98", "solar", 100.0, 45.0, 0.0, "UTC", 15)
    assert found_by(evaluated(with_values(15, DAYS, clipped), site)) == set()


def test_a_turbine_at_its_rated_power_is_no_freeze() -> None:
    """Wind holds rated power for a day; at part load the same is a freeze."""

    def wind(end: int, hours: float) -> float:
        return hours * min(2000.0, max(0.0, 1500.0 + 1300.0 * sin(end / DAY * 2 * pi / 3) + 80.0 * hashed(end)))

    site = Site("mast", "wind", 2000.0, interval_minutes=10)
    sound = with_values(10, DAYS, wind)
    assert found_by(evaluated(sound, site)) == set()
    first, last = at(17, 0), at(17, 4)
    part = [
        Point(point.end, decimal(120.3456), point.consumed_kwh) if first <= point.end <= last else point
        for point in sound
    ]
    assert first in flagged(evaluated(part, site), "stale")


def test_both_sides_that_stand_still_are_found_sooner() -> None:
    """Generation and use that repeat together are frozen after three quarters of an hour; each alone is not."""
    first, last = at(17, 9), at(17, 9.75)

    def bend(end: int, generated: float, consumed: float) -> tuple[float, float]:
        return (2.7123, 1.4321) if first <= end <= last else (generated, consumed)

    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", 5)
    assert first in flagged(evaluated(points(DAYS, 5, bend), site), "stale")
    one = points(DAYS, 5, lambda end, g, c: (bend(end, g, c)[0], c))
    assert flagged(evaluated(one, site), "stale") == []


@pytest.mark.parametrize(("counts", "hours", "is_stale"), [(2.7123, 1.25, True), (2.7, 1.25, False), (2.7, 2.5, True)])
def test_a_value_of_many_counts_is_frozen_after_an_hour(*, counts: float, hours: float, is_stale: bool) -> None:
    """Of a thousand counts and more an hour is enough; a meter of a hundredth of a kWh needs two."""
    first, last = at(17, 9), at(17, 9 + hours)
    digits = 4 if counts == 2.7123 else 2

    def bend(end: int, generated: float, consumed: float) -> tuple[float, float]:
        return (counts if first <= end <= last else round(generated, digits), round(consumed, digits))

    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", 5)
    assert (first in flagged(evaluated(points(DAYS, 5, bend), site), "stale")) is is_stale


def test_runs_are_kept_by_their_level() -> None:
    """A day's longest runs stand by band, the top apart; what fewer than three days show isn't usual."""
    day = [0.0] * 5 + [1.0] * 4 + [2.0, 2.1] + [8.0] * 6 + [1.0] * 3
    held = longest_held(day, 0.0, 7.9)
    assert held == {band_of(1.0): 4, TOP_BAND: 6}
    assert usually_held([held, held]) == {}
    usual = usually_held([held, held, {band_of(1.0): 9}, {band_of(1.0): 5}])
    assert usual == {band_of(1.0): 4}
    assert (held_near(usual, 1.2, 1), held_near(usual, 2.0, 1), held_near(usual, 2.0, 4)) == (4, 1, 4)


@given(
    st.lists(st.sampled_from([0.0, 1.0, 1.000005, 1.0002, 2.0, -3.0, 1e-9]), max_size=12),
    st.integers(0, 11),
    st.integers(1, 12),
)
def test_neighbours_of_a_part_are_cut_from_the_whole(values: list[float], first: int, length: int) -> None:
    """What a day's values show beside each other is what its series shows there, and goes by each pair's own size."""
    whole = neighbours(values)
    pairs = list(enumerate(pairwise(values), 1))
    assert whole.equal == [at for at, (before, value) in pairs if abs(before - value) <= 1e-5 * abs(value)]
    assert whole.falls == [at for at, (before, value) in pairs if value < before]
    first = min(first, len(values))
    after = min(first + length, len(values))
    part, found = values[first:after], whole.part(first, after)
    assert found._replace(largest=0.0) == neighbours(part)._replace(largest=0.0)
    assert found.largest >= max(map(abs, part), default=0.0)
    assert lines(part, 0.5, 0.01, 3, found) == lines(part, 0.5, 0.01, 3)


def test_a_line_goes_up_by_regular_stairs() -> None:
    """A rounded line is one stretch, its stairs of two kinds; a curve of the same bends is cut."""
    stairs = [round(0.37 * n) for n in range(30)]
    assert lines(stairs, 1.01, 0.0, 5) == [(0, 30)]
    curve = [round(0.01 * n * n) for n in range(60)]
    assert max(after - first for first, after in lines(curve, 1.01, 0.0, 5)) < 40
    assert lines([0.0] * 20, 1.01, 0.0, 5) == []
    assert not is_rising([3.0] * 20, 0, 20, 2.0)
    assert (last_digit([0.25, 0.0, 1.5]), last_digit([1.0, 20.0]), last_digit([1 / 3])) == (0.01, 1.0, 0.0)


def test_a_drawn_line_follows_its_chord() -> None:
    """Values filled in between two true ones are off the chord by half a count; a bend within a count cuts the line.

    One value that goes on by chance at an end doesn't hide it.
    """
    stairs = [round(63 * n / 19) for n in range(20)]
    assert drawn_lines(stairs, 1.01, 0.0, 5) == [(0, 20)]
    assert drawn_lines([-4, -3, *stairs, 66, 71], 1.01, 0.0, 15) == [(2, 23)]
    bow = [round(63 * n / 19 + 0.9 * (n > 9)) for n in range(20)]
    assert lines(bow, 1.01, 0.0, 5) == [(0, 20)]
    assert drawn_lines(bow, 1.01, 0.0, 18) == []


@pytest.mark.parametrize(("step", "minutes", "hours"), [(0.01, 5, 2.2), (0.05, 5, 3.75), (0.1, 15, 3.25)])
def test_a_line_is_found_in_a_coarse_meter_too(step: float, minutes: int, hours: float) -> None:
    """A line that is rounded to the meter's own counts, of some dozens, is told from the sun's course by its length."""
    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", minutes)
    line = drawn(meter(minutes, DAYS, solar, step), at(17, 7), at(17, 7 + hours), step)
    assert flagged(evaluated(line, site), "interpolated")


def test_standby_that_drifts_down_at_a_new_site_is_no_line() -> None:
    """Five hours of a home that fall by a hundredth each are its own; the same hours on a steep line are drawn."""
    for slope, is_drawn in ((0.0007, False), (0.02, True)):
        values = [0.3 + 0.4 * hashed(hour) for hour in range(7 * 24)]
        values[-20:-14] = [0.2 - slope * hour for hour in range(6)]
        found = [Point(START + (at + 1) * HOUR, decimal(0), decimal(value)) for at, value in enumerate(values)]
        assert bool(flagged(evaluated(found, Site("home")), "interpolated")) == is_drawn


def test_lines_that_were_drawn_on_some_days_hide_no_other() -> None:
    """The baseline passes over the days on which lines were drawn, one in eight: the fourth is found as the first."""
    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", 15)
    found = meter(15, DAYS, solar, FINE)
    for day in (12, 14, 17):
        found = drawn(found, at(day, 7), at(day, 10), FINE)
    assert {(end - START) // DAY for end in flagged(evaluated(found, site), "interpolated")} == {12, 14, 17}


def test_a_line_of_few_counts_is_told_by_its_length() -> None:
    """Beyond the sun's own course a line is drawn, be its rise but a few of a coarse meter's counts."""
    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", 5)
    found = meter(5, DAYS, solar, 0.2)
    first, last = at(17, 7), at(17, 16)

    def line(end: int) -> float:
        if end in {first, last}:
            return 3.0  # the true values beside it
        return round((5.0 + (end - first) / (last - first)) / 0.2) * 0.2

    wrong = [
        Point(point.end, decimal(line(point.end)), point.consumed_kwh) if first <= point.end <= last else point
        for point in found
    ]
    assert flagged(evaluated(wrong, site), "interpolated")
    assert flagged(evaluated(found, site), "interpolated") == []


def test_a_longer_line_nearby_hides_no_shorter_one() -> None:
    """What was drawn tells nothing of how the readings around it bend."""
    site = Site("plant", "solar", 100.0, 45.0, 0.0, "UTC", 5)
    found = drawn(meter(5, DAYS, solar, FINE), at(16, 12), at(16, 18), FINE)
    short = drawn(found, at(17, 9), at(17, 9.75), FINE)
    assert {end for end in flagged(evaluated(short, site), "interpolated") if end > at(17, 0)}


def test_a_river_by_steps_of_unknown_kind_holds_by_itself() -> None:
    """Most of its readings stand still, at any level, and so do hours at a new one."""

    def river(end: int, hours: float) -> float:
        day = end / DAY - START / DAY
        level = 60 + 25 * sin(day / 1.5) + 12 * sin(day / 0.37) + 0.5 * day
        return round(level) * 0.8 * hours

    found = meter(15, 40, river, FINE)
    assert flagged(evaluated(found, Site("river", interval_minutes=15)), "stale") == []


def test_an_empty_house_s_weeks_say_nothing_of_a_night_with_guests() -> None:
    """A fridge's cycle holds for two readings, a third of all that follow each other; a standby holds for hours."""

    def fridge(end: int, hours: float) -> float:
        at_night = at(30, 0) < end <= at(30, 2.5)
        return hours * (0.2 if at_night else 0.09 if end // 900 % 3 == 0 else 0.01)

    found = meter(15, 35, lambda _end, _hours: 0.0, 0.001, fridge)
    assert flagged(evaluated(found, Site("house", kind="load", interval_minutes=15)), "stale") == []


def test_a_turbine_s_own_draw_at_rest_may_hold_still() -> None:
    """At a standstill it draws the same for hours; a value above zero that holds so long is stale."""
    site = Site("plant", kind="wind", capacity_kw=KW, timezone="UTC")

    def calm(value: float) -> Bend:
        return lambda end, g, _c: (value if at(20, 1) < end <= at(20, 13) else 5 + g + hashed(end), 0.0)

    assert flagged(evaluated(points(30, 10, calm(-0.16)), site), "stale") == []
    assert flagged(evaluated(points(30, 10, calm(4.1234)), site), "stale")


@pytest.mark.parametrize(("days", "is_stale"), [(33, True), (20, False)])
def test_four_weeks_tell_how_long_a_coarse_meter_holds(*, days: int, is_stale: bool) -> None:
    """Consumption of some dozen counts that never held for half an hour is frozen after two; in weeks, not in days."""
    first, last = at(days - 2, 10), at(days - 2, 13)
    found = meter(5, days, lambda _end, _hours: 0.0, 0.01, lambda end, hours: hours * (5.0 + 2.0 * hashed(end)))
    held = [
        Point(point.end, point.generated_kwh, decimal(0.47)) if first <= point.end <= last else point for point in found
    ]
    assert (first in flagged(evaluated(held, Site("hall", "load", interval_minutes=5)), "stale")) is is_stale


def test_a_turbine_that_never_holds_its_top_is_frozen_there() -> None:
    """Where the weeks reached it and it trembled, equal values are a freeze; where they didn't, it may be held."""
    site = Site("mast", "wind", 2000.0, interval_minutes=10)
    first, last = at(31, 0), at(31, 4)

    def wind(most: float) -> Energy:
        return lambda end, hours: hours * (most * (0.5 + 0.4 * sin(end / DAY * 2 * pi / 3)) + 0.1 * most * hashed(end))

    def at_top(most: float) -> EvaluationResult:
        held = [
            Point(point.end, decimal(313.1234), point.consumed_kwh) if first <= point.end <= last else point
            for point in with_values(10, 33, wind(most))
        ]
        return evaluated(held, site)

    assert first in flagged(at_top(1900.0), "stale")
    assert flagged(at_top(600.0), "stale") == []


@pytest.mark.parametrize(
    ("generates", "charges_flat", "is_stale"), [(True, True, True), (False, False, True), (False, True, False)]
)
def test_a_load_behind_a_storage_is_frozen(*, generates: bool, charges_flat: bool, is_stale: bool) -> None:
    """While it gives a set point, consumption is a load's; else weeks tell whether it is ever charged at a constant."""
    first, last = at(17, 18) if generates else at(17, 9), at(17, 20) if generates else at(17, 11)

    def discharged(end: int, hours: float) -> float:
        return hours * (50.0 if 17 * 3600 <= end % DAY < 21 * 3600 else 0.0)

    def used(end: int, hours: float) -> float:
        if first <= end <= last:
            return hours * 31.234
        flat = charges_flat and end % DAY < 4 * 3600
        return hours * (8.0 if flat else 20.0 + 10.0 * hashed(end))

    store = Site("store", "battery", 50.0, interval_minutes=5)
    assert (first in flagged(evaluated(with_values(5, DAYS, discharged, used), store), "stale")) is is_stale


@pytest.mark.parametrize(("kind", "is_drawn"), [("solar", True), ("battery", False), (None, False)])
def test_a_line_of_three_quarters_of_an_hour(kind: Kind | None, *, is_drawn: bool) -> None:
    """No sun goes along a line for so long at a fine meter; a storage's control does."""
    site = Site("plant", kind, 100.0, 45.0, 0.0, "UTC", 5)
    line = drawn(meter(5, DAYS, solar, FINE), at(17, 7), at(17, 7.5), FINE)
    assert bool(flagged(evaluated(line, site), "interpolated")) is is_drawn
