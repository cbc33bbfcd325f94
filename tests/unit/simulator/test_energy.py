"""Clean energies: each plant's physics reaches its meter, on the site's own clock."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from lambda_simulator.energy import INTERVAL, Energy, clean_energy
from lambda_simulator.fleet import Plant, SimulatedSite, SiteMeter, make_fleet
from lambda_simulator.plants import ROUND_TRIP, Demand, SolarArray, Storage, Turbines, output_share, sun_at
from lambda_simulator.tick import ticks_between
from lambda_simulator.weather import BAVARIA, NEW_SOUTH_WALES, RAJASTHAN, WEST_TEXAS, Region, wind_speed

SOLAR, WIND, BATTERY, LOAD = make_fleet(4, 1)
OFFICE = Demand("office", 100.0, 0.0, 0.0)
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)


def remade(site: SimulatedSite, plant: Plant, region: Region | None = None) -> SimulatedSite:
    """Return the site another plant, with a meter that is exact."""
    return msgspec.structs.replace(site, plant=plant, region=region or site.region, meter_noise=0.0)


def energies(site: SimulatedSite, start: datetime, days: int = 1) -> dict[datetime, Energy]:
    """Return a site's clean energies by the end of each interval."""
    return {
        tick_end: clean_energy(site, tick_end, 1) for tick_end in ticks_between(start, start + timedelta(days=days))
    }


def test_a_solar_meter_shows_its_standby_draw_all_night() -> None:
    """With the sun down it reads minus its auxiliary energy, to the last digit."""
    plant = SolarArray(100, 120, 20, 180, 0.85, auxiliary_kw=0.06)
    site = remade(SOLAR, plant)
    dark = [
        energy
        for tick_end, energy in energies(site, MONDAY).items()
        if sun_at(tick_end - INTERVAL / 2, site.latitude, site.longitude).elevation <= 0
    ]
    assert len(dark) > 80
    assert set(dark) == {Energy(-0.005, 0.0)}


def test_a_wind_farm_draws_only_while_it_stands() -> None:
    """In a calm it consumes its idle power; while it turns it consumes nothing."""
    site = remade(WIND, Turbines(1200, 0.95, idle_kw=6.0))
    found = energies(site, MONDAY, days=10)
    assert {energy.consumed for energy in found.values() if energy.generated > 0.01} == {0.0}
    calm = {energy.consumed for energy in found.values() if energy.generated == 0}
    assert 0.5 in calm


def test_a_wind_farm_follows_the_wind_of_its_region() -> None:
    """Energy is the power curve's at the interval's middle."""
    site = remade(WIND, Turbines(1200, 1.0, 0.0))
    speed = wind_speed(1, site.region.name, site.site_id, (MONDAY - INTERVAL / 2).timestamp(), site.region.wind_mps)
    assert clean_energy(site, MONDAY, 1).generated == pytest.approx(100 * output_share(speed), abs=0.0001)


@pytest.mark.parametrize(("region", "offset"), [(BAVARIA, 2.0), (WEST_TEXAS, -5.0), (RAJASTHAN, 5.5)])
def test_a_load_lives_by_its_own_clock(region: Region, offset: float) -> None:
    """An office's day begins between 6 and 8 o'clock local time, wherever it stands."""
    found = energies(remade(LOAD, OFFICE, region), MONDAY + timedelta(days=1) - timedelta(hours=offset))
    steepest = max(found, key=lambda tick_end: found[tick_end].consumed - clean_energy_before(region, tick_end))
    assert 6 <= (steepest + timedelta(hours=offset)).hour < 9


def clean_energy_before(region: Region, tick_end: datetime) -> float:
    """Return what the same office consumed half an hour before."""
    return clean_energy(remade(LOAD, OFFICE, region), tick_end - 6 * INTERVAL, 1).consumed


def test_a_load_follows_daylight_saving() -> None:
    """On Sydney's clock 9:00 is 22:00 UTC in summer and 23:00 UTC in winter, and the office fills up then."""
    office = remade(LOAD, OFFICE, NEW_SOUTH_WALES)
    summer = clean_energy(office, datetime(2026, 1, 12, 22, 2, 30, tzinfo=UTC), 1)
    winter = clean_energy(office, datetime(2026, 7, 13, 23, 2, 30, tzinfo=UTC), 1)
    assert summer.consumed == winter.consumed == pytest.approx(95 / 12, abs=0.001)


def test_a_batterys_meter_adds_its_charge_to_the_load() -> None:
    """Over a local day: consumed is the load and the charge; generated is the charge less its losses."""
    storage = Storage(50.0, 120.0, 10.0, msgspec.structs.replace(OFFICE, peak_kw=0.0))
    site = remade(BATTERY, storage, BAVARIA)
    found = energies(site, datetime(2026, 5, 31, 22, tzinfo=UTC)).values()
    generated, consumed = (sum(column) for column in zip(*found, strict=True))
    assert 0.55 * 120 <= generated <= 0.95 * 120
    assert generated == pytest.approx(ROUND_TRIP * consumed, abs=0.05)


def test_a_meter_is_a_little_off_each_time() -> None:
    """Two readings of the same power differ by the meter's noise, at most."""
    exact, noisy = remade(LOAD, OFFICE), msgspec.structs.replace(remade(LOAD, OFFICE), meter_noise=0.004)
    shares = [
        clean_energy(noisy, tick_end, 1).consumed / energy.consumed
        for tick_end, energy in energies(exact, MONDAY).items()
    ]
    assert 0.995 < min(shares) < 0.997
    assert 1.003 < max(shares) < 1.005


def test_a_coarse_meter_counts_whole_steps_and_loses_nothing() -> None:
    """Its hour's total is within a count of the truth, and each reading is a whole number of counts."""
    fine = remade(SOLAR, SolarArray(100, 120, 20, 180, 0.85, auxiliary_kw=0.0))
    coarse = msgspec.structs.replace(fine, meter=SiteMeter(step_kwh=0.5))
    true, told = energies(fine, MONDAY), energies(coarse, MONDAY)
    assert all(energy.generated % 0.5 == energy.consumed == 0 for energy in told.values())
    assert len({energy.generated for energy in told.values()}) > 5
    for hour in range(24):
        ends = [MONDAY + timedelta(hours=hour, minutes=5 * place) for place in range(1, 13)]
        assert abs(sum(true[end].generated - told[end].generated for end in ends)) <= 0.5


def test_a_signed_meter_of_a_turbine_counts_its_draw_as_negative() -> None:
    """At rest its generation is minus what it draws, and it consumes nothing."""
    site = remade(WIND, Turbines(1200, 0.95, idle_kw=6.0, signed=True))
    found = set(energies(site, MONDAY, days=10).values())
    assert Energy(-0.5, 0.0) in found
    assert {energy.consumed for energy in found} == {0.0}


def test_a_battery_that_holds_a_set_point_holds_it_to_the_last_digit() -> None:
    """While it discharges at its plateau each reading is the same; one that follows doesn't repeat itself."""
    storage = Storage(50.0, 120.0, 10.0, OFFICE)
    runs = []
    for holds in (True, False):
        plant = msgspec.structs.replace(storage, holds=holds)
        site = msgspec.structs.replace(remade(BATTERY, plant, BAVARIA), meter_noise=0.002)
        values = [energy.generated for energy in energies(site, MONDAY).values() if energy.generated > 0]
        runs.append(max(Counter(values).values()))
    held, following = runs
    assert (held > 24, following < 3) == (True, True)
