"""The checks of whole days: missing readings, a part of the plant gone, a shifted clock."""

from itertools import pairwise
from statistics import mean
from typing import Final

import msgspec

from heliograph.baseline import BASELINE_DAYS, DAY_SECONDS, WEEK, DayShape, best_share
from heliograph.checks.flag import Flag, Limit, Rule, Severity
from heliograph.checks.no_data import PAUSE_SECONDS, longest_wait, may_sleep
from heliograph.checks.sun import noon_sine
from heliograph.checks.view import View
from heliograph.formatting import count, percent

COMPLETE: Final = Limit(
    "complete day",
    0.9,
    "share of a day's readings",
    "a total over less misstates the day by more than a meter's class does",
)
LEVEL_SHARE: Final = Limit(
    "lower ceiling", 0.82, "share of the weeks before", "weeks without a clear hour show by their scatter"
)
LEVEL_SCATTER: Final = Limit("scatter of clear hours", 0.08, "share", "clear hours of one week agree within 8 %")
LEVEL_DAYS: Final = Limit("clear days", 3, "days", "that agree among the last seven")
SEASON: Final = Limit(
    "season",
    0.6,
    "power of the noon sun's sine",
    "tilted panels follow the sun's height less than level ones, which follow it whole",
)


_CLEAREST: Final = int(LEVEL_DAYS.value)
_LOW_SUN: Final = 0.1  # of the sine: below it ratios mean nothing


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


def lower_ceiling(day: WholeDay) -> Flag | None:
    """Flag a week whose clearest hours agree on a lower ceiling than the weeks before had: part of a plant is gone.

    Overcast weeks are lower too, but their best hours don't agree with each other.
    """
    baseline = day.view.baseline
    if not day.view.may_be_solar or not baseline.past or baseline.full <= 0:
        return None
    season = _season(day)
    today = best_share(day.shape, baseline.past)
    clearest = [share / season for share in sorted([*baseline.week, today])[-_CLEAREST:]]
    ceiling = mean(clearest)
    agree = clearest[-1] - clearest[0] <= LEVEL_SCATTER.value * ceiling
    if not agree or len(clearest) < _CLEAREST or not 0 < clearest[-1] < LEVEL_SHARE.value:
        return None
    message = (
        f"the clearest hours of the last week give {percent(ceiling)} of what the same hours gave in the weeks before; "
        "part of the plant may be off, or soiled, or limited"
    )
    return LEVEL_SHIFT.flag(100 * ceiling, 100 * LEVEL_SHARE.value, message)


def _season(day: WholeDay) -> float:
    """Return what the sun's height at noon leaves of the ceiling of the weeks before the last one, as a share.

    1 where the site's place isn't known.
    """
    place = day.view.place
    if place is None or not day.view.by_sun:
        return 1.0
    noon = (day.start + day.ends) // 2
    now, *before = (
        max(_LOW_SUN, noon_sine(noon - days * DAY_SECONDS, place.latitude)) for days in (0, WEEK, BASELINE_DAYS)
    )
    return float((now / max(before)) ** SEASON.value)


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
    sentence="the clearest hours of a week agree on a lower ceiling: part of the plant is gone",
    advice="Look for a string or an inverter that is off, for soiling, snow or new shade, and for an export (feed-in) "
    "limit that was set.",
    limits=(LEVEL_SHARE, LEVEL_SCATTER, LEVEL_DAYS, SEASON),
    on_day=lower_ceiling,
)
