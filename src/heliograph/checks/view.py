"""The input of a check over time: the readings around those it judges, and their site."""

from bisect import bisect_left, bisect_right
from typing import Final

import msgspec

from heliograph.baseline import Baseline
from heliograph.checks import limits
from heliograph.checks.sun import sun_sine
from heliograph.series import Series
from heliograph.site import Site

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
# No check looks further than this from the reading it judges.
REACH_SECONDS: Final = 23 * _HOUR


class View(msgspec.Struct, gc=False):
    """One stretch of a site's readings, all in one local day.

    first, after: the positions of the readings to judge, `first` to before `after`; the others are context.
    baseline: what was known of the site before this day.
    """

    site: Site
    series: Series
    baseline: Baseline
    first: int
    after: int

    @property
    def full(self) -> float | None:
        """The site's most generation in an interval, kWh: by its nameplate, else by the baseline; None if unknown."""
        nameplate = self.site.capacity_kw
        if nameplate is not None:
            return nameplate * self.series.minutes / 60
        return self.baseline.full if self.baseline.known and self.baseline.full > 0 else None

    @property
    def reach(self) -> int:
        """How many intervals a check may look to either side."""
        return REACH_SECONDS // self.series.seconds

    @property
    def by_sun(self) -> bool:
        """Return whether the sun tells when this site can generate."""
        return self.site.kind == "solar" and self.site.latitude is not None and self.site.longitude is not None

    def full_around(self, position: int) -> float:
        """Return the most generation, kWh: as `full`, else the second most of the readings around `position`."""
        return self.full or around(self.series, self.series.generated, position)

    def hour(self, position: int) -> int:
        """Return the UTC hour that the middle of the interval lies in."""
        return self.hour_of(self.series.ends[position])

    def hour_of(self, end: int) -> int:
        """Return the UTC hour that the middle of the interval ending at `end` lies in."""
        return (end - self.series.seconds // 2) % _DAY // _HOUR

    def middle_sun(self, position: int) -> float:
        """Return the sine of the sun's elevation in the middle of the interval; asked only where `by_sun`."""
        return self.sun(self.series.ends[position] - self.series.seconds // 2)

    def highest_sun(self, position: int) -> float:
        """Return the sine of the sun's highest elevation in the interval, hour by hour; asked only where `by_sun`."""
        end = self.series.ends[position]
        start = end - self.series.seconds
        return max(self.sun(moment) for moment in (*range(end, start, -_HOUR), start))

    def dark(self, position: int) -> bool:
        """Return whether the site can't generate in the interval, by the sun or by the baseline; False if unknown."""
        if self.by_sun:
            return self.highest_sun(position) < limits.NIGHT_SINE
        return self.baseline.known and self.baseline.full > 0 and self.baseline.dark[self.hour(position)]

    def bright(self, position: int) -> bool:
        """Return whether the site generates then in any weather, by the sun or by the baseline; False where unknown."""
        if self.by_sun:
            return self.middle_sun(position) > limits.DAYLIGHT_SINE
        if not self.baseline.known or self.site.kind not in {None, "solar"}:
            return False
        return self.baseline.floor[self.hour(position)] > limits.ALWAYS_GENERATES.value * self.baseline.full

    def sun(self, moment: int) -> float:
        """Return the sine of the sun's elevation at a moment, seconds since 1970; asked only where `by_sun`."""
        latitude, longitude = self.site.latitude, self.site.longitude
        return sun_sine(moment, latitude or 0.0, longitude or 0.0)


def around(series: Series, values: list[float], position: int) -> float:
    """Return the second highest of the values within reach of a position's own hour, or 0.0 where there are too few.

    It goes by the hour, so that it doesn't depend on where the series begins.
    """
    hour = series.ends[position] // _HOUR * _HOUR
    begin = bisect_left(series.ends, hour - REACH_SECONDS + _HOUR)
    after = bisect_right(series.ends, hour + REACH_SECONDS)
    near = sorted(values[begin:after])
    return near[-2] if len(near) >= limits.ENOUGH_AROUND else 0.0
