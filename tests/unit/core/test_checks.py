"""The checks one reading alone allows: what they flag, what they must not, and that each flag explains itself."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import radians, sin

import pytest
from astral import Observer
from astral.sun import elevation
from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.flag import Flag, is_anomalous
from heliograph.checks.judge import LANDING_RULES, judge, judge_history, revised
from heliograph.checks.sun import sun_elevation, sun_sine
from heliograph.history import Provenance, landing, merge
from heliograph.reading import Reading, format_timestamp
from heliograph.site import Kind, Site

LANDED = "2026-06-21T23:00:00Z"
NOON = "2026-06-21T11:00:00Z"
MIDNIGHT = "2026-06-21T22:40:00Z"
PLANT = Site("plant", "solar", 100.0, 52.5, 13.4, "Europe/Berlin", 60)


def flags(generated: str, consumed: str = "0", when: str = NOON, site: Site = PLANT) -> tuple[Flag, ...]:
    """Judge one reading."""
    return judge(Reading(site.site_id, when, Decimal(generated), Decimal(consumed)), site, LANDED)


def rules(generated: str, consumed: str = "0", when: str = NOON, site: Site = PLANT) -> list[str]:
    """Return the rules that have something against one reading."""
    return [flag.rule for flag in flags(generated, consumed, when, site)]


@pytest.mark.parametrize(
    ("generated", "consumed", "when", "expected"),
    [
        ("50", "3", NOON, []),
        ("0", "0", MIDNIGHT, []),
        ("-0.12", "0", MIDNIGHT, []),  # SERF East's night-time draw, 0.12 % of capacity
        ("-50", "0", NOON, []),  # a battery charges so, a net meter imports: the evaluation knows more
        ("-110", "0", NOON, []),  # as much as it could give
        ("-110.1", "0", NOON, ["negative"]),
        ("0", "-110.1", NOON, ["negative"]),
        ("110", "0", NOON, []),  # 10 % over nameplate is allowed for
        ("110.1", "0", NOON, []),  # a count of 0.1 kWh may have come early
        ("110.11", "0", NOON, ["over_capacity"]),
        ("111", "0", NOON, []),
        ("112", "0", NOON, ["over_capacity"]),
        ("5000", "0", NOON, ["over_capacity"]),
        ("5000.1", "0", NOON, ["unit_error"]),  # 5 % of nameplate, in Wh
        ("110000", "0", NOON, ["unit_error"]),  # 110 % of it
        ("110000.1", "0", NOON, ["running_total"]),  # no unit explains that
        ("35000000", "0", NOON, ["running_total"]),
        ("35000000.1", "0", NOON, ["over_capacity"]),  # nor does a plant's life
        ("12345678", "0", MIDNIGHT, ["running_total", "night_generation"]),
        ("9.9", "0", MIDNIGHT, []),  # what is less than a tenth is judged with the site's own nights
        ("10.1", "0", MIDNIGHT, ["night_generation"]),
        ("20", "0", MIDNIGHT, []),  # one count of a coarse meter
        ("60.76", "0", MIDNIGHT, ["night_generation"]),  # a plant frozen at a day-time value
        ("-999", "0", NOON, ["sentinel"]),
        ("0", "-1000000", NOON, ["sentinel"]),
        ("9999", "0", NOON, ["sentinel", "over_capacity"]),
        ("11", "0", "2026-06-21T23:10:00Z", ["night_generation"]),
        ("0", "0", "2026-06-21T23:10:00Z", []),
        ("0", "0", "2026-06-21T23:11:00Z", ["future_timestamp"]),
        ("0", "0", "2027-06-21T23:11:00Z", ["future_timestamp"]),
    ],
)
def test_what_is_flagged(generated: str, consumed: str, when: str, expected: list[str]) -> None:
    """Each rule flags beyond its limit and is silent at it."""
    assert rules(generated, consumed, when) == expected


@given(
    st.decimals(-120, 120, places=2) | st.sampled_from([Decimal(-999), Decimal(9999)]),
    st.decimals(-120, 120, places=2),
    st.integers(-2000, 30),
    st.sampled_from([PLANT, Site("plant"), Site("plant", "wind", 100.0, None, None, None, 60)]),
)
def test_what_is_judged_by_its_bounds_alone_is_flagged_by_no_check(
    generated: Decimal, consumed: Decimal, minutes: int, site: Site
) -> None:
    """The shortcut for sound readings changes nothing: each check by itself finds the same."""
    when = format_timestamp(datetime(2026, 6, 21, 23, tzinfo=UTC) + timedelta(minutes=minutes))
    reading = Reading(site.site_id, when, generated, consumed)
    checks = [rule.on_reading for rule in LANDING_RULES if rule.on_reading]
    found = (check(reading, site, LANDED) for check in checks)
    assert judge(reading, site, LANDED) == tuple(flag for flag in found if flag)


def test_a_large_site_may_reach_a_sentinels_value() -> None:
    """9,999 kWh in an hour is no sentinel for a 20 MW plant."""
    assert rules("9999", site=Site("big", "solar", 20_000.0, 52.5, 13.4, None, 60)) == []


@pytest.mark.parametrize(
    "site",
    [
        Site("plant"),
        Site("plant", "solar", None, 52.5, 13.4, None, 60),
        Site("plant", "solar", 100.0, 52.5, 13.4, None, None),
    ],
)
def test_what_is_not_known_is_not_guessed(site: Site) -> None:
    """Without capacity or interval, nothing that needs them is flagged; a sentinel still is."""
    assert rules("-500", site=site) == []
    assert rules("500", when=MIDNIGHT, site=site) == []
    assert rules("-999", site=site) == ["sentinel"]


@pytest.mark.parametrize("kind", ["wind", "battery", "load", None])
def test_only_solar_sites_sleep_at_night(kind: Kind | None) -> None:
    """Wind blows and batteries discharge at night; a site of unknown kind isn't judged by the sun."""
    site = Site("plant", kind, 100.0, 52.5, 13.4, None, 60)
    assert rules("50", when=MIDNIGHT, site=site) == []


