"""A reading's history: what happens when it lands more than once, and what was found of it.

Every landing of a reading is a fact: values, and a provenance that says which file brought them. A history holds the
newest distinct pairs of values, each with its latest provenance, and how many there were. What holds is decided by
side, see `joined`: the value with the latest provenance of all, an actual one before any that stands in for it. `merge`
is a union of which the newest of each side are kept. What is left out is older than those of its sides, so it can't
come back: `merge` gives the same result in any order and any number of times. Order of arrival, duplicates and replays
can't change where a reading ends.

`history_of` works out from all landings of a reading where it ends; the processor gets there file by file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any, Final, Literal

import msgspec

from heliograph.checks.flag import Flag, holding, is_anomalous
from heliograph.counting import counting
from heliograph.reading import Quality, Reading
from heliograph.registers import Register, Side
from heliograph.sides import SIDES, content, differs, holder, is_crowded, joined, newest
from heliograph.third_landing import third_landing

StoreOutcome = Literal["stored", "already_stored", "revised", "rejected"]
Values = tuple[Decimal | None, Decimal | None]
# A reading's length, quality, missing side and registers, as `Reading` has them.
Said = tuple[int | None, Quality, bool, tuple[Register, ...]]
# What makes versions of a reading distinct: energies, and what registers stood at.
Identity = tuple[Decimal | None, Decimal | None, tuple[Register, ...]]
# Revisions of a side kept beside its value that holds. A logger whose clock stands still brings new values for one
# interval without end; with this many an item stays within 1 KB, so one write unit, where objects have names of up to
# some 90 characters. The raw objects have all values.
KEPT_REVISIONS: Final = 2


class Provenance(msgspec.Struct, frozen=True, order=True, gc=False):
    """Which record of which file brought a value; a later provenance wins.

    landed_at: when the file landed, UTC text. source: the object's key and version. position: the record's place in it.
    """

    landed_at: str
    source: str
    position: int

    @property
    def object(self) -> tuple[str, str]:
        """Key and version of the object; the version is empty in a bucket without versions."""
        key, at, version = self.source.rpartition("@")
        return (key, version) if at else (self.source, "")


# Brought what is one side of what held, or both of two landings: a repeat, though nobody had brought just this.
NOBODY: Final = Provenance("", "", 0)

# The order in which S3 took versions of one key that landed in the same second: key and versions in, each version's
# place out. A version that S3 has no longer has none, and counts as earlier than all others.
VersionOrder = Callable[[str, frozenset[str]], Mapping[str, int]]


def by_name(_key: str, _versions: frozenset[str]) -> Mapping[str, int]:
    """Place no version, so that their names decide: where no bucket can be asked."""
    return {}


class Version(msgspec.Struct, frozen=True, gc=False):
    """One pair of values a reading was landed with, kWh, and the best provenance they came with, see `_ranking`.

    interval_seconds, quality, is_partial, registers: as that landing had them; see `Reading`.
    """

    provenance: Provenance
    energy_generated_kwh: Decimal | None
    energy_consumed_kwh: Decimal | None
    interval_seconds: int | None = None
    quality: Quality = "actual"
    is_partial: bool = False
    registers: tuple[Register, ...] = ()

    @property
    def identity(self) -> Identity:
        """What was landed; equal numbers are equal however they were written."""
        return self.energy_generated_kwh, self.energy_consumed_kwh, self.registers

    @property
    def said(self) -> Said:
        """What its file says of its values."""
        return self.interval_seconds, self.quality, self.is_partial, self.registers

    @property
    def values(self) -> Values:
        """Generated and consumed, kWh; equal numbers are equal however they were written."""
        return self.energy_generated_kwh, self.energy_consumed_kwh


class Joined(msgspec.Struct, frozen=True, gc=False):
    """Which landing was the first to bring the side that a reading lacked when it was stored."""

    side: Side
    by: Provenance


class History(msgspec.Struct, frozen=True, gc=False):
    """What was landed for one site and interval.

    versions: the newest distinct pairs of values, each once, latest provenance first; never empty, of a side at most
    one more than `KEPT_REVISIONS`.
    inserted_by: the landing that stored the reading first; whose file counts it as stored.
    counted: 0 while no side had more values than are kept of one; then a set of bits, one or more pairs each.
    brought_by: for each version the landing that, in order of arrival, was the first to bring its values, or made them
    hold again after another file's; empty where these are the versions' own. Of an only value: see `third_landing`.
    joined_by: the landing that stored its other side first, whose file counts that as stored; None where one landing
    stored all its sides. These two depend on the order of arrival, as `inserted_by` does; they only say what a landing
    counts as.
    """

    site_id: str
    timestamp: str
    versions: tuple[Version, ...]
    inserted_by: Provenance
    counted: int = 0
    brought_by: tuple[Provenance, ...] = ()
    joined_by: Joined | None = None

    @property
    def current(self) -> Version:
        """The values that hold, each side's with the provenance of the latest."""
        return self.versions[0] if len(self.versions) == 1 else joined(self.versions)

    @property
    def replaced(self) -> tuple[Version, ...]:
        """Those with a value that no longer holds, latest first."""
        if len(self.versions) == 1:
            return ()
        held = self.current
        return tuple(version for version in self.versions if differs(version, held))

    @property
    def revision_count(self) -> int:
        """How many other pairs of values were landed: exact where it is the length of `replaced`, else at least so.

        A value is counted once however often it lands, so that a replay changes nothing, not even of a value that is
        no longer kept.
        """
        replaced = len(self.replaced)
        if not self.counted:
            return replaced
        is_one_left_out = not is_crowded(self.versions, KEPT_REVISIONS + 1)
        return max(replaced + is_one_left_out, self.counted.bit_count() - len(self.versions) + replaced)

    @property
    def reading(self) -> Reading:
        """The reading as it holds now."""
        return reading_of(self.site_id, self.timestamp, self.current)

    @property
    def is_alone(self) -> bool:
        """Return whether no other value ever landed, so that the landing that stored the reading brought this one."""
        return len(self.versions) == 1 and not self.counted

    @property
    def bringers(self) -> dict[Identity, Provenance]:
        """By what was landed, the landing that brought them; see `brought_by`."""
        if self.is_alone:
            return {self.versions[0].identity: self.brought_by[0] if self.brought_by else self.inserted_by}
        provenances = self.brought_by or tuple(version.provenance for version in self.versions)
        return {version.identity: provenance for version, provenance in zip(self.versions, provenances, strict=True)}

    @property
    def stored_by(self) -> tuple[Provenance, ...]:
        """The landings that stored the reading and its other side first."""
        return (self.inserted_by, self.joined_by.by) if self.joined_by else (self.inserted_by,)

    def first_of(self, side: Side) -> Provenance:
        """Return the landing that stored a side first; of one that isn't there the reading's."""
        return self.joined_by.by if self.joined_by and self.joined_by.side == side else self.inserted_by


