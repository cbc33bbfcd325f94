"""Energy below zero over time: a site's draw at rest, a turned sign, and a meter that sends the net of both sides."""

import msgspec
import pytest

from heliograph.site import Kind, Site
from unit.evaluation.plant import DAY, HOUR, KW, SITE, Bend, at, clean, day_flags, evaluated, flagged, hashed, points

DAYS = 20
UNPLACED = Site("plant", capacity_kw=KW, interval_minutes=60, timezone="UTC")


def of_kind(kind: Kind) -> Site:
    """Return the plant as another kind."""
    return msgspec.structs.replace(SITE, kind=kind)


def at_rest(share: float) -> Bend:
    """Draw a share of capacity, give or take a third, wherever the plant gives nothing."""
    return lambda end, g, c: (g if g > 0 else -share * KW * (0.7 + 0.6 * hashed(end)), c)


def net(end: int, generated: float, consumed: float) -> tuple[float, float]:
    """Send generation less a home's use, a kettle now and then, as generation."""
    kettle = 0.15 * KW if hashed(end + 2) > 0.8 else 0.0
    return generated - consumed - kettle, 0.0


@pytest.mark.parametrize(("kind", "share"), [("solar", 0.01), ("wind", 0.02), ("load", 0.01)])
def test_a_draw_at_rest_is_normal(kind: Kind, share: float) -> None:
    """What a kind of site draws at rest is never flagged, not on the first day either."""
    assert flagged(evaluated(points(DAYS, bend=at_rest(share)), of_kind(kind)), "negative") == []


def test_a_site_s_own_draw_is_learned() -> None:
    """Where a turbine draws more at rest than others on its days, that is normal for it once they are known."""
    seen = evaluated(points(30, bend=at_rest(0.05)), of_kind("wind"))
    assert flagged(seen, "negative")
    assert [end for end in flagged(seen, "negative") if end > at(15, 0)] == []


def test_a_fault_of_some_days_is_no_draw_at_rest() -> None:
    """A sign that is turned for three days teaches nothing: the next is found."""

    def turned(end: int, generated: float, consumed: float) -> tuple[float, float]:
        return (-generated, consumed) if at(14, 0) < end <= at(17, 0) or end == at(19, 12) else (generated, consumed)

    assert at(19, 12) in flagged(evaluated(points(DAYS, bend=turned), SITE), "negative")


@pytest.mark.parametrize("site", [SITE, UNPLACED, of_kind("wind")])
def test_a_turned_sign_is_found(site: Site) -> None:
    """Some hours of output below zero are flagged as such, whatever else is known of the site, and as nothing else."""
    wrong = {at(16, hour) for hour in (11, 12, 13)}
    seen = evaluated(points(DAYS, bend=lambda end, g, c: (-g if end in wrong else g, c)), site)
    assert set(flagged(seen, "negative")) == wrong
    assert day_flags(seen, "signed_net") == {}


def test_a_battery_that_charges_is_no_fault() -> None:
    """A battery's charging may come as negative generation, at full power for hours."""
    seen = evaluated(
        points(DAYS, bend=lambda end, _g, _c: (-KW if end % DAY < DAY // 4 else KW, 0.0)), of_kind("battery")
    )
    assert flagged(seen, "negative") == []
    assert day_flags(seen, "signed_net") == {}


def test_a_battery_whose_charging_is_consumption_gives_nothing_below_zero() -> None:
    """What it gave it has taken in on its other side, for weeks: a turned sign is none of it."""
    wrong = {at(16, hour) for hour in (18, 19)}

    def cycled(end: int, _g: float, _c: float) -> tuple[float, float]:
        given = KW if end % DAY // HOUR in {17, 18, 19, 20} else 0.0
        return -given if end in wrong else given, KW * 1.1 if end % DAY < DAY // 4 else 0.0

    assert set(flagged(evaluated(points(DAYS, bend=cycled), of_kind("battery")), "negative")) == wrong


@pytest.mark.parametrize("site", [SITE, UNPLACED])
def test_a_net_meter_is_named_once_a_day_and_nothing_else_is_said(site: Site) -> None:
    """The net of a two-way meter is recognised from its first whole day on; its message says where import belongs."""
    seen = evaluated(points(DAYS, bend=net), site)
    told = day_flags(seen, "signed_net")
    assert len(told) >= DAYS - 1
    assert all("energy_consumed_kwh" in flag.message and "profile" in flag.message for flag in told.values())
    assert flagged(seen, "negative") == []


def test_the_net_sent_as_consumption_is_named_too() -> None:
    """Export as negative consumption belongs in generation."""
    seen = evaluated(points(DAYS, bend=lambda end, g, c: (0.0, -net(end, g, c)[0])), of_kind("load"))
    assert all("energy_generated_kwh" in flag.message for flag in day_flags(seen, "signed_net").values())
    assert len(day_flags(seen, "signed_net")) >= DAYS - 1


def test_a_plant_that_draws_at_night_is_no_net_meter() -> None:
    """A steady draw beside output on the same day is rest, even with an hour of turned sign in it."""
    rest = at_rest(0.005)

    def bend(end: int, generated: float, consumed: float) -> tuple[float, float] | None:
        return (-generated, consumed) if end == at(16, 12) else rest(end, generated, consumed)

    seen = evaluated(points(DAYS, bend=bend), SITE)
    assert flagged(seen, "negative") == [at(16, 12)]
    assert clean(at(16, 12))[0] > 0
    assert day_flags(seen, "signed_net") == {}
