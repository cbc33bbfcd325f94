"""Connecting sites on the embedded AWS: history that lands at once opens nothing about the past and notifies nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.incidents.model import Incident
from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.incidents import DynamoIncidents
from heliograph.storage.sites import DynamoSites
from stack.harness import Harness, wait_until
from stack.test_watch import STEP, now, parts_of

SITES = 50
HOURS = 96


def history(site_id: str, last: datetime, hours: range) -> list[dict[str, Any]]:
    """Return a home's clean records of some hours, counted back from `last`."""
    return [
        {
            "site_id": site_id,
            "timestamp": format_timestamp(last - place * STEP),
            "energy_generated_kwh": 0,
            "energy_consumed_kwh": round(0.2 + (place * 7919 % 101) / 500 + hash_of(site_id) / 1000, 4),
        }
        for place in range(hours.start * 2, hours.stop * 2)
    ]


def hash_of(site_id: str) -> int:
    """Return a small number of a site, so that no two send the same."""
    return sum(site_id.encode()) % 97


def incidents_of(harness: Harness, sites: list[str]) -> list[Incident]:
    """Return all incidents of some sites, open and closed."""
    store = DynamoIncidents(harness.dynamodb, harness.stack.incidents_table, timedelta(days=1))
    return [each for site_id in sites for each in store.between(site_id, "1970-01-01T00:00:00Z", "9999")]


def evaluate_all(harness: Harness, sites: list[str]) -> None:
    """Ask for an evaluation of each site, and wait until all days that landed are kept."""
    at = int(datetime.now(UTC).timestamp())
    for job in jobs_of(at, [DueSite(site_id) for site_id in sites], 25):
        harness.sqs.send_message(QueueUrl=harness.stack.watch_queue, MessageBody=job_text(job))


def land_in_turn(harness: Harness, sites: list[str], last: datetime, order: list[int]) -> None:
    """Land a file a day of all sites, in an order of days back from `last`, and evaluate behind each."""
    for day in order:
        hours = range(24 * day, 24 * (day + 1))
        records = [record for site_id in sites for record in history(site_id, last, hours)]
        harness.wait_for_ingestion(harness.land_readings(*records), 60)
        evaluate_all(harness, sites)


def settle(harness: Harness, sites: list[str], first: datetime) -> None:
    """Wait until each site's days are kept from its first one on."""
    date = (first + timedelta(days=1)).date().isoformat()
    parts = parts_of(harness)
    wait_until(lambda: all(parts.days(site_id, date, date) for site_id in sites), "days of all sites", 120)


def test_fifty_sites_with_four_days_of_history_notify_nobody(harness: Harness) -> None:
    """Their 96 hours land in four files, newest first: no incident, so no notification and no phantom."""
    names = [harness.name("connected") for _ in range(SITES)]
    register(harness, names)
    last = now()
    land_in_turn(harness, names, last, [0, 2, 1, 3])
    evaluate_all(harness, names)
    settle(harness, names, last - timedelta(hours=HOURS))
    assert [(each.rule, each.onset) for each in incidents_of(harness, names)] == []


def test_a_portal_that_delivers_the_next_morning_is_on_time(harness: Harness) -> None:
    """Its newest reading is 17 hours old when it is looked at in the afternoon: no incident."""
    names = [harness.name("portal") for _ in range(3)]
    register(harness, names)
    last = now() - timedelta(hours=17)
    land_in_turn(harness, names, last, [3, 2, 1, 0])
    settle(harness, names, last - timedelta(hours=HOURS))
    assert incidents_of(harness, names) == []


def register(harness: Harness, names: list[str]) -> None:
    """Register half-hourly homes."""
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    for name in names:
        sites.put(Site(name, "load", timezone="UTC", interval_minutes=30))
