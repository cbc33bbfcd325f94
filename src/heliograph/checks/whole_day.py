"""The checks of whole days: missing readings, a part of the plant gone, a shifted clock."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import msgspec

from heliograph.baseline import DAY_SECONDS, DayShape
from heliograph.checks.flag import Flag, Limit, Rule, Severity
from heliograph.checks.level import (
    DAYS_AGREE,
    DIFFUSE,
    FEW_DAYS,
    HOURS_AGREE,
    LEVEL_FLAT,
    LEVEL_STEEP,
    LOW_SUN,
    LOWER,
    MUCH_LOWER,
    STANDS,
    SURE_DAYS,
)
from heliograph.checks.no_data import PAUSE_SECONDS, longest_wait, may_sleep
from heliograph.checks.view import OWN_USE, STEADY_EDGES, View
from heliograph.formatting import count, percent

COMPLETE: Final = Limit(
    "complete day",
    0.9,
    "share of a day's readings",
    "a total over less misstates the day by more than a meter's class does",
)


class WholeDay(msgspec.Struct, frozen=True, gc=False):
    """A local day that is over, as its checks see it.

    view: with all its readings to judge. shape: of these. start, ends: seconds since 1970.
    expected: how many readings it would have with none missing.
    clocks_changed: whether summer time began or ended at the site within the weeks of the baseline.
    """

    view: View
    shape: DayShape
    start: int
    ends: int
    expected: int
    clocks_changed: bool


def incomplete(day: WholeDay) -> Flag | None:
    """Flag a day with too few readings; only information where gaps, which are flagged themselves, explain it."""
    readings = day.view.after - day.view.first
    if not 0 < readings < COMPLETE.value * day.expected:
        return None
    expected = day.expected - _asleep(day)
    limit = COMPLETE.value * expected
    if readings >= limit:
        return None
    severity: Severity = "info" if readings + _in_gaps(day) >= limit else "warning"
    missing = "1 is" if expected - readings == 1 else f"{expected - readings:,} are"
    message = f"of the day's {count(expected, 'reading')} {missing} missing; its totals lack their energy"
    return INCOMPLETE_DAY.flag(readings, limit, message, severity=severity)


def _asleep(day: WholeDay) -> int:
    """Count the day's readings that are missing while its logger sleeps, or may: at an edge of the day, or in a pause.

    Likewise those of a time in which the site isn't in operation.

    A few that are missing in between are lost, whatever the hour.
    """
    view, seconds = day.view, day.view.series.seconds
    ends = (day.start, *view.series.ends[view.first : view.after], day.ends + seconds)
    pauses = [
        range(before + seconds, end, seconds)
        for before, end in pairwise(ends)
        if end - before > (1.5 * seconds if day.start == before or end > day.ends else PAUSE_SECONDS)
    ]
    return sum(may_sleep(view, end) or not view.site.operates(end) for pause in pauses for end in pause)


def _in_gaps(day: WholeDay) -> int:
    """Count the day's readings that are missing in gaps, which are flagged themselves.

    What came before the day is left out, as it isn't there where the day is the first that is seen.
    """
    view, series = day.view, day.view.series
    cut = (longest_wait(series.minutes) + series.minutes) * 60
    ends = (day.start, *series.ends[view.first : view.after])
    within = sum((end - before) // series.seconds - 1 for before, end in pairwise(ends) if end - before > cut)
    last = series.ends[view.after - 1]
    goes_on = view.after == len(series) or series.ends[view.after] - last > cut
    return within + ((day.ends - last) // series.seconds if goes_on else 0)


def lower_level(day: WholeDay) -> Flag | None:
    """Flag a plant whose clearest hours have given less since some days than the sun's height let expect."""
    step = day.view.baseline.step_down
    if step is None or not day.view.shows_plant:
        return None
    since = datetime.fromtimestamp(step.since * DAY_SECONDS, UTC).date()
    message = (
        f"since about {since} the clearest hours give at most {percent(step.share)} of what they gave before, the "
        "season considered; part of the plant may be off, soiled or shaded, or an export limit may hold it"
    )
    return LEVEL_SHIFT.flag(100 * step.share, 100 * LOWER.value, message)


INCOMPLETE_DAY: Final = Rule(
    name="incomplete_day",
    severity="warning",
    unit="readings",
    sentence="a tenth of the day's readings or more are missing",
    advice="Ask the logger or the feed for the missing readings and send them; until then the day's totals are "
    "too low.",
    limits=(COMPLETE,),
    on_day=incomplete,
)
LEVEL_SHIFT: Final = Rule(
    name="level_shift",
    severity="warning",
    unit="%",
    sentence="since some days the clearest hours agree on less than the season lets expect: part of the plant is gone",
    advice="Look for a string or an inverter that is off, for soiling, snow or new shade, and for an export (feed-in) "
    "limit that was set. Within three weeks the new level becomes the usual one.",
    limits=(
        LOWER,
        MUCH_LOWER,
        FEW_DAYS,
        SURE_DAYS,
        HOURS_AGREE,
        DIFFUSE,
        DAYS_AGREE,
        STANDS,
        LEVEL_STEEP,
        LEVEL_FLAT,
        LOW_SUN,
        OWN_USE,
        STEADY_EDGES,
    ),
    on_day=lower_level,
)
