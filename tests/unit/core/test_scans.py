"""Reading a whole table for the audit, whatever somebody has written into it."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from heliograph.audit.histories import Kept
from heliograph.checks.flag import Flag
from heliograph.errors import StorageError
from heliograph.reading import moment_of
from heliograph.storage.reading_items import item_of
from heliograph.storage.scans import read_totals_by_shard, scan_ingestions, scan_readings
from heliograph.table_keys import totals_place
from unit.api.fleet import assessed, relanded

RETENTION = timedelta(days=1095)
EXPIRES_AT = int((moment_of(assessed().history.current.provenance.landed_at) + RETENTION).timestamp())


def scanned(item: dict[str, Any]) -> list[Any]:
    """Scan a table of one item."""
    client = SimpleNamespace(scan=lambda **_: {"Items": [item]})
    return list(scan_readings(cast("Any", client), "readings", RETENTION))


def test_a_reading_is_read() -> None:
    """What the processor writes is read back with nothing odd about it."""
    (kept,) = scanned(item_of(assessed(), EXPIRES_AT))
    assert kept == Kept(assessed().history)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires_at", {"N": str(EXPIRES_AT - 86_400)}),
        ("expires_at", {"N": str(EXPIRES_AT + 1)}),
        ("expires_at", None),
        ("note", {"S": "mine"}),
        ("counted_at", {"N": "1"}),
        ("net_energy_kwh", {"N": "99"}),
    ],
)
def test_an_attribute_that_nothing_writes_so_is_named(name: str, value: dict[str, str] | None) -> None:
    """A reading that would go too early, or never, and what isn't a reading's at all: each is odd, by its name."""
    item = {**item_of(assessed(), EXPIRES_AT), name: value}
    (kept,) = scanned({each: typed for each, typed in item.items() if typed})
    assert kept.odd == (name,)


def test_what_an_edit_set_aside_is_right() -> None:
    """The stored value and its flags stay as they were; that one of them doesn't hold follows from the edits."""
    flag = Flag("spike", Decimal(9), Decimal(1), "kWh", "warning", "too much")
    edited = msgspec.structs.replace(assessed(), flags=(flag,), merges=1, aside=("spike",))
    assert not edited.anomaly
    assert scanned(item_of(edited, EXPIRES_AT)) == [Kept(assessed().history)]


def test_a_reading_of_a_time_when_more_was_kept_is_right() -> None:
    """A shorter retention holds for what lands from then on; whole days more are no difference."""
    (kept,) = scanned(item_of(assessed(), EXPIRES_AT + 10 * 86_400))
    assert kept.odd == ()


def test_a_count_of_writes_that_forgets_one_is_named() -> None:
    """What two files brought was written twice, and says so: by that, writers know that nobody came between."""
    item = item_of(relanded(assessed(), "5", "0.3"), EXPIRES_AT + 60)  # it landed a minute later
    assert scanned(item)[0].odd == ()
    del item["merges"]
    assert scanned(item)[0].odd == ("merges",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inserted_by", {"N": "9"}),
        ("revisions", {"S": "[["}),
        ("position", None),
        ("energy_generated_kwh", {"S": "many"}),
        ("flags", {"S": "{"}),
        ("aside", {"S": "{"}),
        ("merges", {"N": "0"}),
        ("merges", {"N": "1.5"}),
        ("merges", {"N": "-1"}),
        ("expires_at", {"N": "soon"}),
    ],
)
def test_an_item_that_is_no_reading_is_named(name: str, value: dict[str, str] | None) -> None:
    """The audit ends with a sentence that says which item, and what to do, and not with a traceback."""
    item = {**item_of(assessed(), EXPIRES_AT), name: value}
    if value is None:
        del item[name]
    with pytest.raises(StorageError, match=r"solar-1, 2026-11-22T09:00:00Z in readings is no reading.*delete it"):
        scanned(item)


def test_an_ingestion_that_is_none_is_named() -> None:
    """The audit says which item of the ingestions can't be read, and what to do, and shows no traceback."""
    item = {
        "hour": {"S": "20261128T20#13"},
        "ingestion": {"S": "i-1"},
        "object_key": {"S": "raw/a"},
        "stored": {"S": "x"},
    }
    client = SimpleNamespace(scan=lambda **_: {"Items": [{"hour": {"S": "totals#1"}}, item]})
    with pytest.raises(StorageError, match=r"20261128T20#13, i-1 in ingestions is no ingestion.*delete it"):
        list(scan_ingestions(cast("Any", client), "ingestions"))


@pytest.mark.parametrize("sort", ["shard-01", "shard-99", "other"])
def test_an_item_of_the_totals_in_a_place_not_its_own_hides_none(sort: str) -> None:
    """The fleet's totals count whatever lies in their partitions, so each item there is read, and can be put right."""
    items = {"totals#0": (sort, 1000), "totals#1": ("shard-01", 5)}

    def query(**asked: dict[str, dict[str, str]]) -> dict[str, Any]:
        place = next(iter(asked["ExpressionAttributeValues"].values()))["S"]
        found = [items[place]] if place in items else []
        return {"Items": [{"hour": {"S": place}, "ingestion": {"S": s}, "stored": {"N": str(n)}} for s, n in found]}

    totals = read_totals_by_shard(cast("Any", SimpleNamespace(query=query)), "ingestions")
    assert totals == {f"{sort} in totals#0": {"stored": 1000}, "shard-01": {"stored": 5}}
    assert {totals_place(name) for name in totals} == {("totals#0", sort), ("totals#1", "shard-01")}
