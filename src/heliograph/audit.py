"""The audit as pure functions: what the files brought, worked out anew, against what is kept of it.

A reading's history is a function of its landings, so it is recomputed from the files and has to be equal to the stored
one: values, revisions, provenance, and what is derived of them. Three things the files alone don't tell:

- Which landing stored a reading first depends on the order of processing. It has to be one of the landings, and its
  file's ingestion has to count it as stored.
- What a file brings that isn't processed yet (waiting, a dead letter) may be stored or not.
- Versions of a file that wasn't read (too old, outside a partial audit, gone) can't be recomputed. They are taken as
  they are; all else has to follow from them and from the files that were read.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter
from typing import Literal

import msgspec

from heliograph.feed import Reject
from heliograph.history import (
    History,
    Stamp,
    Version,
    VersionOrder,
    by_name,
    counting,
    history_of,
    landing,
)
from heliograph.ingestion import Ingestion
from heliograph.reading import Reading

State = Literal["stored", "miscounted", "dead-lettered", "waiting", "expired", "gone", "lost"]
# How far the records of a file can be held against what is stored: it was read and processed; it was read and may or
# may not be processed; it wasn't read; it isn't in the bucket.
Standing = Literal["processed", "unprocessed", "unread", "gone"]
Kind = Literal["missing", "value", "revisions", "provenance", "derived", "unbrought", "unverified"]

# What is missing is named up to this many; the count is always whole.
_MOST_NAMED = 5


class Finding(msgspec.Struct, frozen=True):
    """What an audit says of one raw object.

    state: stored (every record is where it belongs), miscounted (likewise, but its ingestion counts otherwise),
    dead-lettered, waiting (in the ingest queue, or so young that it may still be), expired (older than readings are
    kept), gone (its ingestion is there and it isn't in the bucket any more), or lost. problems: a sentence for each
    thing that is wrong. readings, rejects: how many it holds.
    """

    object_key: str
    version: str
    landed_at: str
    state: State
    readings: int = 0
    rejects: int = 0
    problems: tuple[str, ...] = ()


class Brought(msgspec.Struct, frozen=True):
    """A reading as one record of a file brings it. processed: whether the file's ingestion says that it was stored."""

    reading: Reading
    stamp: Stamp
    processed: bool


class Kept(msgspec.Struct, frozen=True):
    """A stored reading: its history, and the names of its attributes that don't follow from it."""

    history: History
    odd: tuple[str, ...] = ()


class Difference(msgspec.Struct, frozen=True):
    """A reading that isn't stored as the files say.

    kind: the gravest thing that is wrong: missing; value (other values hold); revisions (other replaced values are
    kept); provenance (another record or landing time, or first stored by none of its records); derived (an attribute
    that doesn't follow from the history); unbrought (no file holds it); unverified (a file it names is gone, so that
    nobody can tell). problem: what is stored, and what should be. computed: what to store; None where no file has it.
    """

    site_id: str
    timestamp: str
    kind: Kind
    problem: str
    computed: History | None


class Judge(msgspec.Struct, frozen=True):
    """What an interval is judged by.

    standing: tells how far a source can be judged. order: places versions of a key that landed in one second. complete:
    whether all files were read, so that values no longer kept are all known too.
    """

    standing: Callable[[str], Standing]
    order: VersionOrder = by_name
    complete: bool = True


def compare(brought: Sequence[Brought], kept: Kept | None, judge: Judge) -> Difference | None:
    """Hold what is stored of one interval against what the files bring for it.

    brought: every record of the interval in the files that were read. Return None where both agree.
    """
    stored = kept.history if kept else None
    computed = computed_history(brought, stored, judge)
    if stored is None or kept is None:
        return None if computed is None else _difference(computed, "missing", f"is missing: {_told(computed)}")
    gone = sorted({v.stamp.source for v in stored.versions if judge.standing(v.stamp.source) == "gone"})
    if computed is None:
        return Difference(
            stored.site_id, stored.timestamp, "unbrought", f"is stored, and no file brought it: {_told(stored)}", None
        )
    if kind := _kind(kept, computed):
        odd = f"; {', '.join(kept.odd)} don't follow from it" if kept.odd else ""
        first = "" if stored.inserted_by == computed.inserted_by else f"; first stored by {_place(stored.inserted_by)}"
        problem = f"is stored as {_told(stored)}{first}{odd}; it should be {_told(computed)}"
        return _difference(computed, kind, problem)
    if gone:
        return _difference(computed, "unverified", f"names a file that isn't in the bucket: {', '.join(gone)}")
    return None


def is_stored(each: Brought, kept: Kept | None) -> bool:
    """Tell whether what is stored of an interval shows this very record."""
    return kept is not None and each.stamp in _stamps(kept.history)


def computed_history(brought: Sequence[Brought], stored: History | None, judge: Judge) -> History | None:
    """Work out the history that should be stored; None where nothing that was read brings the reading.

    Of a file that isn't processed those records count that the stored history shows. What depends on the order of
    arrival, which landing stored the reading and which brought its values, is kept as it is stored, where it can be so.
    """
    shown = _stamps(stored)
    landings = [landing(each.reading, each.stamp) for each in brought if each.processed or each.stamp in shown]
    if stored is not None:
        carried = (v for v in stored.versions if judge.standing(v.stamp.source) in {"unread", "gone"})
        landings += [History(stored.site_id, stored.timestamp, (v,), v.stamp) for v in carried]
    if not landings:
        return None
    landings.sort(key=lambda each: each.current.stamp)
    history = history_of(landings, judge.order)
    return history if stored is None else _as_arrived(history, stored, landings, brought, judge)


def _as_arrived(
    history: History, stored: History, landings: Sequence[History], brought: Sequence[Brought], judge: Judge
) -> History:
    """Take from the stored history what depends on the order of arrival, as far as the landings allow it."""
    stamps = {each.current.stamp for each in landings}

    def may_be(stamp: Stamp) -> bool:
        return stamp in stamps or judge.standing(stamp.source) in {"unread", "gone"}

    if may_be(stored.inserted_by):
        history = msgspec.structs.replace(history, inserted_by=stored.inserted_by)
    if [v.values for v in stored.versions] == [v.values for v in history.versions] and all(
        map(may_be, stored.brought_by)
    ):
        history = msgspec.structs.replace(history, brought_by=stored.brought_by)
    every = counting(version for each in landings for version in each.versions)
    may_have_more = not judge.complete or any(not each.processed for each in brought)
    if stored.counted and may_have_more and stored.counted & every == every:
        history = msgspec.structs.replace(history, counted=stored.counted)
    return history


def _kind(kept: Kept, computed: History) -> Kind | None:
    """Name the gravest difference between what is stored and what should be."""
    stored = kept.history
    if stored.current.values != computed.current.values:
        return "value"
    if [version.values for version in stored.versions] != [version.values for version in computed.versions]:
        return "revisions"
    if stored.counted != computed.counted:
        return "revisions"
    if stored != computed:
        return "provenance"
    return "derived" if kept.odd else None


def _stamps(stored: History | None) -> set[Stamp]:
    return {stored.inserted_by, *stored.brought_by, *(v.stamp for v in stored.versions)} if stored else set()


def _difference(computed: History, kind: Kind, problem: str) -> Difference:
    return Difference(computed.site_id, computed.timestamp, kind, problem, computed)


def _told(history: History) -> str:
    """Write a history for people: the values that hold, and those that don't any more."""
    before = "; before that " + ", ".join(map(_values, history.replaced)) if history.replaced else ""
    more = f", and {history.revision_count} revisions in all" if history.counted else ""
    return _values(history.current) + before + more


def _values(version: Version) -> str:
    generated, consumed = version.values
    return f"{generated} kWh generated and {consumed} consumed, by {_place(version.stamp)}"


def _place(stamp: Stamp) -> str:
    return f"record {stamp.position} of {stamp.source}, landed {stamp.landed_at}"


class Rejected(msgspec.Struct, frozen=True):
    """How the quarantine file of an object differs from what it should hold: the positions of records."""

    missing: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()

    def problems(self, rejects: int) -> list[str]:
        """Give a sentence for each kind of difference. rejects: how many records should be there."""
        told = []
        if self.missing:
            told.append(f"{named(self.missing)} of {rejects} refused records aren't in quarantine")
        if self.changed:
            told.append(f"{named(self.changed)} of {rejects} refused records stand otherwise in quarantine")
        if self.extra:
            told.append(f"{named(self.extra)} in quarantine aren't refused records of the file")
        return told


def compare_rejects(
    rejects: Sequence[Reject], kept: Sequence[Mapping[str, object]], stamp: Stamp, *, reasons: bool
) -> Rejected:
    """Hold a file's quarantine, as it is kept, against the rejects of the file.

    stamp: the file's; its position says nothing. reasons: whether their words count, which another version of the
    processor may have written otherwise.
    """
    found = {position_of(each): each for each in kept}
    told_of = Counter(map(position_of, kept))
    # A line may stand for records that follow one another; then it has the first one's text, and words of its own.
    runs = sorted((position_of(each), through) for each in kept if isinstance(through := each.get("through"), int))
    positions = [each.position for each in rejects]
    told = {"source": stamp.source, "landed_at": stamp.landed_at}
    expected = {each.position: {**msgspec.structs.asdict(each), **told} for each in rejects}
    if not reasons:
        expected = {p: {n: v for n, v in each.items() if n != "reason"} for p, each in expected.items()}
    return Rejected(
        missing=tuple(position for position in expected if position not in found and not _is_within(position, runs)),
        changed=tuple(
            p
            for p, each in expected.items()
            if p in found and not (_is_same(each, found[p]) and _counts_its_run(found[p], positions))
        ),
        extra=tuple(position for position, lines in told_of.items() if lines > 1 or position not in expected),
    )


def position_of(entry: Mapping[str, object]) -> int:
    """Give the position that an entry of quarantine says it has; 0 where it says none."""
    position = entry.get("position")
    return position if isinstance(position, int) else 0


def _is_same(expected: Mapping[str, object], found: Mapping[str, object]) -> bool:
    """Compare entries; one that says nothing of a field says the same as one in which it is empty."""
    own = {"reason"} if "through" in found else set[str]()
    return all((found.get(name) or None) == (value or None) for name, value in expected.items() if name not in own)


def _counts_its_run(entry: Mapping[str, object], positions: Sequence[int]) -> bool:
    """Tell whether an entry that stands for a run counts the refused records in it, and ends with the last of them.

    positions: of the file's refused records, in order.
    """
    through = entry.get("through") or position_of(entry)
    if not isinstance(through, int):
        return False
    first, stop = bisect_left(positions, position_of(entry)), bisect_right(positions, through)
    return first < stop and positions[stop - 1] == through and stop - first == entry.get("records", 1)


def _is_within(position: int, runs: Sequence[tuple[int, int]]) -> bool:
    """Tell whether one of these runs, first and last position each and in order, holds a position."""
    before = bisect_right(runs, position, key=itemgetter(0))
    return before > 0 and runs[before - 1][1] >= position


class Counted(msgspec.Struct, frozen=True):
    """What an ingestion has to count.

    readings, rejects: what the file holds. full: of the readings, those that may be in quarantine since their item
    couldn't take them. first: how many intervals it stored first. disputed: of its other readings,
    those whose interval was landed with several values, so that they may have been revisions.
    """

    readings: int
    rejects: int
    first: int
    disputed: int
    full: int = 0


def miscounts(counted: Counted, ingestion: Ingestion, size_bytes: int) -> list[str]:
    """Say how an ingestion's counts differ from what they have to be.

    Whether a repeat was equal or revised depends on what was stored when it came, so these two have bounds only.
    """
    told = []
    readings = ingestion.stored + ingestion.equal + ingestion.revised
    held = counted.readings - counted.full, counted.rejects + counted.full
    if (readings, ingestion.refused) != held:
        counts = f"{readings} readings and {ingestion.refused} rejects"
        told.append(f"its ingestion counts {counts}; it holds {held[0]} and {held[1]}")
    elif ingestion.stored != counted.first:
        told.append(f"its ingestion counts {ingestion.stored} readings as stored first; {counted.first} are")
    elif ingestion.revised > counted.disputed:
        told.append(f"its ingestion counts {ingestion.revised} revised readings; at most {counted.disputed} can be")
    if ingestion.records != counted.readings + counted.rejects:
        told.append(f"its ingestion counts {ingestion.records} records; it holds {counted.readings + counted.rejects}")
    if ingestion.flagged > ingestion.stored:
        told.append(f"its ingestion counts {ingestion.flagged} flagged readings of {ingestion.stored} stored ones")
    if ingestion.size_bytes != size_bytes:
        told.append(f"its ingestion says {ingestion.size_bytes} bytes; it has {size_bytes}")
    return told


def recount(counted: Counted, ingestion: Ingestion, size_bytes: int) -> Ingestion:
    """Give an ingestion the counts that it has to have; where there are only bounds, the nearest within them."""
    readings = counted.readings - counted.full
    revised = min(ingestion.revised, counted.disputed, readings - counted.first)
    return msgspec.structs.replace(
        ingestion,
        size_bytes=size_bytes,
        records=counted.readings + counted.rejects,
        stored=counted.first,
        revised=revised,
        equal=readings - counted.first - revised,
        refused=counted.rejects + counted.full,
        flagged=min(ingestion.flagged, counted.first),
    )


Sums = dict[str, dict[str, int]]


def sum_up(sums: Sums, shard: str, amounts: Mapping[str, int]) -> None:
    """Add amounts to the sums of one item of the running totals."""
    item = sums.setdefault(shard, {})
    for name, amount in amounts.items():
        item[name] = item.get(name, 0) + amount


def totals_differences(kept: Mapping[str, Mapping[str, int]], summed: Sums) -> dict[str, dict[str, int]]:
    """Give, by item of the running totals, what each count has too much (or, below zero, too little)."""
    found = {}
    for shard in sorted(kept.keys() | summed.keys()):
        have, due = kept.get(shard, {}), summed.get(shard, {})
        over = {name: have.get(name, 0) - due.get(name, 0) for name in sorted(have.keys() | due.keys())}
        if any(over.values()):
            found[shard] = {name: amount for name, amount in over.items() if amount}
    return found


def named(positions: Collection[int]) -> str:
    """Count records, and name the first of them."""
    shown = ", ".join(map(str, list(positions)[:_MOST_NAMED]))
    more = ", …" if len(positions) > _MOST_NAMED else ""
    return f"{len(positions)} (records {shown}{more})"


def unread_state(*, in_dead_letters: bool, may_wait: bool) -> State:
    """Say where an object is that wasn't stored: nowhere is lost."""
    if in_dead_letters:
        return "dead-lettered"
    return "waiting" if may_wait else "lost"
