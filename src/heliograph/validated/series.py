"""The validated series: from readings with their flags, edits and estimates to intervals with the value used.

This is the one function that says what counts. The watch sums a day up by it, and whoever asks for hours or intervals
gets them by it too, from the same readings and the estimates that are kept with the day.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import sub
from typing import Final

import msgspec

from heliograph.checks.flag import Flag
from heliograph.checks.plausible import are_energies, most_kwh
from heliograph.estimation.hours import Measured
from heliograph.evaluation.model import StoredReading
from heliograph.reading import total_kwh
from heliograph.series import Lengths, Series, lengths_of, series_of, site_at
from heliograph.site import Site
from heliograph.validated.excluding import ValueMark, mark_of
from heliograph.validated.grid import expected_in, is_gap, is_whole
from heliograph.validated.model import NO_ESTIMATES, NO_SUMS, QUALITY_CODES, DayFrame, Interval, Part, Sums
from heliograph.validated.one_side import OneSide, SideValue, bounds_of
from heliograph.validated.sums import sums_of

_KNOWN: Final = frozenset({"measured", "edited"})


def validated(readings: Sequence[StoredReading], site: Site, frame: DayFrame) -> list[Interval]:
    """Return the intervals of a local day, oldest first.

    readings: after edits, oldest first, with all their flags: those of the day, and up to `REACH` on both sides of it.
    """
    return site_series(readings, site, frame.minutes).intervals(frame)


def site_series(readings: Sequence[StoredReading], site: Site, minutes: int) -> "ValidatedSeries":
    """Return what some readings say of their days. minutes: their interval's length where the registry doesn't say it.

    readings: after edits, oldest first, with all their flags.
    """
    by_length = site if site.interval_minutes else msgspec.structs.replace(site, interval_minutes=minutes)
    return ValidatedSeries(site, lengths_of(series_of(readings, by_length), by_length), marks_of(readings))


def marks_of(
    readings: Iterable[StoredReading], found: Mapping[int, tuple[Flag, ...]] | None = None, judged_from: int = 0
) -> dict[int, ValueMark]:
    """Return what is said of readings, by END; those of which nothing is aren't in it.

    found: what the checks over time just found, by END, of readings that end from `judged_from` on; the flags that are
    kept of those don't hold any more.
    """
    marks = {}
    for each in readings:
        over_time = each.watched if found is None or each.end < judged_from else found.get(each.end, ())
        if (each.flags or over_time or type(each) is not StoredReading) and (mark := mark_of(each, over_time)):
            marks[each.end] = mark
    return marks


class ValidatedSeries:
    """A site's readings as its days are made of them.

    lengths: the readings, taken apart by their lengths. marks: what is said of them, see `marks_of`.
    """

    def __init__(self, site: Site, lengths: Lengths, marks: Mapping[int, ValueMark]) -> None:
        """Keep what is known."""
        self._site = site
        self._stretches = [each for each in lengths.stretches if each.ends]
        self._over_gaps = lengths.stretches[0].sums if lengths.stretches else ()
        self._marks = marks
        self.sides = tuple(OneSide(site, side, self._stretches, self._over_gaps, marks) for side in (0, 1))

    def intervals(self, frame: DayFrame) -> list[Interval]:
        """Return the intervals of a local day, oldest first."""
        generated, consumed = self._values(frame)
        ends = sorted({*generated, *consumed})
        return [_interval(end, generated.get(end), consumed.get(end), self._marks.get(end)) for end in ends]

    def sums(self, frame: DayFrame, after: int = 0) -> Sums:
        """Return what a local day adds up to. after: without the intervals that end by then, seconds since 1970."""
        plain = self.plain_sums(frame, after)
        if plain is not None:
            return plain
        return sums_of(each for each in self.intervals(frame) if each.end > after)

    def measured(self, frame: DayFrame) -> Iterator[Measured]:
        """Yield what of a day is measured and used, as a person may have edited it; of each side by itself."""
        if self.plain_sums(frame) is not None:
            ((series, first, last),) = self._within(frame)
            for end, (generated, consumed) in zip(series.ends[first:last], series.exact[first:last], strict=True):
                yield Measured(end, series.seconds, _float(generated), _float(consumed))
            return
        for each in self.intervals(msgspec.structs.replace(frame, estimates=NO_ESTIMATES)):
            generated, consumed = (
                kwh if code in _KNOWN else None
                for kwh, code in zip((each.generated_kwh, each.consumed_kwh), each.codes, strict=True)
            )
            yield Measured(each.end, each.seconds, _float(generated), _float(consumed))

    def over_gap_ends(self, begin: int, ends: int) -> list[int]:
        """Return the ENDs of the energies over gaps that end in a stretch; begin, ends: seconds since 1970."""
        return [each.end for each in self._over_gaps if begin < each.end <= ends]

    def plain_sums(self, frame: DayFrame, after: int = 0) -> Sums | None:
        """Sum up a day of which all is measured and nothing is said, as most days are; None of any other day."""
        parts = self._within(frame)
        if len(parts) != 1 or self._over_gaps or any(frame.estimates):
            return None
        series, first, last = parts[0]
        ends = series.ends[first:last]
        if not (self._is_measured(frame, series, ends) and self._are_energies(series, first, last)):
            return None
        longest = max([*map(sub, ends[1:], ends), *series.lengths[first:last]], default=0)
        bounds = bounds_of(self._site, frame, *self._beside(frame))
        if is_gap(longest, series.seconds) or not is_whole(bounds, ends[0], ends[-1], series.seconds):
            return None
        first = max(first, bisect_right(series.ends, after)) if after else first
        return _measured(series, first, last) if first < last else NO_SUMS

    def _is_measured(self, frame: DayFrame, series: Series, ends: list[int]) -> bool:
        """Return whether each reading has all sides that the site measures, and nothing is said of any."""
        if self._marks and not self._marks.keys().isdisjoint(ends):
            return False
        return not any(
            is_there and lacking and not lacking.isdisjoint(ends)
            for is_there, lacking in zip(frame.sides, series.absent, strict=True)
        )

    def _are_energies(self, series: Series, first: int, last: int) -> bool:
        most = most_kwh(site_at(self._site, series.minutes))
        return are_energies(series.generated[first:last], most) and are_energies(series.consumed[first:last])

    def _within(self, frame: DayFrame) -> list[tuple[Series, int, int]]:
        """Return the stretches with readings in a day, and the positions of these: the first, and behind the last."""
        found = []
        for series in self._stretches:
            first, last = bisect_right(series.ends, frame.begin), bisect_right(series.ends, frame.ends)
            if first < last:
                found.append((series, first, last))
        return found

    def _beside(self, frame: DayFrame) -> tuple[int | None, int | None]:
        """Return the ENDs of the readings right before and right behind a day; None where there is none."""
        before = [each.ends[at - 1] for each in self._stretches if (at := bisect_right(each.ends, frame.begin))]
        behind = [
            each.ends[at] for each in self._stretches if (at := bisect_right(each.ends, frame.ends)) < len(each.ends)
        ]
        return max(before, default=None), min(behind, default=None)

    def _values(self, frame: DayFrame) -> tuple[dict[int, SideValue], dict[int, SideValue]]:
        """Return a day's values of each side by END; none of a side that the site doesn't measure.

        Of a measured side without any value all that the other side has is missing.
        """
        grids = [each.grid(frame) if is_there else [] for each, is_there in zip(self.sides, frame.sides, strict=True)]
        either = grids[0] or grids[1] or expected_in(bounds_of(self._site, frame), ())
        generated, consumed = (
            side.values(frame, grid or either) if is_there else {}
            for side, grid, is_there in zip(self.sides, grids, frame.sides, strict=True)
        )
        return generated, consumed


def _float(energy: Decimal | None) -> float | None:
    return None if energy is None else float(energy)


def _measured(series: Series, first: int, last: int) -> Sums:
    generated, consumed = zip(*series.exact[first:last], strict=True)
    return Sums(measured=Part(last - first, total_kwh(generated), total_kwh(consumed)))


def _interval(end: int, generated: SideValue | None, consumed: SideValue | None, mark: ValueMark | None) -> Interval:
    """Join the two sides of an interval: its reason is that of the worse one."""
    sides = [each for each in (generated, consumed) if each is not None]
    worst = max(sides, key=_by_code)
    return Interval(
        end,
        min(each.seconds for each in sides),
        generated.kwh if generated else None,
        consumed.kwh if consumed else None,
        (generated.code if generated else None, consumed.code if consumed else None),
        worst.reason,
        (generated.left_out if generated else None, consumed.left_out if consumed else None),
        flagged=mark is not None and mark.flagged,
    )


def _by_code(value: SideValue) -> int:
    return QUALITY_CODES.index(value.code)
