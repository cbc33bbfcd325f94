"""A load that is switched on takes the same until it is switched off; a meter that freezes does so at a usual value."""

import pytest

from heliograph.site import Kind, Site
from unit.evaluation.plant import DAY, HOUR, at, evaluated, flagged, hashed, points

DAYS = 24


def of_kind(kind: Kind | None) -> Site:
    """Return a site of which the registry knows its kind and interval alone."""
    return Site("plant", kind=kind, interval_minutes=15, timezone="UTC")


@pytest.mark.parametrize("kind", [None, "load"])
@pytest.mark.parametrize("kwh", [0.012, 2.76])
def test_a_charge_or_a_lit_night_is_no_freeze(kind: Kind | None, kwh: float) -> None:
    """From the first day on, on each third day, from 17:05 to 23:50 and for longer each time."""

    def charging(end: int, _g: float, _c: float) -> tuple[float, float]:
        day, hour = divmod(end - at(0, 0), DAY)
        stop = 23.75 + day / 10
        full = day % 3 == 0 and 17.25 * HOUR < hour <= stop * HOUR
        part = day % 3 == 0 and hour == 17.25 * HOUR
        return 0.0, kwh if full else kwh / 3 if part else 0.001

    seen = evaluated(points(DAYS, 15, charging), of_kind(kind))
    assert flagged(seen, "stale") + flagged(seen, "unit_error") + flagged(seen, "zero_consumption") == []


@pytest.mark.parametrize("day", [3, 20])
def test_a_home_s_meter_that_freezes_is_found(day: int) -> None:
    """What it took before and takes behind is of the same size."""
    first, last = at(day, 8), at(day, 18)
    frozen = points(DAYS, 15, lambda end, _g, c: (0.0, 0.7131 if first < end <= last else 20 * c))
    assert flagged(evaluated(frozen, of_kind("load")), "stale") == list(range(first + 900, last + 1, 900))


def test_a_home_s_meter_that_freezes_at_a_kettle_is_found() -> None:
    """Low values on both sides make no switched load of it: its weeks reach that value, and never held one so large."""
    first, last = at(20, 8), at(20, 18)

    def kettles(end: int, _g: float, c: float) -> tuple[float, float]:
        peak = 0.5 + 0.4 * hashed(end + 2) if hashed(end + 3) < 0.05 and not first - HOUR < end <= last + HOUR else 0.0
        return 0.0, 0.7131 if first < end <= last else c / 20 + peak

    assert flagged(evaluated(points(DAYS, 15, kettles), of_kind("load")), "stale") == list(
        range(first + 900, last + 1, 900)
    )


def test_a_charge_that_goes_on_is_no_freeze_and_a_freeze_that_goes_on_is_one() -> None:
    """Of what goes on its start tells."""
    begin = at(20, 14)
    charging = points(21, 15, lambda end, _g, _c: (0.0, 2.76 if end > begin else 0.004 + 0.002 * hashed(end)))
    frozen = points(21, 15, lambda end, _g, c: (0.0, 2.76 if end > begin else 60 * c))
    assert flagged(evaluated(charging, of_kind("load")), "stale") == []
    assert flagged(evaluated(frozen, of_kind("load")), "stale") != []


def test_a_plateau_behind_a_gap_is_no_load_that_was_switched_on() -> None:
    """Nobody saw it start: its value may be what the logger repeats since then."""
    first, last = at(20, 6), at(20, 20)

    def bend(end: int, _g: float, c: float) -> tuple[float, float] | None:
        if first - 3 * HOUR < end <= first:
            return None
        return 0.0, 0.7131 if first < end <= last else 0.05 if first - 4 * HOUR < end <= first else 20 * c

    assert flagged(evaluated(points(DAYS, 15, bend), of_kind("load")), "stale") != []


def test_weeks_of_a_standby_say_nothing_of_the_load_behind_it() -> None:
    """A wallbox of 11 kW that nobody used for weeks, with a standby of one count, is no other unit and never idle."""
    charges = {2, 3, 20, 22}

    def seldom(end: int, _g: float, _c: float) -> tuple[float, float]:
        day, hour = divmod(end - at(0, 0), DAY)
        return 0.0, 2.765 if day in charges and 17 * HOUR < hour <= 21 * HOUR else 0.001

    seen = evaluated(points(DAYS, 15, seldom), of_kind("load"))
    assert [flagged(seen, rule) for rule in ("unit_error", "zero_consumption", "stale")] == [[], [], []]


def test_a_heat_pump_that_pauses_for_minutes_is_no_freeze() -> None:
    """It takes the same for hours, and again after each pause, from its first day on; its standby is nothing."""

    def pumping(end: int, _g: float, _c: float) -> tuple[float, float]:
        day, hour = divmod((end - at(0, 0)) / HOUR, 24)
        pauses = {3.0, 9.25, 14.5, 21.75}
        return 0.0, 0.004 if day % 5 == 4 else 0.36 if hour in pauses else 0.6

    assert flagged(evaluated(points(DAYS, 15, pumping), of_kind("load")), "stale") == []


def test_an_empty_house_with_panels_has_neither_outages_nor_spikes() -> None:
    """All day its panels cover the fridge, and in the evening somebody comes and puts a kettle on."""

    def empty(end: int, _g: float, _c: float) -> tuple[float, float]:
        day, hour = divmod((end - at(0, 0)) / HOUR, 24)
        kettle = 0.45 if (day, hour) in {(19, 18.0), (21, 18.0), (21, 20.0)} else 0.0
        if 8 <= hour < 18:
            return 0.3 + 0.2 * hashed(end), 0.0
        return 0.0, 0.02 + 0.003 * hashed(end) + kettle

    seen = evaluated(points(DAYS, 15, empty), of_kind(None))
    assert [flagged(seen, rule) for rule in ("catch_up", "spike", "unit_error")] == [[], [], []]


def test_zeros_of_both_sides_before_a_large_value_are_an_outage() -> None:
    """The meter counted nothing of either side, and then all of it."""
    first, last = at(20, 9), at(20, 12)

    def lost(end: int, _g: float, c: float) -> tuple[float, float]:
        if first < end < last:
            return 0.0, 0.0
        return (0.0, 25 * c) if end == last else (0.0, 2 * c)

    assert flagged(evaluated(points(DAYS, 15, lost), of_kind(None)), "catch_up") == [last]
