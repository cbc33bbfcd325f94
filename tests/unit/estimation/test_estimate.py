"""Estimates of a gap: which method speaks, and what it says of made-up sites whose truth is known."""

from decimal import Decimal
from itertools import pairwise, product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.estimation.estimate import estimate, needs_history
from heliograph.estimation.expected import expected_kwh, with_usual
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.estimation.model import Gap, Neighbour
from heliograph.site import Site
from unit.estimation.a_past import DAY, HOME, MONDAY, SOLAR, WIND, clear, days, gap, hidden

H = HOUR_SECONDS


def total(gap_: Gap, site: Site, history: list[DayHours], neighbours: tuple[Neighbour, ...] = ()) -> float:
    """Return what a gap is estimated to have had, kWh."""
    return float(sum(each.kwh for each in estimate(gap_, site, history, neighbours)))


def test_the_methods_have_their_order() -> None:
    """A known sum goes first, then a line over a short gap, then neighbours, then the own profile, then nothing."""
    begins = MONDAY + 20 * DAY
    own = days(MONDAY, 20, clear)
    neighbour = (Neighbour("beside", days(MONDAY, 21, clear)),)
    long, short = gap(begins, begins + DAY), gap(begins + 12 * H, begins + 13 * H)
    ends_known = msgspec.structs.replace(short, before=Decimal(1), after=Decimal(1))
    cases = [
        (msgspec.structs.replace(ends_known, known=Decimal(5)), own, neighbour, {"known_sum"}),
        (ends_known, own, neighbour, {"interpolation"}),
        (short, own, neighbour, {"neighbours"}),
        (long, own, neighbour, {"neighbours"}),
        (long, own, (), {"profile"}),
        (long, [], neighbour, set()),
        (long, own[:2], (), set()),
    ]
    for each, history, beside, methods in cases:
        assert {one.method for one in estimate(each, SOLAR, history, beside)} == methods


def test_history_is_needed_only_where_a_line_does_not_do() -> None:
    """A reader of days asks first: a short gap with both ends costs no read."""
    short = Gap("generated", [H], H, before=Decimal(1), after=Decimal(1))
    assert not needs_history(short)
    assert needs_history(msgspec.structs.replace(short, known=Decimal(1)))
    assert needs_history(msgspec.structs.replace(short, after=None))
    assert needs_history(gap(0, 2 * H))


def test_a_clear_day_of_a_clear_month_is_found() -> None:
    """The profile goes by the sun's height, so it holds in a season that the history hasn't reached."""
    begins = MONDAY + 100 * DAY
    truth = sum(clear(begins + hour * H) for hour in range(24))
    assert total(gap(begins, begins + DAY), SOLAR, days(MONDAY + 50 * DAY, 28, clear)) == pytest.approx(truth, rel=0.01)


def test_intervals_of_an_hour_add_up_to_it() -> None:
    """However short the intervals are, the day has the same energy, and the night none."""
    begins = MONDAY + 28 * DAY
    history = days(MONDAY, 28, clear)
    by_hour = estimate(gap(begins, begins + DAY), SOLAR, history)
    by_five = estimate(gap(begins, begins + DAY, 300), SOLAR, history)
    assert float(sum(each.kwh for each in by_five)) == pytest.approx(float(sum(each.kwh for each in by_hour)), rel=1e-3)
    assert by_five[0].kwh == by_five[-1].kwh == 0


def test_a_dull_day_leaves_its_mark_on_the_gap_beside_it() -> None:
    """Where the hours before and behind gave half, what lies between isn't estimated as of a clear sky."""
    begins = MONDAY + 28 * DAY
    whole = hidden(
        [*days(MONDAY, 28, clear), *days(begins, 1, lambda begin: clear(begin) / 2)], begins + 11 * H, begins + 14 * H
    )
    noon = gap(begins + 11 * H, begins + 14 * H)
    of_clear = sum(clear(begins + hour * H) for hour in (11, 12, 13))
    assert 0.5 * of_clear < total(noon, SOLAR, whole) < 0.62 * of_clear


