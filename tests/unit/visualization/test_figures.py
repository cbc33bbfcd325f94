"""The charts show what they say, and what they can't show they say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import altair as alt
import pytest

import theme
from drawing import Drawing, Fleet
from figures import FLEET_FIGURES, SITE_FIGURES, anomalies_by_site, net_energy_by_site, over_time
from figures import self_sufficiency_by_site as self_sufficiency
from heliograph_client import ApiSite
from picture import HOVER, picture
from series import LeaveOut, SiteSeries
from unit.visualization.samples import Json, flag, read, reading, stamp, summarized, sunny

START = datetime(2026, 6, 1, tzinfo=UTC)
Spec = dict[str, Any]


@pytest.fixture(autouse=True)
def _theme() -> None:
    """Draw as the script does."""
    theme.enable()


def site_of(site_id: str, readings: list[Json], leave_out: LeaveOut = "critical", zone: str = "UTC") -> SiteSeries:
    """Summarize a site's readings."""
    return summarized(read(*readings), ApiSite(site_id, timezone=zone, interval_minutes=60), leave_out)


def fleet_of(*sites: SiteSeries) -> Fleet:
    """Return a fleet of some sites."""
    return Fleet(sites, "http://127.0.0.1:8000", max(site.last for site in sites))


def pairs(*values: tuple[float, float], flags: tuple[Json, ...] = ()) -> list[Json]:
    """Return hourly readings of generated and consumed."""
    ends = [stamp(START + timedelta(hours=place + 1)) for place in range(len(values))]
    return [reading(end, *value, *flags) for end, value in zip(ends, values, strict=True)]


def spec_of(drawing: Drawing | None) -> Spec:
    """Return a drawing's chart, checked against Vega-Lite's schema."""
    assert drawing is not None
    return drawing.chart.to_dict()


def rows_of(spec: Spec, mark: str, name: str | None = None) -> list[Json]:
    """Return the rows of a chart's first layer with some mark."""
    layers = [layer for layer in spec["layer"] if layer["mark"]["type"] == mark and name in (None, layer.get("name"))]
    data = layers[0].get("data", spec.get("data"))
    return list(spec["datasets"][data["name"]])


def subtitle_of(drawing: Drawing | None) -> str:
    """Return all lines under a chart's title."""
    return " | ".join(spec_of(drawing)["title"]["subtitle"])


def test_every_figure_gives_a_chart_that_vega_lite_takes() -> None:
    """Each registered figure's chart fits the schema, names its source and has a title."""
    sites = [site_of("a", sunny("a", START, 30)), site_of("b", pairs((1, 2), (9, 1), flags=(flag(),)))]
    fleet = fleet_of(*sites)
    drawings = [figure(fleet) for figure in FLEET_FIGURES]
    drawings += [figure(site, fleet) for figure in SITE_FIGURES for site in sites]
    for drawing in drawings:
        assert "http://127.0.0.1:8000" in subtitle_of(drawing)
        assert drawing is not None
        assert drawing.title
    assert len({drawing.name for drawing in drawings if drawing}) == len(drawings)


@pytest.mark.parametrize("side", ["generated", "consumed"])
@pytest.mark.parametrize("hours", [20, 24 * 100])
def test_a_site_of_one_side_is_drawn(side: str, hours: int) -> None:
    """Readings, hours and days of a site without one side give charts; what isn't measured is a dash and no line."""
    readings = sunny("a", START, hours)
    for each in readings:
        each[f"energy_{side}_kwh"] = None
    site = site_of("a", readings)
    fleet = fleet_of(site)
    drawings = [figure(fleet) for figure in FLEET_FIGURES] + [figure(site, fleet) for figure in SITE_FIGURES]
    for drawing in filter(None, drawings):
        drawing.chart.to_dict()
    assert any(drawings)
    assert site.days[side].null_count() == len(site.days)


def test_anomalies_are_ranked_and_parted_by_rule() -> None:
    """Each flagged reading counts once, under its gravest flag, the most flagged site first."""
    mixed = pairs((1, 1), (1, 1), flags=(flag("stale"), flag("sentinel", "critical")))
    sites = [
        site_of("few", pairs((1, 1), flags=(flag("stale"),))),
        site_of("many", mixed),
        site_of("fine", pairs((1, 1))),
    ]
    drawing = anomalies_by_site.draw(fleet_of(*sites))
    spec = spec_of(drawing)
    assert drawing.title == "many has 67 % of the 3 flagged readings"
    assert [(row["site"], row["rule"], row["readings"]) for row in rows_of(spec, "bar")] == [
        ("many", "sentinel", 2),
        ("few", "stale", 1),
    ]
    assert [row["label"] for row in rows_of(spec, "text")] == ["2 (100 %)", "1 (100 %)", "none"]


