"""The checks over time on a plain plant: what each flags, and what it must spare."""

from math import sin

import msgspec

from fakes.sides import there
from heliograph.series import Point
from heliograph.site import Site
from unit.evaluation.plant import (
    DAY,
    HOUR,
    KW,
    SITE,
    START,
    Bend,
    as_it_is,
    at,
    clean,
    decimal,
    evaluated,
    flagged,
    points,
    window,
)

DAYS = 20
NOWHERE = Site("plant")


def between(first: int, last: int, change: Bend) -> Bend:
    """Bend the readings that end from `first` to `last`."""

    def bend(end: int, generated: float, consumed: float) -> tuple[float, float] | None:
        return change(end, generated, consumed) if first <= end <= last else (generated, consumed)

    return bend


def fixed(level: float) -> Bend:
    """Send the same generation, kWh, whatever there is."""
    return lambda _end, _generated, consumed: (level, consumed)


def times(factor: float) -> Bend:
    """Send both energies as a multiple of what they are."""
    return lambda _end, generated, consumed: (generated * factor, consumed * factor)


def rules(found: list[Point], site: Site = SITE, now: int | None = None) -> set[str]:
    """Return the rules that spoke of readings or days."""
    result = evaluated(found, site, now)
    of_days = {flag.rule for day in result.days.values() for flag in day.flags}
    return {flag.rule for flags in result.flags.values() for flag in flags} | of_days


def test_a_sound_plant_is_left_alone() -> None:
    """A faultless plant raises no flag, by the hour or by 5 minutes, registered or not."""
    for site in (SITE, NOWHERE):
        assert rules(points(DAYS), site) == set()
    assert rules(points(4, minutes=5)) == set()


def test_each_flag_explains_itself() -> None:
    """A flag says what was seen, the limit, its unit, and a sentence with the figures."""
    frozen = between(at(16, 9), at(16, 16), fixed(33.3))
    result = evaluated(points(DAYS, bend=frozen))
    (flag,) = result.flags[at(16, 12)]
    assert (flag.rule, float(flag.observed), float(flag.limit), flag.unit) == ("stale", 8, 4, "readings")
    assert "33.3" in flag.message
    assert "8 readings" in flag.message


def test_stuck_flags_every_reading_of_the_run() -> None:
    """Four equal hours in daylight are stale, from the first to the last; three are not."""
    frozen = between(at(16, 9), at(16, 12), fixed(33.3))
    assert flagged(evaluated(points(DAYS, bend=frozen)), "stale") == [at(16, hour) for hour in range(9, 13)]
    shorter = between(at(16, 9), at(16, 11), fixed(33.3))
    assert flagged(evaluated(points(DAYS, bend=shorter)), "stale") == []


def test_stuck_spares_clipping_and_feed_in_limits() -> None:
    """A plateau at nameplate, or at a share of it that plants may be held to, is no fault."""
    for level in (KW, 0.7 * KW):
        held = between(at(16, 9), at(16, 15), fixed(level))
        assert rules(points(DAYS, bend=held)) == set()


def test_clipping_is_known_without_a_nameplate() -> None:
    """Where capacity is unknown, a plateau at the top of what is seen around it is clipping; one below is stuck."""
    top = 60.0
    clipped = points(DAYS, bend=lambda _end, generated, consumed: (min(generated, top), consumed))
    assert rules(clipped, NOWHERE) == set()
    frozen = between(at(16, 8), at(16, 15), fixed(31.0))
    assert "stale" in rules(points(DAYS, bend=frozen), NOWHERE)


def test_a_value_frozen_through_the_night_is_stuck_even_at_nameplate() -> None:
    """No limit holds output in the dark: 101 MW once stood at its value for 62 hours."""
    frozen = between(at(16, 12), at(18, 12), fixed(KW))
    assert len(flagged(evaluated(points(DAYS, bend=frozen)), "stale")) == 49


