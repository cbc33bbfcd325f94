"""What happens when one reading is landed more than once.

Every landing of a reading is a fact: values, and a stamp that says which file brought them. A history holds each
distinct pair of values with its latest stamp; the current value is the one with the latest stamp of all. `merge` is a
union, so it gives the same result in any order and any number of times: order of arrival, duplicates and replays can't
change where a reading ends.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from heliograph.reading import Reading

Verdict = Literal["stored", "equal", "revised"]


class Stamp(msgspec.Struct, frozen=True, order=True, gc=False):
    """Which record of which file brought a value; a later stamp wins.

    landed_at: when the file landed, UTC text. source: the object's key and version. position: the record's place in it.
    """

    landed_at: str
    source: str
    position: int


class Version(msgspec.Struct, frozen=True, gc=False):
    """One pair of values a reading was landed with, kWh, and the latest stamp they came with."""

    stamp: Stamp
    energy_generated_kwh: Decimal
    energy_consumed_kwh: Decimal

    @property
    def values(self) -> tuple[Decimal, Decimal]:
        """Generated and consumed, kWh; equal numbers are equal however they were written."""
        return self.energy_generated_kwh, self.energy_consumed_kwh


class History(msgspec.Struct, frozen=True, gc=False):
    """All that was landed for one site and interval.

    versions: each distinct pair of values once, latest stamp first; never empty.
    inserted_by: the landing that stored the reading first; whose file counts it as stored.
    """

    site_id: str
    timestamp: str
    versions: tuple[Version, ...]
    inserted_by: Stamp

    @property
    def current(self) -> Version:
        """The values that hold."""
        return self.versions[0]

    @property
    def replaced(self) -> tuple[Version, ...]:
        """The values that no longer hold, latest first."""
        return self.versions[1:]

    @property
    def reading(self) -> Reading:
        """The reading as it holds now."""
        return Reading(self.site_id, self.timestamp, *self.current.values)


def landing(reading: Reading, stamp: Stamp) -> History:
    """Give the history of a reading landed once."""
    version = Version(stamp, reading.energy_generated_kwh, reading.energy_consumed_kwh)
    return History(reading.site_id, reading.timestamp, (version,), stamp)


def merge(kept: History, new: History) -> History:
    """Join two histories of one reading; `kept` was stored first."""
    latest: dict[tuple[Decimal, Decimal], Version] = {}
    for version in (*kept.versions, *new.versions):
        rival = latest.get(version.values)
        if rival is None or rival.stamp < version.stamp:
            latest[version.values] = version
    versions = sorted(latest.values(), key=lambda version: version.stamp, reverse=True)
    return History(kept.site_id, kept.timestamp, tuple(versions), kept.inserted_by)


def verdict(history: History, new: History) -> Verdict:
    """Say what a landing was to the history it is part of: it stored the reading, repeated it, or disagreed.

    A pure function of both, so a second attempt after a crash counts the same.
    """
    if history.inserted_by == new.inserted_by:
        return "stored"
    agreed = new.current.values == history.current.values
    decided = bool(history.replaced) and new.current.stamp == history.current.stamp
    return "equal" if agreed and not decided else "revised"
