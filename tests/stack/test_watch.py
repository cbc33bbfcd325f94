"""The watch on the embedded AWS: what a stuck or silent site shows is flagged, kept by day, served; late data too."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from heliograph.checks.flag import Flag
from heliograph.evaluation.cycle import DueSite, Reevaluation, job_text, jobs_of
from heliograph.evaluation.model import FlagUpdate
from heliograph.evaluation.recent import Recent
from heliograph.reading import end_of, format_timestamp
from heliograph.site import Site
from heliograph.storage.evaluations import DynamoSiteParts, DynamoWindows
from heliograph.storage.fast_path import FastDynamo
from heliograph.storage.neighbours import DynamoNeighbours
from heliograph.storage.sites import DynamoSites
from heliograph.table_keys import DUE, site_slot, slot_key
from lambda_watch.wiring import WatchSettings, make_watch
from local_stack.clients import clients_for
from stack.harness import Harness, wait_until

STEP = timedelta(minutes=30)


def now() -> datetime:
    """Return the last whole half hour."""
    moment = datetime.now(UTC).replace(second=0, microsecond=0)
    return moment.replace(minute=moment.minute // 30 * 30)


def home(harness: Harness, delivered_within: str | None = None) -> str:
    """Register a home that sends half-hourly readings."""
    site_id = harness.name("home")
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    sites.put(Site(site_id, "load", timezone="UTC", interval_minutes=30, delivered_within=delivered_within))
    return site_id


def records(site_id: str, last: datetime, hours: int, stale: range = range(0)) -> list[dict[str, Any]]:
    """Return a home's records up to `last`; those at the places `stale`, counted back from it, are all alike."""
    return [
        {
            "site_id": site_id,
            "timestamp": format_timestamp(last - place * STEP),
            "energy_generated_kwh": 0,
            "energy_consumed_kwh": 0.317 if place in stale else round(0.2 + (place * 7919 % 101) / 500, 4),
        }
        for place in reversed(range(hours * 2))
    ]


def parts_of(harness: Harness) -> DynamoSiteParts:
    """Return the parts as the watch reads them."""
    return DynamoSiteParts(harness.dynamodb, harness.stack.sites_table)


def ask(harness: Harness, site_id: str) -> None:
    """Ask for a scheduled evaluation, now."""
    (call,) = jobs_of(int(datetime.now(UTC).timestamp()), [DueSite(site_id)], 25)
    harness.sqs.send_message(QueueUrl=harness.stack.watch_queue, MessageBody=job_text(call))


def rules_served(harness: Harness, site_id: str) -> set[str]:
    """Return the rules of the flags that the API serves of a site's anomalies."""
    items = harness.http.get(f"anomalies/{site_id}", params={"limit": 1000}).json()["items"]
    return {flag["rule"] for item in items for flag in item["flags"]}


def test_a_stuck_site_is_flagged_and_served(harness: Harness) -> None:
    """A meter that shows one value for hours: each reading is flagged, served as an anomaly, and the day is kept."""
    site_id, last = home(harness), now()
    harness.wait_for_ingestion(harness.land_readings(*records(site_id, last, 60, stale=range(4, 20))))
    ask(harness, site_id)
    rules = wait_until(lambda: rules_served(harness, site_id), "flags of the watch", 30)
    assert rules == {"stale"}
    served = harness.http.get(f"anomalies/{site_id}", params={"limit": 1000}).json()["items"]
    assert {item["energy_consumed_kwh"] for item in served} == {0.317}
    yesterday = (last - timedelta(days=1)).date().isoformat()
    known = wait_until(lambda: _done(harness, site_id), "the end of the re-evaluation", 30)
    day = next(each for each in known if each.date == yesterday)
    assert (day.readings, day.expected) == (48, 48)


def _done(harness: Harness, site_id: str) -> Any:  # noqa: ANN401 - days, or nothing yet
    known = parts_of(harness).read(site_id, "2000-01-01", consistent=True)
    return known.days if known.reevaluation and known.reevaluation.done else None


def test_a_silent_site_opens_an_incident(harness: Harness) -> None:
    """A site whose readings have stopped for half a day: the watch raises it though nothing lands.

    All that it sent landed at once, so only the registry knows when its readings are due.
    """
    site_id = home(harness, delivered_within="1h")
    harness.wait_for_ingestion(harness.land_readings(*records(site_id, now() - timedelta(hours=14), 48)))
    ask(harness, site_id)
    found = wait_until(
        lambda: harness.dynamodb.query(
            TableName=harness.stack.incidents_table,
            KeyConditionExpression="site_id = :site AND begins_with(incident, :incident)",
            ExpressionAttributeValues={":site": {"S": site_id}, ":incident": {"S": "incident#"}},
        )["Items"],
        "an incident",
        30,
    )
    assert {item["rule"]["S"] for item in found} == {"no_data"}


def test_late_data_is_looked_at_by_itself(harness: Harness) -> None:
    """Days that land late are called for by the processor, and flagged without any tick."""
    site_id, last = home(harness), now()
    harness.wait_for_ingestion(
        harness.land_readings(*records(site_id, last - timedelta(days=4), 60, stale=range(4, 20)))
    )
    assert wait_until(lambda: rules_served(harness, site_id), "flags of the watch", 60) == {"stale"}


