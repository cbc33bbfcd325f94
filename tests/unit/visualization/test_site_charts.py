"""The completeness calendar and the incident timelines show what is there, what is missing, and since when."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

import theme
from drawing import Drawing, Fleet
from figures import completeness_calendar, incident_timeline
from figures.incident_timeline import lanes
from heliograph_client import ApiSite
from picture import picture
from series import SiteSeries, day_counts
from unit.visualization.samples import Json, incident, incidents, read, reading, stamp, summarized
from zones import midnight, zone_of

BERLIN = zone_of("Europe/Berlin")
SPRING = midnight(date(2026, 3, 28), BERLIN)


def site_of(hours: list[int], site_id: str = "a", *raw: Json) -> SiteSeries:
    """Return a site with hourly readings that end so many hours after the midnight before the clocks change."""
    readings = [reading(stamp(SPRING + timedelta(hours=hour)), 1, 1, site_id=site_id) for hour in hours]
    series = summarized(read(*readings), ApiSite(site_id, timezone="Europe/Berlin", interval_minutes=60))
    return msgspec.structs.replace(series, incidents=incidents(*raw))


def fleet_of(*sites: SiteSeries, as_of: datetime | None = None) -> Fleet:
    """Return a fleet, as of its last reading unless told."""
    return Fleet(sites, "http://api", as_of or max(site.last for site in sites))


def spec_of(drawing: Drawing | None) -> dict[str, Any]:
    """Return a drawing's chart, checked against Vega-Lite's schema."""
    assert drawing is not None
    return drawing.chart.to_dict()


def rows_of(spec: dict[str, Any], mark: str) -> list[Json]:
    """Return the rows of a chart's first layer with some mark."""
    layer = next(layer for layer in spec["layer"] if layer["mark"]["type"] == mark)
    return list(spec["datasets"][(layer.get("data") or spec["data"])["name"]])


def test_days_expect_what_their_hours_and_the_time_passed_allow() -> None:
    """A day of 23 hours is whole with 23; of the first and the last day only what lies within is expected."""
    series = site_of([*range(7, 24 + 23 + 5)])
    found = day_counts(series, series.last)
    assert found.select("present", "expected").rows() == [(18, 18), (23, 23), (4, 4)]


def test_a_silence_that_lasts_fills_the_calendar() -> None:
    """Days since the last reading have none of theirs; the interval under way isn't asked for yet."""
    series = site_of([*range(1, 25)])
    found = day_counts(series, SPRING + timedelta(hours=24 + 23 + 3))
    assert found.select("present", "expected").rows() == [(24, 24), (0, 23), (0, 2)]
    assert len(day_counts(series, SPRING + timedelta(days=400))) == 1


@given(st.sets(st.integers(1, 24 * 40), min_size=1), st.integers(0, 24 * 10))
def test_no_day_has_more_than_is_expected(hours: set[int], later: int) -> None:
    """On a regular grid the days' readings add up to all there are, none beyond its day's expectation."""
    series = site_of(sorted(hours))
    found = day_counts(series, series.last + timedelta(hours=later))
    assert found["present"].sum() == len(hours)
    assert (found["present"] <= found["expected"]).all()
    assert found["share"].is_between(0, 1).all()


def test_the_calendar_writes_what_is_short() -> None:
    """A cell a day by month; colour by class, and the share in figures where it isn't all."""
    series = site_of([*range(1, 25), *range(30, 48), *range(60, 64)])
    spec = spec_of(completeness_calendar.draw(series, fleet_of(series)))
    cells = rows_of(spec, "rect")
    assert [(row["month"], row["day"], row["class"], row["short"]) for row in cells] == [
        ("Mar 2026", 28, "all", ""),
        ("Mar 2026", 29, "50 to 90 %", "78"),
        ("Mar 2026", 30, "less than half", "25"),
    ]
    assert [(row["readings"], row["share"]) for row in cells[1:]] == [("18 of 23", "78 %"), ("4 of 16", "25 %")]
    assert "46 of 63 expected readings, one every hour" in " ".join(spec["title"]["subtitle"])
    assert "days in Europe/Berlin" in " ".join(spec["title"]["subtitle"])
    assert spec["title"]["text"] == ["a: Whole on 1 of 3 days; 30 Mar 2026 has 25 %"]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == list(range(1, 32))


def test_a_day_short_of_one_reading_never_reads_as_whole_or_empty() -> None:
    """287 of 288 is 99, one of 288 is 1: a figure is rounded, but not to all or nothing."""
    start = midnight(date(2026, 6, 1), BERLIN)
    ends = [start + timedelta(minutes=5 * n) for n in [*range(1, 288), 289, 865]]
    readings = [reading(stamp(end), 1, 1) for end in ends]
    series = summarized(read(*readings), ApiSite("a", timezone="Europe/Berlin", interval_minutes=5))
    cells = rows_of(spec_of(completeness_calendar.draw(series, fleet_of(series))), "rect")
    assert [row["short"] for row in cells] == ["99", "1", "0", ""]
    assert [row["class"] for row in cells] == ["90 % and more", "less than half", "none", "all"]


def test_without_an_interval_nothing_is_expected() -> None:
    """A site of one reading whose interval nobody knows has no calendar."""
    series = summarized(read(reading("2026-06-01T00:00:00Z", 1, 1)), ApiSite("a"))
    assert completeness_calendar.draw(series, fleet_of(series)) is None


