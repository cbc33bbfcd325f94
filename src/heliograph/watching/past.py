"""What was known of a site before a day: as kept with that day, else learned from the days before it."""

from collections.abc import Sequence

from heliograph.habits import LEARN_DAYS, Habits, Shape, learn, unpack_habits, unpack_shape
from heliograph.watching.day import Day


class Past:
    """The days behind a look, and those it has passed."""

    def __init__(self, days: Sequence[Day]) -> None:
        """Keep the habits and shapes that the days carry."""
        self._kept = {day.date: day.habits for day in days if day.habits}
        self._shapes = {day.date: unpack_shape(day.shape) for day in days if day.shape}

    def habits(self, date: str) -> Habits:
        """Return what was known before a day, `YYYY-MM-DD`."""
        if date in self._kept:
            return unpack_habits(self._kept[date])
        earlier = sorted(each for each in self._shapes if each < date)
        return learn([self._shapes[each] for each in earlier[-LEARN_DAYS:]])

    def add(self, date: str, shape: Shape) -> None:
        """Note the shape of a day that the look has passed."""
        self._shapes[date] = shape
