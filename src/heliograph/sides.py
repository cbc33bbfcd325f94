"""Landings of one interval joined by side: a PV logger's file and a house meter's are one reading.

Each side has the value of the first version, as they rank, that has one. A null isn't a value, so it never holds before
one. `joined` is the only place that says so: a reading as it holds, its revisions and its flags go by it.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from heliograph.registers import Register, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heliograph.history import Version
    from heliograph.reading import Quality

SIDES: Final[tuple[Side, Side]] = ("generated", "consumed")
# What a version has of a side: its energy, kWh, and what its counters stood at.
Content = tuple[Decimal | None, tuple[Register, ...]]
# Of two sides the mark of the one that is less sure is the reading's.
_WORST: "Final[tuple[Quality, ...]]" = ("substituted", "estimated", "actual")


def content(version: "Version", side: Side) -> Content | None:
    """Return what a version has of a side; None where it has nothing."""
    energy = version.energy_generated_kwh if side == "generated" else version.energy_consumed_kwh
    registers = tuple(each for each in version.registers if each.side == side) if version.registers else ()
    return None if energy is None and not registers else (energy, registers)


def holder(versions: "Sequence[Version]", side: Side) -> "Version | None":
    """Return the version whose value of a side holds; None where none has one. versions: the first in rank first."""
    return next((each for each in versions if content(each, side) is not None), None)


def joined(versions: "Sequence[Version]") -> "Version":
    """Return what holds: the first version, with the side that it lacks from the next one that has it.

    Its provenance is that of the first. Where the two state other lengths it is the shorter one: an interval that is
    longer would hold its neighbours. versions: the first in rank first; at least one.
    """
    first = versions[0]
    if len(versions) == 1:
        return first
    for side in SIDES:
        other = None if content(first, side) else holder(versions, side)
        if other is not None:
            return _with_side(first, other, side)
    return first


def _with_side(first: "Version", other: "Version", side: Side) -> "Version":
    energy, registers = content(other, side) or (None, ())
    lengths = [each.interval_seconds for each in (first, other) if each.interval_seconds is not None]
    of_both = (*registers, *first.registers) if side == "generated" else (*first.registers, *registers)
    return msgspec.structs.replace(
        first,
        interval_seconds=min(lengths, default=None),
        quality=min(first.quality, other.quality, key=_WORST.index),
        is_partial=False,
        registers=of_both,
        **{f"energy_{side}_kwh": energy},
    )


def newest(versions: "Sequence[Version]", most: int) -> "list[Version]":
    """Return the versions that are among the first `most` of a side. versions: the first in rank first."""
    if len(versions) <= most:
        return list(versions)
    found, kept = dict.fromkeys(SIDES, 0), []
    for version in versions:
        of = [side for side in SIDES if content(version, side) is not None]
        if any(found[side] < most for side in of):
            kept.append(version)
        for side in of:
            found[side] += 1
    return kept


def is_crowded(versions: "Sequence[Version]", most: int) -> bool:
    """Return whether more than `most` versions have a value of one side."""
    if len(versions) <= most:
        return False
    return any(sum(content(each, side) is not None for each in versions) > most for side in SIDES)


def differs(version: "Version", held: "Version") -> bool:
    """Return whether a version has another value of a side than the one that holds."""
    return any(content(version, side) not in {None, content(held, side)} for side in SIDES)


def same_sides(held: "Version", version: "Version") -> "Version":
    """Return of what holds the sides that a version has, to be compared with it."""
    lacks = [side for side in SIDES if content(version, side) is None]
    if not lacks:
        return held
    return msgspec.structs.replace(
        held,
        registers=tuple(each for each in held.registers if each.side not in lacks),
        **{f"energy_{side}_kwh": None for side in lacks},
    )
