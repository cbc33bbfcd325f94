"""A site's readings in a stretch of time, as the checks over time see them: plain lists, one position an interval."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from statistics import median
from typing import Final, TypeVar

import msgspec

from heliograph.checks.plausible import is_summed, most_kwh
from heliograph.intervals import Overlap, Segment, minutes_of, overlaps, stated_overlaps, stretches, usual_minutes
from heliograph.mixed import sums
from heliograph.reading import Quality
from heliograph.registers import (
    CountedEnergy,
    Note,
    Register,
    RegisterFact,
    energies_between,
    lacks_a_side,
    with_counted,
)
from heliograph.site import Site

UNKNOWN_DELAY: Final = -1
# A register's reading is of one interval unless it is so many times as long: halfway between one and two.
_LONGER: Final = 1.5
P = TypeVar("P", bound="Point")
# rule, start and end of a day, seconds since 1970 -> did somebody say that the rule's flag of this day is wrong?
Accepts = Callable[[str, int, int], bool]
_MINUTE: Final = 60
_NONE: Final[frozenset[int]] = frozenset()


class Point(msgspec.Struct, frozen=True, gc=False):
    """One reading of the series. end: END of its interval, seconds since 1970. Energies: kWh, exact; see `Reading`.

    delay: how long after its end it first landed, whole minutes, rounded up; `UNKNOWN_DELAY` where nobody knows.
    seconds, quality, is_partial, registers: as `Reading` has them. note: what registers show beside their
    energies; None of other readings.
    """

    end: int
    generated_kwh: Decimal | None
    consumed_kwh: Decimal | None
    delay: int = UNKNOWN_DELAY
    seconds: int | None = None
    quality: Quality = "actual"
    is_partial: bool = False
    registers: tuple[Register, ...] = ()
    note: Note | None = None

    @property
    def begins(self) -> int:
        """Begin of its interval, seconds since 1970; its END where its length isn't known."""
        return self.end - (self.seconds or 0)


class Series(msgspec.Struct, frozen=True, gc=False):
    """One site's readings, oldest first, each interval once; one without a reading has no position in the lists.

    minutes: length of an interval. ends: END of each interval, seconds since 1970, ascending.
    generated, consumed: kWh, as floats, for the checks; 0.0 on a side that isn't there. exact: the same energies in
    decimal, for totals; None on such a side.
    delays: as in `Point`.
    before: END of the reading before the first, seconds since 1970, where that has an interval of another length.
    counted: ENDs of readings whose energies weren't there as they landed: worked out from registers, or edited.
    notes: what readings of registers show, also those without any energy, by END. sums: energies over gaps, which are
    of no single interval and have no position. These three are of the whole series, also in a part of it.
    absent: the ENDs of readings that have no measured value of a side, generated and consumed: none, or an estimate.
    partial: the ENDs of readings that lack a side which their file names. lengths: as their files state them, seconds,
    0 where one doesn't; empty where none does. accepts: which flags of whole days somebody called wrong; None where
    nobody did. excluded: the ENDs of readings whose generated, and consumed, value an edit excluded.
    """

    minutes: int
    ends: list[int]
    generated: list[float]
    consumed: list[float]
    exact: list[tuple[Decimal | None, Decimal | None]]
    delays: list[int]
    before: int | None = None
    counted: frozenset[int] = _NONE
    notes: dict[int, Note] = {}
    sums: tuple[Point, ...] = ()
    absent: tuple[frozenset[int], frozenset[int]] = (_NONE, _NONE)
    partial: frozenset[int] = _NONE
    lengths: list[int] = []
    accepts: Accepts | None = None
    excluded: tuple[frozenset[int], frozenset[int]] = (_NONE, _NONE)

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.ends)

    @property
    def seconds(self) -> int:
        """Length of an interval, seconds."""
        return self.minutes * _MINUTE

    def part(self, first: int, after: int) -> "Series":
        """Return the readings from a position to before another."""
        cut = slice(first, after)
        return msgspec.structs.replace(
            self,
            ends=self.ends[cut],
            generated=self.generated[cut],
            consumed=self.consumed[cut],
            exact=self.exact[cut],
            delays=self.delays[cut],
            lengths=self.lengths[cut],
        )

    def at(self, positions: Sequence[int]) -> "Series":
        """Return the readings at some positions, ascending."""
        if len(positions) == len(self):
            return self
        return msgspec.structs.replace(
            self,
            ends=[self.ends[position] for position in positions],
            generated=[self.generated[position] for position in positions],
            consumed=[self.consumed[position] for position in positions],
            exact=[self.exact[position] for position in positions],
            delays=[self.delays[position] for position in positions],
            lengths=[self.lengths[position] for position in positions] if self.lengths else [],
        )


class Lengths(msgspec.Struct, frozen=True, gc=False):
    """A series taken apart by the lengths of its readings.

    stretches: the readings of one interval each, oldest first, none of them overlapping another; at least one.
    overlaps: the readings that overlap one before them, by their positions in the whole series.
    """

    stretches: list[Series]
    overlaps: list[Overlap]


def series_of(points: Iterable[Point], site: Site) -> Series:
    """Make a series of points in order of their ends; where the registry doesn't tell the interval, the usual one."""
    every = list(points)
    odd = _odd(every)
    from_registers = [point for point in odd if point.note is not None]
    sums = _sums_over_gaps(every, site) if from_registers else ()
    aside = {point.end for point in sums} | {point.end for point in from_registers if not _has_energy(point)}
    kept = [point for point in every if point.end not in aside] if aside else every
    ends = [point.end for point in kept]
    exact = [(point.generated_kwh, point.consumed_kwh) for point in kept]
    series = Series(
        minutes=site.interval_minutes or usual_minutes(ends),
        ends=ends,
        generated=[float(generated) if generated else 0.0 for generated, _ in exact],
        consumed=[float(consumed) if consumed else 0.0 for _, consumed in exact],
        exact=exact,
        delays=[point.delay for point in kept],
        counted=frozenset(point.end for point in from_registers),
        notes={point.end: point.note for point in from_registers if point.note},
        sums=tuple(sums),
    )
    return _with_more(series, kept) if odd else series


