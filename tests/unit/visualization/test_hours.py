"""Days and hours are the site's own, those of 23 and 25 hours too, and a heat map shows each once."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import theme
from drawing import Fleet
from figures import day_by_hour
from figures.day_by_hour import cell_rows, classes_for, hour_view_of, spread
from heliograph_client import ApiSite
from series import MOST_DAYS, SiteSeries
from unit.visualization.samples import Json, flag, read, reading, stamp, summarized
from words import TO
from zones import hours_of, is_plain, midnight, zone_of

BERLIN = zone_of("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]
).map(zone_of)
days = st.dates(date(2015, 1, 1), date(2027, 1, 1))


def site_of(readings: list[Json], kind: str = "solar", interval: int = 60, zone: str = "Europe/Berlin") -> SiteSeries:
    """Summarize a site's readings."""
    return summarized(read(*readings), ApiSite("a", kind=kind, timezone=zone, interval_minutes=interval))


def hourly(first: date, hours: int, generated: float = 1.0, consumed: float = 0.5) -> list[Json]:
    """Return hourly readings from a midnight in Berlin."""
    start = midnight(first, BERLIN)
    return [reading(stamp(start + timedelta(hours=hour)), generated, consumed) for hour in range(1, hours + 1)]


def drawn(series: SiteSeries) -> dict[str, Any]:
    """Return a site's heat map, checked against Vega-Lite's schema."""
    drawing = day_by_hour.draw(series, Fleet((series,), "http://api", series.last))
    assert drawing is not None
    return drawing.chart.to_dict()


@given(days, zones)
def test_a_days_hours_fill_it(day: date, zone: Any) -> None:  # noqa: ANN401 - hypothesis gives a Zone
    """Whatever the clocks do, a day's hours follow one on the other from midnight to midnight, none named twice."""
    hours = hours_of(day, zone)
    assert hours[0].start == midnight(day, zone)
    assert hours[-1].end == midnight(day + timedelta(days=1), zone)
    assert all(before.end == after.start for before, after in pairwise(hours))
    assert len({(each.hour, each.fold) for each in hours}) == len(hours)
    for each in hours:
        local = (each.end - timedelta(seconds=1)).astimezone(zone.info)
        assert (local.date(), local.hour, local.fold) == (day, each.hour, each.fold)
        assert each.start < each.end


def test_days_have_23_and_25_hours_where_the_clocks_change() -> None:
    """In spring there is no hour at 2; in autumn there are two, told apart."""
    assert [each.hour for each in hours_of(SPRING, BERLIN)] == [0, 1, *range(3, 24)]
    assert [each.fold for each in hours_of(AUTUMN, BERLIN) if each.hour == 2] == [0, 1]
    assert not is_plain(SPRING, BERLIN)
    assert is_plain(date(2026, 6, 1), BERLIN)


@given(st.integers(1, 60), st.integers(0, 40 * 24))
def test_every_reading_is_in_one_cell(step: int, offset: int) -> None:
    """Over a change of clocks no reading is lost or counted twice, whatever the interval."""
    start = midnight(date(2026, 10, 1), BERLIN) + timedelta(hours=offset)
    ends = [start + timedelta(minutes=step * number) for number in range(1, 60)]
    series = site_of([reading(stamp(end), 1, 0) for end in ends], interval=step)
    assert series.hours["readings"].sum() == 59
    assert series.hours["generated"].sum() == pytest.approx(59)


def test_only_the_latest_days_are_kept() -> None:
    """Memory doesn't grow with the years; what is dropped is the oldest."""
    start = datetime(2020, 1, 1, 12, tzinfo=UTC)
    hours = site_of([reading(stamp(start + timedelta(days=n)), 1, 1) for n in range(MOST_DAYS + 5)]).hours
    assert hours["day"].n_unique() == MOST_DAYS
    assert hours["day"].min() == date(2020, 1, 6)


def test_an_hour_that_comes_twice_is_two_half_cells() -> None:
    """Both are seen, one above the other, in the place of their name; a day of 25 hours has 25 cells."""
    view = hour_view_of(site_of(hourly(AUTUMN, 25)))
    assert view is not None
    found = cell_rows(view)
    assert len(found) == 25
    assert [(row["top"], row["bottom"]) for row in found if row["top"] in {2.0, 2.5}] == [(2.0, 2.5), (2.5, 3.0)]
    assert found[3]["when"] == "Sun 25 Oct 2026, 02:00, the second time"


def test_an_hour_that_does_not_come_is_not_missing() -> None:
    """A day of 23 hours has 23 cells and none is grey; the title of the chart says when the clocks change."""
    spec = drawn(site_of(hourly(SPRING, 23)))
    cells = rows_of(spec, 0)
    assert len(cells) == 23
    assert {row["readings"] for row in cells} == {"1 of 1"}
    assert "The clocks change on 29 Mar 2026" in str(spec["title"]["subtitle"])


