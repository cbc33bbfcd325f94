"""The physics: what the sun, the wind, people and a battery's plan do to a meter."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_simulator.plants import (
    ROUND_TRIP,
    Demand,
    LoadShape,
    SolarArray,
    Storage,
    Sun,
    Turbines,
    charge_kw,
    clear_sky,
    discharge_kw,
    light_on_panels,
    load_kw,
    output_share,
    shape_share,
    solar_kw,
    sun_at,
    wind_kw,
)
from lambda_simulator.weather import Sky, sky_over, wind_speed

ARRAY = SolarArray(inverter_kw=100, panels_kw=130, tilt=25, azimuth=180, efficiency=0.85, auxiliary_kw=0.05)
STORAGE = Storage(power_kw=50, energy_kwh=120, charge_from=10.0, demand=Demand("office", 40, 0.0, 0.0))
CLEAR = Sky(cover=0.0, dimming=0.75)
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)

shares = st.floats(0, 1)


def moments_of_day() -> list[datetime]:
    """Return a Monday's minutes."""
    return [MONDAY + timedelta(minutes=minute) for minute in range(24 * 60)]


@pytest.mark.parametrize(
    ("day", "elevation"), [("2026-06-21", 90 - (48.4 - 23.44)), ("2026-12-21", 90 - (48.4 + 23.44))]
)
def test_the_sun_culminates_where_the_almanac_says(day: str, elevation: float) -> None:
    """At a solstice the noon sun stands 23.44 degrees above or below the equator's height."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    highest = max(sun_at(start + timedelta(minutes=step), 48.4, 10.9).elevation for step in range(600, 840))
    assert abs(highest - elevation) < 0.1


def test_a_clear_sky_gives_haurwitz_light() -> None:
    """The formula's own values: 1098 exp(-0.059) with the sun overhead, nothing below the horizon."""
    assert abs(clear_sky(90) - 1035.1) < 0.1
    assert abs(clear_sky(30) - 487.9) < 0.1
    assert clear_sky(-0.01) == 0


@given(st.floats(-90, 90), st.floats(0, 360), shares, st.floats(0.5, 0.93))
def test_solar_power_stays_between_standby_and_the_inverter(
    elevation: float, azimuth: float, cover: float, dimming: float
) -> None:
    """No sky makes a plant give more than its inverter allows or draw more than its auxiliary consumption."""
    assert -0.05 <= solar_kw(ARRAY, Sun(elevation, azimuth), Sky(cover, dimming)) <= 100


@given(st.floats(5, 70), shares, shares)
def test_more_clouds_mean_less_light(elevation: float, cover: float, other: float) -> None:
    """With the sun in front of the panels, a more covered sky never gives more."""
    sun = Sun(elevation, 180)
    lights = [light_on_panels(ARRAY, sun, Sky(each, 0.75)) for each in sorted((cover, other))]
    assert lights[0] >= lights[1] - 1e-9


def test_overplanted_panels_clip_at_noon() -> None:
    """130 kW of panels on a 100 kW inverter give a plateau of exactly 100 kW."""
    assert solar_kw(ARRAY, Sun(65, 180), CLEAR) == 100


def test_clouds_last() -> None:
    """Five minutes on, the sky is much the same; half a day on, it may be any other."""
    covers = [sky_over(1, "bavaria", "s", 300.0 * step, 0.5).cover for step in range(5000)]
    near = fmean(abs(a - b) for a, b in pairwise(covers))
    far = fmean(abs(a - b) for a, b in zip(covers, covers[144:], strict=False))
    assert near < far / 4
    assert {cover < 0.1 for cover in covers} == {cover > 0.9 for cover in covers} == {True, False}


