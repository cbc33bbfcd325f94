"""What whole days show, and what is fitted from them."""

from decimal import Decimal

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.sides import there
from heliograph.baseline import ENOUGH_DAYS, Baseline, DayShape, unpack_baseline, unpack_shape
from heliograph.checks.plausible import are_energies, is_energy, most_kwh
from heliograph.checks.sun import sun_sine
from heliograph.checks.time_shift import TIME_SHIFT
from heliograph.checks.view import SeriesFacts, View
from heliograph.checks.whole_day import WholeDay
from heliograph.evaluation.day import shape_of
from heliograph.evaluation.fitting import fit
from heliograph.evaluation.model import Day
from heliograph.series import Point, series_of
from heliograph.site import Site
from heliograph.validated.model import Part
from heliograph.zones import span_of, spans
from unit.evaluation.plant import (
    DAY,
    HOUR,
    SITE,
    START,
    at,
    day_flags,
    decimal,
    evaluated,
    hashed,
    points,
    series,
    window,
)

DAYS = 45


def test_totals_are_exact_sums_without_what_can_t_be_energy() -> None:
    """A day's totals are the decimal sums of its readings; a sentinel is estimated, and shown beside."""
    found = points(3)
    result = evaluated(
        [msgspec.structs.replace(p, generated_kwh=Decimal(-999)) if p.end == at(1, 12) else p for p in found]
    )
    of_day = [p for p in found if at(1, 0) < p.end <= at(2, 0) and p.end != at(1, 12)]
    day = result.days["2026-06-02"]
    assert day.sums.measured.generated_kwh == sum(there(p.generated_kwh) for p in of_day)
    assert day.consumed_kwh == sum(there(p.consumed_kwh) for p in found if at(1, 0) < p.end <= at(2, 0))
    assert day.generated_kwh == there(day.sums.measured.generated_kwh) + there(day.sums.estimated.generated_kwh)
    assert (day.readings, day.expected, day.sums.estimated.intervals) == (24, 24, 1)
    assert day.sums.left_out == Part(1, Decimal(-999), None)


@given(
    values=st.lists(st.sampled_from([-99.0, -1.0, 0.0, 0.25, 109.5, 110.0, 110.5, -110.5, 9999.0]), max_size=12),
    most=st.none() | st.just(110.0),
)
def test_many_energies_are_told_as_one_is(values: list[float], most: float | None) -> None:
    """All of some values can be energy where each of them can, sentinels and the site's most included."""
    assert are_energies(values, most) == all(is_energy(value, most) for value in values)