def test_an_interval_that_touches_daylight_is_no_night() -> None:
    """A long interval counts as night only if its brighter end is dark too."""
    day_long = Site("plant", "solar", 100.0, 52.5, 13.4, None, 1440)
    assert rules("600", when="2026-06-21T22:00:00Z", site=day_long) == []


@given(
    st.decimals(-2_000_000, 2_000_000, places=4),
    st.decimals(-2_000_000, 2_000_000, places=4),
    st.integers(-2000, 2000),
)
def test_every_flag_explains_itself(generated: Decimal, consumed: Decimal, minutes: int) -> None:
    """Whatever is flagged carries its rule, figures that cross, a unit, a severity and a sentence."""
    when = format_timestamp(datetime(2026, 6, 21, 23, tzinfo=UTC) + timedelta(minutes=minutes))
    for flag in flags(f"{generated:f}", f"{consumed:f}", when):
        assert flag.rule
        assert flag.unit
        assert len(flag.message) > 20
        assert str(flag.observed) != ""
        assert flag.severity in {"info", "warning", "critical"}
        assert flag.rule == "sentinel" or flag.observed != flag.limit


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001 - made aware below
    st.floats(-89, 89),
    st.floats(-180, 180),
)
def test_the_sun_stands_where_astral_says(moment: datetime, latitude: float, longitude: float) -> None:
    """A flag's elevation is astral's; the sine that nearly all is judged by is a hundredth of a degree off at most."""
    aware = moment.replace(tzinfo=UTC, microsecond=0)
    expected = elevation(Observer(latitude, longitude), aware, with_refraction=False)
    assert sun_elevation(aware, latitude, longitude) == pytest.approx(expected, abs=1e-6)
    sine = sun_sine(int(aware.timestamp()), latitude, longitude)
    assert sine == pytest.approx(sin(radians(expected)), abs=radians(0.01))


def test_a_revised_reading_says_so_without_being_an_anomaly() -> None:
    """A correction is explained beside the reading and alarms nobody."""
    old = landing(Reading("plant", NOON, Decimal(5), Decimal(1)), Provenance("2026-06-21T12:00:00Z", "raw/a@1", 1))
    new = landing(Reading("plant", NOON, Decimal(6), Decimal(1)), Provenance("2026-06-21T13:00:00Z", "raw/b@1", 1))
    flag = revised(merge(old, new), PLANT)
    assert flag is not None
    assert (flag.rule, flag.observed, flag.limit, flag.unit) == ("revised", Decimal(5), Decimal(4), "kWh")
    assert not is_anomalous((flag,))
    assert "raw/b@1" in flag.message


def test_a_file_that_contradicts_itself_is_an_anomaly() -> None:
    """One file that gives an interval twice with other values is flagged; two files that do are a revision."""
    first, second = Reading("plant", NOON, Decimal(5), Decimal(1)), Reading("plant", NOON, Decimal(6), Decimal(1))
    brought = [Provenance("2026-06-21T12:00:00Z", "raw/a@1", line) for line in (1, 2)]
    by_one = merge(landing(first, brought[0]), landing(second, brought[1]))
    by_two = merge(landing(first, Provenance("2026-06-21T11:30:00Z", "raw/b@1", 1)), landing(second, brought[1]))
    (flag,) = judge_history(by_one, PLANT)
    assert (flag.rule, flag.severity) == ("conflicting_values", "warning")
    assert (flag.observed, flag.limit) == (Decimal(5), Decimal(4))
    assert "one file has it 2 times: 5 kWh net, 4 kWh net; the last one holds" in flag.message
    assert [flag.rule for flag in judge_history(by_two, PLANT)] == ["revised"]
    assert judge_history(landing(first, brought[0]), PLANT) == ()


@pytest.mark.parametrize(
    ("end", "zone", "severity"),
    [
        ("2026-10-25T00:15:00Z", "Europe/Berlin", "info"),
        ("2026-10-25T02:45:00Z", "Europe/Berlin", "info"),
        ("2026-10-25T00:15:00Z", None, "info"),
        ("2026-11-01T01:30:00Z", "America/New_York", "info"),
        ("2014-03-30T01:10:00Z", "Europe/Paris", "info"),
        ("2026-10-26T02:45:00Z", "Europe/Berlin", "warning"),
        ("2026-10-25T00:15:00Z", "Australia/Sydney", "warning"),
    ],
)
def test_the_hour_of_summer_time_that_comes_twice_alarms_nobody(end: str, zone: str | None, severity: str) -> None:
    """One interval twice where the clocks change is information that names summer time; elsewhere it is a warning.

    With a third value it is no hour that comes twice.
    """
    site = Site("home", timezone=zone)
    found = [
        landing(Reading("home", end, Decimal(value), Decimal(1)), Provenance("2026-12-01T00:00:00Z", "raw/a@1", value))
        for value in (5, 6, 7)
    ]
    (flag,) = judge_history(merge(found[0], found[1]), site)
    assert (flag.rule, flag.severity) == ("conflicting_values", severity)
    assert ("Summer time" in flag.message) == (severity == "info")
    (flag,) = judge_history(merge(merge(found[0], found[1]), found[2]), site)
    assert flag.severity == "warning"
