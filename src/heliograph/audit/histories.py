"""The audit of readings: histories recomputed from the files, compared with what is stored.

A reading's history is a function of its landings, so it is recomputed from the files and has to be equal to the stored
one: values, revisions, provenance, and what is derived of them. Three things the files alone don't tell:

- Which landing stored a reading first depends on the order of processing. It has to be one of the landings, and its
  file's ingestion has to count it as stored.
- What a file brings that isn't processed yet (waiting, a dead letter) may be stored or not.
- Versions of a file that wasn't read (too old, outside a partial audit, gone) can't be recomputed. They are taken as
  they are; all else has to follow from them and from the files that were read.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from heliograph.counting import counting
from heliograph.history import (
    NOBODY,
    History,
    Provenance,
    Version,
    VersionOrder,
    by_name,
    history_of,
    landing,
)
from heliograph.reading import Reading
from heliograph.replacing import joined_by

# How far the records of a file can be held against what is stored: it was read and processed; it was read and may or
# may not be processed; it wasn't read; it isn't in the bucket.
Standing = Literal["processed", "unprocessed", "unread", "gone"]
DifferenceKind = Literal["missing", "value", "revisions", "provenance", "derived", "unbrought", "unverified"]


class Brought(msgspec.Struct, frozen=True):
    """A reading as one record of a file brings it. processed: whether the file's ingestion says that it was stored."""

    reading: Reading
    provenance: Provenance
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
    kind: DifferenceKind
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
        return None if computed is None else _difference(computed, "missing", f"is missing: {_described(computed)}")
    gone = sorted({v.provenance.source for v in stored.versions if judge.standing(v.provenance.source) == "gone"})
    if computed is None:
        return Difference(
            stored.site_id,
            stored.timestamp,
            "unbrought",
            f"is stored, and no file brought it: {_described(stored)}",
            None,
        )
    if kind := _kind(kept, computed):
        odd = f"; {', '.join(kept.odd)} don't follow from it" if kept.odd else ""
        is_stored, should_be = (
            f"{_described(each)}{_arrival(each, other)}" for each, other in ((stored, computed), (computed, stored))
        )
        problem = f"is stored as {is_stored}{odd}; it should be {should_be}"
        return _difference(computed, kind, problem)
    if gone:
        return _difference(computed, "unverified", f"names a file that isn't in the bucket: {', '.join(gone)}")
    return None


def is_stored(each: Brought, kept: Kept | None) -> bool:
    """Return whether what is stored of an interval shows this very record."""
    return kept is not None and each.provenance in _provenances(kept.history)


def computed_history(brought: Sequence[Brought], stored: History | None, judge: Judge) -> History | None:
    """Work out the history that should be stored; None where nothing that was read brings the reading.

    Of a file that isn't processed those records count that the stored history shows. What depends on the order of
    arrival, which landing stored the reading and which brought its values, is kept as it is stored, where it can be so.
    """
    shown = _provenances(stored)
    landings = [
        landing(each.reading, each.provenance) for each in brought if each.processed or each.provenance in shown
    ]
    if stored is not None:
        carried = (v for v in stored.versions if judge.standing(v.provenance.source) in {"unread", "gone"})
        landings += [History(stored.site_id, stored.timestamp, (v,), v.provenance) for v in carried]
    if not landings:
        return None
    landings.sort(key=lambda each: each.current.provenance)
    history = history_of(landings, judge.order)
    return history if stored is None else _as_arrived(history, stored, landings, brought, judge)


def _as_arrived(
    history: History, stored: History, landings: Sequence[History], brought: Sequence[Brought], judge: Judge
) -> History:
    """Take from the stored history what depends on the order of arrival, as far as the landings allow it."""
    provenances = {each.current.provenance for each in landings}

    def may_be(provenance: Provenance) -> bool:
        return provenance in provenances or judge.standing(provenance.source) in {"unread", "gone"}

    if may_be(stored.inserted_by):
        joined, kept = joined_by(stored.inserted_by, (each.current for each in landings)), stored.joined_by
        is_first_known = stored.inserted_by in provenances
        if kept and may_be(kept.by) and (joined.side == kept.side if joined else not is_first_known):
            joined = kept
        history = msgspec.structs.replace(history, inserted_by=stored.inserted_by, joined_by=joined)
    is_brought = all(each == NOBODY or may_be(each) for each in stored.brought_by)
    if is_brought and [v.identity for v in stored.versions] == [v.identity for v in history.versions]:
        history = msgspec.structs.replace(history, brought_by=stored.brought_by)
    every = counting(version for each in landings for version in each.versions)
    may_have_more = not judge.complete or any(not each.processed for each in brought)
    if stored.counted and may_have_more and stored.counted & every == every:
        history = msgspec.structs.replace(history, counted=stored.counted)
    return history


def _kind(kept: Kept, computed: History) -> DifferenceKind | None:
    """Name the gravest difference between what is stored and what should be."""
    stored = kept.history
    if (stored.current.values, stored.current.said) != (computed.current.values, computed.current.said):
        return "value"
    if [version.identity for version in stored.versions] != [version.identity for version in computed.versions]:
        return "revisions"
    if stored.counted != computed.counted:
        return "revisions"
    if stored != computed:
        return "provenance"
    return "derived" if kept.odd else None


def _provenances(stored: History | None) -> set[Provenance]:
    return {*stored.stored_by, *stored.brought_by, *(v.provenance for v in stored.versions)} if stored else set()


def _difference(computed: History, kind: DifferenceKind, problem: str) -> Difference:
    return Difference(computed.site_id, computed.timestamp, kind, problem, computed)


def _described(history: History) -> str:
    """Write a history for people: the values that hold, and those that don't any more."""
    before = "; before that " + ", ".join(map(_values, history.replaced)) if history.replaced else ""
    more = f", and {history.revision_count} revisions in all" if history.counted else ""
    return _values(history.current) + before + more


def _arrival(history: History, other: History) -> str:
    """Write who stored and brought a history, of that what differs from another one."""
    said = ""
    if history.inserted_by != other.inserted_by:
        said += f"; first stored by {_place(history.inserted_by)}"
    if history.joined_by != other.joined_by:
        joined = history.joined_by
        said += f"; what is {joined.side} first stored by {_place(joined.by)}" if joined else "; no side joined later"
    if history.brought_by != other.brought_by:
        bringers = ", ".join("nobody alone" if each == NOBODY else _place(each) for each in history.bringers.values())
        said += f"; its values brought by {bringers}"
    return said


def _values(version: Version) -> str:
    generated, consumed = ("no value" if value is None else f"{value} kWh" for value in version.values)
    if version.registers:
        stood = ", ".join(f"{each.kwh} kWh of what is {each.side} ({each.name})" for each in version.registers)
        return f"registers at {stood}, by {_place(version.provenance)}"
    mark = "" if version.quality == "actual" else f" ({version.quality})"
    return f"{generated} generated and {consumed} consumed{mark}, by {_place(version.provenance)}"


def _place(provenance: Provenance) -> str:
    return f"record {provenance.position} of {provenance.source}, landed {provenance.landed_at}"
