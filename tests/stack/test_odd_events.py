"""What else can come through the ingest queue: objects that are gone, delete markers, test events, and nonsense."""

import json

from fakes.sides import there
from heliograph.events import Landed as Named
from heliograph.events import event_of, landed_objects
from heliograph.reading import format_timestamp, moment_of
from heliograph.table_keys import ingestion_id
from stack.harness import Harness, reading, wait_until


def send(harness: Harness, body: str) -> None:
    """Put a message on the ingest queue."""
    harness.sqs.send_message(QueueUrl=harness.stack.ingest_queue, MessageBody=body)


def test_an_object_deleted_before_it_is_read_is_a_dead_letter(harness: Harness) -> None:
    """A version that is gone, and a delete marker: each ends as a dead letter whose ingestion says why."""
    bucket = harness.stack.raw_bucket
    for kind in ("version", "marker"):
        landed = harness.land_readings(reading(harness.name("site"), "2026-06-01T12:00:00Z"))
        harness.wait_for_ingestion(landed)
        version = landed.version
        if kind == "version":
            harness.s3.delete_object(Bucket=bucket, Key=landed.key, VersionId=version)
        else:
            version = harness.s3.delete_object(Bucket=bucket, Key=landed.key)["VersionId"]
        when = "2026-06-01T12:01:00.000Z"
        send(harness, event_of(bucket, Named(landed.key, version, when)))
        letter = harness.take(harness.stack.dead_letter_queue, lambda body, named=version: named in body)  # type: ignore[misc]
        assert landed_objects(letter) == [Named(landed.key, version, when)]
        ingestion = harness.ingestions.get(ingestion_id(landed.key, version, format_timestamp(moment_of(when))))
        assert ingestion is not None
        assert (ingestion.state, ingestion.records) == ("failed", 0)
        assert "isn't in the bucket any more" in ingestion.error


def test_events_of_other_kinds_pass_and_nonsense_is_a_dead_letter(harness: Harness) -> None:
    """A test event and a deletion are done with; what is no event at all ends as a dead letter, as it came."""
    record = {"eventName": "ObjectRemoved:DeleteMarkerCreated", "s3": {"object": {"key": "raw/gone.json"}}}
    name = harness.name("nonsense")
    for body in (json.dumps({"Event": "s3:TestEvent"}), json.dumps({"Records": [record]}), name):
        send(harness, body)
    assert harness.take(harness.stack.dead_letter_queue, lambda body: body == name) == name
    harness.wait_until_idle()


def test_an_object_overwritten_within_a_second_holds_as_s3_took_it(harness: Harness) -> None:
    """Each version is a file of its own, and the one that landed later holds, also when both are replayed.

    S3's clock tells to the second, and versions' names say nothing: so four files are each overwritten at once.
    """
    sites = [harness.name("site") for _ in range(4)]
    landed = []
    for site in sites:
        records = [json.dumps([reading(site, "2026-06-01T12:00:00Z", number)]).encode() for number in (1, 2)]
        landed.append([harness.land(record, f"{site}.json") for record in records])
        assert landed[-1][0].key == landed[-1][1].key
    for each in (version for versions in landed for version in versions):
        ingestion = harness.wait_for_ingestion(each)
        assert (ingestion.state, ingestion.records) == ("done", 1)

    def held() -> list[list[float]]:
        histories = [harness.readings_of(site)[0].history for site in sites]
        return [[float(there(each.energy_generated_kwh)) for each in history.versions] for history in histories]

    wait_until(lambda: all(len(each) == 2 for each in held()), "both values", 30)
    assert held() == [[2, 1]] * 4
    for versions in landed:
        for each in reversed(versions):
            send(harness, event_of(harness.stack.raw_bucket, Named(each.key, each.version, "2026-06-01T12:00:00.000Z")))
    harness.wait_until_idle()
    assert held() == [[2, 1]] * 4
