"""Hours without consumption: found where a site never does without, however often its link fails; not where it does."""

from heliograph.site import Site
from unit.evaluation.plant import DAY, HOUR, Bend, at, evaluated, flagged, points

DAYS = 60
HOME = Site("plant", kind="load", timezone="UTC")


def without(*stretches: tuple[int, int]) -> Bend:
    """Let a load of its own consume nothing in some stretches."""
    return lambda end, _g, c: (0.0, 0.0 if any(first < end <= last for first, last in stretches) else c)


def test_earlier_outages_teach_nothing() -> None:
    """Twelve hours of zero each week are found each time, once the load is known: what was down isn't its habit."""
    wrong = [(at(day, 20), at(day + 1, 8)) for day in range(16, DAYS - 1, 12)]
    found = flagged(evaluated(points(DAYS, bend=without(*wrong)), HOME), "zero_consumption")
    assert set(found) == {end for first, last in wrong for end in range(first + HOUR, last + 1, HOUR)}


def test_a_pump_that_rests_every_day_is_no_fault() -> None:
    """A load that is off for half of each day does so by itself."""
    rests = points(DAYS, bend=lambda end, _g, c: (0.0, c if end % DAY < 12 * HOUR else 0.0))
    assert flagged(evaluated(rests, HOME), "zero_consumption") == []


def test_panels_that_cover_the_load_are_no_outage() -> None:
    """A two-way meter shows no consumption while its home generates more, be it for the first time in weeks."""
    sunny = points(DAYS, bend=lambda end, g, c: (g, 0.0 if at(30, 8) < end <= at(30, 17) else c))
    assert flagged(evaluated(sunny, Site("plant", timezone="UTC")), "zero_consumption") == []


def test_a_home_s_first_nights_on_its_battery_are_no_outage() -> None:
    """In spring a battery covers whole nights for the first time; what it leaves is little, and not nothing."""

    def spring(end: int, g: float, c: float) -> tuple[float, float]:
        by_night = end % DAY // HOUR in {19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6}
        left = 0.001 * (end // HOUR % 3)
        return g, left if by_night and end > at(30, 0) else c

    home = Site("plant", timezone="UTC")
    assert flagged(evaluated(points(40, bend=spring), home), "zero_consumption") == []
    cut = points(40, bend=lambda end, g, c: (g, 0.0 if at(30, 19) < end <= at(31, 5) else c))
    assert flagged(evaluated(cut, home), "zero_consumption")


def test_panels_that_cover_an_empty_house_from_dawn_to_dusk_are_no_outage() -> None:
    """It takes nothing while it feeds in, for all of a long day; nothing into the dark is an outage."""
    home = Site("plant", timezone="UTC")

    def covered(last: int) -> Bend:
        return lambda end, g, c: (g, 0.0 if at(30, 5) < end <= at(30, last) else c)

    assert flagged(evaluated(points(DAYS, bend=covered(18)), home), "zero_consumption") == []
    assert flagged(evaluated(points(DAYS, bend=covered(24)), home), "zero_consumption")


def test_a_battery_that_leaves_no_surplus_all_winter_is_no_outage() -> None:
    """It may take all that the panels give for weeks; the watt that it leaves on an away day is consumption."""

    def away(left: float) -> Bend:
        def bend(end: int, _g: float, c: float) -> tuple[float, float]:
            if at(30, 0) < end <= at(31, 6):
                return 0.0, left * (end // HOUR % 2)
            return 0.0, c if 6 <= end % DAY // HOUR < 22 else c / 20

        return bend

    home = Site("plant", timezone="UTC")
    assert flagged(evaluated(points(DAYS, bend=away(0.001)), home), "zero_consumption") == []
    assert flagged(evaluated(points(DAYS, bend=away(0.0)), home), "zero_consumption")


def test_a_pump_that_goes_over_to_cycles_in_spring_is_no_outage() -> None:
    """Its control's standby is measured: the supply is there, and so is the link."""
    spring = points(DAYS, bend=lambda end, _g, c: (0.0, 0.004 if at(30, 8) < end <= at(30, 14) else c))
    assert flagged(evaluated(spring, HOME), "zero_consumption") == []
    cut = points(DAYS, bend=without((at(30, 8), at(30, 14))))
    assert flagged(evaluated(cut, HOME), "zero_consumption")
