"""Spikes against a site's own weather: what it does often is no spike, what it never does is."""

import pytest

from heliograph.checks.sun import sun_sine
from heliograph.site import Site
from unit.evaluation.plant import DAY, HOUR, KW, SITE, Bend, at, clean, evaluated, flagged, hashed, points

DAYS = 40
HOME = Site("plant", timezone="UTC")


def restless(end: int, generated: float, consumed: float) -> tuple[float, float]:
    """Send what is left of generation after a home's use, which takes up to half of it from one hour to the next."""
    return max(0.0, generated * (1 - 0.5 * hashed(end // HOUR + 7))), consumed


def spiked(when: int, kwh: float, rest: float = 0.0) -> list[int]:
    """Return the spikes of a restless home that gave `kwh` more, or only `rest` of its energy, in one reading."""

    def bend(end: int, generated: float, consumed: float) -> tuple[float, float]:
        sent = restless(end, generated, consumed)
        return sent if end != when else ((sent[0] + kwh) if kwh else sent[0] * rest, consumed)

    return flagged(evaluated(points(DAYS, bend=bend), HOME), "spike")


def test_a_home_that_uses_what_it_makes_has_no_spikes() -> None:
    """Where every hour leaves its neighbours, as feed-in does, leaving them is no fault."""
    assert flagged(evaluated(points(DAYS, bend=restless), HOME), "spike") == []


def test_a_dip_of_feed_in_to_nothing_is_no_spike() -> None:
    """A home that takes all it makes for an hour isn't broken."""
    assert spiked(at(30, 12), 0.0) == []


def test_what_darkens_every_day_is_no_spike() -> None:
    """Where twice a day output falls to a tenth for an hour between smooth hours, that is the site's own."""

    def bend(end: int, generated: float, consumed: float) -> tuple[float, float]:
        day = end // DAY
        gaps = {9 + int(2 * hashed(day)), 14 + int(2 * hashed(day + 500_000))}
        return generated * (0.1 if end % DAY // HOUR in gaps else 0.9), consumed

    found = flagged(evaluated(points(DAYS, bend=bend), SITE), "spike")
    assert [end for end in found if end > at(15, 0)] == []


@pytest.mark.parametrize("share", [0.7, 1.2, 10.0])
def test_no_weather_adds_most_of_a_plant_for_one_reading(share: float) -> None:
    """However restless a site is, a jump by most of its most is a spike."""
    assert spiked(at(30, 13), share * KW) == [at(30, 13)]


def test_a_smooth_site_s_spikes_are_small() -> None:
    """At a plant under clear skies half of that is one already."""
    when = at(30, 15)
    bend = points(DAYS, bend=lambda end, g, c: (g + (0.45 * KW if end == when else 0.0), c))
    assert flagged(evaluated(bend, SITE), "spike") == [when]
    assert clean(when)[0] > 0


def test_a_hard_winter_s_first_clear_hour_is_no_spike() -> None:
    """After weeks under thick clouds the first gap gives more than all the weeks did, yet little beside its neighbours.

    Nothing is registered, so nobody knows what a clear sky gives.
    """

    def dull(end: int, generated: float, consumed: float) -> tuple[float, float]:
        day, hour = divmod(end, DAY)
        clear = {10: 0.3, 11: 0.32, 12: 0.44, 13: 0.32, 14: 0.31} if day == at(30, 0) // DAY else {}
        return generated * clear.get(hour // HOUR, 0.12 + 0.02 * hashed(day)), consumed

    solar = Site("plant", kind="solar", timezone="UTC")
    assert flagged(evaluated(points(DAYS, bend=dull), solar), "spike") == []


def test_a_plant_that_grew_has_no_spikes() -> None:
    """Where the neighbours, too, give more than the weeks before, panels were added."""

    def grown(end: int, generated: float, consumed: float) -> tuple[float, float]:
        return generated * (1.6 if end > at(30, 0) else 1.0) * (1.35 if end == at(30, 12) else 1.0), consumed

    solar = Site("plant", kind="solar", latitude=45.0, longitude=0.0, timezone="UTC")
    assert flagged(evaluated(points(DAYS, bend=grown), solar), "spike") == []


@pytest.mark.parametrize(
    ("minutes", "usual_kw", "kw", "is_spike"),
    [
        (15, 4.0, 28.0, True),  # no car takes that, and none for a quarter of an hour
        (15, 4.0, 18.0, False),
        (60, 4.0, 28.0, False),  # two wallboxes may
        (60, 4.0, 48.0, True),
        (5, 0.6, 4.5, False),  # a kettle and an oven in an empty house
        (5, 4.0, 14.0, True),  # nothing at a home takes so much for five minutes alone
        (5, 3.0, 10.5, False),  # a wallbox that is switched on and off
    ],
)
def test_a_jump_of_consumption(minutes: int, usual_kw: float, kw: float, *, is_spike: bool) -> None:
    """What a home may take for an interval goes by its length and by the home's own weeks."""
    when = at(30, 12)
    used = points(
        DAYS,
        minutes,
        lambda end, _g, _c: (0.0, (kw if end == when else usual_kw * (0.3 + 0.7 * hashed(end))) * minutes / 60),
    )
    assert flagged(evaluated(used, Site("plant", kind="load", timezone="UTC")), "spike") == [when] * is_spike


@pytest.mark.parametrize(("share", "rough", "is_spike"), [(0.65, 0.0, True), (0.65, 0.2, False), (0.5, 0.0, False)])
def test_a_gust_is_gusty(share: float, rough: float, *, is_spike: bool) -> None:
    """Among smooth neighbours a squall's jump is no gust; in a storm, and up to half of the most, it is one."""
    when = at(30, 3)

    def wind(end: int, _g: float, c: float) -> tuple[float, float]:
        around = rough * KW * (end // 300 % 2) if abs(end - when) <= 600 else 0.0
        return 0.1 * KW + around + 0.02 * KW * hashed(end) + share * KW * (end == when), c

    site = Site("mast", kind="wind", capacity_kw=12 * KW, timezone="UTC")
    assert flagged(evaluated(points(DAYS, 5, wind), site), "spike") == [when] * is_spike


@pytest.mark.parametrize(("ramp", "is_spike"), [(HOUR, True), (300, False)])
def test_a_storage_that_ramps_doesn_t_start_for_one_reading(ramp: int, *, is_spike: bool) -> None:
    """Where its control took an hour to any output for weeks, a pulse is a spike; where it starts at once, it isn't."""
    when = at(30, 3)

    def cycled(end: int, _g: float, _c: float) -> tuple[float, float]:
        since = end % DAY - 17 * HOUR
        given = 0.6 * KW * min(1.0, since / ramp, (4 * HOUR - since) / ramp) if 0 < since < 4 * HOUR else 0.0
        return 0.9 * KW if end == when else given, 0.1 * KW + 0.01 * KW * hashed(end)

    store = Site("store", kind="battery", capacity_kw=12 * KW, timezone="UTC")
    assert flagged(evaluated(points(DAYS, 5, cycled), store), "spike") == [when] * is_spike


@pytest.mark.parametrize("site", [Site("plant", kind="wind", timezone="UTC"), Site("plant", None, KW, timezone="UTC")])
def test_a_squall_after_calm_weeks_is_no_spike(site: Site) -> None:
    """What isn't the sun's comes and goes; where no nameplate is known, calm weeks don't tell the most."""

    def calm(end: int, _g: float, c: float) -> tuple[float, float]:
        return (48.0 if end == at(30, 3) else 20.0 + 15.0 * hashed(end // (5 * HOUR)) + hashed(end)), c

    assert flagged(evaluated(points(DAYS, bend=calm), site), "spike") == []


def test_a_load_that_pauses_in_a_home_s_first_days_is_no_spike() -> None:
    """What a home feeds in rises by as much as its heating took; more than it ever took is a spike."""

    def winter(kwh: float) -> Bend:
        def bend(end: int, g: float, _c: float) -> tuple[float, float]:
            return (kwh if end == at(5, 12) else g / 1000), 2.0 + hashed(end)

        return bend

    home = Site("plant", timezone="UTC")
    assert flagged(evaluated(points(10, 15, winter(1.5)), home), "spike") == []
    assert flagged(evaluated(points(10, 15, winter(15.0)), home), "spike")


def first_days(share: float, *, cloudy: bool) -> list[int]:
    """Return the spikes of an unknown plant's first days, of which a reading at noon gives `share` of its sky's."""

    def bend(end: int, _generated: float, consumed: float) -> tuple[float, float]:
        sky = max(0.0, sun_sine(end - 450, 45.0, 0.0)) * (0.6 + 0.3 * hashed(end) if cloudy else 0.9)
        return KW / 4 * sky * (share if end == at(3, 12) else 1.0), consumed

    return flagged(evaluated(points(5, 15, bend), Site("plant", "solar")), "spike")


@pytest.mark.parametrize("share", [0.05, 1.5])
def test_under_a_clear_sky_an_unknown_plant_s_outlier_is_a_spike(share: float) -> None:
    """In its first days, with no nameplate, a reading that no cloud explains is told where the sky around is clear.

    Where other readings of the day leave their neighbours too, the same reading is weather.
    """
    assert first_days(share, cloudy=False) == [at(3, 12)]
    assert first_days(share, cloudy=True) == []
