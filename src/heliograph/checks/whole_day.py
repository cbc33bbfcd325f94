"""The checks of whole days: missing readings, a part of the plant gone, a shifted clock."""

from statistics import mean

from heliograph.baseline import Baseline, DayShape, best_share, time_apart, usual_middle
from heliograph.checks import limits
from heliograph.checks.flag import Flag, Severity, rounded
from heliograph.formatting import count, duration, percent

_MINUTE = 60
_HOUR = 60  # minutes
_CLEAREST = 3


def incomplete(readings: int, expected: int, in_gaps: int) -> Flag | None:
    """Flag a day with too few readings; only information where gaps, which are flagged themselves, explain it.

    in_gaps: how many of the missing ones fell into gaps.
    """
    limit = limits.COMPLETE.value * expected
    if not 0 < readings < limit:
        return None
    severity: Severity = "info" if readings + in_gaps >= limit else "warning"
    missing = "1 is" if expected - readings == 1 else f"{expected - readings:,} are"
    message = f"of the day's {count(expected, 'reading')} {missing} missing; its totals lack their energy"
    return Flag("incomplete_day", rounded(readings), rounded(limit), "readings", severity, message)


def level_shift(shape: DayShape, baseline: Baseline, season: float) -> Flag | None:
    """Flag a week whose clearest hours agree on a lower ceiling than the weeks before had: part of a plant is gone.

    Overcast weeks are lower too, but their best hours don't agree with each other.
    season: what the sun's height leaves of those weeks' ceiling, a share; 1 where it isn't known.
    """
    if not baseline.past or baseline.full <= 0:
        return None
    today = best_share(shape, baseline.past)
    clearest = [share / season for share in sorted([*baseline.week, today])[-_CLEAREST:]]
    ceiling = mean(clearest)
    agree = clearest[-1] - clearest[0] <= limits.LEVEL_SCATTER.value * ceiling
    if not agree or len(clearest) < _CLEAREST or not 0 < clearest[-1] < limits.LEVEL_SHARE.value:
        return None
    message = (
        f"the clearest hours of the last week give {percent(ceiling)} of what the same hours gave in the weeks before; "
        "part of the plant may be off, or soiled, or limited"
    )
    limit = rounded(100 * limits.LEVEL_SHARE.value)
    return Flag("level_shift", rounded(100 * ceiling), limit, "%", "warning", message)


def time_shift(shape: DayShape, baseline: Baseline, *, clocks_changed: bool) -> Flag | None:
    """Flag days whose generating time lies earlier or later than the weeks before, three days alike.

    clocks_changed: whether summer time began or ended at the site within those weeks. A logger that goes with it is off
    by an hour for half the year; its owner should know, but nobody needs to be called: that is information.
    """
    if baseline.middle < 0 or shape.middle < 0 or not baseline.middles or min(baseline.middles) < 0:
        return None
    lately = usual_middle([*baseline.middles, shape.middle])
    moved = time_apart(lately, baseline.middle) / _MINUTE
    today = time_apart(shape.middle, baseline.middle) / _MINUTE
    limit = limits.SHIFT_MINUTES.value
    if abs(moved) <= limit or abs(today) <= limit:
        return None
    later = "later" if moved > 0 else "earlier"
    summer_time = clocks_changed and abs(abs(moved) - _HOUR) <= limits.SHIFT_MINUTES.value
    advice = (
        "summer time has begun or ended there: let the logger send UTC"
        if summer_time
        else "check the logger's clock and time zone"
    )
    message = f"for three days the site has generated {duration(abs(moved))} {later} than in the weeks before; {advice}"
    severity: Severity = "info" if summer_time else "critical"
    return Flag("time_shift", rounded(moved), rounded(limit), "minutes", severity, message)
