"""A clock or a time zone that is wrong: since some days, or always.

Since some days: morning and evening of three days lie apart from those of the weeks before. Always: both lie apart from
the sun's at the registered place, for weeks. A clock moves both edges of a day alike. Clouds, snow, fog and shade move
one edge, or shorten the day at both.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from statistics import median
from typing import Final

from heliograph.baseline import DAY_SECONDS, Baseline, DayShape, time_apart
from heliograph.checks.flag import Flag, Limit, Rule, Severity
from heliograph.checks.place import AS_LONG, CLOCK_OFF, SECONDS_A_DEGREE
from heliograph.checks.view import OWN_USE, STEADY_EDGES, View
from heliograph.checks.whole_day import WholeDay
from heliograph.formatting import duration
from heliograph.zones import zone_of

SHIFT_MINUTES: Final = Limit(
    "least shift", 40.0, "minutes", "time zones and summer time move by 60 (a few by 30), clouds by less than 40"
)
ALIKE_MINUTES: Final = Limit(
    "scatter of shifts", 30.0, "minutes", "a clock moves each day alike, weather each day otherwise"
)
TOGETHER: Final = Limit(
    "change of the day's half length",
    0.6,
    "share of the shift",
    "beyond it one edge has moved at most a quarter as far as the other: that is weather, not a clock",
)
CAUSE_MINUTES: Final = Limit(
    "offset that a cause explains",
    20.0,
    "minutes",
    "so near to it; noon is fitted to 10 minutes where the place is right, and 2 degrees of longitude are 8 more",
)

ALIKE_DAYS: Final = Limit(
    "days that moved alike", 3, "days", "since the last one that lies right: clouds move one day, not three alike"
)
STEADY: Final = Limit(
    "change of a day's edges",
    40.0,
    "minutes from one day to the next, usually",
    "as large as the least shift: beyond it edges tell no clock",
)

FIRST_COUNT: Final = Limit(
    "first count of a day",
    0.07,
    "share of an hour's usual most",
    "what a sine of ten hours gives in its first 40 minutes, the least shift: a coarser count tells no dawn",
)

_MINUTE: Final = 60
_HOUR: Final = 60  # minutes
_ONE_MINUTE: Final = timedelta(minutes=1)


def wrong_clock(day: WholeDay) -> Flag | None:
    """Flag a day of a clock that moved some days ago, or else of one that is always off at a registered place."""
    return _moved_in_time(day) or _always_off(day)


def _always_off(day: WholeDay) -> Flag | None:
    """Flag a clock whose noon has been off for weeks, and say what does that.

    Stamps of an interval's begin, and summer time, are a way to write times: that is information.
    """
    late = day.view.baseline.clock
    if not late or not day.view.is_placed:
        return None
    cause, severity = _cause(day, late)
    message = (
        f"for weeks the site has generated {duration(abs(late))} {_way(late)} than the sun at its registered place "
        f"allows; {cause}"
    )
    return TIME_SHIFT.flag(late, CLOCK_OFF.value, message, severity=severity)


def _cause(day: WholeDay, late: float) -> tuple[str, Severity]:
    """Return which of the known causes makes stamps so late, minutes, in words, and how severe that is."""
    local = datetime.fromtimestamp(day.start, UTC).astimezone(zone_of(day.view.site))
    offset, summer = (each or timedelta() for each in (local.utcoffset(), local.dst()))
    causes: tuple[tuple[float, str, Severity], ...] = (
        (
            -day.view.series.minutes,
            "that is one interval: its readings are stamped with their begin instead of their end",
            "info",
        ),
        (summer / _ONE_MINUTE, "that is summer time: let the logger send UTC", "info"),
        (
            offset / _ONE_MINUTE,
            "that is its time zone's offset: local time is sent as UTC; let the logger send UTC",
            "warning",
        ),
        (-offset / _ONE_MINUTE, "that is its time zone's offset: UTC is taken for local time and converted", "warning"),
    )
    for minutes, cause, severity in causes:
        if abs(minutes) > CAUSE_MINUTES.value and abs(late - minutes) <= CAUSE_MINUTES.value:
            return cause, severity
    return "check the logger's clock and time zone, and the place in the registry", "warning"


def _way(minutes: float) -> str:
    return "later" if minutes > 0 else "earlier"


def _moved_in_time(day: WholeDay) -> Flag | None:
    """Flag days whose morning and evening both lie earlier or later than in the weeks before, three days alike.

    A logger that goes with summer time is off by an hour for half the year; its owner should know, but nobody needs to
    be called: that is information.
    """
    tells = day.view.shows_plant and day.view.baseline.unsteady <= STEADY.value and _shows_dawn(day.view)
    moved = _shift(day.view.baseline, day.shape) if tells else None
    if moved is None or _is_right(day, moved):
        return None
    limit = SHIFT_MINUTES.value
    is_summer_time = day.clocks_changed and abs(abs(moved) - _HOUR) <= limit
    advice = (
        "summer time has begun or ended there: let the logger send UTC"
        if is_summer_time
        else "check the logger's clock and time zone"
    )
    by = f"{duration(abs(moved))} {_way(moved)}"
    message = f"for three days the site has generated {by} than in the weeks before; {advice}"
    return TIME_SHIFT.flag(moved, limit, message, severity="info" if is_summer_time else "warning")


def _shows_dawn(view: View) -> bool:
    """Return whether the meter's counts are small enough to show when a day's output begins and ends."""
    an_hour = view.baseline.full * _HOUR / view.series.minutes
    return view.step("generated") <= FIRST_COUNT.value * an_hour


def _is_right(day: WholeDay, moved: float) -> bool:
    """Return whether the sun at the registered place says that the clock is right now, and was off before."""
    site = day.view.site
    if site.kind != "solar" or site.longitude is None:
        return False
    noon = int(DAY_SECONDS / 2 - site.longitude * SECONDS_A_DEGREE) % DAY_SECONDS
    before = time_apart(day.view.baseline.middle, noon) / _MINUTE
    return abs(before + moved) < abs(moved) / 2


def _shift(baseline: Baseline, shape: DayShape) -> float | None:
    """Return how much later the last days lie than the weeks before, minutes; None where they don't, or unknown.

    Only days tell whose half length, which the season alone changes, has stayed: the others are weather's. Since the
    last one that lies right, three have moved by more than the limit, alike.
    """
    if baseline.middle < 0:
        return None
    days = zip((*baseline.middles, shape.middle), (*baseline.halves, shape.half), strict=True)
    moves = [
        (time_apart(middle, baseline.middle) / _MINUTE, (half - baseline.half) / _MINUTE)
        for middle, half in days
        if middle >= 0
    ]
    limit = SHIFT_MINUTES.value
    unclouded = [moved for moved, longer in moves if abs(longer) <= TOGETHER.value * max(abs(moved), limit)]
    since = [*takewhile(lambda moved: abs(moved) > limit / 2, reversed(unclouded))]
    moved = median(since) if since else 0.0
    alike = [each for each in since if abs(each) > limit and abs(each - moved) <= ALIKE_MINUTES.value / 2]
    is_shift = len(alike) >= ALIKE_DAYS.value and abs(moved) > limit
    return moved if is_shift and not _is_over(moves, moved) else None


def _is_over(moves: Sequence[tuple[float, float]], shift: float) -> bool:
    """Return whether a day behind the last one that has moved so contradicts the shift, under any clouds.

    What hides one edge of a day moves its middle by no more than its half length.
    """
    near = ALIKE_MINUTES.value / 2
    behind = takewhile(lambda each: abs(each[0] - shift) > near, reversed(moves))
    return any(abs(moved) + abs(longer) < abs(shift) - near for moved, longer in behind)


def is_moved(flags: Iterable[Flag]) -> bool:
    """Return whether a day's flags say that its clock has moved, other than by summer time or since ever."""
    return any(
        flag.rule == TIME_SHIFT.name and flag.severity == "warning" and flag.limit == SHIFT_MINUTES.value
        for flag in flags
    )


TIME_SHIFT: Final = Rule(
    name="time_shift",
    severity="warning",
    unit="minutes",
    sentence="the site generates earlier or later than in the weeks before, or than the sun at its place: its clock or "
    "time zone is wrong",
    headline="The clock has moved from {when}",
    advice="Check the logger's clock and time zone, let it send UTC, and send the days again with the right times.",
    limits=(
        SHIFT_MINUTES,
        ALIKE_MINUTES,
        ALIKE_DAYS,
        TOGETHER,
        STEADY,
        FIRST_COUNT,
        OWN_USE,
        STEADY_EDGES,
        CLOCK_OFF,
        AS_LONG,
        CAUSE_MINUTES,
    ),
    on_day=wrong_clock,
)
