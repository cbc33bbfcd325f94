"""Silence: a site that sends nothing, seen from now, or from the reading that ends it."""

from collections.abc import Iterator

from heliograph.checks import limits
from heliograph.checks.flag import Flag, Severity, rounded
from heliograph.checks.view import View
from heliograph.formatting import duration

_MINUTE = 60
_LONG_ENOUGH = 26 * 3600  # what is missing behind that changes nothing


def longest_wait(minutes: int) -> float:
    """Return how long after a reading the next may come, minutes, before the site counts as silent."""
    return max(limits.NO_DATA_READINGS.value * minutes, limits.NO_DATA_MINUTES.value)


def no_data(view: View, now: int) -> Flag | None:
    """Flag a site whose newest reading is too old. view: of its last day. now: seconds since 1970."""
    last_end, minutes = view.series.ends[-1], view.series.minutes
    limit = longest_wait(minutes)
    if missed_while_awake(view, last_end, now - minutes * _MINUTE) * minutes <= limit:
        return None
    return _flag("no_data", (now - last_end) / _MINUTE - minutes, limit, "no reading for {} until now", "critical")


def gap(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag the reading that ends a gap: the missing ones can't carry a flag themselves."""
    ends = view.series.ends
    limit = longest_wait(view.series.minutes)
    cut = (limit + view.series.minutes) * _MINUTE
    for position in range(max(1, view.first), view.after):
        apart = ends[position] - ends[position - 1]
        if apart > cut:
            awake = (
                missed_while_awake(view, ends[position - 1], ends[position] - view.series.seconds) * view.series.minutes
            )
            missed = apart / _MINUTE - view.series.minutes
            severity: Severity = "critical" if awake > limit else "info"
            yield position, _flag("gap", missed, limit, "no reading for {} before this one", severity)


def missed_while_awake(view: View, after_end: int, last_end: int) -> int:
    """Count the intervals that end behind `after_end`, up to `last_end`, in which the site would have sent."""
    last = min(last_end, after_end + _LONG_ENOUGH)
    return sum(_awake(view, end) for end in range(after_end + view.series.seconds, last + 1, view.series.seconds))


def _awake(view: View, end: int) -> bool:
    """Return whether the site sends then: by its baseline; else always, solar sites by day, unknown kinds never.

    A solar site's logger may sleep whenever the sun is down, whatever its last weeks say: they come from longer or
    shorter days. The interval counts if the sun is up all through it, as inverters start some time after sunrise.
    """
    if view.by_sun and min(view.sun(end), view.sun(end - view.series.seconds)) <= 0:
        return False
    if view.baseline.known:
        return view.baseline.awake[view.hour_of(end)]
    if view.by_sun:
        return view.sun(end) > 0
    return view.site.kind not in {None, "solar"}


def _flag(rule: str, minutes: float, limit: float, words: str, severity: Severity) -> Flag:
    message = f"{words.format(duration(minutes))}; up to {duration(limit)} is normal at this site"
    return Flag(rule, rounded(minutes), rounded(limit), "minutes", severity, message)
