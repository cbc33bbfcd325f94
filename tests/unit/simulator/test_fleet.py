"""The fleet: believable, the same for a seed, and fit for the registry."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.site_entries import parse_sites
from lambda_simulator.fleet import SimulatedSite, SiteMeter, fleet_registry, make_fleet
from lambda_simulator.plants import SolarArray, Storage, Turbines


def kinds_of(fleet: tuple[SimulatedSite, ...]) -> Counter[str | None]:
    """Count the sites of each kind."""
    return Counter(each.site.kind for each in fleet)


def test_four_sites_are_one_of_each_kind() -> None:
    """A small local fleet still shows everything."""
    assert kinds_of(make_fleet(4, 1)) == {"solar": 1, "wind": 1, "battery": 1, "load": 1}


def test_a_large_fleet_has_the_shares_asked_for() -> None:
    """Half solar, a fifth wind, 15 % battery, 15 % load."""
    assert kinds_of(make_fleet(1000, 3)) == {"solar": 500, "wind": 200, "battery": 150, "load": 150}


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 2**32))
def test_a_fleet_grows_without_changing(size: int, more: int, seed: int) -> None:
    """A smaller fleet of a seed is the beginning of a larger one."""
    assert make_fleet(size + more, seed)[:size] == make_fleet(size, seed)


def test_another_seed_is_another_fleet() -> None:
    """Names stay, plants don't."""
    one, other = make_fleet(20, 1), make_fleet(20, 2)
    assert [each.site_id for each in one] == [each.site_id for each in other]
    assert all(a != b for a, b in zip(one, other, strict=True))


def test_the_registry_reads_what_the_fleet_gives() -> None:
    """Every entry passes the core's own reader, with a known time zone and a unique name."""
    registry = fleet_registry(500, 1)
    assert parse_sites(msgspec.json.encode(registry)) == registry
    assert len({site.site_id for site in registry}) == 500


def test_only_loads_have_no_capacity() -> None:
    """Capacity is generating power, and a load generates nothing."""
    assert {(site.kind == "load") == (site.capacity_kw is None) for site in fleet_registry(200, 1)} == {True}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_panels_look_at_the_noon_sun(seed: int) -> None:
    """South in the north, north in the south, within 35 degrees."""
    for each in make_fleet(200, seed):
        if isinstance(each.plant, SolarArray):
            assert abs(each.plant.azimuth - (180 if each.latitude > 0 else 0)) <= 35
            assert each.plant.auxiliary_kw <= 0.001 * each.plant.inverter_kw


def test_twenty_sites_show_every_meter() -> None:
    """Coarse ones, sleepers, daily files, signed draws and set points; half of the fleet is plain."""
    fleet = make_fleet(20, 1)
    meters = [each.meter for each in fleet]
    assert sum(meter.sleeps for meter in meters) == 2
    assert sum(meter.delivers_at is not None for meter in meters) == 2
    coarse = [each for each in fleet if each.meter.step_kwh is not None]
    assert {each.site.kind for each in coarse} == {"solar", "battery", "load"}
    assert all(20 <= each.scale_kwh / (each.meter.step_kwh or 1) < 200 for each in coarse)
    assert any(isinstance(each.plant, Turbines) and each.plant.signed for each in fleet)
    assert any(isinstance(each.plant, Storage) and each.plant.holds for each in fleet)
    assert sum(meter == SiteMeter() for meter in meters) >= 10


def test_who_delivers_daily_says_so_in_the_registry() -> None:
    """Nobody waits for such a site's reading of a minute ago."""
    for each in make_fleet(60, 1):
        assert (each.site.delivered_within is None) == (each.meter.delivers_at is None)