def test_days_behind_a_gap_count_as_those_before_it() -> None:
    """A gap filled late knows both its ends; the estimate is the same if time ran backwards."""
    begins = MONDAY + 14 * DAY
    before, behind = days(MONDAY, 14, lambda _: 1.0), days(begins + DAY, 14, lambda _: 3.0)
    both = total(gap(begins, begins + DAY), WIND, [*before, *behind])
    assert both == pytest.approx(48.0, rel=0.02)
    mirrored = total(
        gap(begins, begins + DAY), WIND, [*days(MONDAY, 14, lambda _: 3.0), *days(begins + DAY, 14, lambda _: 1.0)]
    )
    assert mirrored == pytest.approx(both, rel=0.02)
    assert total(gap(begins, begins + DAY), WIND, before) == pytest.approx(24.0)


def test_wind_persists_and_fades_to_the_mean() -> None:
    """Right behind a storm the estimate is near it; three days on it is the month's mean."""
    begins = MONDAY + 28 * DAY
    history = days(MONDAY, 28, lambda begin: 9.0 if begin >= begins - DAY else 1.0)
    found = estimate(gap(begins, begins + 4 * DAY), WIND, history)
    mean = (27 + 9) / 28
    assert float(found[0].kwh) > 7
    assert mean < float(found[72].kwh) < mean + 1
    assert all(one.kwh >= later.kwh - Decimal("0.01") for one, later in pairwise(found))


def test_a_home_has_working_days_and_weekends() -> None:
    """A Saturday is estimated as Saturdays are, at the site's own hours."""

    def use(begin: int) -> float:
        weekday, hour = (begin - MONDAY) // DAY % 7, begin % DAY // H
        return (8.0 if weekday >= 5 else 2.0) if hour == 12 else 0.5

    history = days(MONDAY, 26, use, "consumed")
    saturday = estimate(gap(MONDAY + 26 * DAY, MONDAY + 27 * DAY, side="consumed"), HOME, history)
    monday = estimate(gap(MONDAY + 28 * DAY, MONDAY + 29 * DAY, side="consumed"), HOME, history)
    assert float(saturday[12].kwh) > 5.5
    assert float(monday[12].kwh) < 3.5