class Assessed(msgspec.Struct, frozen=True, gc=False):
    """A reading's history and what was found of it.

    flags: what the reading shows by itself, from the processor. watched: what its neighbours show, from the watch.
    merges: how often its stored item was changed, by a further landing or by the watch. aside: the rules whose flags
    among the processor's don't hold, since an edit changed or accepted the value; the watch says so.
    """

    history: History
    flags: tuple[Flag, ...]
    merges: int = 0
    watched: tuple[Flag, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def every_flag(self) -> tuple[Flag, ...]:
        """All that was found and holds, as it is served: what both found is one flag."""
        own = holding(self.flags, self.aside)
        return (*own, *(flag for flag in self.watched if flag not in own))

    @property
    def anomaly(self) -> bool:
        """Return whether any flag is more than information."""
        return bool(self.flags or self.watched) and is_anomalous(self.every_flag)


def landing(reading: Reading, provenance: Provenance) -> History:
    """Return the history of a reading landed once."""
    version = Version(
        provenance,
        reading.energy_generated_kwh,
        reading.energy_consumed_kwh,
        reading.interval_seconds,
        reading.quality,
        reading.is_partial,
        reading.registers,
    )
    return History(reading.site_id, reading.timestamp, (version,), provenance)


def reading_of(site_id: str, timestamp: str, version: Version) -> Reading:
    """Return the reading that a version is of an interval."""
    return Reading(
        site_id,
        timestamp,
        version.energy_generated_kwh,
        version.energy_consumed_kwh,
        version.interval_seconds,
        version.quality,
        version.is_partial,
        version.registers,
    )


def merge(kept: History, new: History, order: VersionOrder = by_name) -> History:
    """Join two histories of one reading; `kept` was stored first.

    Versions, count and what holds are the same in any order, however often a history is joined; `order` has to be the
    same each time.
    """
    rank = _ranking([version.provenance for version in (*kept.versions, *new.versions)], order)
    latest: dict[Identity, Version] = {}
    for version in (*kept.versions, *new.versions):
        rival = latest.get(version.identity)
        # Of one record the new one holds: what is kept may say what another file said of the same value.
        if rival is None or rival.provenance == version.provenance or rank(rival) < rank(version):
            latest[version.identity] = version
    versions = sorted(latest.values(), key=rank, reverse=True)
    first = msgspec.structs.replace(kept, joined_by=kept.joined_by or other_side(kept, new))
    is_counted = kept.counted or new.counted or is_crowded(versions, KEPT_REVISIONS + 1)
    counted = (kept.counted or counting(kept.versions)) | (new.counted or counting(new.versions)) if is_counted else 0
    return history_as_kept(versions, _bringers(kept, new, versions), first, counted)


def other_side(kept: History, new: History) -> Joined | None:
    """Return who brings the side that a history lacks; None where it lacks none, or the other lacks it, too."""
    before, brought = kept.current, new.current
    lacking = (side for side in SIDES if content(before, side) is None and content(brought, side) is not None)
    return next((Joined(side, new.first_of(side)) for side in lacking), None)


def _bringers(kept: History, new: History, versions: Sequence[Version]) -> dict[Identity, Provenance]:
    """Return who brought what, once two histories are joined into these versions."""
    if len(versions) == 1:
        return {versions[0].identity: third_landing(versions[0].provenance, kept, new)}
    held, known, added = kept.current, kept.bringers, new.bringers
    bringers = {**added, **known}
    for version in new.versions:
        if version.identity not in known and not differs(version, held):
            bringers[version.identity] = NOBODY
    for side in SIDES:
        before, after = holder(kept.versions, side), holder(versions, side)
        if before is None or after is None or content(before, side) == content(after, side):
            continue
        # What a file's own records change among themselves says nothing of what held before the file.
        if before.provenance.source != after.provenance.source:
            bringers[after.identity] = added[after.identity]
    return bringers


def history_of(landings: Iterable[History], order: VersionOrder = by_name) -> History:
    """Work out where a reading ends from its landings, in order of arrival; at least one.

    Of a reading's landings in any other order, all is the same but `inserted_by` and `brought_by`.
    """
    return reduce(lambda kept, new: merge(kept, new, order), landings)


def history_as_kept(
    versions: Sequence[Version], bringers: Mapping[Identity, Provenance], first: History, counted: int
) -> History:
    """Return a history of the newest of these versions, latest first; `first` says of which reading, and who stored it.

    bringers: by values. counted: see `History`.
    """
    kept = tuple(newest(versions, KEPT_REVISIONS + 1))
    brought = tuple(bringers[version.identity] for version in kept)
    implied = all(provenance == version.provenance for provenance, version in zip(brought, kept, strict=True))
    if len(versions) == 1:
        implied = brought[0].source in {"", first.inserted_by.source, kept[0].provenance.source}
    said_by = () if implied else brought
    return History(first.site_id, first.timestamp, kept, first.inserted_by, counted, said_by, first.joined_by)


def store_outcome(history: History, new: History) -> StoreOutcome:
    """Return what a landing did to the history it is part of: it stored the reading or a side, repeated, or disagreed.

    revised: it brought values that were new, or that had been replaced and hold again. already_stored: it changed
    nothing but, at most, the provenance. A second attempt after a crash counts the same; of values that are no longer
    kept it says revised.
    """
    if new.inserted_by in history.stored_by:
        return "stored"
    brought_by = history.bringers.get(new.versions[0].identity)
    is_first = brought_by == new.inserted_by and not history.is_alone
    return "revised" if brought_by is None or is_first else "already_stored"


def ranked(versions: Sequence[Version], order: VersionOrder) -> list[Version]:
    """Return versions, the one that holds first."""
    return sorted(versions, key=_ranking([version.provenance for version in versions], order), reverse=True)


def _ranking(provenances: list[Provenance], order: VersionOrder) -> Callable[[Version], Any]:
    """Return the key by which versions sort, the one that holds last.

    An actual value beats one that stands in for it, whatever lands first. Then by second of landing; within one by the
    object's key, then as S3 took its versions, which is asked only where they share that second, then by position.
    """
    files = {(provenance.landed_at, provenance.source) for provenance in provenances}
    if len({landed_at for landed_at, _ in files}) == len(files):  # nearly always
        return lambda version: (version.quality == "actual", version.provenance)
    shared: dict[tuple[str, str], set[str]] = {}
    for provenance in provenances:
        key, version = provenance.object
        shared.setdefault((provenance.landed_at, key), set()).add(version)
    placed = {
        (landed_at, key): order(key, frozenset(versions))
        for (landed_at, key), versions in shared.items()
        if len(versions) > 1
    }

    def rank(version: Version) -> tuple[bool, str, str, int, str, int]:
        provenance = version.provenance
        key, name = provenance.object
        place = placed.get((provenance.landed_at, key), {}).get(name, -1)
        return version.quality == "actual", provenance.landed_at, key, place, name, provenance.position

    return rank