ONSET, LATER = stamp(SPRING + timedelta(hours=5)), stamp(SPRING + timedelta(hours=9))


def test_a_timeline_runs_from_onset_to_recovery_or_now() -> None:
    """A closed incident ends at its recovery, an open one at now, thicker and with an arrow; shapes tell severity."""
    series = site_of(
        [*range(1, 31)], "a", incident("stale", ONSET, LATER, severity="warning"), incident("no_data", LATER)
    )
    now = series.last + timedelta(hours=2)
    spec = spec_of(incident_timeline.draw(series, fleet_of(series, as_of=now)))
    found = {row["rule"]: row for row in rows_of(spec, "bar")}
    assert (found["stale"]["start"], found["stale"]["end"]) == ("2026-03-28T06:00:00Z", "2026-03-28T10:00:00Z")
    assert (found["stale"]["lasted"], found["no_data"]["recovery"]) == ("4 hours", "still open")
    assert found["no_data"]["end"] == "2026-03-29T09:00:00Z"
    bars = [layer for layer in spec["layer"] if layer["mark"]["type"] == "bar"]
    assert [layer["mark"]["height"] for layer in bars] == [4, 9]
    shapes = [layer["encoding"]["shape"]["scale"] for layer in spec["layer"] if "shape" in layer["encoding"]]
    assert shapes == [{"domain": ["critical", "warning"], "range": ["triangle-up", "diamond"]}]
    assert bars[0]["encoding"]["fill"]["scale"]["range"] == list(theme.SEVERITY_COLORS[:2])
    assert "time in Europe/Berlin (UTC+02:00 throughout" in spec["title"]["subtitle"][0]


def test_an_incident_from_before_is_cut_and_says_so() -> None:
    """It begins at the window's edge with an arrow rather than a mark; one that was over by then isn't shown."""
    before, long_ago = stamp(SPRING - timedelta(days=9)), stamp(SPRING - timedelta(days=8))
    series = site_of([*range(1, 25)], "a", incident("spike", before, long_ago), incident("stale", before))
    (row,) = rows_of(spec_of(incident_timeline.draw(series, fleet_of(series))), "bar")
    assert (row["rule"], row["begins"], row["start"]) == ("stale", "before", "2026-03-28T01:00:00Z")


def test_a_site_without_incidents_says_so() -> None:
    """Nothing to show is a title and an empty axis, not an error."""
    for hours in ([1, 2, 3], [1]):
        drawing = incident_timeline.draw(site_of(hours), fleet_of(site_of(hours)))
        assert drawing.title == "a: No incident"
        assert picture(spec_of(drawing)).startswith(b"\x89PNG")


def test_the_fleets_timeline_puts_the_gravest_first_and_hides_none() -> None:
    """Sites with graver open incidents come first; incidents at once are in lanes of their own."""
    calm = site_of([*range(1, 49)], "calm", incident("stale", ONSET, LATER, "calm"))
    bad = site_of([*range(1, 49)], "bad", incident("stale", ONSET, None, "bad"), incident("spike", ONSET, None, "bad"))
    spec = spec_of(incident_timeline.draw_fleet(fleet_of(calm, bad)))
    rows = [row["row"] for row in rows_of(spec, "bar")]
    assert rows == ["bad|0", "bad|1", "calm|0"]
    y = next(layer["encoding"]["y"] for layer in spec["layer"] if layer["mark"]["type"] == "bar")
    assert y["scale"]["domain"] == ["bad|0", "bad|1", "calm|gap", "calm|0"]
    assert spec["title"]["text"] == ["1 of 2 sites has 2 open incidents; stale is open at 1 site"]


def test_the_fleets_timeline_is_a_month_at_most() -> None:
    """A site that fell silent long ago doesn't squeeze the others' last weeks into a corner."""
    old = summarized(read(reading("2020-01-01T00:00:00Z", 1, 1)), ApiSite("old", interval_minutes=60))
    spec = spec_of(incident_timeline.draw_fleet(fleet_of(old, site_of([*range(1, 49)]))))
    assert "Sat 28 Mar 2026, 00:00" in spec["title"]["subtitle"][0]
    stopped = fleet_of(site_of([*range(1, 49)]), as_of=SPRING + timedelta(days=50))
    assert "Fri 17 Apr 2026" in spec_of(incident_timeline.draw_fleet(stopped))["title"]["subtitle"][0]
    ages = fleet_of(site_of([1, 24 * 90]))
    assert "Wed 27 May 2026" in spec_of(incident_timeline.draw_fleet(ages))["title"]["subtitle"][0]


spans = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 50)), max_size=40)


@given(spans, st.integers(0, 5))
def test_no_incident_covers_another(raw: list[tuple[int, int]], room: int) -> None:
    """Within a lane each begins after the one before it ended and had room for its mark; no lane is left out."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = sorted((start + timedelta(hours=at), start + timedelta(hours=at + length)) for at, length in raw)
    places = lanes(found, timedelta(hours=room))
    assert set(places) == set(range(max(places, default=-1) + 1))
    for lane in set(places):
        of_lane = [span for span, place in zip(found, places, strict=True) if place == lane]
        for before, after in pairwise(of_lane):
            assert after[0] >= max(before[1], before[0] + timedelta(hours=room))
