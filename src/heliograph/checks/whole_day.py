"""The checks of whole days: missing readings, a part of the plant gone, a shifted clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from heliograph.baseline import DAY_SECONDS, DayShape
from heliograph.checks.energy import NIGHT_DEADBAND
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
    SEASON_SURE,
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

FEWEST_MISSING: Final = Limit(
    "fewest missing readings that notify",
    3.0,
    "readings",
    "a tenth of a whole day's 24 hours; of a sleeper's ten hours in winter one lost message is a tenth already",
)
DIM: Final = Limit(
    "dawn",
    0.05,
    "share of the day's most",
    "what a plant gives in an interval that touches the night; what is lost between that and nothing is less than a "
    "hundredth of the day",
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
    """Flag a day with too few readings.

    Only information where gaps, which are flagged themselves, explain it, or where it is a message or two.
    """
    readings = day.view.after - day.view.first
    if not 0 < readings < COMPLETE.value * day.expected:
        return None
    stretches = list(_missing(day))
    expected = day.expected - sum(each.without_energy for each in stretches)
    limit = COMPLETE.value * expected
    if readings >= limit:
        return None
    in_gaps = sum(len(each.ends) - each.without_energy for each in stretches if each.is_gap)
    is_few = expected - readings < FEWEST_MISSING.value
    severity: Severity = "info" if is_few or readings + in_gaps >= limit else "warning"
    missing = "1 is" if expected - readings == 1 else f"{expected - readings:,} are"
    message = f"of the day's {count(expected, 'reading')} {missing} missing; its totals lack their energy"
    return INCOMPLETE_DAY.flag(readings, limit, message, severity=severity)


class _Stretch(NamedTuple):
    """Missing readings of a day, side by side.

    ends: their ENDs. without_energy: how many of them carry none. is_gap: whether it is flagged as a gap by itself.
    """

    ends: range
    without_energy: int
    is_gap: bool


def _missing(day: WholeDay) -> Iterator[_Stretch]:
    """Yield the stretches of a day without a reading.

    The gap that reaches over the day's end is one where the next reading is as far, or isn't there yet; that of the
    day's begin counts from there, as what came before isn't there where the day is the first that is seen.
    """
    view, series = day.view, day.view.series
    seconds = series.seconds
    cut = (longest_wait(series.minutes) + series.minutes) * 60
    ends = (day.start, *series.ends[view.first : view.after], day.ends + seconds)
    for at, (before, end) in enumerate(pairwise(ends)):
        if end - before <= 1.5 * seconds:
            continue
        missing = range(before + seconds, end, seconds)
        is_edge, is_last = at in {0, len(ends) - 2}, at == len(ends) - 2
        then = series.ends[view.after] if is_last and view.after < len(series) else end
        is_gap = then - before > cut or (is_last and view.after == len(series))
        if is_edge or end - before > PAUSE_SECONDS:
            without = sum(may_sleep(view, each) or not view.site.operates(each) for each in missing)
        else:
            without = len(missing) if _is_dim(day, view.first + at - 1) else 0
        yield _Stretch(missing, without, is_gap)


def _is_dim(day: WholeDay, before: int) -> bool:
    """Return whether a site gives and takes next to nothing between a reading and the next: no energy is lost there.

    One of them has nothing, as at night, and the other no more than dawn. before: position of the first of the two.
    """
    series, most = day.view.series, max(day.shape.peak, day.shape.top)
    around = sorted(max(abs(series.generated[each]), abs(series.consumed[each])) for each in (before, before + 1))
    return around[0] <= NIGHT_DEADBAND.value * most and around[1] <= DIM.value * most


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
    headline="Readings are missing from {when}",
    advice="Ask the logger or the feed for the missing readings and send them; until then the day's totals are "
    "too low.",
    limits=(COMPLETE, FEWEST_MISSING, DIM, NIGHT_DEADBAND),
    on_day=incomplete,
)
LEVEL_SHIFT: Final = Rule(
    name="level_shift",
    severity="warning",
    unit="%",
    sentence="since some days the clearest hours agree on less than the season lets expect: part of the plant is gone",
    headline="Part of the plant is gone from {when}",
    advice="Look for a string or an inverter that is off, for soiling, snow or new shade, and for an export (feed-in) "
    "limit that was set. Within three weeks the new level becomes the usual one.",
    limits=(
        LOWER,
        MUCH_LOWER,
        FEW_DAYS,
        SURE_DAYS,
        SEASON_SURE,
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
    loses=True,
)
