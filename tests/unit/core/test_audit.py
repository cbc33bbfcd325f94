"""The audit of readings, quarantine, ingestions and totals: what is right is passed, whatever is changed is named."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Final

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from heliograph.audit.counts import Counted, miscounts, recount, sum_up, totals_differences, unread_state
from heliograph.audit.histories import Brought, Judge, Kept, Standing, compare
from heliograph.audit.quarantine import AuditedLine, QuarantineComparison, QuarantineDifference
from heliograph.feed import RejectedRecord
from heliograph.history import History, Provenance, Version, history_of, landing
from heliograph.ingestion import Ingestion
from heliograph.reading import QUALITIES, Quality, Reading

SITE: Final = "a"
END: Final = "2026-01-01T00:15:00Z"
SOURCES: Final = ("raw/a@1", "raw/b@1", "raw/c@1", "raw/d@1")
LANDED: Final = dict(zip(SOURCES, ("2026-01-02T00:00:00Z",) * 2 + ("2026-01-03T00:00:00Z",) * 2, strict=True))


def brought(
    source: str, position: int, generated: int | None, quality: Quality = "actual", *, processed: bool = True
) -> Brought:
    """Return a record of a file; its landing time is its file's."""
    energy = None if generated is None else Decimal(generated)
    reading = Reading(SITE, END, energy, Decimal(0), 900, quality, is_partial=energy is None)
    return Brought(reading, Provenance(LANDED[source], source, position), processed)


records = st.builds(
    brought,
    st.sampled_from(SOURCES),
    st.integers(1, 3),
    st.integers(0, 6),
    st.sampled_from(("actual", *QUALITIES)),
)
one_sided = st.builds(brought, st.sampled_from(SOURCES), st.integers(1, 3), st.none())


def files_of(some: st.SearchStrategy[Brought]) -> st.SearchStrategy[list[Brought]]:
    """Return what files of such records bring, each record once."""
    return st.lists(
        some, min_size=1, max_size=8, unique_by=lambda each: (each.provenance.source, each.provenance.position)
    )


files = files_of(records)
joined_files = files_of(records | one_sided)
JUDGE: Final = Judge(lambda _: "processed")


def stored(arrived: Sequence[Brought]) -> History:
    """Return what is stored where these landed in this order."""
    return history_of(landing(each.reading, each.provenance) for each in arrived)


@given(joined_files, st.randoms(use_true_random=False), st.lists(st.integers(0, 7), max_size=3))
def test_whatever_order_files_come_in_and_however_often_all_is_right(
    records: list[Brought], chance: Random, again: list[int]
) -> None:
    """Arrival in any order, with replays: what is stored is what the files say."""
    arrived = chance.sample(records, len(records))
    history = stored([*arrived, *(arrived[at % len(arrived)] for at in again)])
    assert compare(records, Kept(history), JUDGE) is None


def _other_value(history: History) -> History:
    first, *others = history.versions
    return msgspec.structs.replace(
        history, versions=(msgspec.structs.replace(first, energy_generated_kwh=Decimal(77)), *others)
    )


def _other_mark(history: History) -> History:
    first, *others = history.versions
    quality: Quality = "estimated" if first.quality == "actual" else "actual"
    return msgspec.structs.replace(history, versions=(msgspec.structs.replace(first, quality=quality), *others))


def _other_length(history: History) -> History:
    first, *others = history.versions
    return msgspec.structs.replace(history, versions=(msgspec.structs.replace(first, interval_seconds=60), *others))


def _whole(history: History) -> History:
    first, *others = history.versions
    is_partial = not first.is_partial
    return msgspec.structs.replace(history, versions=(msgspec.structs.replace(first, is_partial=is_partial), *others))


def _swapped(history: History) -> History:
    return msgspec.structs.replace(history, versions=history.versions[::-1])


def _one_less(history: History) -> History:
    return msgspec.structs.replace(history, versions=history.versions[:-1], brought_by=history.brought_by[:-1])


def _one_more(history: History) -> History:
    version = Version(Provenance("2026-01-01T00:00:00Z", SOURCES[0], 9), Decimal(77), Decimal(0))
    brought_by = (*history.brought_by, version.provenance) if history.brought_by else ()
    return msgspec.structs.replace(history, versions=(*history.versions, version), brought_by=brought_by)


def _moved(history: History) -> History:
    first, *others = history.versions
    provenance = msgspec.structs.replace(first.provenance, landed_at="2026-01-09T00:00:00Z")
    return msgspec.structs.replace(history, versions=(msgspec.structs.replace(first, provenance=provenance), *others))


def _first_by_nobody(history: History) -> History:
    return msgspec.structs.replace(history, inserted_by=Provenance("2026-01-02T00:00:00Z", SOURCES[0], 99))