def test_a_fleet_without_anomalies_says_so() -> None:
    """Nothing flagged is good news, not an empty chart."""
    drawing = anomalies_by_site.draw(fleet_of(site_of("a", pairs((1, 1))), site_of("b", pairs((1, 1)))))
    assert drawing.title == "No reading of 2 sites is flagged"
    assert picture(spec_of(drawing)).startswith(b"\x89PNG")


def test_rare_rules_share_one_colour() -> None:
    """Beyond the colours there are, the rarest rules are drawn as one."""
    readings = [reading(stamp(START + timedelta(hours=n)), 1, 1, flag(f"rule-{n % 12:02}")) for n in range(24)]
    rules = [row["rule"] for row in rows_of(spec_of(anomalies_by_site.draw(fleet_of(site_of("a", readings)))), "bar")]
    assert len(rules) == len(theme.RULES)
    assert rules[-1] == "all other rules"


def test_net_energy_is_sorted_and_scaled() -> None:
    """Bars run from who gave most to who took most, in a unit that suits them, and the title says who is which."""
    sites = [site_of("taker", pairs((0, 4000))), site_of("giver", pairs((1500, 300)))]
    drawing = net_energy_by_site.draw(fleet_of(*sites))
    found = rows_of(spec_of(drawing), "bar")
    assert [(row["site"], row["net"], row["label"]) for row in found] == [
        ("giver", 1.2, "+1.20 MWh"),
        ("taker", -4.0, "\N{MINUS SIGN}4.00 MWh"),
    ]
    assert drawing.title == "1 of 2 sites gave more than they took; together they took 2.80 MWh"
    assert net_energy_by_site.draw(fleet_of(sites[1])).title == "giver gave back 1.20 MWh more than it took"


def test_large_fleets_show_forty_and_say_how_many_more() -> None:
    """A hundred sites stay readable: the forty that matter most, and a line on the rest."""
    sites = [site_of(f"site-{n:03}", pairs((n, 50), flags=(flag(),))) for n in range(1, 101)]
    fleet = fleet_of(*sites)
    for figure in (anomalies_by_site.draw, net_energy_by_site.draw, self_sufficiency.draw):
        drawing = figure(fleet)
        assert len({row["site"] for row in rows_of(spec_of(drawing), "bar")}) == 40
        assert "Shown: the 40 sites" in subtitle_of(drawing)
        assert "60 more are left out" in subtitle_of(drawing)


def test_self_sufficiency_leaves_out_who_consumes_nothing() -> None:
    """A site without consumption has no bar and is counted in a note; where none consumes there is no chart."""
    sites = [site_of("home", pairs((1, 4), (9, 4))), site_of("farm", pairs((9, 0)))]
    drawing = self_sufficiency.draw(fleet_of(*sites))
    assert [(row["site"], row["label"]) for row in rows_of(spec_of(drawing), "bar")] == [("home", "62 %")]
    assert "1 site consumed nothing and has no bar" in subtitle_of(drawing)
    assert self_sufficiency.draw(fleet_of(sites[1])) is None


def test_sums_say_what_they_leave_out() -> None:
    """A reading left out for a critical flag is told under every chart that sums."""
    readings = [*pairs((5, 1)), reading(stamp(START + timedelta(hours=9)), 9999, 1, flag("sentinel", "critical"))]
    fleet = fleet_of(site_of("a", readings))
    for drawing in (
        net_energy_by_site.draw(fleet),
        self_sufficiency.draw(fleet),
        over_time.draw(fleet.sites[0], fleet),
    ):
        assert "1 flagged reading left out of the sums" in subtitle_of(drawing)
    assert net_energy_by_site.draw(fleet).title == "a gave back 4.00 kWh more than it took"


def test_a_gap_is_never_drawn_over() -> None:
    """Where readings are missing the line's row is empty, and the gap is shaded and told."""
    readings = [each for place, each in enumerate(sunny("a", START, 12)) if place not in (4, 5)]
    site = site_of("a", readings)
    spec = spec_of(over_time.draw(site, fleet_of(site)))
    lines = rows_of(spec, "line")
    breaks = [place for place, row in enumerate(lines) if row["generated"] is None]
    assert [lines[place]["end"] for place in breaks] == ["2026-06-01T04:00:00Z", "2026-06-01T12:00:00Z"]
    assert lines[breaks[0] + 1]["end"] == "2026-06-01T06:00:00Z"
    (gap,) = rows_of(spec, "rect")
    assert (gap["start"], gap["end"], gap["readings"]) == ("2026-06-01T04:00:00Z", "2026-06-01T06:00:00Z", "0 of 2")


