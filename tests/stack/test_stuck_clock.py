"""A logger whose clock stands still: no end of values for one interval harms its site, or a file that names it."""

import json
import time
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fakes.sides import there
from heliograph.counting import COUNTING_BITS
from heliograph.history import KEPT_REVISIONS, Assessed, Provenance, landing
from heliograph.reading import Reading
from heliograph.storage.reading_items import item_of, reading_key
from heliograph.storage.readings import DynamoReadings
from stack.harness import Harness, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

STOOD = "2026-06-01T12:00:00Z"
REPEATS = 2500


def test_2500_values_for_one_interval_in_one_file(harness: Harness) -> None:
    """The file takes under 5 s, the newest values are kept and counted; the next file that names the site is stored."""
    site = harness.name("site")
    records = [reading(site, STOOD, number / 8) for number in range(REPEATS)]
    began = time.monotonic()
    ingestion = harness.wait_for_ingestion(harness.land_readings(*records, reading(site, "2026-06-01T12:05:00Z")))
    assert time.monotonic() - began < 5
    assert (ingestion.records, ingestion.stored, ingestion.already_stored, ingestion.revised) == (
        REPEATS + 1,
        2,
        0,
        REPEATS - 1,
    )
    time.sleep(1.1)  # within a second the key would decide which file holds
    after = harness.wait_for_ingestion(
        harness.land_readings(reading(site, STOOD, 7777), reading(site, "2026-06-01T12:10:00Z"))
    )
    assert (after.state, after.stored, after.revised) == ("done", 1, 1)
    stood, *_ = harness.readings_of(site)
    assert [float(there(each.energy_generated_kwh)) for each in stood.history.versions] == [7777, 312.375, 312.25]
    assert stood.history.revision_count == COUNTING_BITS - 1
    assert [flag.rule for flag in stood.flags] == ["conflicting_values"], "of the values kept, two are of one file"


def test_no_end_of_files_for_one_interval_keeps_its_item_small(harness: Harness) -> None:
    """Files of one record each: the item holds the newest values, and comes to an end that a replay doesn't change."""
    site = harness.name("site")
    readings = DynamoReadings(harness.dynamodb, harness.stack.readings_table, timedelta(days=3650))
    landings = [_landing(site, number) for number in range(40)]
    outcomes = [readings.store([each], lambda _: ()) for each in landings]
    assert outcomes == [["stored"], *[["revised"]] * 39]
    (before,) = harness.readings_of(site)
    for each in landings[::9]:
        readings.store([each], lambda _: ())
    (stored,) = harness.readings_of(site)
    assert stored == before, "not even how often it was written"
    assert len(stored.history.replaced) == KEPT_REVISIONS < stored.history.revision_count <= 39
    assert len(json.dumps(_item(harness, site))) < 2000


def test_the_next_file_trims_an_item_from_when_every_revision_was_kept(harness: Harness) -> None:
    """An item near DynamoDB's 400 KB takes new values, and is small again."""
    site = harness.name("site")
    harness.dynamodb.put_item(
        TableName=harness.stack.readings_table, Item={**_first(site), "revisions": _every_revision()}
    )
    assert len(json.dumps(_item(harness, site))) > 300_000
    ingestion = harness.wait_for_ingestion(harness.land_readings(reading(site, STOOD, 5)))
    assert (ingestion.state, ingestion.revised) == ("done", 1)
    (stored,) = harness.readings_of(site)
    assert stored.history.reading.energy_generated_kwh == 5
    assert 250 <= stored.history.revision_count < COUNTING_BITS
    assert len(json.dumps(_item(harness, site))) < 2000


def test_an_item_that_cannot_grow_rejects_its_record_alone(harness: Harness) -> None:
    """What DynamoDB refuses for its size lies in quarantine with the reason; its file's other records are stored."""
    site = harness.name("site")
    full = {**_first(site), "remark": {"S": "x" * (400 * 1024 - 420)}}
    harness.dynamodb.put_item(TableName=harness.stack.readings_table, Item=full)
    landed = harness.land_readings(
        reading(site, STOOD, 5), reading(site, "2026-06-01T12:05:00Z"), reading(site, STOOD, 6)
    )
    ingestion = harness.wait_for_ingestion(landed)
    assert (ingestion.state, ingestion.stored, ingestion.rejected) == ("done", 1, 2)
    key = f"quarantine/{landed.key.removeprefix('raw/')}@{landed.version}.ndjson"
    body = harness.s3.get_object(Bucket=harness.stack.raw_bucket, Key=key)["Body"].read()
    kept = [msgspec.json.decode(line) for line in body.splitlines()]
    assert [each["position"] for each in kept] == [1, 3]
    assert json.loads(kept[0]["record"]) == reading(site, STOOD, 5)
    assert all("400 KB" in each["reason"] for each in kept)
    assert [float(there(each.history.reading.energy_generated_kwh)) for each in harness.readings_of(site)] == [1, 1.5]


def _landing(site: str, number: int) -> Assessed:
    provenance = Provenance(f"2026-06-01T12:{number // 60:02}:{number % 60:02}Z", f"raw/loggers/{number:05}.json@v1", 1)
    return Assessed(landing(Reading(site, STOOD, Decimal(number), Decimal(0)), provenance), ())


def _first(site: str) -> "dict[str, AttributeValueTypeDef]":
    return item_of(_landing(site, 1), 1_900_000_000)


def _every_revision() -> "AttributeValueTypeDef":
    numbers = ("energy_generated_kwh", "energy_consumed_kwh", "position")
    rows: list[Mapping[str, AttributeValueTypeDef]] = [
        {
            "landed_at": {"S": "2026-06-01T11:00:00Z"},
            "source": {"S": f"raw/loggers/2026/06/01/{number:06}.json@v1"},
            **{name: {"N": str(number)} for name in numbers},
        }
        for number in range(1700)
    ]
    return {"L": [{"M": row} for row in rows]}


def _item(harness: Harness, site: str) -> object:
    found = harness.dynamodb.get_item(TableName=harness.stack.readings_table, Key=reading_key(site, STOOD))
    return found["Item"]
