"""What is kept of rejected records: a line each, then lines that are shared, in parts where it is much."""

import msgspec

from fakes.stores import FakeObjects
from heliograph.audit.quarantine import Positions, QuarantineDifference
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.history import Provenance
from heliograph.quarantine import QuarantineFile, QuarantineLine
from heliograph.storage.objects import RawObject
from unit.core.test_audit import compare_quarantine

GOOD = b'{"site_id":"a","timestamp":"2026-11-28T11:00:00Z","energy_generated_kwh":1,"energy_consumed_kwh":0}'
RAW = RawObject("raw/a.json", "v1", "2026-11-28T12:00:00Z", 1, tuple)


def written(entries: list[Numbered | RejectedRecord], max_lines: int) -> list[QuarantineLine]:
    """Write a quarantine file and read it."""
    objects = FakeObjects()
    file = QuarantineFile(objects, RAW, max_lines=max_lines)
    file.add(entries)
    file.close()
    (body,) = objects.bodies("quarantine/").values()
    return [msgspec.json.decode(line, type=QuarantineLine) for line in body.splitlines()]


def test_records_that_follow_one_another_share_a_line_in_the_end() -> None:
    """Behind the first lines, a line stands for a run of records; a reading ends the run; audit finds each record."""
    body = b"[1,2,3,4,5," + GOOD + b",6,7]"
    entries = list(decode(body))
    kept = written(entries, 2)
    assert [(line.position, line.through, line.records) for line in kept] == [
        (1, 0, 1),
        (2, 0, 1),
        (3, 5, 3),
        (7, 8, 2),
    ]
    assert "so are 2 more up to position 5" in kept[2].reason
    rejected_records = [entry for entry in entries if isinstance(entry, RejectedRecord)]
    lines = [msgspec.to_builtins(line) for line in kept]
    provenance = Provenance(RAW.landed_at, RAW.source, 0)
    assert compare_quarantine(rejected_records, lines, provenance, reasons=True) == QuarantineDifference()
    assert compare_quarantine(rejected_records, lines[:-1], provenance, reasons=True) == QuarantineDifference(
        missing=Positions(2, [7, 8])
    )


def test_a_line_that_stands_for_too_many_records_is_found() -> None:
    """A shared line has to end where its run of rejected records ends, and to count them."""
    rejected_records = [RejectedRecord(position, "1", "no") for position in (1, 2, 3, 5)]
    (line,) = (msgspec.to_builtins(each) for each in written([*rejected_records[:3]], 0))
    provenance = Provenance(RAW.landed_at, RAW.source, 0)
    assert compare_quarantine(rejected_records[:3], [line], provenance, reasons=True) == QuarantineDifference()
    for wrong in ({"through": 9}, {"through": 5}, {"records": 2}, {"records": 10**6}):
        assert compare_quarantine(rejected_records, [line | wrong], provenance, reasons=True).changed.first == [1], (
            wrong
        )


def test_much_is_written_in_parts() -> None:
    """Records of 10,000 characters, 20 MB of them, are never held together; the file is whole."""
    entries: list[Numbered | RejectedRecord] = [RejectedRecord(number, "x" * 10_000, "no") for number in range(1, 2001)]
    kept = written(entries, 10**6)
    assert [line.position for line in kept] == list(range(1, 2001))


def test_nothing_refused_writes_nothing() -> None:
    """A file of readings has no quarantine."""
    objects = FakeObjects()
    QuarantineFile(objects, RAW).close()
    assert objects.kept == {}
