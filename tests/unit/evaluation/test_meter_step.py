"""A meter's step is learned from what it sends, whatever its unit, its pulse or its transformer."""

from decimal import Decimal
from random import Random

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.sides import there
from heliograph.baseline import Baseline, pack_baseline, pack_shape, unpack_baseline, unpack_shape
from heliograph.checks.judge import judge
from heliograph.checks.meter_step import UNKNOWN_STEP, intervals_to_count, step_of, usual_step
from heliograph.checks.view import SeriesFacts, View
from heliograph.evaluation.day import shape_of
from heliograph.evaluation.fitting import fit
from heliograph.reading import Reading, text_of
from heliograph.series import Point, series_of
from heliograph.site import Site
from unit.evaluation.plant import DAY, KW, SITE, START, Bend, at, decimal, evaluated, flagged, points

DAY_READINGS = 96
WATT_MINUTES = 1 / 12_000  # a watt over 5 minutes, kWh
SOLAR_BEGINS, SOLAR_ENDS = 24, 72


def dice(seed: int) -> Random:
    """Return chance that is the same each time."""
    return Random(seed)  # noqa: S311 - repeatable on purpose


def counted(
    step: float, mean: float, random: Random, digits: int | None = None, readings: int = DAY_READINGS
) -> list[float]:
    """Return a day of a meter that counts: zeros at night, and by day what has come together since the last count."""
    found, left = [], 0.0
    for reading in range(readings):
        begins, ends = SOLAR_BEGINS * readings // DAY_READINGS, SOLAR_ENDS * readings // DAY_READINGS
        left += mean * random.uniform(0.2, 2.0) if begins <= reading < ends else 0.0
        counts = int(left / step)
        left -= counts * step
        found.append(counts * step if digits is None else round(counts * step, digits))
    return found


@pytest.mark.parametrize(
    ("step", "mean", "digits"),
    [
        (1.0, 1.5, None),
        (1.0, 30.0, 3),
        (0.1, 0.3, 1),
        (0.01, 0.05, 2),
        (0.25, 1.0, 2),
        (0.012, 0.02, 3),
        (0.04, 0.5, None),
        (40.0, 300.0, 0),
        (1 / 600, 0.02, 6),
        (1 / 600, 0.02, None),
        (WATT_MINUTES, 0.05, None),
        (0.1 / 12, 5.0, None),
        (0.001, 0.3, 3),
    ],
)
def test_a_step_is_found_whatever_it_is(step: float, mean: float, digits: int | None) -> None:
    """Counts of a Wh to 40 kWh, pulses, transformers, and watts turned into energy: a week of days tells the step."""
    random = dice(11)
    days = [step_of(counted(step, mean, random, digits)) for _ in range(7)]
    assert usual_step(days) == pytest.approx(step, rel=0.003)


@settings(max_examples=60, deadline=None)
@given(
    step=st.builds(lambda units, digits: units * 10.0**-digits, st.integers(1, 5000), st.integers(0, 4)),
    counts=st.floats(0.3, 40.0),
    readings=st.sampled_from([24, 48, 96, 288]),
    noise=st.sampled_from([0.0, 1e-13]),
    seed=st.integers(0, 1000),
)
@example(step=0.012, counts=1.0, readings=288, noise=0.0, seed=1)
def test_any_decimal_step_is_found(step: float, counts: float, readings: int, noise: float, seed: int) -> None:
    """Of any step of up to four decimals, at any interval, a fortnight finds the step or nothing, and never more."""
    chance = dice(seed)
    days = [
        step_of(
            [
                value * (1 + noise * chance.uniform(-1, 1))
                for value in counted(step, counts * step, chance, None, readings)
            ]
        )
        for _ in range(14)
    ]
    found = usual_step(days)
    assert found <= step * 1.003
    assert found < step / 10 or found == pytest.approx(step, rel=0.003)


def test_a_fine_meter_has_its_last_digit_or_nothing() -> None:
    """A meter of many digits shows no step; one of three decimals shows those; six significant digits are no step."""
    random = dice(3)
    fine = [step_of([random.random() for _ in range(DAY_READINGS)]) for _ in range(7)]
    assert usual_step(fine) == 0.0
    six = [step_of([float(f"{random.random() * 50:.6g}") for _ in range(DAY_READINGS)]) for _ in range(7)]
    assert usual_step(six) <= 0.0001
    decimals = [step_of([round(random.random(), 3) for _ in range(DAY_READINGS)]) for _ in range(7)]
    assert usual_step(decimals) == pytest.approx(0.001)


def test_two_meters_together_have_the_step_of_both() -> None:
    """A sum of counts of 0.25 and of 0.1 kWh moves in steps of 0.05; beside a fine meter only its digit is left."""
    random = dice(5)
    quarter, tenth = ([counted(step, 0.6, random) for _ in range(7)] for step in (0.25, 0.1))
    both = [step_of([a + b for a, b in zip(*days, strict=True)]) for days in zip(quarter, tenth, strict=True)]
    assert usual_step(both) == pytest.approx(0.05)
    fine = [step_of([a + round(random.random(), 3) for a in day]) for day in quarter]
    assert usual_step(fine) == pytest.approx(0.001)


def test_outliers_and_poor_days_don_t_hide_a_step() -> None:
    """A day with a value out of step, and days of one level, leave the week's step as it is; too few tell nothing."""
    random = dice(7)
    days = [step_of(counted(0.25, 1.0, random)) for _ in range(6)]
    odd = counted(0.25, 1.0, random)
    odd[40] = 0.3137
    assert usual_step([*days, step_of(odd)]) == pytest.approx(0.25)
    assert usual_step([*days, 0.5]) == pytest.approx(0.25)
    assert step_of([0.437] * DAY_READINGS) == UNKNOWN_STEP
    assert step_of([0.0] * DAY_READINGS) == UNKNOWN_STEP
    assert step_of([0.4]) == step_of([]) == UNKNOWN_STEP
    assert usual_step([UNKNOWN_STEP] * 3) == usual_step([]) == 0.0


