"""The fleet at a glance: what is said of a site, and what it costs to say it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from heliograph.checks.flag import Flag
from heliograph.incidents.model import RuleState, SiteState
from heliograph.site import Site
from heliograph.storage.sites import DayTotals
from lambda_api.known_sites import Dates, Known, dates_of
from lambda_api.routes.fleet import FleetSite, glance
from unit.api.fleet import NOW, all_pages, assessed, client_of, day, require_shape, stores_of

BERLIN = Site("solar-1", "solar", 50.0, 48.1, 11.6, "Europe/Berlin", 5)
OPEN = RuleState(id="solar-1~stale~20261122T080000Z", severity="warning", onset=1)
WORSE = RuleState(id="solar-1~over_capacity~20261122T080000Z", severity="critical", onset=1)
OVER = RuleState(recovery=5, severity="critical")


def seen(rule_states: Mapping[str, RuleState] | None = None, today: DayTotals | None = None) -> FleetSite:
    """Evaluate a site whose rules stand so."""
    state = SiteState("solar-1", 1, dict(rule_states)) if rule_states is not None else None
    return glance(BERLIN, Known(today, None, state), NOW)


def test_a_site_without_open_incidents_is_ok() -> None:
    """What is over doesn't count."""
    found = seen({"stale": OVER}, day())
    assert (found.state, found.severity, found.open_incidents, found.rules) == ("ok", None, 0, [])
    assert found.capacity_kw == 50.0


def test_an_alerting_site_has_the_worst_severity() -> None:
    """Its open rules are named in order, with the worst severity."""
    found = seen({"stale": OPEN, "over_capacity": WORSE, "spike": OVER}, day())
    assert (found.state, found.severity, found.open_incidents) == ("alerting", "critical", 2)
    assert found.rules == ["over_capacity", "stale"]


def test_silence_goes_before_other_trouble() -> None:
    """A site that sends nothing is silent; its last reading is where the silence begins."""
    onset = int(datetime(2026, 11, 18, 5, tzinfo=UTC).timestamp())
    found = seen({"no_data": msgspec.structs.replace(OPEN, onset=onset), "stale": WORSE})
    assert (found.state, found.last_reading_at, found.today) == ("not_reporting", "2026-11-18T05:00:00Z", None)


def test_a_site_nobody_looked_at_is_unknown() -> None:
    """It isn't called healthy."""
    assert seen().state == "unknown"
    assert seen({"stale": OVER}).state == "unknown"
    assert seen().last_reading_at is None


@pytest.mark.parametrize("fewer", [{}, {"limit": 1000}])
@pytest.mark.parametrize(
    ("last", "state"),
    [
        ("2011-03-04T12:00:00Z", "not_reporting"),
        ("2026-10-22T09:00:00Z", "not_reporting"),
        ("2026-10-22T10:00:00Z", "unknown"),
        ("2026-11-20T12:00:00Z", "unknown"),
    ],
)
def test_a_site_with_old_readings_only_says_since_when(last: str, state: str, fewer: dict[str, int]) -> None:
    """One that has sent nothing for 31 days is dormant: not reporting, and no incident is open. Its last reading shows.

    A shorter silence without an incident may be a portal's that delivers once a month.
    """
    stores = stores_of([assessed("solar-1", "2010-01-01T00:00:00Z"), assessed("solar-1", last)], [BERLIN, Site("new")])
    client = client_of(stores)
    new, found = client.get("/fleet", **fewer).json()["items"]
    assert (found["state"], found["last_reading_at"], found["today"]) == (state, last, None)
    assert (found["severity"], found["open_incidents"]) == (None, 0)
    assert (new["state"], new["last_reading_at"]) == ("unknown", None)
    assert [client.get(f"/sites/{each}").json()["state"] for each in ("new", "solar-1")] == ["unknown", state]


def test_a_clock_that_was_ahead_says_nothing_of_a_dormant_site() -> None:
    """When it sent last isn't known, whatever its logger stamped."""
    flag = Flag("future_timestamp", Decimal(25), Decimal(10), "minutes", "critical", "a clock ahead")
    stores = stores_of([assessed("solar-1", "2011-03-04T12:00:00Z", flags=(flag,))], [BERLIN])
    (found,) = client_of(stores).get("/fleet").json()["items"]
    assert (found["state"], found["last_reading_at"]) == ("unknown", None)


def test_the_day_so_far_is_exact() -> None:
    """Its sums are as the watch made them, the net in decimal."""
    today = seen(today=day(generated="0.300000000000000000000004", consumed="0.1")).today
    assert today
    assert str(today.net_energy_kwh) == "0.200000000000000000000004"
    assert (today.readings, today.expected, today.expected_so_far) == (108, 288, 108)


def test_a_clock_ahead_makes_no_reading_late() -> None:
    """Where the last reading is stamped ahead of now, the readings up to now are expected, and one at least."""
    today = msgspec.structs.replace(day(), last_end=int(NOW.timestamp()) + 3600)
    found = seen(today=today).today
    assert found
    assert found.expected_so_far == 114


