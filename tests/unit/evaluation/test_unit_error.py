"""A factor of a thousand: found where nothing else explains it, not where a site falls so low by itself."""

import pytest

from heliograph.checks.flag import is_anomalous
from heliograph.incidents.detection import EpisodeRules, RuleObservations, episodes
from heliograph.site import Kind, Site
from unit.evaluation.plant import DAY, HOUR, KW, SITE, Bend, at, evaluated, flagged, hashed, points

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


def scaled(factor: float, first_day: int, last_day: int = DAYS) -> Bend:
    """Send all energies of some days in another unit."""
    return lambda end, g, c: (g * factor, c * factor) if at(first_day, 0) < end <= at(last_day, 0) else (g, c)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
@pytest.mark.parametrize("site", [SITE, HOME])
def test_another_unit_is_told_for_as_long_as_it_lasts(factor: float, site: Site) -> None:
    """Days in another unit teach nothing: each is flagged, a week later too, and the first sound one isn't."""
    seen = evaluated(points(DAYS, bend=scaled(factor, 18, 27)), site)
    flagged_days = {(end - at(0, 0) - 1) // DAY for end in flagged(seen, "unit_error")}
    assert flagged_days == set(range(18, 27))
    assert [end for end, flags in seen.flags.items() if end > at(27, 0) and is_anomalous(flags)] == []


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_a_plant_that_begins_in_another_unit_is_told_by_its_nameplate(factor: float) -> None:
    """From the first reading on, with no weeks behind it."""
    assert min(flagged(evaluated(points(3, bend=scaled(factor, 0))), "unit_error")) < at(1, 0)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_nights_and_dawns_don_t_end_another_unit(factor: float) -> None:
    """A night's zeros are zeros in any unit, and Wh at dawn look like a plant's kWh; a day's middle proves the unit."""
    bend = scaled(factor, 20, 25)
    seen = evaluated(points(DAYS, 5, lambda end, g, _c: bend(end, g, 0.0)), SITE)
    wrong = range(at(20, 12), at(24, 18), 5 * 60)
    flagged_ends = set(flagged(seen, "unit_error"))
    assert not [end for end in wrong if end not in flagged_ends and seen.could_flag("unit_error", end)]
    assert seen.could_flag("unit_error", at(25, 12))


@pytest.mark.parametrize("site", [SITE, Site("plant", kind="solar", timezone="UTC"), HOME])
def test_a_meter_s_noise_after_dusk_is_no_unit_error(site: Site) -> None:
    """By the hour a plant falls within one reading from its last light to what its meter shows of a night."""

    def noisy(end: int, g: float, c: float) -> tuple[float, float]:
        hour = end % DAY // HOUR
        return (g if 7 <= hour <= 16 else 8.0 if hour == 17 else 0.006 + 0.003 * hashed(end)), c

    assert flagged(evaluated(points(DAYS, bend=noisy), site), "unit_error") == []


def test_a_new_site_s_own_readings_don_t_prove_their_unit() -> None:
    """What a home consumes isn't known in its first days: only its plant's nameplate tells the unit of its feed."""
    seen = evaluated(points(3, bend=scaled(1000.0, 0)), SITE)
    assert not any(seen.could_flag("unit_error", at(1, hour)) for hour in range(24))
    assert evaluated(points(3), SITE).could_flag("unit_error", at(1, 12))


def test_a_meter_s_noise_in_a_stop_is_no_unit_error() -> None:
    """A plant that is off shows its meter's noise, far below a thousandth of what it gave: that is a stop."""

    def off(end: int, g: float, c: float) -> tuple[float, float]:
        return (0.0015 + 0.001 * hashed(end) if at(20, 10) < end <= at(20, 14) else g), c

    seen = evaluated(points(DAYS, 15, off), SITE)
    assert flagged(seen, "unit_error") == []
    assert flagged(seen, "zero_output")


def test_two_readings_at_a_thousandth_are_told_by_both_steps() -> None:
    """A turbine that comes back by a thousand was in MWh; one that stood still for as long wasn't."""
    wind = Site("plant", kind="wind", capacity_kw=100.0, timezone="UTC")
    first, last = at(20, 10), at(20, 11)

    def turbine(steady: float) -> Bend:
        def bend(end: int, _g: float, c: float) -> tuple[float, float]:
            blows = 30.0 + 20.0 * hashed(end)
            return (steady or blows / 1000 if first <= end <= last else blows), c

        return bend

    assert flagged(evaluated(points(DAYS, bend=turbine(0.0)), wind), "unit_error") == [first, last]
    assert flagged(evaluated(points(DAYS, bend=turbine(0.04)), wind), "unit_error") == []


def test_the_readings_after_a_short_spell_in_another_unit_are_right() -> None:
    """The nameplate says which side of the step is wrong: two hours in Wh, and not the hours behind them, in kWh."""
    first, last = at(1, 10), at(1, 12)
    wrong = points(3, bend=lambda end, g, c: (g * 1000, c) if first < end <= last else (g, c))
    told = flagged(evaluated(wrong), "unit_error")
    assert told
    assert [end for end in told if not first < end <= last] == []


def test_a_battery_that_charges_after_weeks_of_rest_is_no_unit_error() -> None:
    """It takes hundreds of times its standby, up to its nameplate; a thousand times its nameplate is told."""
    site = Site("plant", kind="battery", capacity_kw=KW, timezone="UTC")

    def charging(kwh: float) -> Bend:
        return lambda end, _g, _c: (0.0, kwh if at(25, 2) < end <= at(25, 4) else 0.5 + 0.1 * hashed(end))

    assert flagged(evaluated(points(DAYS, bend=charging(90.0)), site), "unit_error") == []
    assert flagged(evaluated(points(DAYS, bend=charging(900.0)), site), "unit_error")


def test_a_kettle_in_an_empty_house_is_no_unit_error() -> None:
    """A thousandth of what it takes is less than the router that always runs."""
    visit = points(DAYS, 15, lambda end, _g, _c: (0.0, 0.4 if at(25, 8) < end <= at(25, 9) else 0.0012))
    assert flagged(evaluated(visit, HOME), "unit_error") == []


def test_a_wallbox_that_charges_on_some_days_is_no_unit_error() -> None:
    """Days on which it charges teach what it takes: in another unit its standby would be another, too."""

    def charging(end: int, _g: float, _c: float) -> tuple[float, float]:
        day = (end - at(0, 0)) // DAY
        return 0.0, 2.7 + 0.1 * hashed(end) if day % 3 == 0 and 18 <= end % DAY // HOUR < 21 else 0.001

    seen = evaluated(points(40, 15, charging), Site("plant", kind="load", timezone="UTC"))
    assert [end for end in flagged(seen, "unit_error") if end > at(15, 0)] == []


@pytest.mark.parametrize("rule", ["unit_error", "catch_up"])
def test_a_home_s_first_surplus_of_spring_is_no_fault(rule: str) -> None:
    """Weeks in which heating takes nearly all that the panels give tell nothing of the panels; the load does."""

    def spring(end: int, g: float, c: float) -> tuple[float, float]:
        usual = g / 1000
        late = {"unit_error": g * 0.1, "catch_up": usual if end % DAY // HOUR < 11 else g * 0.0035}[rule]
        hidden = rule == "catch_up" and end > at(25, 0) and end % DAY // HOUR < 11
        return (0.0 if hidden else late if end > at(25, 0) else usual), c

    assert flagged(evaluated(points(DAYS, 15, spring), HOME), rule) == []


def test_a_visit_to_a_house_whose_meter_showed_single_counts_is_no_unit_error() -> None:
    """A router's use comes as a count now and then: such weeks don't tell what the house takes."""
    visit = points(
        DAYS, 60, lambda end, _g, _c: (0.0, 1.2 if at(25, 8) < end <= at(25, 14) else 0.01 * (end // HOUR % 2))
    )
    assert flagged(evaluated(visit, HOME), "unit_error") == []


@pytest.mark.parametrize("minutes", [5, 15])
def test_hours_in_wh_are_told_at_a_load_of_a_day(minutes: int) -> None:
    """A newcomer's load has a day of history and no nameplate: what is a thousand times the rest isn't its most."""
    load = Site("plant", kind="load", interval_minutes=minutes, timezone="UTC")
    first, last = at(0, 8), at(0, 11)
    wrong = points(1, minutes, lambda end, g, c: (g, 1000 * c) if first < end <= last else (g, c))
    seen = evaluated(wrong, load)
    assert flagged(seen, "unit_error") == list(range(first + minutes * 60, last + 1, minutes * 60))
    (episode,) = episodes(RuleObservations(seen, {}, at(1, 0)).of("unit_error", "reading"), EpisodeRules())
    assert episode.recovery is not None, "the hours behind prove that the unit is right again"


def test_a_car_that_charges_on_the_first_day_is_no_unit_error() -> None:
    """A wallbox takes 2,765 times its standby, which stands still: that says nothing of what it takes."""
    wallbox = Site("plant", kind="load", interval_minutes=15, timezone="UTC")
    charging = points(2, 15, lambda end, _g, _c: (0.0, 2.765 if at(1, 17) < end <= at(1, 22) else 0.001))
    assert flagged(evaluated(charging, wallbox), "unit_error") == []


def test_hours_in_mwh_on_some_days_hide_no_other() -> None:
    """Days that reached a thousandth of the standby teach nothing of it: the fourth such time is found as the first."""
    first = [at(day, 2) for day in (16, 20, 24, 28)]
    thousandth = points(
        DAYS, 15, lambda end, _g, c: (0.0, c / 1000 if any(0 <= end - each <= 2 * HOUR for each in first) else c)
    )
    found = set(flagged(evaluated(thousandth, Site("plant", kind="load", timezone="UTC")), "unit_error"))
    assert set(first) <= found


def test_hours_in_wh_on_some_days_hide_no_other() -> None:
    """A day that was in Wh for hours leaves its standby as it was, and teaches nothing of the load's most either."""
    first = [at(day, 12) for day in (15, 22, 29, 36)]
    as_wh = points(
        40, 15, lambda end, _g, c: (0.0, c * 1000 if any(0 <= end - each <= 2 * HOUR for each in first) else c)
    )
    seen = evaluated(as_wh, Site("plant", kind="load", timezone="UTC"))
    assert set(first) <= set(flagged(seen, "unit_error"))
    assert flagged(seen, "zero_consumption") == []


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_an_evening_s_low_sun_ends_another_unit(factor: float) -> None:
    """What an inverter gives above its start is in the right unit: Wh would be ten nameplates, MWh nothing."""
    wrong = (at(1, 10), at(1, 17))
    seen = evaluated(points(2, 15, lambda end, g, _c: (g * factor if wrong[0] < end <= wrong[1] else g, 0.0)))
    assert flagged(seen, "unit_error")
    evening = [end for end in range(at(1, 18), at(1, 20), 15 * 60) if seen.could_flag("unit_error", end)]
    assert evening[-1] - evening[0] >= HOUR
    assert not any(seen.could_flag("unit_error", end) for end in range(at(1, 12), at(1, 17), 15 * 60))


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_a_new_storage_s_load_in_another_unit_is_told_and_ends(factor: float) -> None:
    """No weeks are known: it lies far beyond its nameplate, or steps by a thousand; and ends with usual readings."""
    battery = Site("plant", kind="battery", capacity_kw=10.0, timezone="UTC")
    wrong = (at(1, 8), at(1, 12))
    bend: Bend = lambda end, _g, c: (0.0, c * (factor if wrong[0] < end <= wrong[1] else 1.0))  # noqa: E731 - short
    seen = evaluated(points(2, 15, bend), battery)
    told = flagged(seen, "unit_error")
    assert told == [*range(wrong[0] + 15 * 60, wrong[1] + 1, 15 * 60)]
    assert all(seen.could_flag("unit_error", end) for end in range(at(1, 13), at(1, 15), 15 * 60))
