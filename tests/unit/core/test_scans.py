"""Reading a whole table for the audit, whatever somebody has written into it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from heliograph.errors import StorageError
from heliograph.storage.reading_items import item_of
from heliograph.storage.scans import scan_readings
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