def _counted(history: History) -> History:
    return msgspec.structs.replace(history, counted=history.counted | 1 << 200)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (_other_value, {"value"}),
        (_other_mark, {"value"}),
        (_other_length, {"value"}),
        (_whole, {"value"}),
        (_swapped, {"value"}),
        (_one_less, {"revisions"}),
        (_one_more, {"revisions"}),
        (_moved, {"provenance"}),
        (_first_by_nobody, {"provenance"}),
        (_counted, {"revisions"}),
    ],
)
@given(records=files, chance=st.randoms(use_true_random=False))
def test_every_change_of_what_is_stored_is_found_and_what_should_be_is_told(
    change: Callable[[History], History], kinds: set[str], records: list[Brought], chance: Random
) -> None:
    """A value, the order of revisions, one too few or too many, a provenance, who stored it: each has its kind."""
    history = stored(chance.sample(records, len(records)))
    assume(change is not _swapped or len(history.versions) > 1)
    assume(change is not _one_less or len(history.versions) > 1)
    changed = change(history)
    assume(changed != history)
    found = compare(records, Kept(changed), JUDGE)
    assert found is not None
    assert found.kind in kinds
    assert found.computed is not None
    assert found.computed.versions == history.versions
    assert compare(records, Kept(found.computed), JUDGE) is None, "written so, the next audit is green"


def test_a_reading_that_is_missing_or_that_no_file_brought_is_named() -> None:
    """Both ways: of the files to what is stored, and back."""
    record = brought("raw/a@1", 1, 5)
    missing = compare([record], None, JUDGE)
    assert missing is not None
    assert (missing.kind, missing.computed) == ("missing", stored([record]))
    unbrought = compare([], Kept(stored([record])), JUDGE)
    assert unbrought is not None
    assert (unbrought.kind, unbrought.computed) == ("unbrought", None)
    assert "5 kWh generated and 0 kWh consumed, by record 1 of raw/a@1" in unbrought.problem


def test_an_attribute_that_does_not_follow_is_named() -> None:
    """Net energy that isn't generated minus consumed."""
    record = brought("raw/a@1", 1, 5)
    found = compare([record], Kept(stored([record]), ("net_energy_kwh",)), JUDGE)
    assert found is not None
    assert found.kind == "derived"
    assert "net_energy_kwh" in found.problem


@given(files, st.data())
def test_what_is_not_processed_yet_may_be_stored_or_not(records: list[Brought], data: st.DataObject) -> None:
    """Of a waiting file any part may be stored; what other files brought has to be, and nothing else."""
    waiting = [msgspec.structs.replace(each, processed=each.provenance.source != SOURCES[0]) for each in records]
    part = [each for each in waiting if each.processed or data.draw(st.booleans())]
    kept = Kept(stored(part)) if part else None
    assert compare(waiting, kept, JUDGE) is None
    if kept:
        changed = compare(waiting, Kept(_other_value(kept.history)), JUDGE)
        assert changed is not None


@given(files)
def test_a_partial_audit_judges_its_own_files_alone(records: list[Brought]) -> None:
    """What files outside brought is taken as it is; a changed value of a file inside is found all the same."""
    chosen = [each for each in records if each.provenance.source != SOURCES[0]]
    standing: Callable[[str], Standing] = lambda source: "unread" if source == SOURCES[0] else "processed"  # noqa: E731
    judge = Judge(standing, complete=False)
    history = stored(records)
    assert compare(chosen, Kept(history), judge) is None
    if chosen:
        assert compare(chosen, None, judge) is not None
    if history.current.provenance.source != SOURCES[0]:
        assert compare(chosen, Kept(_other_value(history)), judge) is not None


def test_what_names_a_file_that_is_gone_is_kept_and_named() -> None:
    """Nobody can tell any more whether it is right, so it is neither changed nor passed over."""
    history = stored([brought("raw/a@1", 1, 5)])
    found = compare([], Kept(history), Judge(lambda _: "gone"))
    assert found is not None
    assert (found.kind, found.computed) == ("unverified", history)


def test_a_clock_that_stands_still_is_recomputed_in_full() -> None:
    """Of forty values three are kept and the rest counted; a value that was never landed can't hide in the count."""
    many = [brought("raw/a@1", position, position) for position in range(1, 41)]
    history = stored(many)
    assert compare(many, Kept(history), JUDGE) is None
    without_one = [*many[:1], *many[2:]]
    assert compare(without_one, Kept(history), JUDGE) is not None
    assert compare(without_one, Kept(history), Judge(lambda _: "processed", complete=False)) is None


def compare_quarantine(
    rejected_records: Sequence[RejectedRecord],
    lines: Sequence[AuditedLine],
    provenance: Provenance,
    *,
    reasons: bool,
) -> QuarantineDifference:
    """Compare all rejects of a file with all lines of its quarantine."""
    comparison = QuarantineComparison(lines, provenance, reasons=reasons)
    for rejected in rejected_records:
        comparison.add(rejected)
    return comparison.end()


