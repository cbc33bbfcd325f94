"""The overview tells each site's state and figures, and links every chart."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from drawing import Fleet
from heliograph_client import ApiIncident, ApiSite
from pages import Saved, fleet_figures, index_page, site_card, state_of, urgency, write_index
from series import SiteSeries
from unit.visualization.samples import flag, incident, incidents, read, reading, stamp, summarized, sunny
from zones import ChartsError

START = datetime(2026, 6, 1, tzinfo=UTC)
HOSTILE = "<script>alert('&')</script>"


def site_of(site_id: str, *found: ApiIncident, kind: str | None = "solar") -> SiteSeries:
    """Return a site with two days of readings, one of them flagged, and some incidents."""
    readings = sunny(site_id, START, 48)
    readings[5] = reading(readings[5]["timestamp"], 1, 1, flag("stale"), site_id=site_id)
    series = summarized(read(*readings), ApiSite(site_id, kind=kind, timezone="UTC", interval_minutes=60))
    return msgspec.structs.replace(series, incidents=found)


def fleet_of(*sites: SiteSeries) -> Fleet:
    """Return a fleet as of its last reading."""
    return Fleet(sites, "http://127.0.0.1:8000", START + timedelta(hours=48))


ONSET = stamp(START + timedelta(hours=30))
OPEN = incident("stale", ONSET, severity="warning")


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ([], "fine"),
        ([incident("stale", ONSET, recovery=ONSET)], "fine"),
        ([OPEN], "warning"),
        ([OPEN, incident("spike", ONSET)], "critical"),
        ([incident("spike", ONSET), incident("no_data", ONSET, severity="warning")], "not_reporting"),
    ],
)
def test_a_sites_state_is_what_is_gravest_and_open(raw: list[dict[str, object]], state: str) -> None:
    """What is over counts no more; silence comes before all, because nothing else can be seen then."""
    assert state_of(site_of("a", *incidents(*raw))) == state


def test_alerting_sites_come_first() -> None:
    """The gravest first, of equals the one with most open incidents, then by name."""
    sites = [
        site_of("fine"),
        site_of("two", *incidents(OPEN, OPEN)),
        site_of("one", *incidents(OPEN)),
        site_of("bad", *incidents(incident("spike", ONSET))),
    ]
    assert [site.site.site_id for site in sorted(sites, key=urgency)] == ["bad", "two", "one", "fine"]


def test_a_card_tells_what_matters_in_words() -> None:
    """State, finding, last reading with its zone, and figures with units; nothing by colour alone."""
    card = site_card(site_of("a", *incidents(OPEN)), fleet_of(site_of("a")))
    assert card.status == "Warning: 1 open incident (stale)"
    assert card.finding == "The value freezes on 1 Jun at 05:00; 1 reading flagged stale"
    assert card.last == "Wed 3 Jun 2026, 00:00 in UTC"
    figures = {figure.name: figure.value for figure in card.figures}
    assert figures["Readings there"] == "100 %"
    assert figures["Flagged"] == "1 (2.1 %)"
    assert figures["Consumed"] == "59.8 kWh"


def test_a_silent_site_says_since_when() -> None:
    """A site that stopped reporting isn't called sound without saying so."""
    late = Fleet((site_of("a"),), "", START + timedelta(days=9))
    assert site_card(late.sites[0], late).finding.startswith("Nothing since 3 Jun 2026. ")


def test_the_fleet_is_told_in_figures() -> None:
    """Counts of sites, readings and flags, and energies with units, are sums over the sites."""
    fleet = fleet_of(site_of("a", *incidents(OPEN)), site_of("b"))
    figures = {figure.name: figure.value for figure in fleet_figures(fleet)}
    assert figures["Sites"] == "2"
    assert figures["With an open incident"] == "1"
    assert figures["Readings"] == "96"
    assert figures["Flagged"] == "2 (2.1 %)"
    assert figures["Consumed"] == "120 kWh"


def test_the_index_links_every_chart(tmp_path: Path) -> None:
    """The fleet's charts come first; each thumbnail leads to its place in a page, or to the picture without one."""
    thumbs = tmp_path / "t a.png", tmp_path / "t a-dark.png"
    fleet = Saved("Net energy", "The fleet", None, "net-energy", tmp_path / "fleet.html", None, thumbs)
    site = Saved("Incidents", "A site", "a", "incidents", None, tmp_path / "a b.png", None)
    page = write_index(tmp_path, [site, fleet], fleet_of(site_of("a"))).read_text()
    assert re.findall(r'class="thumb" href="(.*?)"', page) == ["fleet.html#net-energy", "a%20b.png"]
    assert 'srcset="thumbs/t%20a-dark.png" media="(prefers-color-scheme: dark)"' in page
    assert '<h3><a href="a%20b.png">a</a></h3>' in page


def test_the_index_stands_on_its_own_and_escapes(tmp_path: Path) -> None:
    """It loads nothing but its thumbnails, runs nothing, and a name that holds markup stays text."""
    fleet = Fleet((site_of(HOSTILE, kind=HOSTILE),), HOSTILE, START)
    chart = Saved(HOSTILE, HOSTILE, HOSTILE, "x", tmp_path / "x.html")
    page = index_page([chart, msgspec.structs.replace(chart, site_id=None)], fleet)
    assert "<script" not in page
    assert "&lt;script&gt;alert" in page
    assert not re.search(r'(?:src|href|srcset)="(?:https?:)?//', page)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:" in page


def test_an_index_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder should be is one clear line."""
    (tmp_path / "charts").write_text("")
    with pytest.raises(ChartsError, match=r"index\.html can't be written"):
        write_index(tmp_path / "charts", [], fleet_of(site_of("a")))
