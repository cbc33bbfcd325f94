"""Reading a whole table for the audit, whatever somebody has written into it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from heliograph.errors import StorageError
from heliograph.storage.reading_items import item_of
from heliograph.storage.scans import read_totals_by_shard, scan_ingests, scan_readings
from heliograph.table_keys import totals_place
from unit.api.fleet import assessed


def scanned(item: dict[str, Any]) -> list[Any]:
    """Scan a table of one item."""
    client = SimpleNamespace(scan=lambda **_: {"Items": [item]})
    return list(scan_readings(cast("Any", client), "readings"))


def test_a_reading_is_read() -> None:
    """What the processor writes is read back with nothing odd about it."""
    (kept,) = scanned(item_of(assessed(), 2_000_000_000))
    assert kept.history == assessed().history


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inserted_by", {"N": "9"}),
        ("revisions", {"S": "[["}),
        ("position", None),
        ("energy_generated_kwh", {"S": "many"}),
        ("flags", {"S": "{"}),
    ],
)
def test_an_item_that_is_no_reading_is_named(name: str, value: dict[str, str] | None) -> None:
    """The audit ends with a sentence that says which item, and what to do, and not with a traceback."""
    item = {**item_of(assessed(), 2_000_000_000), name: value}
    if value is None:
        del item[name]
    with pytest.raises(StorageError, match=r"solar-1 at 2026-11-22T09:00:00Z in readings is no reading.*delete it"):
        scanned(item)


def test_an_ingest_that_is_none_is_named() -> None:
    """The audit says which item of the ingests can't be read, and what to do, and shows no traceback."""
    item = {"hour": {"S": "20261128T20#13"}, "ingest": {"S": "i-1"}, "object_key": {"S": "raw/a"}, "stored": {"S": "x"}}
    client = SimpleNamespace(scan=lambda **_: {"Items": [{"hour": {"S": "totals#1"}}, item]})
    with pytest.raises(StorageError, match=r"i-1 in 20261128T20#13 in ingests is no ingest.*delete it"):
        list(scan_ingests(cast("Any", client), "ingests"))


@pytest.mark.parametrize("sort", ["shard-01", "shard-99", "other"])
def test_an_item_of_the_totals_in_a_place_not_its_own_hides_none(sort: str) -> None:
    """The fleet's totals count whatever lies in their partitions, so each item there is read, and can be put right."""
    items = {"totals#0": (sort, 1000), "totals#1": ("shard-01", 5)}

    def query(**asked: dict[str, dict[str, str]]) -> dict[str, Any]:
        place = next(iter(asked["ExpressionAttributeValues"].values()))["S"]
        found = [items[place]] if place in items else []
        return {"Items": [{"hour": {"S": place}, "ingest": {"S": s}, "stored": {"N": str(n)}} for s, n in found]}

    totals = read_totals_by_shard(cast("Any", SimpleNamespace(query=query)), "ingests")
    assert totals == {f"{sort} in totals#0": {"stored": 1000}, "shard-01": {"stored": 5}}
    assert {totals_place(name) for name in totals} == {("totals#0", sort), ("totals#1", "shard-01")}
