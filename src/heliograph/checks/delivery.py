"""When a site's readings usually land: what its registry entry says, or what its last deliveries show.

A logger sends each interval as it ends; another one each hour; a portal each morning the day before. So a reading that
isn't there yet is late only once those of its hour of the day have usually landed.

A *delivery* is what lands on one UTC day. History that is loaded at once is one delivery, however many days it holds;
so is what a logger kept during an outage and sends then. The latest three deliveries of six weeks teach nothing.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from heliograph.checks.flag import Limit
from heliograph.series import UNKNOWN_DELAY

if TYPE_CHECKING:
    from heliograph.checks.view import View

LATE_DELIVERY: Final = Limit(
    "late delivery", 120.0, "minutes", "a portal's or a gateway's run shifts by an hour or two from day to day"
)
FIRST_DELIVERIES: Final = Limit(
    "first deliveries",
    36.0,
    "hours",
    "a site whose rhythm nobody knows yet may send once a day, and by half a day later than at first",
)

# A reading that lands so soon after its end landed at once: loggers resend within two or three cycles.
PROMPT_MINUTES: Final = 60
# Fewer deliveries show no rhythm; of more, the latest so many may be outages that were made good.
_FEWEST: Final = 3
_LATEST: Final = 3
# A delivery of two days and more is a portal's of a week or a month: of these two are known, and six weeks hold few.
_HOLDS_DAYS: Final = 2 * 24 * 60
_FEW: Final = 2
# What lands later than this, the most that the registry takes, is history and no delivery.
_MOST_MINUTES: Final = 31 * 24 * 60
# Delays up to this aren't worth keeping: the shortest silence is twice as long.
_NONE_MINUTES: Final = 15
_MINUTE: Final = 60
_HOUR: Final = 3600
_HOURS: Final = 24
_DAY: Final = _HOURS * _HOUR


class DayDelays(NamedTuple):
    """How a day's readings landed.

    landed: the day on which the newest of them did, days since 1970; -1 where nobody knows.
    longest: the longest delay of each UTC hour, minutes; -1 where there is no reading. Empty where none matters.
    """

    landed: int
    longest: list[int]


def delays_of_day(ends: Sequence[int], delays: Sequence[int], seconds: int) -> DayDelays:
    """Work out how a day's readings landed. delays: as in `series.Point`. seconds: length of an interval."""
    if not delays or delays[-1] == UNKNOWN_DELAY:
        return DayDelays(-1, [])
    landed = (ends[-1] + delays[-1] * _MINUTE) // _DAY
    if max(delays) <= _NONE_MINUTES:
        return DayDelays(landed, [])
    longest = [UNKNOWN_DELAY] * _HOURS
    for end, delay in zip(ends, delays, strict=True):
        hour = (end - seconds // 2) % _DAY // _HOUR
        longest[hour] = max(longest[hour], delay)
    return DayDelays(landed, longest)


def usual_delays(days: Iterable[DayDelays]) -> list[int]:
    """Return how long after its end a reading of each UTC hour has usually landed, minutes; empty where unknown.

    It is the longest delay of a delivery, but for the latest ones; of deliveries that hold days each, the longest.
    """
    deliveries: dict[int, list[int]] = {}
    for landed, longest in days:
        if landed >= 0 and max(longest, default=0) <= _MOST_MINUTES:
            known = deliveries.setdefault(landed, [UNKNOWN_DELAY] * _HOURS)
            deliveries[landed] = [max(pair) for pair in zip(known, longest or [0] * _HOURS, strict=True)]
    hold_days = [max(each) for each in deliveries.values() if max(each) >= _HOLDS_DAYS]
    if len(hold_days) >= _FEW and 2 * len(hold_days) > len(deliveries):
        return [max(hold_days)] * _HOURS
    if len(deliveries) < _FEWEST:
        return []
    by_hour = [_usual([each[hour] for each in deliveries.values()]) for hour in range(_HOURS)]
    longest_of_all = max(by_hour)
    return [longest_of_all if delay == UNKNOWN_DELAY else delay for delay in by_hour]


def _usual(delays: list[int]) -> int:
    ranked = sorted(delay for delay in delays if delay != UNKNOWN_DELAY)
    return ranked[max(0, len(ranked) - 1 - _LATEST)] if ranked else UNKNOWN_DELAY


def may_take(view: "View") -> list[int]:
    """Return how long after its end a reading of each UTC hour may land as usual, minutes."""
    registered = view.site.delivered_within_minutes
    if registered is not None:
        return [registered] * _HOURS
    if view.baseline.delays:
        return [delay + min(int(LATE_DELIVERY.value), delay) for delay in view.baseline.delays]
    return [_first_delay(view)] * _HOURS


def _first_delay(view: "View") -> int:
    """Return the delay to wait for while the site's rhythm isn't known, minutes.

    A file of one interval that lands as it ends is followed by one; a file of hours, by one after as many. After
    history nobody knows when the site itself will send.
    """
    ends, delays = view.series.ends, view.series.delays
    newest = delays[-1] if delays else UNKNOWN_DELAY
    if newest == UNKNOWN_DELAY:
        return 0
    most = int(FIRST_DELIVERIES.value * 60)
    landings = [end + delay * _MINUTE for end, delay in zip(ends, delays, strict=True)]
    if newest > PROMPT_MINUTES + view.series.minutes:
        return (max(landings) - ends[-1]) // _MINUTE + most
    together = [
        delay for delay, landed in zip(delays, landings, strict=True) if abs(landings[-1] - landed) < 2 * _MINUTE
    ]
    return min(most, max(together))