def test_interpolated_values_are_told_by_their_straight_line() -> None:
    """Hours drawn between two true values are flagged; a level line, as at night, is not."""
    first, last = at(16, 8), at(16, 15)
    begin, end = clean(first)[0], clean(last)[0]

    def drawn(when: int, _generated: float, consumed: float) -> tuple[float, float]:
        return begin + (end - begin) * (when - first) / (last - first), consumed

    found = flagged(evaluated(points(DAYS, bend=between(first, last, drawn))), "interpolated")
    assert set(found) >= {at(16, hour) for hour in range(9, 15)}


def test_spike_above_all_that_the_hour_gave() -> None:
    """One reading far above its hour's ceiling and its neighbours is a spike; the hour before noon is none."""
    jump = between(at(16, 8), at(16, 8), fixed(95.0))
    assert flagged(evaluated(points(DAYS, bend=jump)), "spike") == [at(16, 8)]


def test_gusts_are_no_spikes() -> None:
    """A jump of 65 % of a wind site's nameplate is a squall among gusts; one of 80 % is a spike, always.

    Where its neighbours run smoothly a squall is weaker, and 65 % is a spike.
    So it is at a site of unknown kind whose own weather or load isn't known yet; a battery may start for one interval.
    """
    wind, battery, unknown = Site("mast", "wind", 100.0), Site("mast", "battery", 100.0), Site("mast", None, 100.0)

    def found(site: Site, jump: float, gusts: float = 0.0) -> list[int]:
        """Return the spikes of three days that swing slowly from 5 to 15 kWh, or in gusts, but for one reading."""
        slow = (10 + 5 * sin(n / 4) + gusts * (1 if n % 3 else -1) for n in range(1, 73))
        swing = [Point(START + n * HOUR, decimal(kwh), decimal(1.0)) for n, kwh in enumerate(slow, 1)]
        swing[40] = msgspec.structs.replace(swing[40], generated_kwh=there(swing[40].generated_kwh) + decimal(jump))
        return flagged(evaluated(swing, site), "spike")

    struck = [START + 41 * HOUR]
    assert (found(wind, 65.0, 6.0), found(wind, 80.0, 6.0)) == ([], struck)
    assert (found(wind, 55.0), found(wind, 65.0)) == ([], struck)
    assert (found(unknown, 40.0), found(unknown, 70.0)) == ([], struck)
    assert (found(battery, 40.0), found(battery, 140.0)) == ([], struck)


def test_a_gust_needs_no_other_gust_beside_it() -> None:
    """What a wind site reached around a spike excuses nothing: no wind comes and goes within an interval."""
    wind = Site("mast", "wind", 100.0)
    swing = [Point(START + n * HOUR, decimal(50 + 45 * sin(n / 8)), decimal(1.0)) for n in range(1, 73)]
    swing[37] = msgspec.structs.replace(swing[37], generated_kwh=decimal(90.0))
    assert flagged(evaluated(swing, wind), "spike") == [START + 38 * HOUR]


def test_spike_of_consumption_needs_to_be_known() -> None:
    """A use of many times the usual most is a spike once the site is known, and nothing before."""
    for day, expected in ((16, [at(16, 3)]), (5, [])):
        jump = between(at(day, 3), at(day, 3), lambda _end, generated, _consumed: (generated, 120.0))
        assert flagged(evaluated(points(DAYS, bend=jump)), "spike") == expected


def test_zero_output_at_noon() -> None:
    """Two hours of nothing between hours of much are flagged, and so is a day of nothing; the night is not.

    A single reading of nothing is a lost message.
    """
    hours = between(at(16, 12), at(16, 13), fixed(0.0))
    assert flagged(evaluated(points(DAYS, bend=hours)), "zero_output") == [at(16, 12), at(16, 13)]
    hour = between(at(16, 12), at(16, 12), fixed(0.0))
    assert flagged(evaluated(points(DAYS, bend=hour)), "zero_output") == []
    day = between(at(16, 0), at(17, 0), fixed(0.0))
    found = flagged(evaluated(points(DAYS, bend=day)), "zero_output")
    assert {at(16, 8), at(16, 16)} <= set(found)
    assert not {at(16, 1), at(16, 23)} & set(found)