@given(st.lists(st.tuples(st.integers(0, 25 * 60), st.floats(-2, 200)), unique_by=lambda pair: pair[0], max_size=80))
def test_an_hours_extremes_are_those_of_its_readings(found: list[tuple[int, float]]) -> None:
    """A day's shape has each UTC hour's most and least, in a day of 25 hours too; -1 where there is no reading."""
    sent = [Point(START + minute * 60, decimal(value), decimal(1)) for minute, value in sorted(found)]
    readings = series_of(sent, Site("plant", interval_minutes=2))
    shape = shape_of(View(SITE, readings, SeriesFacts(readings), Baseline(), 0, len(readings)))
    for hour in range(24):
        near = [g for e, g in zip(readings.ends, readings.generated, strict=True) if (e - 60) % DAY // HOUR == hour]
        sound = [value if is_energy(value, most_kwh(SITE)) else 0.0 for value in near]
        assert shape.highest[hour] == (round(max(0.0, *sound, 0.0), 6) if sound else -1.0)
        assert shape.lowest[hour] == (round(max(0.0, min(sound)), 6) if sound else -1.0)


def test_an_incomplete_day_is_told_once_it_is_over() -> None:
    """Readings missing here and there make the day incomplete; those of a silence are information; today waits."""
    scattered = points(
        5, bend=lambda end, g, c: None if at(3, 0) < end <= at(4, 0) and end // HOUR % 3 == 0 else (g, c)
    )
    assert {date: flag.severity for date, flag in day_flags(evaluated(scattered), "incomplete_day").items()} == {
        "2026-06-04": "warning"
    }
    no_data = points(5, bend=lambda end, g, c: None if at(3, 6) < end <= at(3, 18) else (g, c))
    assert day_flags(evaluated(no_data), "incomplete_day")["2026-06-04"].severity == "info"
    assert day_flags(evaluated([p for p in points(5) if p.end <= at(4, 12)]), "incomplete_day") == {}


def test_the_first_day_of_a_site_may_begin_at_noon() -> None:
    """A site whose first reading is of noon has no incomplete day."""
    assert day_flags(evaluated([p for p in points(5) if p.end > at(0, 12)]), "incomplete_day") == {}


def test_level_shift_is_told_within_a_week() -> None:
    """A third of a plant gone is told when the clear hours of some days agree, and not before it happened."""
    gone = points(DAYS, bend=lambda end, g, c: (0.65 * g if end > at(30, 0) else g, c))
    told = day_flags(evaluated(gone), "level_shift")
    first = min(told)
    assert "2026-07-02" < first <= "2026-07-09"
    assert "%" in told[first].message


def autumn(days: int, share_after: tuple[int, float]) -> list[Point]:
    """Return a clear autumn: 45 days from 20 September. share_after: the day from which part of the plant is left."""
    first, share = share_after
    begins = START + 111 * DAY
    ends = range(begins + HOUR, begins + days * DAY + 1, HOUR)
    left = {end: share if end > begins + first * DAY else 1.0 for end in ends}
    power = {end: max(0.0, sun_sine(end - HOUR // 2, 45.0, 0.0)) * 90 for end in ends}
    return [Point(end, decimal(left[end] * power[end]), decimal(5.0 + hashed(end))) for end in ends]


def test_a_lower_sun_is_no_level_shift() -> None:
    """From September to November a sound plant's best hours fall by a third, with the sun; a lost third is still told.

    So it is where the registry has no place: the site's own days tell it.
    """
    assert day_flags(evaluated(autumn(DAYS, (DAYS, 1.0))), "level_shift") == {}
    gone = day_flags(evaluated(autumn(DAYS, (30, 0.65))), "level_shift")
    assert "2026-10-20" < min(gone) <= "2026-10-27"
    assert day_flags(evaluated(autumn(DAYS, (DAYS, 1.0)), Site("plant", "solar")), "level_shift") == {}
    gone = day_flags(evaluated(autumn(DAYS, (30, 0.65)), Site("plant", "solar")), "level_shift")
    assert "2026-10-20" < min(gone) <= "2026-10-27"


def edges_at(shape: DayShape, rise: float, fall: float) -> DayShape:
    """Return a day's shape with other edges, hours by the sundial."""
    middle = int((rise + fall) / 2 * HOUR)
    return msgspec.structs.replace(shape, middle=middle, rise=int(rise * HOUR), fall=int(fall * HOUR))


@given(st.floats(-2.5, 2.5), st.floats(-2.5, 2.5))
def test_a_clock_moves_both_edges_alike(morning: float, evening: float) -> None:
    """Three days whose one edge moves, or that are shorter at both, are weather; both edges alike are a clock."""
    moved, longer = (morning + evening) / 2, (evening - morning) / 2
    middle = int((12 + moved) * HOUR)
    half = int((6 + longer) * HOUR)
    known = Baseline(days=30, middle=12 * HOUR, middles=[middle] * 2, half=6 * HOUR, halves=[half] * 2)
    shape = unpack_shape(evaluated(points(1)).days["2026-06-01"].shape)
    readings = series(points(1))
    view = View(Site("plant", "solar"), readings, SeriesFacts(readings), known, 0, len(readings))
    day = WholeDay(view, edges_at(shape, 6 + morning, 18 + evening), START, START + DAY, 24, clocks_changed=False)
    assert TIME_SHIFT.on_day is not None
    told = TIME_SHIFT.on_day(day)
    if abs(moved) < 0.6 or abs(longer) > 0.65 * abs(moved):
        assert told is None
    if abs(moved) > 0.7 and abs(longer) < 0.55 * abs(moved):
        assert told is not None


def test_a_clock_that_is_set_right_is_no_fault() -> None:
    """Where the place is registered the sun tells which of two times was wrong."""
    wrong = Baseline(days=30, middle=14 * HOUR, middles=[12 * HOUR] * 2, half=6 * HOUR, halves=[6 * HOUR] * 2)
    shape = edges_at(unpack_shape(evaluated(points(1)).days["2026-06-01"].shape), 6, 18)
    readings = series(points(1))
    told = []
    for site in (SITE, Site("plant", "solar")):
        view = View(site, readings, SeriesFacts(readings), wrong, 0, len(readings))
        day = WholeDay(view, shape, START, START + DAY, 24, clocks_changed=False)
        assert TIME_SHIFT.on_day is not None
        told.append(TIME_SHIFT.on_day(day) is not None)
    assert told == [False, True]


def test_clock_shift_ends_with_the_day_that_is_right() -> None:
    """Two days two hours late are told with a third, and no more once a day is right: its clock has been set."""
    known = Baseline(days=30, middle=12 * HOUR, middles=[14 * HOUR, 14 * HOUR], half=6 * HOUR, halves=[6 * HOUR] * 2)
    shape = unpack_shape(evaluated(points(1)).days["2026-06-01"].shape)
    readings = series(points(1))
    view = View(SITE, readings, SeriesFacts(readings), known, 0, len(readings))
    late, right = (
        WholeDay(view, edges_at(shape, hour - 6, hour + 6), START, START + DAY, 24, clocks_changed=False)
        for hour in (14, 12)
    )
    assert TIME_SHIFT.on_day is not None
    told = TIME_SHIFT.on_day(late)
    assert told is not None
    assert (told.severity, float(told.observed)) == ("warning", 120)
    assert TIME_SHIFT.on_day(right) is None


def test_clock_shift_is_told_on_the_third_day() -> None:
    """Readings stamped two hours late are told after three days; in a time zone whose clocks change, an hour is not."""
    late = [msgspec.structs.replace(p, end=p.end + (2 * HOUR if p.end > at(30, 0) else 0)) for p in points(DAYS)]
    told = day_flags(evaluated(late), "time_shift")
    assert min(told) in {"2026-07-02", "2026-07-03", "2026-07-04"}
    assert told[min(told)].severity == "warning"


def test_summer_time_is_information() -> None:
    """A logger that goes with summer time moves by an hour when the clocks do: that is no alarm."""
    berlin = Site("plant", "solar", 100.0, 45.0, 0.0, "Europe/Berlin")
    autumn = 124 * DAY  # the readings' days begin on 3 October
    moved = [msgspec.structs.replace(p, end=p.end + autumn + (HOUR if p.end > at(25, 0) else 0)) for p in points(DAYS)]
    told = day_flags(evaluated(moved, berlin), "time_shift")
    assert told
    assert {flag.severity for flag in told.values()} == {"info"}


def test_habits_wait_until_there_is_enough() -> None:
    """Nothing is known after thirteen days, and something after fourteen."""
    days = sorted(evaluated(points(20)).days.values(), key=lambda day: day.date)
    shapes = [unpack_shape(day.shape) for day in days]
    assert not fit(shapes[: ENOUGH_DAYS - 1]).known
    assert fit(shapes[:ENOUGH_DAYS]).known
    assert not unpack_baseline(days[ENOUGH_DAYS - 1].baseline).known
    assert unpack_baseline(days[ENOUGH_DAYS].baseline).known


def test_two_bad_days_teach_nothing() -> None:
    """A fault of two days, a thousand times too large, hardly moves what is learned of the site."""
    sound = fit([unpack_shape(day.shape) for day in _days(points(20))])
    wrong = points(20, bend=lambda end, g, c: (1000 * g, 1000 * c) if at(8, 0) < end <= at(10, 0) else (g, c))
    learned = fit([unpack_shape(day.shape) for day in _days(wrong)])
    assert learned.full <= sound.full * 1.1
    assert learned.top <= sound.top * 1.1


def test_days_follow_the_sites_own_midnight() -> None:
    """A reading that ends at local midnight belongs to the day before; the day summer time begins on has 23 hours."""
    berlin = Site("b", timezone="Europe/Berlin")
    midnight = 1_774_738_800  # 2026-03-28 24:00 in Berlin
    assert span_of(berlin, midnight).date == "2026-03-28"
    span = span_of(berlin, midnight + HOUR)
    assert (span.date, (span.ends - span.start) // HOUR) == ("2026-03-29", 23)
    assert len(spans(berlin, midnight + 1, midnight + 10 * DAY - HOUR)) == 10
    assert span_of(Site("w", longitude=-120.0), START + 7 * HOUR).date == "2026-05-31"


def measured(day: Day) -> Day:
    """Return a day without what is estimated: that goes by more than a window's readings."""
    estimated, missing = day.sums.estimated, day.sums.missing
    parts = msgspec.structs.replace(day.sums, estimated=Part(), missing=estimated.intervals + missing)
    return msgspec.structs.replace(day, parts=parts, generated_kwh=None, consumed_kwh=None, estimates=b"")


@settings(max_examples=25, deadline=None)
@given(now=st.integers(at(17, 0) // 900, at(19, 23) // 900), faults=st.lists(st.integers(16 * 24, 19 * 24), max_size=3))
@example(now=1979888, faults=[384, 384, 404])  # the last reading before a gap lies just outside the window
def test_a_window_sees_what_a_sweep_sees(now: int, faults: list[int]) -> None:
    """The watch's 48 hours give the same flags as a re-evaluation over all readings, for every reading it judges.

    Whatever moment it looks at, and wherever the plant stopped, froze or vanished: so what is judged in passing ends
    as it would have been judged in one go.
    """
    moment = now * 900

    def broken(end: int, generated: float, consumed: float) -> tuple[float, float] | None:
        for kind, hour in enumerate(faults):
            if START + hour * HOUR < end <= START + (hour + 7) * HOUR:
                return ((0.0, consumed), (33.3, 4.4), None)[kind]
        return generated, consumed

    found = [point for point in points(20, bend=broken) if point.end <= moment]
    whole = evaluated(found, now=moment)
    baseline = [msgspec.structs.replace(day, flags=()) for day in whole.days.values()]
    passing = window(found, baseline, moment, known=whole.flags)
    judged = set(passing.judged)
    assert passing.flags == {end: flags for end, flags in whole.flags.items() if end in judged}
    assert (passing.no_data, passing.last_end) == (whole.no_data, whole.last_end)
    for date, day in passing.days.items():
        assert measured(day) == measured(whole.days[date])


def _days(found: list[Point]) -> list[Day]:
    return sorted(evaluated(found).days.values(), key=lambda day: day.date)


def test_the_series_keeps_what_it_was_given() -> None:
    """A series holds each reading's energies as they were, and infers the interval where nobody tells it."""
    found = points(1, minutes=15)
    made = series(found, SITE)
    assert (made.minutes, len(made)) == (15, 96)
    assert made.exact[50] == (found[50].generated_kwh, found[50].consumed_kwh)
