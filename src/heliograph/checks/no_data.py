"""Silence: a site that sends nothing, seen from now, or from the reading that ends it."""

from collections.abc import Iterator
from typing import Final

from heliograph.checks.flag import Flag, Limit, Rule, Severity
from heliograph.checks.view import View
from heliograph.formatting import duration

NO_DATA_READINGS: Final = Limit("missing intervals", 3, "intervals", "one lost message is no silence")
NO_DATA_MINUTES: Final = Limit("shortest silence", 30.0, "minutes", "loggers resend within two or three cycles")

_MINUTE: Final = 60
_LONG_ENOUGH: Final = 26 * 3600  # what is missing behind that changes nothing


def longest_wait(minutes: int) -> float:
    """Return how long after a reading the next may come, minutes, before the site counts as silent."""
    return max(NO_DATA_READINGS.value * minutes, NO_DATA_MINUTES.value)


def silent_until_now(view: View, now: int) -> Flag | None:
    """Flag a site whose newest reading is too old. view: of its last day. now: seconds since 1970."""
    last_end, minutes = view.series.ends[-1], view.series.minutes
    limit = longest_wait(minutes)
    if missed_while_awake(view, last_end, now - minutes * _MINUTE) * minutes <= limit:
        return None
    missed = (now - last_end) / _MINUTE - minutes
    return NO_DATA.flag(missed, limit, _message(f"no reading for {duration(missed)} until now", limit))


def silent_before(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag the reading that ends a gap: the missing ones can't carry a flag themselves."""
    ends = view.series.ends
    limit = longest_wait(view.series.minutes)
    cut = (limit + view.series.minutes) * _MINUTE
    for position in range(max(1, view.first), view.after):
        apart = ends[position] - ends[position - 1]
        if apart > cut:
            awake = missed_while_awake(view, ends[position - 1], ends[position] - view.series.seconds)
            missed = apart / _MINUTE - view.series.minutes
            severity: Severity = "critical" if awake * view.series.minutes > limit else "info"
            message = _message(f"no reading for {duration(missed)} before this one", limit)
            yield position, GAP.flag(missed, limit, message, severity=severity)


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
    return not view.may_be_solar


def _message(what: str, limit: float) -> str:
    return f"{what}; up to {duration(limit)} is normal at this site"


NO_DATA: Final = Rule(
    name="no_data",
    severity="critical",
    unit="minutes",
    sentence="no reading for longer than the site's interval explains, until now",
    advice="Check the site's link and its logger's power; if other sites of the same feed are silent too, ask "
    "the feed. When it is back, let it send what it kept.",
    limits=(NO_DATA_READINGS, NO_DATA_MINUTES),
    on_silence=silent_until_now,
)
GAP: Final = Rule(
    name="gap",
    severity="critical",
    unit="minutes",
    sentence="no reading for longer than the site's interval explains, before this one",
    advice="Ask the logger or the feed for the missing readings and send them: they are stored, and the gap closes.",
    limits=(NO_DATA_READINGS, NO_DATA_MINUTES),
    on_series=silent_before,
)