def test_a_region_shares_its_fronts() -> None:
    """Two sites of a region have like skies, two regions have not."""
    here, near, far = (
        [sky_over(1, region, site, 3600.0 * hour, 0.5).cover for hour in range(3000)]
        for region, site in (("bavaria", "a"), ("bavaria", "b"), ("karoo", "c"))
    )
    assert fmean(abs(a - b) for a, b in zip(here, near, strict=True)) < 0.6 * fmean(
        abs(a - b) for a, b in zip(here, far, strict=True)
    )


def test_the_wind_keeps_its_mean() -> None:
    """Over years the speed averages what its region says, and it is never negative."""
    speeds = [wind_speed(1, "karoo", "w", 7200.0 * step, 7.4) for step in range(20_000)]
    assert abs(fmean(speeds) - 7.4) < 0.4
    assert min(speeds) >= 0


@pytest.mark.parametrize(("speed", "share"), [(0, 0), (3, 0), (12, 1), (18, 1), (24.5, 0.5), (25, 0), (40, 0)])
def test_the_power_curve_has_its_corners(speed: float, share: float) -> None:
    """Nothing to cut-in, all from rated on, off in a storm."""
    assert output_share(speed) == pytest.approx(share)


@given(st.floats(0, 24), st.floats(0, 24))
def test_more_wind_never_gives_less_below_the_storm(speed: float, other: float) -> None:
    """The power curve rises up to rated and stays there; the farm never exceeds its nameplate."""
    low, high = sorted((speed, other))
    turbines = Turbines(1000, 0.95, 3)
    assert 0 <= wind_kw(turbines, low) <= wind_kw(turbines, high) <= 950


@pytest.mark.parametrize("shape", ["home", "office", "factory"])
def test_load_shapes_have_no_jumps(shape: LoadShape) -> None:
    """From minute to minute, across midnight and the weekend too, a shape moves by under a percent of its peak."""
    week = [shape_share(shape, MONDAY + timedelta(minutes=minute)) for minute in range(7 * 24 * 60 + 1)]
    assert max(abs(a - b) for a, b in pairwise(week)) < 0.01
    assert max(week) == 1.0
    assert min(week) > 0.1


def test_an_office_sleeps_on_sunday_and_a_home_wakes_in_the_evening() -> None:
    """The week's rhythm is what an operator knows."""
    ten, seven = MONDAY.replace(hour=10), MONDAY.replace(hour=19)
    assert shape_share("office", ten) > 4 * shape_share("office", ten + timedelta(days=6))
    assert shape_share("home", seven) > 1.5 * shape_share("home", ten)


def test_a_heated_home_needs_more_in_january() -> None:
    """A share above 0 peaks in January, one below in July."""
    january, july = datetime(2026, 1, 20, 12, tzinfo=UTC), datetime(2026, 7, 21, 12, tzinfo=UTC)
    heated, cooled = (Demand("factory", 100, share, 0.0) for share in (0.2, -0.2))
    assert load_kw(heated, january, 0.0) == pytest.approx(1.2 * 94)
    assert load_kw(heated, july, 0.0) < load_kw(cooled, july, 0.0)


@given(shares)
def test_a_battery_gives_what_it_took_less_its_losses(depth: float) -> None:
    """Over a day, the energy out is the round trip's share of the energy in, and is the day's depth."""
    taken = sum(charge_kw(STORAGE, moment, depth) for moment in moments_of_day()) / 60
    given_back = sum(discharge_kw(STORAGE, moment, depth) for moment in moments_of_day()) / 60
    assert given_back == pytest.approx(120 * depth, abs=0.01)
    assert given_back == pytest.approx(ROUND_TRIP * taken, abs=0.01)


def test_a_battery_charges_by_day_and_gives_in_the_evening() -> None:
    """It never does both at once, and stands still at night."""
    charging = {at.hour for at in moments_of_day() if charge_kw(STORAGE, at, 0.8) > 0}
    giving = {at.hour for at in moments_of_day() if discharge_kw(STORAGE, at, 0.8) > 0}
    assert charging == {10, 11, 12, 13, 14}
    assert giving == {17, 18, 19, 20, 21}
