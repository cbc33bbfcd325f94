"""A file that lands becomes readings, an ingestion and incidents; one that can't be read ends as a dead letter."""

from datetime import UTC, datetime, timedelta

import msgspec

from heliograph.reading import format_timestamp
from stack.harness import Harness, reading, wait_until


def s3_event(bucket: str, key: str, version: str) -> str:
    """Return the message S3 sends for an object that landed."""
    named = {"bucket": {"name": bucket}, "object": {"key": key, "versionId": version}}
    record = {"eventName": "ObjectCreated:Put", "s3": named}
    return msgspec.json.encode({"Records": [record]}).decode()


def test_a_landed_file_becomes_readings(harness: Harness) -> None:
    """Its readings are stored under their site, its ingestion counts them, and the API shows them."""
    site = harness.name("site")
    landed = harness.land_readings(*[reading(site, f"2026-06-01T12:{minute:02}:00Z") for minute in (0, 5, 10)])
    ingestion = harness.wait_for_ingestion(landed)
    assert (ingestion.state, ingestion.records, ingestion.stored, ingestion.rejected) == ("done", 3, 3, 0)
    assert [each.history.timestamp[11:16] for each in harness.readings_of(site)] == ["12:00", "12:05", "12:10"]
    shown = harness.http.get(f"readings/{site}", params={"limit": 2}).json()
    assert [item["net_energy_kwh"] for item in shown["items"]] == [1.25, 1.25]
    assert shown["next"]


def test_a_broken_record_goes_to_quarantine_alone(harness: Harness) -> None:
    """The good records of a file are stored; the bad one lies in quarantine with the reason."""
    site = harness.name("site")
    landed = harness.land_readings(reading(site, "2026-06-01T12:00:00Z"), {"site_id": site, "timestamp": "yesterday"})
    ingestion = harness.wait_for_ingestion(landed)
    assert (ingestion.stored, ingestion.rejected) == (1, 1)
    key = f"quarantine/{landed.key.removeprefix('raw/')}@{landed.version}.ndjson"
    body = harness.s3.get_object(Bucket=harness.stack.raw_bucket, Key=key)["Body"].read()
    assert msgspec.json.decode(body)["reason"]


def test_processing_again_changes_nothing(harness: Harness) -> None:
    """The same event again, twice at once: the same readings, the same ingestion, no second attempt noted."""
    site = harness.name("site")
    landed = harness.land_readings(*[reading(site, f"2026-06-01T12:{minute:02}:00Z") for minute in (0, 5)])
    before = harness.wait_for_ingestion(landed), harness.readings_of(site)
    event = s3_event(harness.stack.raw_bucket, landed.key, landed.version)
    for _ in range(2):
        harness.sqs.send_message(QueueUrl=harness.stack.ingest_queue, MessageBody=event)
    harness.wait_until_idle()
    assert (harness.wait_for_ingestion(landed), harness.readings_of(site)) == before


def test_an_unreadable_file_ends_as_a_dead_letter(harness: Harness) -> None:
    """After three attempts the original S3 event is in the dead-letter queue, and the ingestion says why it failed."""
    landed = harness.land(b"\x00\x01 not a feed")
    letter = harness.take(harness.stack.dead_letter_queue, lambda body: landed.key in body)
    (record,) = msgspec.json.decode(letter)["Records"]
    assert record["eventName"].startswith("ObjectCreated:")
    assert record["s3"]["bucket"]["name"] == harness.stack.raw_bucket
    assert record["s3"]["object"]["versionId"] == landed.version
    ingestion = harness.wait_for_ingestion(landed)
    assert ingestion.state == "failed"
    assert ingestion.error


def test_a_fault_is_told_once(harness: Harness) -> None:
    """A value that means "no data" is flagged and told to the inbox by one message."""
    site = harness.name("site")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    times = [format_timestamp(now - timedelta(minutes=minutes)) for minutes in (10, 5)]
    ingestion = harness.wait_for_ingestion(harness.land_readings(*[reading(site, time, -999) for time in times]))
    assert ingestion.flagged == 2
    told = msgspec.json.decode(harness.take(harness.stack.alerts_inbox, lambda body: site in body))
    assert told["Type"] == "Notification"
    assert site in told["Message"]
    found = harness.http.get(f"anomalies/{site}").json()["items"]
    assert [item["flags"][0]["rule"] for item in found] == ["sentinel", "sentinel"]


def test_the_simulator_feeds_the_same_way(harness: Harness) -> None:
    """A tick's file lands like any other: the simulated sites are listed and their readings stored."""
    written = harness.call(harness.stack.simulator_function, {"time": "2026-06-01T12:02:00Z"})
    assert written["files"] == 1
    wait_until(lambda: harness.readings_of("solar-0001"), "the simulated readings", 30)
    assert harness.http.get("sites/solar-0001").json()["site_id"] == "solar-0001"