def test_a_mark_explains_its_flag_on_the_line_it_speaks_of() -> None:
    """A flagged reading's mark tells rule, observed, limit and message, and sits on the value that was observed."""
    readings = pairs((1, 2), (1, 2), (1, 2))
    readings[1] = reading(
        readings[1]["timestamp"], 1, 2.5, flag("stale", observed=2.5, limit=6, unit="kWh", message="why")
    )
    site = site_of("a", readings)
    drawing = over_time.draw(site, fleet_of(site))
    (mark,) = rows_of(spec_of(drawing), "point")
    assert (mark["rule"], mark["observed"], mark["limit"], mark["message"]) == ("stale", "2.5 kWh", "6 kWh", "why")
    assert (mark["y"], mark["shape"]) == (2.5, "diamond")
    assert drawing.title == "a: The value freezes on 1 Jun at 01:00; 1 reading flagged stale"
    assert "In all it took 3.50 kWh more than it gave" in subtitle_of(drawing)


def test_one_absurd_value_does_not_flatten_the_rest() -> None:
    """A flagged value far off is marked at the edge of an axis that fits the others, and the subtitle says so."""
    readings = [
        *sunny("a", START, 24),
        reading(stamp(START + timedelta(hours=25)), -999, 1, flag("sentinel", "critical")),
    ]
    site = site_of("a", readings)
    drawing = over_time.draw(site, fleet_of(site))
    spec = spec_of(drawing)
    line = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "line")
    low, high = line["encoding"]["y"]["scale"]["domain"]
    assert 3 <= high < 4
    assert -1 < low <= 0
    assert rows_of(spec, "point")[0]["shape"] == "triangle-down"
    assert "1 flagged value beyond the axis" in subtitle_of(drawing)


def test_long_series_are_drawn_as_days_of_the_sites_own() -> None:
    """Beyond what a screen can show, days are drawn; marks grow with the number of flagged readings."""
    readings = sunny("a", datetime(2026, 3, 1, tzinfo=UTC), 2400)
    for place in (100, 101, 102, 200):
        readings[place] = reading(readings[place]["timestamp"], 1, 1, flag("stale"))
    site = site_of("a", readings, zone="Europe/Berlin")
    drawing = over_time.draw(site, fleet_of(site))
    spec = spec_of(drawing)
    marks = rows_of(spec, "point")
    assert [mark["flagged"] for mark in marks] == ["3 of 24", "1 of 24"]
    assert marks[0]["size"] > marks[1]["size"]
    assert marks[0]["rule"] == "stale on 3 readings"
    hover = rows_of(spec, "rect", HOVER)
    assert len(hover) == 101
    assert hover[28]["when"] == "Sun 29 Mar 2026"
    assert hover[28]["readings"] == "23 of 23"
    assert "drawn as daily totals" in subtitle_of(drawing)


def test_days_of_short_intervals_are_drawn_by_the_hour() -> None:
    """Ten days at 5 minutes are too many readings for a chart, and too few days: hours show what happens in a day."""
    readings = [
        reading(stamp(START + timedelta(minutes=5 * n)), 0.5, 1) for n in range(1, 2881) if n not in range(30, 33)
    ]
    readings[10] = reading(readings[10]["timestamp"], 0.5, 1, flag("stale"))
    site = summarized(read(*readings), ApiSite("a", timezone="Europe/Berlin", interval_minutes=5))
    drawing = over_time.draw(site, fleet_of(site))
    spec = spec_of(drawing)
    hover = rows_of(spec, "rect", HOVER)
    assert len(hover) == 240
    assert (hover[0]["when"], hover[0]["generated"]) == ("Mon 1 Jun 2026, 02:00 \N{EN DASH} 03:00", "6.00 kWh")
    assert [row["readings"] for row in rows_of(spec, "rect")] == ["9 of 12"]
    assert rows_of(spec, "point")[0]["flagged"] == "1 of 12"
    assert "Energy per hour (kWh)" in str(spec)
    assert "drawn as hourly totals" in subtitle_of(drawing)


def test_a_single_reading_can_be_drawn() -> None:
    """One reading of an unknown site, in an unknown zone, is still a chart."""
    site = summarized(read(*pairs((0, 0))), ApiSite("a"))
    drawing = over_time.draw(site, fleet_of(site))
    assert drawing.title == "a: it gave as much as it took; nothing is flagged"
    assert "UTC (the site's time zone isn't known)" in str(spec_of(drawing))


def test_the_theme_is_only_on_when_asked_for() -> None:
    """Importing the script changes nothing; enabling the theme names its colours and fonts."""
    assert alt.theme.active == "heliograph"
    with alt.theme.enable("default"):
        assert "fontSize" not in str(alt.Chart().mark_point().to_dict()["config"])