def rows_of(spec: dict[str, Any], layer: int) -> list[Json]:
    """Return the rows of one of a chart's layers; a single layer's are the chart's."""
    data = spec["layer"][layer].get("data") or spec["data"]
    return list(spec["datasets"][data["name"]])


def test_a_heat_map_shows_power_with_unit_zone_and_whole_axes() -> None:
    """The axes run from midnight to midnight and over every day; legend and axes name unit and time zone."""
    spec = drawn(site_of(hourly(date(2026, 6, 1), 48, generated=2500)))
    encoding = spec["layer"][0]["encoding"]
    assert spec["layer"][0]["mark"]["type"] == "rect"
    assert encoding["y"]["scale"]["domain"] == [24, 0]
    assert encoding["x"]["scale"]["domain"] == ["2026-06-01T00:00:00Z", "2026-06-03T00:00:00Z"]
    assert encoding["x"]["title"] == "Day in Europe/Berlin"
    assert encoding["color"]["legend"]["title"] == "Mean generation (MW)"
    assert {row["power"] for row in rows_of(spec, 0)} == {"2.50 MW"}


def test_a_missing_hour_is_a_cell_of_its_own_class() -> None:
    """Nothing measured isn't nothing generated: the cell is grey, and named in the legend."""
    readings = hourly(date(2026, 6, 1), 24)
    spec = drawn(site_of([*readings[:9], *readings[11:]]))
    missing = [row for row in rows_of(spec, 0) if row["class"] == "missing or left out"]
    assert [row["readings"] for row in missing] == ["0 of 1", "0 of 1"]
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"][-1] == "missing or left out"
    assert scale["range"][-1] == theme.NOTHING


def test_flagged_hours_are_marked_by_colour_and_shape() -> None:
    """A mark stands in its hour's middle, tells rule and reason, and its severity is a shape as well as a colour."""
    readings = hourly(date(2026, 6, 1), 24)
    readings[13] = reading(readings[13]["timestamp"], 9, 1, flag("spike", "critical"))
    readings[15] = reading(readings[15]["timestamp"], 1, 1, flag("stale"))
    spec = drawn(site_of(readings))
    marks = rows_of(spec, 1)
    assert [(row["centre"], row["severity"], row["rule"]) for row in marks] == [
        (13.5, "critical", "spike"),
        (15.5, "warning", "stale"),
    ]
    encoding = spec["layer"][1]["encoding"]
    assert encoding["shape"]["scale"] == {"domain": ["critical", "warning"], "range": ["triangle-up", "diamond"]}
    assert encoding["fill"]["scale"]["range"] == list(theme.SEVERITY_COLORS[:2])


def test_a_load_is_shown_by_what_it_consumes() -> None:
    """A load, and a site that never generated, is drawn in the colours of consumption."""
    for series in (site_of(hourly(SPRING, 23), kind="load"), site_of(hourly(SPRING, 23, generated=0), kind="solar")):
        assert drawn(series)["layer"][0]["encoding"]["color"]["legend"]["title"] == "Mean consumption (W)"


def test_readings_further_apart_than_an_hour_have_no_heat_map() -> None:
    """A reading of two hours says nothing of either."""
    assert hour_view_of(site_of(hourly(SPRING, 1), interval=60)) is not None
    slow = [reading(stamp(midnight(SPRING, BERLIN) + timedelta(hours=2 * each)), 1, 1) for each in range(1, 9)]
    assert hour_view_of(site_of(slow, interval=120)) is None


@given(st.lists(st.floats(-10, 10**7), min_size=1, max_size=60), st.integers(2, 8))
def test_classes_hold_every_power_in_order(powers: list[float], most: int) -> None:
    """Each power has a class, more power no lower one, and there are never more classes than colours."""
    classes = classes_for(powers, most)
    places = [classes.names.index(classes.name_of(power)) for power in sorted(powers)]
    assert places == sorted(places)
    assert 2 <= len(classes.names) == len(set(classes.names)) <= most
    assert len(spread(theme.GENERATION_RAMP, len(classes.names))) == len(classes.names)


def test_classes_are_round_and_not_stretched_by_one_value() -> None:
    """One value a thousand times too large doesn't put all the others in the lowest class."""
    classes = classes_for([*[each / 100 for each in range(1000)], 10_000.0], 8)
    assert classes.names == (
        "about 0",
        "up to 1.5",
        *(f"{low:g}{TO}{low + 1.5:g}" for low in (1.5, 3, 4.5, 6, 7.5)),
        "9 and more",
    )
    assert classes.power_unit == "kW"
    assert classes_for([0.0, 5e-324], 8).names[0] == "about 0"
