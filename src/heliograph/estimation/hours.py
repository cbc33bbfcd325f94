"""A day's measured energy by the hour: all that estimates of other days and of other sites need to know of it.

It is kept with the day in 250 bytes at most. What is read back is a little coarser than what was written: of an energy
1/65534 of the day's largest hour, of a share of an hour 15 seconds. Estimates go by what was read back, so that an
evaluation of today and one of last week say the same.
"""

from array import array
from collections.abc import Iterable, Sequence
from datetime import date as calendar_date
from datetime import timedelta
from struct import Struct, error, pack_into, unpack_from
from typing import Final, NamedTuple

import msgspec

from heliograph.registers import Side

HOUR_SECONDS: Final = 3600
_DAY_SECONDS: Final = 86_400
_1970: Final = calendar_date(1970, 1, 1)
_LAYOUT: Final = 1
# Layout, days since 1970, seconds from that date's midnight in UTC to the day's begin, its hours, which lists follow.
_HEAD: Final = Struct("<BiiBB")
_SCALE: Final = Struct("<f")
_MOST_COUNTS: Final = 32_767
_MOST_USUAL: Final = 255
# Whole minutes, and quarters of one, are exact.
_MOST_COVERED: Final = 240


class Measured(NamedTuple):
    """A usable measured interval. end: its END, seconds since 1970. seconds: its length. Energies: kWh, None if not."""

    end: int
    seconds: int
    generated: float | None
    consumed: float | None


class DayHours(msgspec.Struct, frozen=True, gc=False):
    """What was measured in each hour of a local day, from its midnight on: 24 hours; 23 or 25 where its clock is set.

    date: `YYYY-MM-DD` at the site. start: its midnight, seconds since 1970. generated, consumed: kWh of the usable
    measured intervals in each hour. coverage: which share of the hour these are, 0 to 1. consumed_coverage: the same of
    consumption where that differs; empty where it doesn't. usual: what the site's own profile says of each hour,
    whatever the weather, kWh; generated and consumed, empty where it isn't known.
    """

    date: str
    start: int
    generated: list[float]
    consumed: list[float]
    coverage: list[float]
    consumed_coverage: list[float] = []
    usual: tuple[list[float], list[float]] = ([], [])

    def energy_of(self, side: Side) -> list[float]:
        """Return what was measured of a side in each hour, kWh."""
        return self.generated if side == "generated" else self.consumed

    def coverage_of(self, side: Side) -> list[float]:
        """Return which share of each hour was measured of a side."""
        return (self.consumed_coverage or self.coverage) if side == "consumed" else self.coverage

    def usual_of(self, side: Side) -> list[float]:
        """Return what a side's own profile says of each hour, kWh; empty where it isn't known."""
        return self.usual[side == "consumed"]


