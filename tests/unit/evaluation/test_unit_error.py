"""A factor of a thousand: found where nothing else explains it, not where a site falls so low by itself."""

import pytest

from heliograph.site import Kind, Site
from unit.evaluation.plant import HOUR, Bend, at, evaluated, flagged, hashed, points

DAYS = 30
HOME = Site("plant", timezone="UTC")


def falling(first: int, last: int, generates: float = 0.0) -> Bend:
    """Let a home's consumption fall to a thousandth in a stretch, while it generates `generates` kWh an interval."""

    def bend(end: int, _g: float, c: float) -> tuple[float, float]:
        within = first <= end <= last
        return (generates * (1 + hashed(end)) if within else 0.0), (c / 1000 if within else c)

    return bend


@pytest.mark.parametrize("day", [5, 25])
def test_consumption_at_a_thousandth_is_a_unit_error(day: int) -> None:
    """Known or not, a load that is never below its standby doesn't fall to a thousandth of it."""
    wrong = points(DAYS, 15, falling(at(day, 2), at(day, 4)))
    assert set(range(at(day, 2), at(day, 4) + 1, HOUR)) <= set(flagged(evaluated(wrong, HOME), "unit_error"))


@pytest.mark.parametrize("day", [5, 25])
def test_a_home_whose_panels_cover_it_is_no_unit_error(day: int) -> None:
    """While it feeds in, a two-way meter shows no consumption but a watt or two."""
    sunny = points(DAYS, 15, falling(at(day, 12), at(day, 14), generates=1.0))
    assert flagged(evaluated(sunny, HOME), "unit_error") == []


@pytest.mark.parametrize("days", [8, DAYS])
def test_a_battery_that_covers_its_home_is_no_unit_error(days: int) -> None:
    """A battery leaves a watt or two of consumption each night: so low is what the site is by itself."""

    def covered(end: int, _g: float, c: float) -> tuple[float, float]:
        hour = end % (24 * HOUR) // HOUR
        return 0.0, c * (0.0008 + 0.0006 * hashed(end)) if hour >= 20 or hour < 5 else c

    assert flagged(evaluated(points(days, 15, covered), HOME), "unit_error") == []


@pytest.mark.parametrize(("kind", "is_told"), [("wind", False), ("solar", True)])
def test_a_turbine_at_rest_is_no_unit_error(kind: Kind, *, is_told: bool) -> None:
    """A turbine that is stopped shows one small value each time; a solar plant has none by day."""
    site = Site("plant", kind=kind, capacity_kw=100.0, latitude=45.0, longitude=0.0, timezone="UTC")
    stop = at(20, 12)
    stopped = points(DAYS, 15, lambda end, g, c: (0.018 if stop < end <= stop + 2 * HOUR else g, c))
    assert bool(flagged(evaluated(stopped, site), "unit_error")) is is_told
