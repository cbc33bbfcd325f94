"""A reading's history: what happens when it lands more than once, and what was found of it.

Every landing of a reading is a fact: values, and a provenance that says which file brought them. A history holds the
newest distinct pairs of values, each with its latest provenance, and how many there were; the current value is the one
with the latest provenance of all, an actual one before any that stands in for it. `merge` is a union of which the
newest are kept. What is left out is older than all that is kept, so it can't come back: `merge` gives the same result
in any order and any number of times. Order of arrival, duplicates and replays can't change where a reading ends.

`history_of` works out from all landings of a reading where it ends; the processor gets there file by file.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

from heliograph.checks.flag import Flag, is_anomalous
from heliograph.reading import Quality, Reading
from heliograph.registers import Register

StoreOutcome = Literal["stored", "already_stored", "revised", "rejected"]
Values = tuple[Decimal | None, Decimal | None]
# A reading's length, quality, missing side and registers, as `Reading` has them.
Said = tuple[int | None, Quality, bool, tuple[Register, ...]]
# What makes versions of a reading distinct: energies, and what registers stood at.
Identity = tuple[Decimal | None, Decimal | None, tuple[Register, ...]]
# Revisions kept beside the values that hold. A logger whose clock stands still brings new values for one interval
# without end; with this many an item stays within 1 KB, so one write unit, where objects have names of up to some 90
# characters. The raw objects have all values.
KEPT_REVISIONS: Final = 2
# Bits of the set that counts values no longer kept: some 79 of 100 values, 220 of 500, 256
# of 2,500; never more than there were. More bits would take an item beyond 1 KB.
COUNTING_BITS: Final = 256
# Of a file's records the last so many intervals, at least, are remembered to tell its repeats.
_REMEMBERED: Final = 10_000


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


class History(msgspec.Struct, frozen=True, gc=False):
    """What was landed for one site and interval.

    versions: the newest distinct pairs of values, each once, latest provenance first; never empty, at most one more
    than `KEPT_REVISIONS`.
    inserted_by: the landing that stored the reading first; whose file counts it as stored.
    counted: 0 while `versions` are all there ever were; then a set of bits, one or more pairs of values each.
    brought_by: for each version the landing that, in order of arrival, was the first to bring its values, or made them
    hold again after another file's; empty where these are the versions' own provenances. It depends on the order of
    arrival, as `inserted_by` does; it only says what a landing counts as.
    """

    site_id: str
    timestamp: str
    versions: tuple[Version, ...]
    inserted_by: Provenance
    counted: int = 0
    brought_by: tuple[Provenance, ...] = ()

    @property
    def current(self) -> Version:
        """The values that hold."""
        return self.versions[0]

    @property
    def replaced(self) -> tuple[Version, ...]:
        """The values that no longer hold, latest first."""
        return self.versions[1:]

    @property
    def revision_count(self) -> int:
        """How many other pairs of values were landed: exact where it is the length of `replaced`, else at least so.

        A value is counted once however often it lands, so that a replay changes nothing, not even of a value that is
        no longer kept.
        """
        return max(len(self.versions), self.counted.bit_count() - 1) if self.counted else len(self.versions) - 1

    @property
    def reading(self) -> Reading:
        """The reading as it holds now."""
        return reading_of(self.site_id, self.timestamp, self.current)

    @property
    def bringers(self) -> dict[Identity, Provenance]:
        """By what was landed, the landing that brought them; see `brought_by`."""
        if len(self.versions) == 1 and not self.counted:
            return {self.current.identity: self.inserted_by}
        provenances = self.brought_by or tuple(version.provenance for version in self.versions)
        return {version.identity: provenance for version, provenance in zip(self.versions, provenances, strict=True)}


class Assessed(msgspec.Struct, frozen=True, gc=False):
    """A reading's history and what was found of it.

    flags: what the reading shows by itself, from the processor. watched: what its neighbours show, from the watch.
    merges: how often its stored item was changed, by a further landing or by the watch.
    """

    history: History
    flags: tuple[Flag, ...]
    merges: int = 0
    watched: tuple[Flag, ...] = ()

    @property
    def every_flag(self) -> tuple[Flag, ...]:
        """All that was found, as it is served: what both found is one flag."""
        return (*self.flags, *(flag for flag in self.watched if flag not in self.flags))

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
        if rival is None or rank(rival) < rank(version):
            latest[version.identity] = version
    versions = sorted(latest.values(), key=rank, reverse=True)
    holds = versions[0].identity
    bringers = {**new.bringers, **kept.bringers}
    # What a file's own records change among themselves says nothing of what held before the file.
    if holds != kept.current.identity and kept.current.provenance.source != versions[0].provenance.source:
        bringers[holds] = new.bringers[holds]
    left_out = kept.counted or new.counted or len(versions) > KEPT_REVISIONS + 1
    return history_as_kept(versions, bringers, kept, _counting(kept) | _counting(new) if left_out else 0)


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
    kept = tuple(versions[: KEPT_REVISIONS + 1])
    brought = tuple(bringers[version.identity] for version in kept)
    implied = len(versions) == 1 or all(
        provenance == version.provenance for provenance, version in zip(brought, kept, strict=True)
    )
    return History(first.site_id, first.timestamp, kept, first.inserted_by, counted, () if implied else brought)


def counting(versions: Iterable[Version]) -> int:
    """Return the set of bits that counts versions; see `History.counted`."""
    return reduce(lambda bits, version: bits | _bit(version.identity), versions, 0)


def store_outcome(history: History, new: History) -> StoreOutcome:
    """Return what a landing did to the history it is part of: it stored the reading, repeated it, or disagreed.

    revised: it brought values that were new, or that had been replaced and hold again. already_stored: it changed
    nothing but, at most, the provenance. A second attempt after a crash counts the same; of values that are no longer
    kept it says revised.
    """
    if history.inserted_by == new.inserted_by:
        return "stored"
    brought_by = history.bringers.get(new.current.identity)
    return "revised" if brought_by is None or brought_by == new.inserted_by else "already_stored"


class Repeats:
    """Compares each record with the one before it in its file for the same interval: it needs nothing but the file.

    A file of more than 10,000 intervals is remembered in part.
    """

    def __init__(self) -> None:
        """Begin a file."""
        self._passed: deque[Reading] = deque(maxlen=2 * _REMEMBERED)
        self._young: dict[tuple[str, str], Reading] = {}
        self._old: dict[tuple[str, str], Reading] = {}

    def among(self, readings: Sequence[Reading], outcomes: list[StoreOutcome]) -> list[StoreOutcome]:
        """Take in the file's next readings; return their outcomes, those of repeats by the file alone.

        outcomes: what each was to what is stored.
        """
        if outcomes.count("stored") == len(outcomes):  # nearly always; no repeat stores a reading
            self._passed.extend(readings)
            return outcomes
        while self._passed:
            self._store_outcome(self._passed.popleft())
        store_outcomes = map(self._store_outcome, readings)
        return [
            outcome if outcome == "rejected" else store_outcome or outcome
            for store_outcome, outcome in zip(store_outcomes, outcomes, strict=True)
        ]

    def _store_outcome(self, reading: Reading) -> StoreOutcome | None:
        """Return what a reading is to the one before it; None where it is the first of its interval."""
        key = reading.site_id, reading.timestamp
        before = self._young.get(key) or self._old.get(key)
        self._young[key] = reading
        if len(self._young) >= _REMEMBERED:
            self._old, self._young = self._young, {}
        if before is None:
            return None
        return "already_stored" if before == reading else "revised"


def ranked(versions: Sequence[Version], order: VersionOrder) -> list[Version]:
    """Return versions, the one that holds first."""
    return sorted(versions, key=_ranking([version.provenance for version in versions], order), reverse=True)


def _ranking(provenances: list[Provenance], order: VersionOrder) -> Callable[[Version], Any]:
    """Return the key by which versions sort, the one that holds last.

    An actual value beats one that stands in for it, whatever lands first. Then by second of landing; within one by the
    object's key, then as S3 took the versions, then by position in the file.
    S3 is asked only where versions of one key share a second.
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


def _counting(history: History) -> int:
    return history.counted or counting(history.versions)


def _bit(identity: Identity) -> int:
    """Return the bit that stands for what was landed.

    Python's hash of a number is the same in every process, and for equal numbers however they are written; that of
    None or of a text isn't.
    """
    *values, registers = identity
    generated, consumed = ("-" if value is None else hash(value) for value in values)
    more = "".join(f" {register.side} {register.name} {hash(register.kwh)}" for register in registers)
    digest = sha256(f"{generated} {consumed}{more}".encode()).digest()
    return 1 << int.from_bytes(digest[:8]) % COUNTING_BITS
