"""A running count sent as energy: named on every reading, with or without a registry entry, and nothing else is."""

from itertools import accumulate

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.sides import there
from heliograph.series import Point
from heliograph.site import Site
from unit.evaluation.plant import DAY, HOUR, KW, SITE, START, at, decimal, evaluated, flagged, points

NOWHERE = Site("plant")


def counted(days: int, first: float) -> list[Point]:
    """Return the plant's generation as a count that stood at `first`."""
    found = points(days, minutes=15)
    totals = accumulate((float(there(point.generated_kwh)) for point in found), initial=first)
    return [
        msgspec.structs.replace(point, generated_kwh=decimal(total))
        for point, total in zip(found, list(totals)[1:], strict=True)
    ]


@pytest.mark.parametrize("site", [SITE, NOWHERE])
def test_a_running_count_is_named_on_every_reading(site: Site) -> None:
    """From its first half day on each reading is critical; the words say what it is and what to send."""
    found = counted(5, 12_345.0)
    seen = evaluated(found, site)
    assert flagged(seen, "running_total") == [point.end for point in found]
    (flag,) = (flag for flag in seen.flags[at(2, 12)] if flag.rule == "running_total")
    assert flag.severity == "critical"
    assert "running count" in flag.message


def test_sound_energy_and_a_frozen_value_are_no_count() -> None:
    """A plant's days fall; a value that stands still doesn't count."""
    assert flagged(evaluated(points(5, minutes=15), SITE), "running_total") == []
    frozen = points(5, bend=lambda _end, _g, c: (33.3, c))
    assert flagged(evaluated(frozen, SITE), "running_total") == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10), min_size=40, max_size=60), st.integers(0, 39))
def test_one_fall_is_enough_to_be_no_count(steps: list[int], fall: int) -> None:
    """Whatever the steps: readings from which a fall is seen within a day aren't flagged."""
    total, found = 5_000, []
    for number, step in enumerate(steps):
        total += -1 if number == fall else step
        found.append(Point(START + (number + 1) * HOUR, decimal(total), decimal(0)))
    near = [point.end for number, point in enumerate(found) if abs(number - fall) < 20]
    # The fall shows from the reading before it on: that is the first of a window in which it is a step.
    assert not set(near) & set(flagged(evaluated(found, NOWHERE), "running_total")) or fall == 0


def day_totals(days: int, minutes: int) -> list[Point]:
    """Return the plant's generation as its total of the day, which begins anew at midnight."""
    total, found = 0.0, []
    for point in points(days, minutes):
        total = float(there(point.generated_kwh)) + (0.0 if (point.end - minutes * 60) % DAY == 0 else total)
        found.append(msgspec.structs.replace(point, generated_kwh=decimal(total)))
    return found


@pytest.mark.parametrize("minutes", [5, 15, 60])
@pytest.mark.parametrize("site", [SITE, NOWHERE])
def test_a_total_of_the_day_is_a_running_count(site: Site, minutes: int) -> None:
    """What an inverter shows as today's energy grows till dusk, stands still and begins anew: each reading is named."""
    found = day_totals(4, minutes)
    named = flagged(evaluated(found, site), "running_total")
    assert set(named) >= {point.end for point in found if at(1, 0) < point.end < at(3, 0)}


@pytest.mark.parametrize("hour", [14, 16, 18, 19, 20, 22, 27])
@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_a_plant_s_first_morning_is_no_count(hour: int, minutes: int) -> None:
    """A site that is connected in the afternoon, at dusk or at night only rises until noon."""
    found = [point for point in points(3, minutes) if at(0, hour) < point.end <= at(1, 12)]
    assert flagged(evaluated(found, NOWHERE), "running_total") == []


def test_loads_that_are_switched_are_no_count() -> None:
    """A heater that is on for some hours, and one that is on now and then, fall to nothing, too."""
    evening = points(5, 15, lambda end, _g, _c: (0.0, 3.0 if end % DAY // HOUR in {18, 19, 20} else 0.0))
    often = points(5, 15, lambda end, _g, _c: (0.0, 3.0 if end % DAY // HOUR % 4 == 0 else 0.0))
    for switched in (evening, often):
        assert flagged(evaluated(switched, NOWHERE), "running_total") == []


def test_a_river_that_rises_is_no_running_total() -> None:
    """A hydro plant's output may rise for days, up to its nameplate, and hold there."""
    site = Site("plant", kind="hydro", capacity_kw=KW, timezone="UTC")
    rising = points(6, bend=lambda end, _g, _c: (min(KW, 60 + (end - at(0, 0)) / HOUR * 0.4), 0.0))
    assert flagged(evaluated(rising, site), "running_total") == []


@pytest.mark.parametrize("days", [2, 12])
def test_a_river_that_rises_by_steps_is_no_count(days: int) -> None:
    """Of unknown kind: its steps are a hundredth of what it gives; later its days have fallen before."""

    def river(end: int, _g: float, _c: float) -> tuple[float, float]:
        day = (end - START) / DAY
        fallen = days - 2
        level = 40 + 5 * (int(8 * day) % 3) if day < fallen else 45 + int(8 * (day - fallen))
        return 0.8 * level, 0.0

    assert flagged(evaluated(points(days, 15, river), NOWHERE), "running_total") == []