def _with_more(series: Series, points: Sequence[Point]) -> Series:
    """Add what the points say beyond both energies."""
    return msgspec.structs.replace(
        series,
        absent=(
            frozenset(each.end for each in points if each.generated_kwh is None or each.quality != "actual"),
            frozenset(each.end for each in points if each.consumed_kwh is None or each.quality != "actual"),
        ),
        partial=frozenset(each.end for each in points if each.is_partial),
        lengths=[each.seconds or 0 for each in points] if any(each.seconds for each in points) else [],
    )


def _odd(points: Sequence[Point]) -> list[Point]:
    """Return the points that are more than two measured energies; nearly always there is none."""
    return [
        point
        for point in points
        if point.note is not None
        or point.seconds is not None
        or point.quality != "actual"
        or point.generated_kwh is None
        or point.consumed_kwh is None
    ]


def with_energies(points: Sequence[P]) -> list[P]:
    """Give points that are facts of registers their energies and notes. points: of one site, in order of their ends."""
    if not any(point.registers for point in points):  # nearly always
        return list(points)
    energies = energies_between([RegisterFact(point.end, point.registers) for point in points])
    return [_with_energy(*both) if both[0].registers else both[0] for both in zip(points, energies, strict=True)]


def _with_energy(point: P, energy: CountedEnergy) -> P:
    generated, consumed = with_counted((point.generated_kwh, point.consumed_kwh), point.registers, energy)
    return msgspec.structs.replace(
        point,
        generated_kwh=generated,
        consumed_kwh=consumed,
        seconds=energy.seconds or point.seconds,
        is_partial=point.is_partial or lacks_a_side(point.registers, energy),
        note=energy.note,
    )


def _has_energy(point: Point) -> bool:
    return point.generated_kwh is not None or point.consumed_kwh is not None


def _sums_over_gaps(points: list[Point], site: Site) -> list[Point]:
    """Return the readings that hold the energy of more than one interval: some of a register's facts are missing.

    Not those whose file came at another interval for a while: its readings are as long as the steps around them, of
    those of the same side.
    """
    usual: dict[int, int] = {}
    for side in ("generated_kwh", "consumed_kwh"):
        ends = [point.end for point in points if getattr(point, side) is not None or not _has_energy(point)]
        for end, minutes in zip(ends, minutes_of(ends, site.interval_minutes), strict=True):
            usual[end] = min(minutes, usual.get(end, minutes))
    return [
        point
        for point in points
        if point.note is not None and _has_energy(point) and (point.seconds or 0) > _LONGER * usual[point.end] * _MINUTE
    ]


def delay_of(end: int, landed_at: int) -> int:
    """Return a reading's delay, see `Point`. end: of its interval; landed_at: of its file; seconds since 1970."""
    return -((end - landed_at) // _MINUTE) if end < landed_at else 0


def lengths_of(series: Series, site: Site) -> Lengths:
    """Take a series apart by the lengths of its readings: as their files state them, else as the registry does."""
    is_stated, known = bool(series.lengths) and all(series.lengths), site.interval_minutes
    if is_stated:
        found = stated_overlaps(series.ends, series.lengths, series.exact)
        known = max(1, round(median(series.lengths) / _MINUTE))
    else:
        found = overlaps(series.ends, series.exact, known) or _held_in_sums(series)
    single = _without(series, {each.position for each in found}) if found else series
    parts = stretches(single.ends, known)
    return Lengths([_stretch(single, each) for each in parts], found)


def _held_in_sums(series: Series) -> list[Overlap]:
    """Return the readings whose energy a coarser one holds."""
    return [
        Overlap(position, series.ends[position] - series.ends[position - 1], is_copy=False, by=by)
        for position, by in sorted(sums(series.ends, (series.generated, series.consumed)).items())
    ]


def _without(series: Series, positions: set[int]) -> Series:
    return series.at([position for position in range(len(series)) if position not in positions])


def _stretch(series: Series, stretch: Segment) -> Series:
    first, after, minutes = stretch
    if after - first == len(series) and minutes == series.minutes:
        return series
    before = series.ends[first - 1] if first else None
    return msgspec.structs.replace(series.part(first, after), minutes=minutes, before=before)


def is_sum_counted(point: Point, site: Site) -> bool:
    """Return whether an energy over a gap counts in sums: it is no more than the site can give in that time."""
    most = most_kwh(site_at(site, max(1, (point.seconds or 0) // _MINUTE)))
    return is_summed(point.generated_kwh, point.consumed_kwh, most)


@lru_cache(maxsize=65_536)
def site_at(site: Site, minutes: int) -> Site:
    """Return a site as its readings of an interval are judged: what the registry says of the interval gives way."""
    if site.interval_minutes in {None, minutes}:
        return site
    return msgspec.structs.replace(site, interval_minutes=minutes)


@lru_cache(maxsize=65_536)
def site_as_stated(site: Site, seconds: int) -> Site:
    """Return a site as a reading is judged whose file states its length."""
    return msgspec.structs.replace(site, interval_minutes=max(1, round(seconds / _MINUTE)))
