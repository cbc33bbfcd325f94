"""What the watch found is served beside what the processor found, and survives a revision until the next evaluation."""

from decimal import Decimal

from heliograph.checks.flag import Flag
from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading
from heliograph.storage.reading_items import READING_CODEC, item_of
from lambda_api.routes.readings import reading_of

LATE = Flag("future_timestamp", Decimal(15), Decimal(10), "minutes", "info", "its clock is ahead")
STALE = Flag("stale", Decimal(9), Decimal(6), "readings", "warning", "one value for hours")
READING = Reading("a", "2026-11-22T12:00:00Z", Decimal(1), Decimal(0))
HISTORY = landing(READING, Provenance("2026-11-22T12:01:00Z", "raw/a@1", 1))


def test_both_kinds_of_flags_are_served() -> None:
    """The API joins both lists, and a reading is anomalous by either."""
    served = reading_of(Assessed(HISTORY, (LATE,), 1, (STALE,)))
    assert served.flags == (LATE, STALE)
    assert served.anomaly
    assert not reading_of(Assessed(HISTORY, (LATE,))).anomaly


def test_what_both_found_is_served_once() -> None:
    """The processor and the watch both see a value in Wh; the reader is told once, however its digits are written."""
    landed = Flag("unit_error", Decimal("390.0"), Decimal("38.3333"), "kWh", "critical", "Wh may have been sent as kWh")
    seen = Flag("unit_error", Decimal(390), Decimal("38.3333"), "kWh", "critical", "Wh may have been sent as kWh")
    served = reading_of(Assessed(HISTORY, (landed,), 1, (seen, STALE)))
    assert [flag.rule for flag in served.flags] == ["unit_error", "stale"]


def test_an_item_keeps_them_apart() -> None:
    """Each has an attribute of its own; one that has nothing from the watch has none."""
    both = Assessed(HISTORY, (LATE,), 2, (STALE,))
    item = item_of(both, 0)
    assert (len(item["flags"]["L"]), len(item["watched"]["L"])) == (1, 1)
    assert "anomaly_key" in item, "the watch's flags alone put it among the anomalies"
    assert READING_CODEC.read(item) == both
    assert "watched" not in item_of(Assessed(HISTORY, (LATE,)), 0)