def day_hours(date: str, start: int, ends: int, measured: Iterable[Measured]) -> DayHours:
    """Add up a local day's usable measured intervals by the hour.

    date: `YYYY-MM-DD`. start, ends: the day's begin and end, seconds since 1970. measured: its intervals, in any order;
    one that is longer than an hour, or lies across two, is shared out by time, and what lies outside the day is left.
    """
    hours = -((start - ends) // HOUR_SECONDS)
    energy = ([0.0] * hours, [0.0] * hours)
    seconds = ([0.0] * hours, [0.0] * hours)
    for each in measured:
        for side, value in enumerate((each.generated, each.consumed)):
            if value is not None:
                _share(energy[side], seconds[side], value, (each.end - each.seconds - start, each.end - start))
    lengths = [min(HOUR_SECONDS, ends - start - hour * HOUR_SECONDS) for hour in range(hours)]
    shares = [[min(1.0, each / length) for each, length in zip(side, lengths, strict=True)] for side in seconds]
    return DayHours(date, start, *energy, shares[0], shares[1] if shares[1] != shares[0] else [])


def _share(energy: list[float], seconds: list[float], value: float, within: tuple[int, int]) -> None:
    """Add an interval's energy to the hours it lies in. within: its begin and end, seconds since the day's begin."""
    begin, end = within
    for hour in range(max(0, begin // HOUR_SECONDS), min(len(energy), -(-end // HOUR_SECONDS))):
        inside = min(end, (hour + 1) * HOUR_SECONDS) - max(begin, hour * HOUR_SECONDS)
        energy[hour] += value * inside / (end - begin)
        seconds[hour] += inside


def pack_hours(hours: DayHours) -> bytes:
    """Write a day's hours small: 250 bytes at most.

    Raises:
        ValueError: its lists differ in length, or have more than 255 hours.
    """
    count = len(hours.coverage)
    lists = (*hours.usual, hours.consumed_coverage)
    if {len(hours.generated), len(hours.consumed)} != {count} or any(each and len(each) != count for each in lists):
        raise ValueError(f"the hours of {hours.date} differ in number")
    parts = [
        _counts(hours.generated, _MOST_COUNTS, "h"),
        _counts(hours.consumed, _MOST_COUNTS, "h"),
        b"" if all(each == 1.0 for each in hours.coverage) else _covered(hours.coverage),
        _covered(hours.consumed_coverage),
        *(_counts([max(0.0, each) for each in usual], _MOST_USUAL, "B") for usual in hours.usual),
    ]
    day = (calendar_date.fromisoformat(hours.date) - _1970).days
    which = sum(bool(part) << at for at, part in enumerate(parts))
    return _HEAD.pack(_LAYOUT, day, hours.start - day * _DAY_SECONDS, count, which) + b"".join(parts)


def unpack_hours(packed: bytes) -> DayHours | None:
    """Read a day's hours back; None where there are none, or another version wrote them: they are to be made anew."""
    if not packed.startswith(bytes([_LAYOUT])):
        return None
    try:
        _, day, begins, count, which = _HEAD.unpack_from(packed)
        reader = _Reader(packed, _HEAD.size, count)
        generated, consumed = (reader.counts(which >> at & 1, _MOST_COUNTS, "h") for at in (0, 1))
        coverage = reader.covered() if which >> 2 & 1 else [1.0] * count
        consumed_coverage = reader.covered() if which >> 3 & 1 else []
        usual = tuple(reader.counts(1, _MOST_USUAL, "B") if which >> at & 1 else [] for at in (4, 5))
        local = (_1970 + timedelta(days=day)).isoformat()
    except (error, OverflowError):
        return None
    start = day * _DAY_SECONDS + begins
    return DayHours(local, start, generated, consumed, coverage, consumed_coverage, (usual[0], usual[1]))


def _counts(values: Sequence[float], most: int, form: str) -> bytes:
    """Write values as whole counts of a share of the largest one; nothing where all are zero."""
    largest: float = _SCALE.unpack(_SCALE.pack(max(map(abs, values), default=0.0)))[0]
    if not largest:
        return b""
    packed = bytearray(_SCALE.size + len(values) * array(form).itemsize)
    counts = (max(-most, min(most, round(value / largest * most))) for value in values)
    pack_into(f"<f{len(values)}{form}", packed, 0, largest, *counts)
    return bytes(packed)


def _covered(shares: Sequence[float]) -> bytes:
    return bytes(round(each * _MOST_COVERED) for each in shares)


class _Reader:
    """Reads lists off packed hours, one behind the other."""

    def __init__(self, packed: bytes, at: int, count: int) -> None:
        self._packed = packed
        self._at = at
        self._count = count

    def counts(self, is_there: int, most: int, form: str) -> list[float]:
        """Read what `_counts` wrote; zeros where it isn't there."""
        if not is_there:
            return [0.0] * self._count
        layout = Struct(f"<f{self._count}{form}")
        largest, *counts = layout.unpack_from(self._packed, self._at)
        self._at += layout.size
        return [count * largest / most for count in counts]

    def covered(self) -> list[float]:
        """Read what `_covered` wrote."""
        shares = unpack_from(f"<{self._count}B", self._packed, self._at)
        self._at += self._count
        return [each / _MOST_COVERED for each in shares]