def test_neighbours_know_the_day_that_nobody_measured() -> None:
    """Under one sky a neighbour's dark day is the site's dark day, however large the neighbour is."""
    begins = MONDAY + 28 * DAY
    dull = {turn: 0.3 + 0.7 * (turn * 7 % 10) / 10 for turn in range(28)} | {28: 0.2}

    def sky(begin: int) -> float:
        return clear(begin) * dull[(begin - MONDAY) // DAY]

    own = days(MONDAY, 28, sky)
    neighbour = Neighbour("large", days(MONDAY, 29, lambda begin: 40 * sky(begin)))
    truth = sum(sky(begins + hour * H) for hour in range(24))
    day = gap(begins, begins + DAY)
    assert total(day, SOLAR, own, (neighbour,)) == pytest.approx(truth, rel=0.1)
    assert total(day, SOLAR, own) > 2 * truth
    # Where only this day is read, what it kept as usual tells its sky; how well the two agree is only believed.
    alone = with_usual(neighbour.days[28], SOLAR, neighbour.days[:28])
    assert total(day, SOLAR, own, (Neighbour("large", [alone]),)) < 1.7 * truth


def test_neighbours_that_never_agreed_say_nothing() -> None:
    """A site in the same region under another sky is left aside."""
    begins = MONDAY + 28 * DAY
    own = days(MONDAY, 28, lambda begin: clear(begin) * (1.0 if (begin // DAY) % 2 else 0.4))
    other = Neighbour("far", days(MONDAY, 29, lambda begin: clear(begin) * (0.4 if (begin // DAY) % 2 else 1.0)))
    assert {each.method for each in estimate(gap(begins, begins + DAY), SOLAR, own, (other,))} == {"profile"}


def test_one_neighbour_of_many_may_be_wrong() -> None:
    """The median of neighbours holds where one of them stands still for other reasons than the sky."""
    begins = MONDAY + 28 * DAY
    wind = [1.0 + turn * 13 % 7 for turn in range(29)]
    own = days(MONDAY, 28, lambda begin: wind[(begin - MONDAY) // DAY])
    right = [
        Neighbour(f"mill-{turn}", days(MONDAY, 29, lambda begin: wind[(begin - MONDAY) // DAY])) for turn in range(4)
    ]
    stands = Neighbour("off", days(MONDAY, 29, lambda begin: 0.0 if begin >= begins else wind[(begin - MONDAY) // DAY]))
    day = gap(begins, begins + DAY)
    assert total(day, WIND, own, (*right, stands)) == pytest.approx(total(day, WIND, own, tuple(right)), rel=0.01)


def test_a_solar_neighbour_that_gives_nothing_by_day_is_off() -> None:
    """No sky is that dark: a neighbour's outage isn't taken for weather."""
    begins = MONDAY + 28 * DAY
    off = Neighbour("off", days(MONDAY, 29, lambda begin: 0.0 if begin >= begins else clear(begin)))
    found = estimate(gap(begins, begins + DAY), SOLAR, days(MONDAY, 28, clear), (off,))
    assert {each.method for each in found} == {"profile"}


def test_neighbours_of_another_interval_count_alike() -> None:
    """All goes by the hour, so a site of five minutes and one of an hour say the same to each other."""
    begins = MONDAY + 28 * DAY
    sky = {turn: 0.3 + 0.7 * (turn * 7 % 10) / 10 for turn in range(29)}
    beside = (Neighbour("beside", days(MONDAY, 29, lambda begin: clear(begin) * sky[(begin - MONDAY) // DAY])),)
    own = days(MONDAY, 28, lambda begin: clear(begin) * sky[(begin - MONDAY) // DAY])
    by_five, by_hour = (total(gap(begins, begins + DAY, seconds), SOLAR, own, beside) for seconds in (300, H))
    assert by_five == pytest.approx(by_hour, rel=1e-3)


def test_an_outage_teaches_nothing() -> None:
    """Days on which a solar site was off don't lower what is expected of the others."""
    begins = MONDAY + 28 * DAY
    history = days(MONDAY, 28, lambda begin: 0.0 if 10 * DAY <= begin - MONDAY < 16 * DAY else clear(begin))
    truth = sum(clear(begins + hour * H) for hour in range(24))
    found = expected_kwh(gap(begins, begins + DAY), SOLAR, history)
    assert sum(found) == pytest.approx(truth, rel=0.01)


def test_what_is_expected_does_not_look_at_the_stretch() -> None:
    """An outage's own zeros, and the part of an hour that it left, don't change what the site would have given."""
    begins = MONDAY + 20 * DAY
    off = days(MONDAY, 28, lambda begin: 0.0 if begins <= begin < begins + DAY else clear(begin))
    clear_days = days(MONDAY, 28, clear)
    stretch = gap(begins, begins + DAY)
    assert expected_kwh(stretch, SOLAR, off) == expected_kwh(stretch, SOLAR, clear_days)
    assert expected_kwh(stretch, SOLAR, []) == []


def test_a_site_that_was_off_before_and_behind_was_off_between() -> None:
    """A gap within an outage is estimated as the outage, though the profile knows nothing of it."""
    begins = MONDAY + 27 * DAY
    off = days(MONDAY, 28, lambda begin: 0.0 if begin >= begins else clear(begin))
    noon = gap(begins + 11 * H, begins + 12 * H)
    assert total(noon, SOLAR, hidden(off, begins + 11 * H, begins + 12 * H)) < 0.1 * clear(begins + 11 * H)


def test_an_unknown_kind_goes_by_what_explains_it() -> None:
    """A site that nobody described follows the sun where it does, else the week."""
    unknown = Site("x", timezone="UTC")
    begins = MONDAY + 26 * DAY
    by_week = days(MONDAY, 26, lambda begin: 9.0 if (begin - MONDAY) // DAY % 7 >= 5 else 1.0)
    assert total(gap(begins, begins + DAY), unknown, by_week) > 120
    by_sun = days(MONDAY, 26, clear)
    truth = sum(clear(begins + hour * H) for hour in range(24))
    assert total(gap(begins, begins + DAY), unknown, by_sun) == pytest.approx(truth, rel=0.02)


def test_days_of_23_and_25_hours_are_days() -> None:
    """Where the clock is set, the hours are those that elapse, and use goes by the clock on the wall."""
    site = Site("home", kind="load", timezone="Europe/Berlin")
    midnight = 1_711_753_200  # 30 March 2024 in Berlin; summer time begins on the 31st
    seven = days(midnight - 21 * DAY, 21, lambda begin: 5.0 if (begin - midnight) % DAY // H == 7 else 1.0, "consumed")
    spring = midnight + DAY
    found = estimate(gap(spring, spring + 23 * H, side="consumed"), site, seven)
    assert max(range(23), key=lambda turn: found[turn].kwh) == 6
    assert len(found) == 23


holes = st.tuples(st.integers(0, 71), st.integers(1, 60), st.sampled_from([300, 900, 3600, 7200]))
sites = st.sampled_from([SOLAR, HOME, WIND, Site("x"), Site("b", kind="battery", capacity_kw=2.0)])


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1e4), min_size=96, max_size=96), holes, sites, st.sampled_from(["generated", "consumed"]))
def test_no_estimate_is_negative_or_more_than_the_nameplate(
    values: list[float], where: tuple[int, int, int], site: Site, side: str
) -> None:
    """Each interval has an estimate, none below zero, none above full power; the order of days doesn't matter."""
    first, count, seconds = where
    begins = MONDAY + first * H
    own = hidden(days(MONDAY, 4, lambda begin: values[(begin - MONDAY) // H], side), begins, begins + count * seconds)
    hole = gap(begins, begins + count * seconds, seconds, side)
    found = estimate(hole, site, own)
    assert [each.end for each in found] in ([], hole.ends)
    assert all(each.kwh >= 0 for each in found)
    if site.full_kw and side == "generated":
        assert all(float(each.kwh) <= site.full_kw * seconds / H + 1e-6 for each in found)
    assert estimate(hole, site, list(reversed(own))) == found


@settings(max_examples=40)
@given(st.decimals(0, 10**6, places=9, allow_nan=False), st.integers(1, 200), st.sampled_from([300, 3600]))
def test_a_known_sum_is_kept_whatever_shares_it_out(known: Decimal, count: int, seconds: int) -> None:
    """Profile or not, the intervals of a known sum add up to it, to the last digit."""
    begins = MONDAY + 20 * DAY
    hole = msgspec.structs.replace(gap(begins, begins + count * seconds, seconds), known=known)
    for site, history in product((SOLAR, WIND), ([], days(MONDAY, 20, clear))):
        found = estimate(hole, site, history)
        assert sum(each.kwh for each in found) == known
        assert all(each.kwh >= 0 for each in found)


def test_a_known_sum_goes_by_the_profile() -> None:
    """A day's catch-up lies in the day's light, not in its night."""
    begins = MONDAY + 20 * DAY
    hole = msgspec.structs.replace(gap(begins, begins + DAY), known=Decimal(100))
    found = estimate(hole, SOLAR, days(MONDAY, 20, clear))
    assert found[0].kwh == 0
    assert found[12].kwh > 9


def test_a_short_gap_of_a_solar_site_bends_as_the_light_does() -> None:
    """At noon an hour lies above the line between its neighbours; without a place it lies on it."""
    noon = MONDAY + 12 * H
    before, after = clear(noon - H), clear(noon + H)
    short = Gap("generated", [noon + H], H, before=Decimal(str(before)), after=Decimal(str(after)))
    (found,) = estimate(short, SOLAR)
    assert float(found.kwh) == pytest.approx(clear(noon), rel=0.01)
    (flat,) = estimate(short, Site("x", kind="solar"))
    assert float(flat.kwh) == pytest.approx((before + after) / 2)