def test_zero_output_spares_what_storm_clouds_do() -> None:
    """Output that fades to nothing under clouds for two hours of the evening is no fault."""
    left = {at(16, 14): 0.05, at(16, 15): 0.03, at(16, 16): 0.0, at(16, 17): 0.0}

    def storm(end: int, generated: float, consumed: float) -> tuple[float, float]:
        return (left[end] * KW if end in left else generated), consumed

    late = between(at(16, 14), at(16, 17), storm)
    rest = between(at(16, 18), at(17, 0), fixed(0.0))
    both: Bend = lambda end, generated, consumed: (rest if end > at(16, 17) else late)(end, generated, consumed)  # noqa: E731
    site = Site("plant", kind="solar", capacity_kw=KW, latitude=45.0, longitude=60.0)  # the sun sets at 16 h there
    assert flagged(evaluated(points(DAYS, bend=both), site), "zero_output") == []


def test_wind_may_be_calm() -> None:
    """A wind farm at zero for a day is calm, not broken."""
    calm = between(at(16, 0), at(17, 0), fixed(0.0))
    assert rules(points(DAYS, bend=calm), Site("plant", kind="wind", capacity_kw=KW)) == set()


def test_catch_up_after_zeros_and_after_nothing() -> None:
    """Five lost hours and then their sum: the reading that holds them is flagged, sent as zeros or not at all."""
    lost, last = range(8, 13), at(16, 13)
    total = sum(clean(at(16, hour))[0] for hour in (*lost, 13))

    def outage(sent: tuple[float, float] | None) -> Bend:
        return lambda end, _generated, consumed: (total, consumed) if end == last else sent

    for sent in ((0.0, 0.0), None):
        assert flagged(evaluated(points(DAYS, bend=between(at(16, 8), last, outage(sent)))), "catch_up") == [last]


def test_unit_errors_both_ways() -> None:
    """A thousandfold value is flagged at once; a thousandth after an hour of it; both as unit errors."""
    for factor in (1000.0, 0.001):
        wrong = between(at(16, 10), at(16, 13), times(factor))
        assert {at(16, hour) for hour in range(10, 14)} <= set(
            flagged(evaluated(points(DAYS, bend=wrong)), "unit_error")
        )


def test_silence_is_seen_from_now_and_by_the_reading_that_ends_it() -> None:
    """A site that stopped is silent as of now; the first reading after a gap carries the flag of it."""
    last = at(DAYS - 1, 9)
    stopped = points(DAYS, bend=between(last + HOUR, at(DAYS, 0), lambda _end, _generated, _consumed: None))
    result = evaluated(stopped, now=last + 5 * HOUR)
    assert result.no_data is not None
    assert "no reading for 4 h until now" in result.no_data.message
    assert evaluated(stopped, now=last + 2 * HOUR).no_data is None
    gap = between(at(16, 9), at(16, 14), lambda _end, _generated, _consumed: None)
    assert flagged(evaluated(points(DAYS, bend=gap)), "gap") == [at(16, 15)]


def test_a_solar_site_may_sleep_while_the_sun_is_down_whatever_it_did_before() -> None:
    """Where the place is known the sun says when a logger must be awake: days grow shorter than those learned from."""
    last = START + DAYS * DAY
    assert evaluated(points(DAYS), now=last + 5 * HOUR).no_data is None
    by_baseline = evaluated(points(DAYS), NOWHERE, now=last + 5 * HOUR)
    assert by_baseline.no_data is not None
    assert "no reading for 4 h until now" in by_baseline.no_data.message
    in_the_morning = evaluated(points(DAYS), now=last + 12 * HOUR)
    assert in_the_morning.no_data is not None


def test_a_logger_that_sleeps_at_night_isn_t_silent() -> None:
    """Where a site never sends at night, the night's gap is information at most, and no silence."""

    def asleep(_end: int, generated: float, consumed: float) -> tuple[float, float] | None:
        return (generated, consumed) if generated > 0 else None

    for site in (SITE, NOWHERE):
        result = evaluated(points(DAYS, bend=asleep), site, now=at(DAYS - 1, 24))
        assert result.no_data is None
        assert {flag.severity for flags in result.flags.values() for flag in flags} <= {"info"}


