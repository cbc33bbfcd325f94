"""The gaps of a site's validated series, to be estimated: runs of intervals of a side that have no usable value."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from heliograph.checks.plausible import ZERO
from heliograph.estimation.model import Gap
from heliograph.sides import SIDES
from heliograph.validated.grid import is_gap
from heliograph.validated.model import Interval
from heliograph.validated.one_side import KnownSum


def gaps_of(
    side: int, intervals: Iterable[Interval], known: Iterable[KnownSum], catches_up: Callable[[int], bool]
) -> list[Gap]:
    """Return the gaps of a side, oldest first. side: 0 generated, 1 consumed.

    intervals: of days that follow each other, without estimates, oldest first. known: the side's energies over gaps.
    catches_up: whether the reading that ends at an END holds the energy of the gap before it.
    """
    return _Gaps(side, [each for each in intervals if each.codes[side] is not None]).found(known, catches_up)


class _Gaps:
    """Looks for gaps in the intervals that have a side. known: which of them share a known sum, and that sum."""

    def __init__(self, side: int, intervals: Sequence[Interval]) -> None:
        self._side = side
        self._intervals = intervals
        self._ends = [each.end for each in intervals]
        self._known: dict[int, int] = {}
        self._sums: list[Decimal] = []

    def found(self, known: Iterable[KnownSum], catches_up: Callable[[int], bool]) -> list[Gap]:
        for each in known:
            self._over_gap(each)
        for position, interval in enumerate(self._intervals):
            if interval.codes[self._side] != "missing" and catches_up(interval.end):
                self._caught_up(position)
        return [self._gap(run) for run in self._runs()]

    def _over_gap(self, known: KnownSum) -> None:
        """Note a counter's energy over a gap, where all of that is looked at."""
        first, last = bisect_right(self._ends, known.begin), bisect_right(self._ends, known.end)
        begins = self._intervals[0].end - self._intervals[0].seconds if self._intervals else known.end
        lacking = [each for each in range(first, last) if self._lacks(each) and each not in self._known]
        if lacking and (first or begins <= known.begin + self._intervals[0].seconds // 2):
            self._share(lacking, known.kwh)

    def _caught_up(self, position: int) -> None:
        """Note what a reading holds of the intervals before it that have nothing, or zero, and of its own."""
        kwh = self._value(position) or Decimal(0)
        first = position
        while first and first - 1 not in self._known and self._is_nothing(first - 1, kwh):
            first -= 1
        if first < position:
            self._share(list(range(first, position + 1)), kwh)

    def _is_nothing(self, position: int, caught_up: Decimal) -> bool:
        kwh = self._value(position)
        return self._lacks(position) or (kwh is not None and abs(float(kwh)) <= ZERO.value * float(caught_up))

    def _share(self, positions: Sequence[int], kwh: Decimal) -> None:
        self._known |= dict.fromkeys(positions, len(self._sums))
        self._sums.append(kwh)

    def _runs(self) -> Iterator[list[int]]:
        """Yield the positions of each gap: those of one known sum, or neighbours of one length."""
        run: list[int] = []
        for position in range(len(self._intervals)):
            if not self._is_open(position):
                continue
            if run and not self._goes_on(run[-1], position):
                yield run
                run = []
            run.append(position)
        if run:
            yield run

    def _is_open(self, position: int) -> bool:
        return position in self._known or self._lacks(position)

    def _goes_on(self, before: int, position: int) -> bool:
        known = self._known.get(position)
        if known is not None or before in self._known:
            return known == self._known.get(before)
        return position == before + 1 and self._follows(position)

    def _follows(self, position: int) -> bool:
        """Return whether an interval is as long as the one before it, and begins where that ends."""
        before, interval = self._intervals[position - 1], self._intervals[position]
        return before.seconds == interval.seconds and not is_gap(interval.end - before.end, interval.seconds)

    def _gap(self, run: Sequence[int]) -> Gap:
        first, last = run[0], run[-1]
        known = self._known.get(first)
        return Gap(
            side=SIDES[self._side],
            ends=[self._ends[position] for position in run],
            seconds=self._intervals[last].seconds,
            known=None if known is None else self._sums[known],
            before=self._beside(first - 1) if first and self._follows(first) else None,
            after=self._beside(last + 1) if last + 1 < len(self._ends) and self._follows(last + 1) else None,
        )

    def _beside(self, position: int) -> Decimal | None:
        return None if self._is_open(position) else self._value(position)

    def _lacks(self, position: int) -> bool:
        return self._intervals[position].codes[self._side] == "missing"

    def _value(self, position: int) -> Decimal | None:
        interval = self._intervals[position]
        return interval.consumed_kwh if self._side else interval.generated_kwh
