"""What the dashboard is drawn from, against the embedded AWS: fleet, totals, pipeline, what was refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from heliograph.evaluation.model import Day
from heliograph.incidents.model import RuleState, SiteChange, SiteState
from heliograph.site import Site
from heliograph.storage.evaluations import DynamoSiteParts
from heliograph.storage.incidents import DynamoIncidents
from heliograph.storage.objects import QuarantinePages
from heliograph.storage.sites import DayTotals, DynamoDays, DynamoSites
from stack.harness import Harness, reading

TODAY = datetime.now(UTC).date().isoformat()
LONG = Decimal("0.300000000000000000000004")


def day(date: str = TODAY) -> Day:
    """Make a UTC day as the watch sums it up, with what the baseline is fitted from."""
    begins = int(datetime.fromisoformat(f"{date}T00:00Z").timestamp())
    return Day(
        date=date,
        start=begins,
        ends=begins + 86400,
        minutes=5,
        readings=3,
        expected=288,
        generated_kwh=LONG,
        consumed_kwh=Decimal("0.1"),
        last_end=begins + 900,
        shape=b"\1" * 500,
        baseline=b"\2" * 500,
    )


def looked_at(harness: Harness, site_id: str, *dates: str) -> None:
    """Have a site that the watch summed up, as it does."""
    DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table).put(
        Site(site_id, timezone="UTC")
    )
    parts = DynamoSiteParts(harness.dynamodb, harness.stack.sites_table)
    parts.put_days(site_id, [day(date) for date in dates])


def test_days_are_read_as_the_watch_wrote_them(harness: Harness) -> None:
    """One site's by date, or many sites' at once, more than a call holds; exact, and without what isn't served."""
    days = DynamoDays(harness.dynamodb, harness.stack.sites_table)
    names = [harness.name("site") for _ in range(3)]
    for name in names:
        looked_at(harness, name, "2026-01-01", "2026-01-02", TODAY)
    begins = int(datetime(2026, 1, 2, tzinfo=UTC).timestamp())
    wanted = DayTotals("2026-01-02", begins, begins + 86400, 3, 288, LONG, Decimal("0.1"), 0, begins + 900, minutes=5)
    assert days.of_site(names[0], "2026-01-02", "2026-01-31") == [wanted]
    many = [(name, date) for name in (*names, "nobody") for date in ("2026-01-02", "2026-01-03")]
    many += [(f"nobody-{number}", TODAY) for number in range(150)]
    assert days.of_sites(many) == {(name, "2026-01-02"): wanted for name in names}


def test_the_fleet_is_at_a_glance(harness: Harness) -> None:
    """A site that was evaluated, with an incident open, is served with both."""
    site = harness.name("0-first")
    looked_at(harness, site, TODAY)
    incidents = DynamoIncidents(harness.dynamodb, harness.stack.incidents_table, timedelta(days=1))
    rule_state = RuleState(id=f"{site}~stale~20261122T080000Z", severity="critical")
    assert incidents.commit([SiteChange(SiteState(site), {"stale": rule_state}, (), ())]) == []
    items = harness.http.get("fleet", params={"limit": 1000}).json()["items"]
    (found,) = [each for each in items if each["site_id"] == site]
    assert (found["state"], found["rules"], found["severity"]) == ("alerting", ["stale"], "critical")
    assert (found["today"]["date"], found["today"]["readings"]) == (TODAY, 3)
    assert found["last_reading_at"] == f"{TODAY}T00:15:00Z"


def test_totals_are_served(harness: Harness) -> None:
    """Days and months from the watch's sums, hours from the readings."""
    site = harness.name("site")
    harness.wait_for_ingestion(
        harness.land_readings(*[reading(site, f"2026-06-01T12:{n:02}:00Z") for n in (5, 10, 15)])
    )
    looked_at(harness, site, "2026-06-01")
    span = {"start": "2026-06-01", "end": "2026-06-02"}
    by = {by: harness.http.get(f"totals/{site}", params={"by": by, **span}).json() for by in ("hour", "day", "month")}
    (hour,), (one,), (month,) = (each["items"] for each in by.values())
    assert (hour["label"], hour["generated_kwh"], hour["readings"]) == ("2026-06-01T12:00+00:00", 4.5, 3)
    assert (one["label"], month["label"], one["readings"]) == ("2026-06-01", "2026-06", 3)
    assert one["generated_kwh"] == month["generated_kwh"] == float(LONG)


def test_the_pipeline_is_served(harness: Harness) -> None:
    """Four queues with their counts, and how long a file took that was just processed."""
    harness.wait_for_ingestion(harness.land_readings(reading(harness.name("site"), "2026-06-01T12:05:00Z")))
    body = harness.http.get("pipeline").json()
    assert set(body["queues"]) == {"ingest", "dead_letters", "watch", "watch_dead_letters"}
    assert all(queue["waiting"] >= 0 <= queue["in_flight"] for queue in body["queues"].values())
    assert body["lag_seconds"]["files"] >= 1


def test_refused_records_are_served_in_pages(harness: Harness) -> None:
    """What lies in quarantine is listed with its reasons, page by page, and ends."""
    bad = [{"site_id": "x" * 3000, "number": number} for number in range(5)]
    ingestion = harness.wait_for_ingestion(harness.land_readings(*bad))
    first = harness.http.get(f"ingestions/{ingestion.id}/rejected", params={"limit": 3})
    second = harness.http.get(
        f"ingestions/{ingestion.id}/rejected{first.headers['link'][2:].partition('>')[0].join(['?', ''])}"
    )
    assert [each["position"] for each in first.json()["items"] + second.json()["items"]] == [1, 2, 3, 4, 5]
    assert (second.json()["next"], len(second.json()["items"][0]["record"])) == (None, 2000)


def test_a_large_quarantine_file_is_read_by_the_page(harness: Harness) -> None:
    """Lines longer than what is read at once, and a file's end, are found wherever a page begins."""
    key = f"quarantine/{harness.name('file')}"
    lines = [{"position": n, "reason": "r", "record": "y" * (n * 40_000)} for n in range(1, 13)]
    body = b"".join(msgspec.json.encode(each) + b"\n" for each in lines)
    harness.s3.put_object(Bucket=harness.stack.raw_bucket, Key=key, Body=body)
    pages = QuarantinePages(lambda: harness.s3, harness.stack.raw_bucket)
    found, after, more = [], 0, True
    while more:
        page = pages.page(key, 5, after)
        found += page.items
        after, more = page.items[-1].ends_at, page.more
    assert [(each.rejected.position, len(each.rejected.record)) for each in found] == [
        (n, n * 40_000) for n in range(1, 13)
    ]
    assert pages.page(key, 5, len(body)).items == []
