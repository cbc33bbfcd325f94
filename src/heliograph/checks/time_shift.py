"""A clock or a time zone that moved: morning and evening of three days lie apart from those of the weeks before.

A clock moves both edges of a day alike. Clouds, snow, fog and shade move one edge, or shorten the day at both.
"""

from statistics import median
from typing import Final

from heliograph.baseline import DAY_SECONDS, Baseline, DayShape, time_apart
from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.whole_day import WholeDay
from heliograph.formatting import duration

SHIFT_MINUTES: Final = Limit(
    "least shift", 40.0, "minutes", "time zones and summer time move by 60 (a few by 30), clouds by less than 40"
)
ALIKE_MINUTES: Final = Limit(
    "shifts of three days", 30.0, "minutes", "a clock moves each day alike, weather each day otherwise"
)
TOGETHER: Final = Limit(
    "change of the day's half length",
    0.6,
    "share of the shift",
    "beyond it one edge has moved at most a quarter as far as the other: that is weather, not a clock",
)

_MINUTE: Final = 60
_SECONDS_A_DEGREE: Final = 240
_HOUR: Final = 60  # minutes


def moved_in_time(day: WholeDay) -> Flag | None:
    """Flag days whose morning and evening both lie earlier or later than in the weeks before, three days alike.

    A logger that goes with summer time is off by an hour for half the year; its owner should know, but nobody needs to
    be called: that is information.
    """
    goes_by_sun = day.view.site.kind == "solar" or day.view.by_sun
    moved = _shift(day.view.baseline, day.shape) if goes_by_sun else None
    if moved is None or _is_right(day, moved):
        return None
    limit = SHIFT_MINUTES.value
    later = "later" if moved > 0 else "earlier"
    is_summer_time = day.clocks_changed and abs(abs(moved) - _HOUR) <= limit
    advice = (
        "summer time has begun or ended there: let the logger send UTC"
        if is_summer_time
        else "check the logger's clock and time zone"
    )
    message = f"for three days the site has generated {duration(abs(moved))} {later} than in the weeks before; {advice}"
    return TIME_SHIFT.flag(moved, limit, message, severity="info" if is_summer_time else "warning")


def _is_right(day: WholeDay, moved: float) -> bool:
    """Return whether the sun at the registered place says that the clock is right now, and was off before."""
    site = day.view.site
    if site.kind != "solar" or site.longitude is None:
        return False
    noon = int(DAY_SECONDS / 2 - site.longitude * _SECONDS_A_DEGREE) % DAY_SECONDS
    return abs(time_apart(day.shape.middle, noon)) / _MINUTE < abs(moved) / 2


def _shift(baseline: Baseline, shape: DayShape) -> float | None:
    """Return how much later the last three days lie than the weeks before, minutes; None where they don't, or unknown.

    The day's middle has moved by more than the limit, three days alike, while its half length, which the season alone
    changes, has stayed.
    """
    if min(baseline.middle, shape.middle, *baseline.middles) < 0 or not baseline.middles:
        return None
    middles, halves = (*baseline.middles, shape.middle), (*baseline.halves, shape.half)
    moves = [time_apart(middle, baseline.middle) / _MINUTE for middle in middles]
    moved = median(moves)
    longer = median(half - baseline.half for half in halves) / _MINUTE
    is_moved = min(abs(moved), abs(moves[-1])) > SHIFT_MINUTES.value
    are_alike = max(moves) - min(moves) <= ALIKE_MINUTES.value
    return moved if is_moved and are_alike and abs(longer) <= TOGETHER.value * abs(moved) else None


TIME_SHIFT: Final = Rule(
    name="time_shift",
    severity="warning",
    unit="minutes",
    sentence="the site generates earlier or later than in the weeks before: clock or time zone moved",
    advice="Check the logger's clock and time zone, let it send UTC, and send the days again with the right times.",
    limits=(SHIFT_MINUTES, ALIKE_MINUTES, TOGETHER),
    on_day=moved_in_time,
)