def test_a_new_meter_is_known_within_the_week() -> None:
    """The latest days that know it decide: a coarser and a finer meter are both the usual one a week later."""
    assert usual_step([0.001] * 20 + [1.0] * 6) == 1.0
    assert usual_step([1.0] * 20 + [0.001] * 2) == 0.001


def test_so_many_intervals_hold_some_counts() -> None:
    """Ten counts of 0.1 kWh at 0.3 kWh an interval take four of them; a fine meter takes one."""
    assert intervals_to_count(0.3, 0.1, 10) == 4
    assert intervals_to_count(2.0, 0.001, 10) == 1
    assert intervals_to_count(0.0, 0.1, 10) == 1
    assert intervals_to_count(0.5, 0.1, 10) == 2


def seen(site: Site, values: list[float], baseline: Baseline) -> View:
    """View readings of 15 minutes that are both generated and, doubled, consumed."""
    points = [
        Point(START + 900 * n, Decimal(repr(value)), Decimal(repr(2 * value))) for n, value in enumerate(values, 1)
    ]
    series = series_of(points, site)
    return View(site, series, SeriesFacts(series), baseline, 0, len(series))


def test_a_day_tells_its_step_and_the_view_gives_it_from_the_first_day() -> None:
    """The shape holds both sides' steps, the baseline learns them from one day, and the first day shows its own."""
    site = Site("q15", interval_minutes=15)
    values = [round(value, 3) for value in counted(0.25, 1.0, dice(2))]
    first = seen(site, values, Baseline())
    assert (first.step("generated"), first.step("consumed")) == pytest.approx((0.25, 0.5))
    shape = shape_of(first)
    assert shape.step == pytest.approx((0.25, 0.5))
    later = seen(site, [0.1, 0.2, 0.4], unpack_baseline(pack_baseline(fit([unpack_shape(pack_shape(shape))]))))
    assert (later.step("generated"), later.step("consumed")) == pytest.approx((0.25, 0.5))


def test_a_shape_from_before_the_step_was_kept_is_read() -> None:
    """A day packed without a step decodes, and doesn't know it."""
    old = msgspec.msgpack.encode([1.0, 1.0, 0.0, (0, 0), (0, 0), -1, [0.0] * 24, [0.0] * 24])
    assert unpack_shape(old).step == (UNKNOWN_STEP, UNKNOWN_STEP)


def in_counts(bend: Bend, step: float, minutes: int = 15) -> list[Point]:
    """Return the plant's readings as a meter sends them that counts in steps, and carries what it hasn't counted."""
    total, found = 0.0, []
    for point in points(30, minutes, bend):
        before, total = int(total / step + 1e-9), total + float(there(point.generated_kwh))
        counts = int(total / step + 1e-9) - before
        found.append(msgspec.structs.replace(point, generated_kwh=decimal(counts * step)))
    return found


def stormy(end: int, generated: float, consumed: float) -> tuple[float, float]:
    """Leave a tenth of a day's light every fifth day."""
    return generated * (0.08 if end // DAY % 5 == 0 else 0.9), consumed


@pytest.mark.parametrize("step", [1.0, 5.0, 10.0, 25.0])
def test_a_coarse_meter_s_counts_are_no_value_faults(step: float) -> None:
    """Nothing between counts is no stop and no outage, and one more count is no spike and isn't beyond nameplate."""
    site = msgspec.structs.replace(SITE, interval_minutes=15)
    found = in_counts(stormy, step)
    seen = evaluated(found, site)
    rules = {flag.rule for flags in seen.flags.values() for flag in flags}
    assert not rules & {"zero_output", "catch_up", "spike", "unit_error"}
    landed = [
        judge(Reading("plant", text_of(each.end), each.generated_kwh, each.consumed_kwh), site, text_of(each.end))
        for each in found
    ]
    assert not any(landed)
    assert not any(day.sums.left_out.intervals for day in seen.days.values())


def test_a_coarse_meter_s_stop_is_told_once_it_would_have_counted() -> None:
    """Two hours of nothing at noon are a stop at a meter of 1 kWh; two counts would have come under any sky."""
    bend: Bend = lambda end, g, c: (0.0 if at(25, 10) < end <= at(25, 12) else 0.9 * g, c)  # noqa: E731
    assert flagged(evaluated(in_counts(bend, 1.0), SITE), "zero_output")


def test_a_coarse_meter_shows_a_storm_as_nothing() -> None:
    """Less than a count came for five hours, and one may have been under way on either side: no stop is told."""

    def stormy_day(end: int, generated: float, consumed: float) -> tuple[float, float]:
        dark = 0.004 if at(25, 9) < end <= at(25, 13.75) else 0.2
        return 30 / KW * generated * (dark if at(25, 0) < end <= at(26, 0) else 1.0), consumed

    site = msgspec.structs.replace(SITE, capacity_kw=30.0, interval_minutes=15)
    assert not flagged(evaluated(in_counts(stormy_day, 1.0), site), "zero_output")


def test_the_first_days_step_is_not_hidden_by_what_comes_later() -> None:
    """A value of another unit weeks later says nothing of the counts of a site's first day."""
    site = msgspec.structs.replace(SITE, capacity_kw=7.0, interval_minutes=5)
    counts = in_counts(lambda _end, g, c: (7 / KW * g, c), 1.0, 5)
    later = msgspec.structs.replace(counts[-1], generated_kwh=decimal(-83_333))
    assert not flagged(evaluated([*counts[:-1], later], site), "catch_up")
