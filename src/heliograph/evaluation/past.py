"""The baseline of a site before a day: as stored with that day, else fitted from the days before it."""

from collections.abc import Sequence

from heliograph.baseline import BASELINE_DAYS, Baseline, DayShape, fit, unpack_baseline, unpack_shape
from heliograph.evaluation.model import Day


class Past:
    """The days behind an evaluation, and those it has passed."""

    def __init__(self, days: Sequence[Day]) -> None:
        """Keep the baselines and shapes that the days carry."""
        self._kept = {day.date: day.baseline for day in days if day.baseline}
        self._shapes = {day.date: unpack_shape(day.shape) for day in days if day.shape}

    def baseline(self, date: str) -> Baseline:
        """Return what was known before a day, `YYYY-MM-DD`."""
        if date in self._kept:
            return unpack_baseline(self._kept[date])
        earlier = sorted(each for each in self._shapes if each < date)
        return fit([self._shapes[each] for each in earlier[-BASELINE_DAYS:]])

    def add(self, date: str, shape: DayShape) -> None:
        """Note the shape of a day that the evaluation has passed."""
        self._shapes[date] = shape