REJECTED: Final = RejectedRecord(3, "{}", "site_id is missing")
PROVENANCE: Final = Provenance("2026-01-02T00:00:00Z", "raw/a@1", 0)
LINE: Final = {
    "position": 3,
    "record": "{}",
    "reason": "site_id is missing",
    "source": PROVENANCE.source,
    "landed_at": PROVENANCE.landed_at,
}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([LINE], []),
        ([], ["1 (records 3) of 1 rejected records aren't in quarantine"]),
        ([LINE | {"record": "{1}"}], ["1 (records 3) of 1 rejected records stand otherwise in quarantine"]),
        ([LINE | {"reason": "?"}], ["1 (records 3) of 1 rejected records stand otherwise in quarantine"]),
        ([LINE | {"landed_at": "?"}], ["1 (records 3) of 1 rejected records stand otherwise in quarantine"]),
        ([LINE | {"position": 2}, LINE], ["1 (records 2) in quarantine aren't rejected records of the file"]),
        ([LINE | {"record": "{1}"}, LINE], ["1 (records 3) in quarantine aren't rejected records of the file"]),
        ([LINE, LINE | {"position": 4}], ["1 (records 4) in quarantine aren't rejected records of the file"]),
    ],
)
def test_quarantine_holds_what_the_file_s_bad_records_are(lines: list[dict[str, object]], says: list[str]) -> None:
    """Each rejected record once, with its text, reason and origin, and no other."""
    assert compare_quarantine([REJECTED], lines, PROVENANCE, reasons=True).problems(1) == says


def test_a_reason_in_other_words_is_no_difference_where_another_version_wrote_it() -> None:
    """After an upgrade what is in quarantine stays as it was written."""
    assert compare_quarantine([REJECTED], [LINE | {"reason": "?"}], PROVENANCE, reasons=False).problems(1) == []


def test_millions_of_rejects_are_compared_one_by_one() -> None:
    """Neither side is held: lines are taken as records come, and of what differs the first few are named."""
    taken: list[int] = []

    def lines() -> Iterator[AuditedLine]:
        for position in range(1, 2_001):
            taken.append(position)
            yield LINE | {"position": position, "reason": "?"}

    comparison = QuarantineComparison(lines(), PROVENANCE, reasons=True)
    assert taken == []
    for position in range(1, 1_001):
        comparison.add(msgspec.structs.replace(REJECTED, position=position))
        assert len(taken) <= position + 2
    found = comparison.end()
    assert (found.changed.count, found.extra.count, found.missing.count) == (1_000, 1_000, 0)
    assert str(found.extra) == "1000 (records 1001, 1002, 1003, 1004, 1005, …)"
    assert len(found.changed.first) < 10


INGESTION: Final = Ingestion(
    object_key="raw/a",
    version="1",
    landed_at=PROVENANCE.landed_at,
    size_bytes=9,
    state="done",
    records=7,
    stored=3,
    already_stored=2,
    revised=1,
    rejected=1,
    flagged=1,
)
COUNTED: Final = Counted(readings=6, rejected_records=1, first=3, disputed=2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, ""),
        ({"records": 8}, "counts 8 records; it holds 7"),
        ({"stored": 4}, "counts 7 readings and 1 rejected records; it holds 6 and 1"),
        ({"stored": 4, "already_stored": 1}, "counts 4 readings as stored first; 3 are"),
        ({"revised": 3, "already_stored": 0}, "counts 3 revised readings; at most 2 can be"),
        ({"rejected": 0, "records": 6}, "counts 6 readings and 0 rejected records; it holds 6 and 1"),
        ({"blank": 1}, "counts 1 blank records; it holds 0"),
        ({"flagged": 4}, "counts 4 flagged readings of 3 stored ones"),
        ({"size_bytes": 8}, "says 8 bytes; it has 9"),
    ],
)
def test_each_count_of_an_ingestion_is_held_against_its_file(changes: dict[str, int], says: str) -> None:
    """What differs is named, and put right by the nearest counts that can be; these have no problem."""
    ingestion = msgspec.structs.replace(INGESTION, **changes)
    told = miscounts(COUNTED, ingestion, 9)
    assert bool(told) == bool(says)
    assert says in "; ".join(told)
    assert miscounts(COUNTED, recount(COUNTED, ingestion, 9), 9) == []


def test_a_reading_in_quarantine_since_its_item_is_full_counts_as_refused() -> None:
    """The file holds seven readings, and one of them couldn't be taken."""
    counted = Counted(readings=7, rejected_records=0, first=3, disputed=2, full=1)
    assert miscounts(counted, INGESTION, 9) == []


def test_totals_that_are_too_high_or_too_low_are_named_by_item() -> None:
    """A count moved from one item to another is found too."""
    summed: dict[str, dict[str, int]] = {}
    for shard in ("shard-01", "shard-02"):
        sum_up(summed, shard, {"files": 1, "stored": 5})
        sum_up(summed, shard, {"files": 1, "stored": 2})
    kept = {"shard-01": {"files": 2, "stored": 9}, "shard-02": {"files": 2, "stored": 5}, "shard-03": {"sites": 1}}
    assert totals_differences(kept, summed) == {
        "shard-01": {"stored": 2},
        "shard-02": {"stored": -2},
        "shard-03": {"sites": 1},
    }


def test_nowhere_is_lost() -> None:
    """What isn't stored is a dead letter, may be waiting, or is lost."""
    assert unread_state(in_dead_letters=True, may_wait=True) == "dead-lettered"
    assert unread_state(in_dead_letters=False, may_wait=True) == "waiting"
    assert unread_state(in_dead_letters=False, may_wait=False) == "lost"