def test_negative_without_a_nameplate() -> None:
    """Where capacity is unknown, a value far below zero is flagged, and auxiliary consumption at night is not."""

    def auxiliary(_end: int, generated: float, consumed: float) -> tuple[float, float]:
        return (generated if generated > 0 else -0.1), consumed

    assert rules(points(DAYS, bend=auxiliary), NOWHERE) == set()
    below = between(at(16, 12), at(16, 12), lambda _end, generated, consumed: (-generated, consumed))
    assert "negative" in rules(points(DAYS, bend=below), NOWHERE)


def test_dark_hours_are_learned() -> None:
    """Where the place is unknown, generation in hours that were dark for weeks is flagged; never before it is known."""
    for day, expected in ((16, [at(16, 1)]), (5, [])):
        lit = between(at(day, 1), at(day, 1), fixed(30.0))
        assert flagged(evaluated(points(DAYS, bend=lit), NOWHERE), "night_generation") == expected


def test_readings_of_a_lost_clock_are_left_alone() -> None:
    """A reading from 1970 or far ahead neither makes a silence nor a day."""
    odd = [Point(3600, decimal(1), decimal(1)), *points(DAYS), Point(at(400, 0), decimal(1), decimal(1))]
    result = evaluated(odd, now=at(DAYS, 0))
    assert result.flags == {}
    assert len(result.days) == DAYS


def test_clean_readings_are_those_in_which_a_rule_could_flag() -> None:
    """Night says nothing of zero output, nor day of generation in the dark; any reading says something of a spike."""
    could_flag = evaluated(points(DAYS)).could_flag
    noon, midnight = at(10, 12), at(10, 0)
    assert [could_flag("zero_output", end) for end in (noon, midnight)] == [True, False]
    assert [could_flag("night_generation", end) for end in (noon, midnight)] == [False, True]
    assert could_flag("spike", noon)
    assert could_flag("spike", midnight)
    assert not could_flag("spike", at(300, 0)), "there is no such reading"


def test_nothing_is_seen_of_nothing() -> None:
    """A site without a reading in the stretch gives an empty look."""
    result = evaluated([Point(3600, decimal(1), decimal(1))], now=at(1, 0))
    assert (result.flags, result.days, result.no_data, result.last_end) == ({}, {}, None, None)
    assert as_it_is(0, 1.0, 2.0) == (1.0, 2.0)


def test_a_nameplate_that_is_too_low_stays_one_incident() -> None:
    """Once days went beyond the nameplate, a night or a cloud within it ends nothing; at a sound plant it does."""
    site = msgspec.structs.replace(SITE, interval_minutes=60)
    grown = evaluated(points(30, bend=lambda end, g, c: (1.3 * g if end > at(20, 0) else g, c)), site)
    assert (grown.could_flag("over_capacity", at(19, 3)), grown.could_flag("over_capacity", at(29, 3))) == (True, False)


def test_hours_beyond_nameplate_stay_one_incident_through_cloudy_days() -> None:
    """From the day of the extension on, with nothing learned yet: what lies within nameplate for a week proves nothing.

    One wrong value proves nothing against it, and a nameplate that was corrected is right at once.
    """
    site = msgspec.structs.replace(SITE, interval_minutes=60)
    cloudy = {4, 5, 6}

    def grown(end: int, generated: float, consumed: float) -> tuple[float, float]:
        day = (end - START) // DAY
        return generated * (0.3 if day in cloudy else 1.6 if day > 2 else 0.9), consumed

    seen = evaluated(points(8, bend=grown), site)
    proving = [hour for hour in range(3 * 24 + 12, 8 * 24) if seen.could_flag("over_capacity", START + hour * HOUR)]
    assert proving == []
    assert seen.could_flag("over_capacity", at(1, 12))
    lone = evaluated(points(8, bend=lambda end, g, c: (3 * g if end == at(3, 12) else g, c)), site)
    assert lone.could_flag("over_capacity", at(3, 13))
    larger = msgspec.structs.replace(site, capacity_kw=200.0)
    corrected = window(points(8, bend=grown), list(seen.days.values()), at(8, 0), larger)
    assert corrected.could_flag("over_capacity", at(7, 12))
