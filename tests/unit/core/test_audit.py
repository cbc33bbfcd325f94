"""The audit of one object: what it holds against what is kept, and a sentence for each difference."""

from decimal import Decimal

import pytest

from heliograph.assessed import Assessed
from heliograph.audit import problems_of, unread_state
from heliograph.feed import Numbered, Reject
from heliograph.history import Stamp, history_of, landing, merge
from heliograph.ingest import Ingest
from heliograph.reading import Reading

STAMP = Stamp("2026-01-02T00:00:00Z", "raw/a@1", 1)


def numbered(position: int, generated: int = 1) -> Numbered:
    """Give a reading at a position; its minute is its position."""
    when = f"2026-01-01T00:{position:02}:00Z"
    return Numbered(position, Reading("a", when, Decimal(generated), Decimal(0)))


def kept(*entries: Numbered) -> dict[tuple[str, str], Assessed]:
    """Give what is stored where these landed."""
    return {(e.reading.site_id, e.reading.timestamp): Assessed(landing(e.reading, STAMP), ()) for e in entries}


def ingest(stored: int, refused: int, **more: str) -> Ingest:
    """Give an ingest."""
    told = {"object_key": "raw/a", "version": "1", "landed_at": STAMP.landed_at, "state": "done", **more}
    return Ingest(size_bytes=1, records=stored + refused, stored=stored, refused=refused, **told)  # type: ignore[arg-type]


BOTH = kept(numbered(1), numbered(2))
REJECT = Reject(3, "{}", "site_id is missing")


def test_what_is_whole_has_no_problems() -> None:
    """Every reading stored, every reject in quarantine, and the counts agree."""
    entries = [numbered(1), numbered(2)]
    assert problems_of(entries, [REJECT], kept(*entries), {3}, ingest(2, 1)) == []


def test_a_value_that_is_no_longer_kept_is_not_lost() -> None:
    """Of a clock that stands still the newest values are kept; the others are found in the count."""
    entries = [numbered(1, generated) for generated in range(1, 40)]
    landed = (landing(e.reading, Stamp(STAMP.landed_at, "raw/a@1", at)) for at, e in enumerate(entries))
    stored = {("a", entries[0].reading.timestamp): Assessed(history_of(landed), ())}
    assert problems_of(entries, [], stored, set(), ingest(39, 0)) == []
    other = problems_of([numbered(1, 77)], [], stored, set(), ingest(1, 0))
    assert other == ["1 (records 1) of 1 readings aren't stored"]


def test_a_reading_whose_item_is_full_is_found_in_quarantine() -> None:
    """A record that its item couldn't take is refused, which is no loss."""
    assert problems_of([numbered(1)], [], {}, {1}, ingest(0, 1)) == []
    missing = ["1 (records 1) of 1 readings aren't stored"]
    assert problems_of([numbered(1)], [], {}, set(), ingest(0, 1)) == missing


def test_a_value_that_was_replaced_is_not_lost() -> None:
    """A reading whose values were revised later is found among the replaced ones."""
    old, new = numbered(1), numbered(1, 2)
    later = Stamp("2026-01-03T00:00:00Z", "raw/b@1", 1)
    stored = {
        ("a", old.reading.timestamp): Assessed(merge(landing(old.reading, STAMP), landing(new.reading, later)), ())
    }
    assert problems_of([old], [], stored, (), ingest(1, 0)) == []


@pytest.mark.parametrize(
    ("stored", "quarantined", "told", "says"),
    [
        (kept(numbered(1)), {3}, ingest(2, 1), "1 (records 2) of 2 readings aren't stored"),
        (kept(numbered(1), numbered(2, 9)), {3}, ingest(2, 1), "1 (records 2) of 2 readings aren't stored"),
        (
            kept(numbered(1), numbered(2)),
            set(),
            ingest(2, 1),
            "1 (records 3) of 1 refused records aren't in quarantine",
        ),
        (BOTH, {3}, None, "no ingest was written about it"),
        (
            kept(numbered(1), numbered(2)),
            {3},
            ingest(1, 1),
            "its ingest counts 1 readings and 1 rejects; it holds 2 and 1",
        ),
        (BOTH, {3}, ingest(0, 0, state="failed", error="x"), "its ingest says it failed: x"),
    ],
)
def test_each_difference_is_named(
    stored: dict[tuple[str, str], Assessed], quarantined: set[int], told: Ingest | None, says: str
) -> None:
    """What is missing, holds other values, isn't in quarantine or is miscounted is said in a sentence."""
    assert problems_of([numbered(1), numbered(2)], [REJECT], stored, quarantined, told) == [says]


def test_nowhere_is_lost() -> None:
    """What isn't stored is a dead letter, may be waiting, or is lost."""
    assert unread_state(in_dead_letters=True, may_wait=True) == "dead-lettered"
    assert unread_state(in_dead_letters=False, may_wait=True) == "waiting"
    assert unread_state(in_dead_letters=False, may_wait=False) == "lost"