def test_an_end_that_wasn_t_kept_is_unknown() -> None:
    """0 is no time."""
    assert seen(today=msgspec.structs.replace(day(), last_end=0)).last_reading_at is None


def test_a_small_fleet_is_as_of_now() -> None:
    """What came after the day was last summed up counts, but for what can't be energy; and nothing twice."""
    readings = [
        assessed("solar-1", "2026-11-22T09:00:00Z"),  # in the sums already
        assessed("solar-1", "2026-11-22T09:05:00Z", "1.5", "0.25"),
        assessed("solar-1", "2026-11-22T09:10:00Z", "-999", "0"),
        assessed("solar-1", "2026-11-22T09:15:00Z", "99", "0"),  # 50 kW can't
    ]
    stores = stores_of(readings, [BERLIN], days={"solar-1": [day()]})
    (found,) = client_of(stores).get("/fleet").json()["items"]
    assert found["last_reading_at"] == "2026-11-22T09:15:00Z"
    assert found["today"]["readings"] == 108 + 3
    assert (found["today"]["generated_kwh"], found["today"]["consumed_kwh"]) == (14.0, 2.5)


def test_a_large_page_takes_no_query_a_site() -> None:
    """With more than a hundred sites what the watch summed up has to do."""
    sites = [Site(f"site-{number:03}", "wind") for number in range(101)]
    readings = [assessed("site-000", "2026-11-22T09:20:00Z")]
    stores = stores_of(readings, sites, days={"site-000": [day()]})
    found = client_of(stores).get("/fleet", limit=1000).json()["items"][0]
    assert found["last_reading_at"] == "2026-11-22T09:00:00Z"
    few = client_of(stores).get("/fleet", limit=100).json()["items"][0]
    assert few["last_reading_at"] == "2026-11-22T09:20:00Z"


@pytest.mark.parametrize("ahead", ["2026-11-22T09:45:00Z", "2027-03-01T00:00:00Z"])
def test_a_clock_ahead_makes_no_site_alive(ahead: str) -> None:
    """What a logger stamps with a time to come is neither its last reading nor part of the day so far."""
    stores = stores_of([assessed("solar-1", ahead)], [BERLIN], days={"solar-1": [day()]})
    (found,) = client_of(stores).get("/fleet").json()["items"]
    assert (found["last_reading_at"], found["today"]["readings"]) == ("2026-11-22T09:00:00Z", 108)


def test_a_clock_that_was_ahead_makes_no_site_alive_later() -> None:
    """Its stamp has come to pass since, and the site may have been silent all the time."""
    flag = Flag("future_timestamp", Decimal(25), Decimal(10), "minutes", "critical", "a clock ahead")
    readings = [assessed("solar-1", "2026-11-22T09:25:00Z", flags=(flag,))]
    stores = stores_of(readings, [BERLIN], days={"solar-1": [day()]})
    (found,) = client_of(stores).get("/fleet").json()["items"]
    assert found["last_reading_at"] == "2026-11-22T09:00:00Z"


@pytest.mark.parametrize(
    ("timezone", "at", "dates"),
    [
        ("Europe/Berlin", datetime(2026, 11, 21, 23, 0, tzinfo=UTC), Dates("2026-11-22", "2026-11-21")),
        ("Europe/Berlin", datetime(2026, 11, 21, 22, 59, tzinfo=UTC), Dates("2026-11-21", "2026-11-20")),
        ("Pacific/Auckland", datetime(2026, 11, 21, 12, 0, tzinfo=UTC), Dates("2026-11-22", "2026-11-21")),
        (None, datetime(2026, 11, 22, 0, 0, tzinfo=UTC), Dates("2026-11-22", "2026-11-21")),
    ],
)
def test_today_is_the_site_s_own(timezone: str | None, at: datetime, dates: Dates) -> None:
    """A day begins at midnight of the site's clock."""
    assert dates_of(Site("a", timezone=timezone), at) == dates


def test_the_fleet_is_served_in_pages() -> None:
    """Every site once, in order of name, as its model says; a site's day is that of its own date."""
    sites = [BERLIN, Site("wind-2", "wind"), Site("new-3")]
    state = SiteState("wind-2", 1, {"stale": OPEN})
    stores = stores_of(sites=sites, days={"solar-1": [day()], "wind-2": [day("2026-11-21")]}, states=[state])
    items = all_pages(client_of(stores), "/fleet", limit=2)
    assert [(each["site_id"], each["state"]) for each in items] == [
        ("new-3", "unknown"),
        ("solar-1", "ok"),
        ("wind-2", "alerting"),
    ]
    assert (items[1]["today"]["date"], items[2]["today"]) == ("2026-11-22", None)
    assert items[2]["last_reading_at"] == "2026-11-21T09:00:00Z"
    answer = client_of(stores).get("/fleet")
    require_shape(answer.body, "FleetPage")
    assert NOW.date().isoformat() == "2026-11-22"
