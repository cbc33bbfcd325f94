"""A stop that a control makes: abrupt at both ends, by day, and again at the same hours or on the day after.

Plants are switched off at negative prices, for a grid operator or for work. Nobody registers each time. The first such
stop is flagged; what comes back like it is information. A fault that trips a plant comes at other hours each day. It is
flagged again once it has done so on most days of a week.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from heliograph.checks.flag import Limit
from heliograph.checks.plausible import ZERO

ABRUPT: Final = Limit(
    "beside an abrupt stop",
    0.15,
    "share of capacity",
    "under storm clouds output fades over hours: 4 to 6 % comes before zero, at Turin 12 % by the hour",
)
ZERO_MINUTES: Final = Limit(
    "shortest stop", 60.0, "minutes", "shorter stops are restarts: inverters reconnect within minutes (IEEE 1547)"
)
SAME_TIME: Final = Limit("at the same time of day", 15.0, "minutes", "prices and schedules go by quarter hours")
LONGER: Final = Limit("no longer than before", 1.5, "times", "prices stay negative for other hours the next day")
SWITCHED_DAYS: Final = Limit("days of a week", 2, "days", "a weekend; what trips on more days is a fault")

Stop = tuple[int, int]
NO_STOP: Final[Stop] = (0, 0)
_NEAR: Final = 2  # the interval in which it was switched has a part of its energy
_DAY: Final = 86_400
_WEEK: Final = 7
_WORKDAYS: Final = 3  # after a long weekend


def longest_stop(ends: Sequence[int], values: Sequence[float], seconds: int, peak: float) -> Stop:
    """Return the ENDs of the first and the last reading of nothing in a day's longest abrupt stop; `NO_STOP` without.

    peak: the day's most, kWh in an interval. seconds: length of an interval.
    """
    low, lit, least = ZERO.value * peak, ABRUPT.value * peak, 1 + ZERO_MINUTES.value * 60 / seconds
    bright = [place for place, value in enumerate(values) if value > low]
    stops = [
        (ends[before + 1], ends[after - 1])
        for before, after in pairwise(bright)
        if after - before >= least
        and ends[after] - ends[before] == (after - before) * seconds
        and max(values[max(0, before + 1 - _NEAR) : before + 1]) > lit < max(values[after : after + _NEAR])
    ]
    return max(stops, key=lambda stop: stop[1] - stop[0], default=NO_STOP)


def comes_back(stop: Stop, earlier: Sequence[Stop], *, is_over: bool) -> bool:
    """Return whether a stop is like an earlier one: by the clock, or on the day after.

    stop: its first and last END until now, by the site's clock on the wall, seconds: schedules go by that.
    earlier: those of the weeks before. is_over: whether it has ended.
    """
    in_a_week = sum(stop[0] - before[0] < _WEEK * _DAY for before in earlier)
    return any(
        _by_the_clock(stop, before, is_over=is_over) or (in_a_week <= SWITCHED_DAYS.value and _next_day(stop, before))
        for before in earlier
    )


def _by_the_clock(stop: Stop, before: Stop, *, is_over: bool) -> bool:
    days = round((stop[0] - before[0]) / _DAY)
    apart = [abs(one - other - days * _DAY) <= SAME_TIME.value * 60 for one, other in zip(stop, before, strict=True)]
    ends_alike = apart[1] or (not is_over and stop[1] - days * _DAY < before[1])
    return (days <= _WORKDAYS or days % _WEEK == 0) and apart[0] and ends_alike


def _next_day(stop: Stop, before: Stop) -> bool:
    first, last = stop[0] - _DAY, stop[1] - _DAY
    return first <= before[1] and before[0] <= last and last - first <= LONGER.value * (before[1] - before[0])