def test_a_look_that_finds_nothing_new_writes_nothing(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is two queries and one read of the site's incidents, whatever its interval; no call writes."""
    site_id = home(harness)
    harness.wait_for_ingestion(harness.land_readings(*records(site_id, now(), 60, stale=range(4, 20))))
    stack, aws, calls = harness.stack, clients_for(harness.stack), Counter[str]()
    tables = (stack.readings_table, stack.sites_table, stack.incidents_table)
    watch = make_watch(
        WatchSettings(*tables, stack.alerts_topic, stack.watch_queue, stack.watch_dead_letter_queue), aws
    )
    at = int(datetime.now(UTC).timestamp())
    first = watch.watcher.evaluate(DueSite(site_id), at)
    assert first is None or (first.reevaluated and first.marked), (
        "it re-evaluations, unless the stack's own watch came before"
    )
    wait_until(lambda: _done(harness, site_id), "the end of the re-evaluation", 30)
    watch.watcher.evaluate(DueSite(site_id), at + 3)
    aws._local_session.register("before-call.dynamodb", lambda **told: calls.update([told["model"].name]))
    once = FastDynamo.once

    def counted(client: FastDynamo, operation: str, body: bytes) -> bytes | None:
        calls[operation] += 1
        return once(client, operation, body)

    monkeypatch.setattr(FastDynamo, "once", counted)
    watch = make_watch(
        WatchSettings(*tables, stack.alerts_topic, stack.watch_queue, stack.watch_dead_letter_queue), aws
    )
    again = watch.watcher.evaluate(DueSite(site_id), at + 60)
    assert again is not None
    assert (again.marked, again.days, again.reevaluated) == (0, 0, False)
    assert calls == {"Query": 2, "BatchGetItem": 1}


def test_a_tick_asks_for_each_site_once(harness: Harness) -> None:
    """The Lambda's tick finds who is due by their slots and notes the minute; the second one has nothing to do."""
    site_id = home(harness)
    parts = parts_of(harness)
    assert site_id in parts.due([site_slot(site_id)])
    harness.call(harness.stack.watch_function, {})
    ticked = wait_until(parts.last_tick, "the tick", 10)
    assert abs(ticked - datetime.now(UTC).timestamp()) < 130
    parts.note_tick(ticked - 3600)
    assert parts.last_tick() == ticked


def test_a_sweep_is_one_looks_own(harness: Harness) -> None:
    """Of two that would take the same turn one does; what is written is read back."""
    parts, site_id = parts_of(harness), harness.name("site")
    first, second = Reevaluation(1, 1000, 0, done=False), Reevaluation(2, 1000, 0, done=True)
    assert [parts.put_reevaluation(site_id, reevaluation) for reevaluation in (first, first, second, second)] == [
        True,
        False,
        True,
        False,
    ]
    assert parts.reevaluation(site_id) == second
    assert parts.reevaluation("nobody") is None


def test_what_is_packed_is_read_with_all_else(harness: Harness) -> None:
    """A site's packed readings come back byte for byte, in the query that gives its days, on either client's way."""
    site_id = home(harness)
    packed = Recent(2, 1_795_000_000, 1_795_170_000, bytes(range(256)))
    parts_of(harness).put_recent(site_id, packed)
    plain = clients_for(harness.stack)._make("dynamodb")
    for parts in (parts_of(harness), DynamoSiteParts(cast("Any", plain), harness.stack.sites_table)):
        assert parts.read(site_id, "2026-11-22", consistent=True).recent == packed


def test_a_registry_item_of_old_gets_its_keys_in_the_indexes(harness: Harness) -> None:
    """A site registered before there was a watch is due and has neighbours once it is added again; its entry stays."""
    near, site = (Site(harness.name(name), "wind", 5.0, 44.5, 26.1, "Europe/Bucharest") for name in ("near", "old"))
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    neighbours = DynamoNeighbours(harness.dynamodb, harness.stack.sites_table)
    sites.put(near)
    sites.put(site)
    assert neighbours.neighbours_of(near)[0] == site.site_id
    key = {"site_id": {"S": site.site_id}, "part": {"S": "registry"}}
    table = harness.stack.sites_table
    harness.dynamodb.update_item(TableName=table, Key=key, UpdateExpression="REMOVE slot, beside, beside_at")
    assert site.site_id not in parts_of(harness).due([site_slot(site.site_id)])
    assert site.site_id not in neighbours.neighbours_of(near)
    assert not sites.add(Site(site.site_id))
    assert harness.dynamodb.get_item(TableName=table, Key=key)["Item"][DUE.partition]["S"] == slot_key(
        site_slot(site.site_id)
    )
    assert neighbours.neighbours_of(near)[0] == site.site_id
    assert sites.get(site.site_id) == site


def test_marks_are_for_readings_as_they_were_read(harness: Harness) -> None:
    """The watch's flags are written beside the processor's, in and out of the anomalies, and never over a change."""
    site_id, last = home(harness), now()
    harness.wait_for_ingestion(harness.land_readings(*records(site_id, last, 1)))
    windows = DynamoWindows(harness.dynamodb, harness.stack.readings_table)

    def read() -> Any:  # noqa: ANN401 - kept readings
        return windows.read(site_id, 0, end_of(format_timestamp(last)), consistent=True)

    flag = Flag("stale", Decimal("1.50"), Decimal(6), "readings", "warning", "one value")
    old = read()
    assert windows.mark(site_id, [FlagUpdate(each, (flag,)) for each in old])
    assert rules_served(harness, site_id) == {"stale"}
    assert [(each.watched, each.merges) for each in read()] == [((flag,), 1)] * 2
    assert [each.watched for each in harness.readings_of(site_id)] == [(flag,)] * 2
    assert not windows.mark(site_id, [FlagUpdate(old[0], ()), FlagUpdate(read()[1], ())]), "the first was changed since"
    assert [each.watched for each in read()] == [(flag,), ()]
    assert windows.mark(site_id, [FlagUpdate(read()[0], ())])
    assert rules_served(harness, site_id) == set()
    assert [each.merges for each in read()] == [2, 2]
