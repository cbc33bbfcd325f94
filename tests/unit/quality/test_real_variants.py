"""Variants of real sites: another meter, logger or registry, and the same truth."""

from decimal import Decimal
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.real_sites import RealSite
from quality.real_variants import VARIATIONS, shortened, silent_nights, thinned_nights, with_step
from quality.sample import Sample, Sent
from unit.quality.a_home import HOUR, SITE, clean

CLEAN = clean(30)
HOME = RealSite("home", "nobody", SITE, CLEAN, [])


@given(st.lists(st.decimals(0, 3, places=3), min_size=1, max_size=60))
def test_a_coarse_meter_never_loses_energy(values: list[Decimal]) -> None:
    """Its total is never more than a step behind the truth, and each value is a whole number of steps."""
    sent = [Sent(end, end, value, Decimal(0)) for end, value in enumerate(values, 1)]
    coarse = with_step("0.1")(HOME._replace(sample=Sample(SITE, [*sent, Sent(99, 99, Decimal(9), Decimal(0))], [])))
    if coarse is None:
        return
    counted = [one.generated_kwh for one in coarse.sample.sent[:-1]]
    assert all(value % Decimal("0.1") == 0 for value in counted)
    for true, told in zip(accumulate(values), accumulate(counted), strict=True):
        assert 0 <= true - told < Decimal("0.1")


def test_a_meter_that_shows_nothing_of_the_site_is_no_variant() -> None:
    """A count of 10 kWh at 5 kW tells nothing."""
    assert with_step("10")(HOME) is None


def test_nights_lose_dark_readings_alone() -> None:
    """Every reading with output stays; of the dark ones a quarter, or none."""
    lit = [one for one in CLEAN.sent if one.generated_kwh > 0]
    for variation, most in ((thinned_nights, 0.4), (silent_nights, 0.0)):
        variant = variation(HOME)
        assert variant is not None
        assert [one for one in variant.sample.sent if one.generated_kwh > 0] == lit
        assert len(variant.sample.sent) - len(lit) <= most * (len(CLEAN.sent) - len(lit))
        assert variation(variant) is None or variation is thinned_nights


def test_hours_keep_the_energy() -> None:
    """Four quarters make an hour that ends with the last; an hour that lacks one isn't sent."""
    quarter = HOUR // 4
    sent = [Sent(end, end, Decimal(1), Decimal(2)) for end in range(quarter, 3 * HOUR + 1, quarter) if end != HOUR]
    site = msgspec.structs.replace(SITE, interval_minutes=15)
    hours = VARIATIONS["summed to 60 minutes"](RealSite("q", "nobody", site, Sample(site, sent, []), []))
    assert hours is not None
    assert hours.sample.sent == [Sent(end, end, Decimal(4), Decimal(8)) for end in (2 * HOUR, 3 * HOUR)]
    assert (hours.minutes, hours.sample.site.interval_minutes) == (60, 60)


@pytest.mark.parametrize("name", ["kind not registered", "capacity not registered"])
def test_the_registry_forgets(name: str) -> None:
    """The site is checked as if nobody had said so; a site without the field has no such variant."""
    variant = VARIATIONS[name](HOME)
    assert variant is not None
    field = {"kind not registered": "kind", "capacity not registered": "capacity_kw"}[name]
    assert getattr(variant.sample.site, field) is None
    assert VARIATIONS[name](variant) is None
    assert VARIATIONS["place not registered"](HOME) is None


def test_a_larger_site_has_a_larger_capacity() -> None:
    """Or it would be over it."""
    variant = VARIATIONS["1000 times the size"](HOME)
    assert variant is not None
    assert variant.sample.site.capacity_kw == 5000
    assert variant.sample.sent[12].generated_kwh == 1000 * CLEAN.sent[12].generated_kwh


def test_a_site_can_be_cut_short() -> None:
    """Its first days, so that a run ends."""
    assert len(shortened(HOME, 3).sample.sent) == 73
