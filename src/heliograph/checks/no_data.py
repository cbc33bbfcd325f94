"""Silence: a site that sends nothing, seen from now, or from the reading that ends it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import asin, degrees, radians, sin
from operator import sub
from typing import Final

from heliograph.baseline import DAY_SECONDS, time_apart
from heliograph.checks.delivery import FIRST_DELIVERIES, LATE_DELIVERY, may_take
from heliograph.checks.flag import Flag, Limit, Rule, Severity
from heliograph.checks.snow import SNOW_IS_POSSIBLE, SNOW_LATITUDE, SNOW_NOON, SPRING_NOON, may_snow
from heliograph.checks.sun import DAYLIGHT_SINE, equation_of_time, noon_sine
from heliograph.checks.view import View
from heliograph.formatting import duration
from heliograph.zones import clocks_go_back

NO_DATA_READINGS: Final = Limit("missing intervals", 3, "intervals", "one lost message is no silence")
NO_DATA_MINUTES: Final = Limit("shortest silence", 30.0, "minutes", "loggers resend within two or three cycles")
LONGEST_NIGHT: Final = Limit(
    "longest night",
    20.0,
    "hours",
    "a solar site's logger may pause from the last light to the first: in midwinter at 62 degrees so long",
)
LOW_NOON: Final = Limit(
    "low noon", 2.0, "degrees", "so little higher than on its latest morning, the sun may not wake a site under clouds"
)
SECOND_DAY: Final = Limit("a second day", 44.0, "hours", "the longest night, a day, and the night after it")
UNKNOWN_NIGHT: Final = Limit(
    "longest pause of a site that isn't known yet",
    28.0,
    "hours",
    "a day, and a morning that begins later; a pause with a whole day in it is longer at any place",
)
LATE_MINUTES: Final = Limit(
    "late morning",
    60.0,
    "minutes",
    "under storm clouds or snow an inverter starts up to an hour after the latest morning of the last weeks",
)
LOST_DAY: Final = Limit(
    "a lost day",
    28.0,
    "hours",
    "a pause with a whole day in it is longer at any place; a shorter one was over before anybody could come",
)
EDGE_MINUTES: Final = Limit(
    "edge of a day",
    60.0,
    "minutes",
    "clouds and a fortnight's change of the days keep a logger asleep so much longer, where its place is unknown",
)

_MINUTE: Final = 60
_HOUR: Final = 3600
_HOUR_MINUTES: Final = 60
# A shorter pause is no night.
PAUSE_SECONDS: Final = 2 * _HOUR
# What is missing behind that changes nothing.
_LONG_ENOUGH: Final = 54 * _HOUR
_INTERVALS_ENOUGH: Final = 5


def longest_wait(minutes: int) -> float:
    """Return how long after a reading the next may come, minutes, before the site counts as silent."""
    return max(NO_DATA_READINGS.value * minutes, NO_DATA_MINUTES.value)


def silent_until_now(view: View, now: int) -> Flag | None:
    """Flag a site whose newest reading is too old. view: of its last day. now: seconds since 1970."""
    last_end, minutes = view.series.ends[-1], view.series.minutes
    if now - last_end <= longest_wait(minutes) * _MINUTE:
        return None
    waits = may_take(view)
    if not missed_while_awake(view, last_end, now - view.series.seconds, waits):
        return None
    limit = max(longest_wait(minutes), waits[view.hour_of(last_end + view.series.seconds)])
    missed = (now - last_end) / _MINUTE - minutes
    snow = _snow_may_hide(view, now)
    message = _message(f"no reading for {duration(missed)} until now", limit) + (SNOW_IS_POSSIBLE if snow else "")
    return NO_DATA.flag(missed, limit, message, severity="warning" if snow else "critical")


def silent_before(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag the reading that ends a gap: the missing ones can't carry a flag themselves.

    A night in which the logger sleeps is no gap. A gap that was over within a day is information: while it lasted
    `no_data` reported it, and now nobody can do more than send what is missing.
    """
    ends = view.series.ends
    limit = longest_wait(view.series.minutes)
    cut = (limit + view.series.minutes) * _MINUTE
    for position in _behind_gaps(view, cut):
        before = ends[position - 1] if position else view.series.before
        if before is None:
            continue
        apart = ends[position] - before
        if apart > cut and (
            _consumes_all_day(view) or missed_while_awake(view, before, ends[position] - view.series.seconds)
        ):
            missed = apart / _MINUTE - view.series.minutes
            severity: Severity = "warning" if apart >= LOST_DAY.value * _HOUR else "info"
            message = _message(f"no reading for {duration(missed)} before this one", limit)
            if missed <= _HOUR_MINUTES and clocks_go_back(view.site, before - 1, ends[position] + _HOUR):
                message = f"{message}; summer time ended then, and a feed in local time has that hour once"
            if severity == "warning" and _snow_may_hide(view, before):
                message += SNOW_IS_POSSIBLE
            yield position, GAP.flag(missed, limit, message, severity=severity)


def _behind_gaps(view: View, cut: float) -> list[int]:
    """Return the positions whose reading may end a gap longer than `cut`, seconds; the first reading of all among them.

    Nearly always it is none.
    """
    begin = max(view.first, 1)
    ends = view.series.ends[begin - 1 : view.after]
    found = [position for position, apart in enumerate(map(sub, ends[1:], ends), begin) if apart > cut]
    return [0, *found] if view.first == 0 < view.after else found


def _consumes_all_day(view: View) -> bool:
    """Return whether the site has sent and consumed at every hour: a night without readings loses what it consumed."""
    return view.baseline.known and all(view.baseline.awake) and view.baseline.low > 0


def missed_while_awake(view: View, after_end: int, last_end: int, waits: Sequence[int] = ()) -> bool:
    """Return whether the site would have sent in too many of the missing intervals.

    The missing intervals end behind `after_end`, up to `last_end`. After a night the logger may wake late.
    waits: how long before `last_end` an interval of each UTC hour must end to be missing, minutes; empty for none.
    """
    last = min(last_end, after_end + max(_LONG_ENOUGH, _INTERVALS_ENOUGH * view.series.seconds))
    ends: Sequence[int] = range(after_end + view.series.seconds, last + 1, view.series.seconds)
    if any(waits):
        ends = [end for end in ends if end + waits[view.hour_of(end)] * _MINUTE <= last_end]
    if not view.baseline.known and _sent_all_night(view, after_end):
        awake = sum(view.site.operates(end) for end in ends)
    else:
        awake = sum(_awake(view, end, end - after_end) for end in ends)
    late = LATE_MINUTES.value if awake < len(ends) and _may_pause(view) else 0.0
    return awake * view.series.minutes > longest_wait(view.series.minutes) + late


def _sent_all_night(view: View, last_end: int) -> bool:
    """Return whether the site sent for a day and a night up to a reading, as far as it is known: no logger sleeps."""
    ends, seconds = view.series.ends, view.series.seconds
    first, after = bisect_right(ends, last_end - DAY_SECONDS), bisect_right(ends, last_end)
    lasted = last_end - ends[first] + seconds if first < after else 0
    missing = longest_wait(view.series.minutes) * _MINUTE
    if lasted < LONGEST_NIGHT.value * _HOUR or (after - first) * seconds < lasted - missing:
        return False
    return not view.by_sun or any(view.dark(each) for each in range(first, after))


def _may_pause(view: View) -> bool:
    """Return whether the logger pauses at night, or may as far as is known."""
    return view.baseline.pauses if view.baseline.known else view.may_be_solar


def _snow_may_hide(view: View, moment: int) -> bool:
    """Return whether snow may keep a site silent: a logger that lives off its panels sleeps as long as it lies."""
    return _may_pause(view) and may_snow(view, moment)


def may_sleep(view: View, end: int) -> bool:
    """Return whether a logger may sleep in an interval: it pauses at night, or nobody knows yet. end: its END."""
    if view.baseline.known:
        return view.baseline.pauses and not _awake_as_learned(view, end, 0)
    return view.may_be_solar and not _awake(view, end, 0)


def _awake(view: View, end: int, since: int) -> bool:
    """Return whether the site would send then. end: of an interval without a reading. since: seconds without any."""
    if not view.site.operates(end):
        return False
    if view.baseline.known:
        return _awake_as_learned(view, end, since)
    if not view.may_be_solar:
        return True
    if view.by_sun:
        return _lowest_sun(view, end) > (0.0 if since > LONGEST_NIGHT.value * _HOUR else DAYLIGHT_SINE)
    return since > UNKNOWN_NIGHT.value * _HOUR


def _awake_as_learned(view: View, end: int, since: int) -> bool:
    """Return whether the site sends then on most days, and the sun is as high as on the days when it woke late.

    A logger that pauses for the night does so whenever the sun is down, whatever its last weeks say: they come from
    longer or shorter days.
    """
    baseline = view.baseline
    usual = baseline.awake[view.hour_of(end)]
    if not baseline.pauses:
        return usual and (not view.is_placed or _lowest_sun(view, end) > 0)
    if view.by_sun:
        lowest = _lowest_sun(view, end)
        if since > LONGEST_NIGHT.value * _HOUR:
            return lowest > 0 and _wakes_that_day(view, end, since)
        return usual and lowest > sin(radians(_wakes_at(view, end)))
    if min(baseline.wakes, baseline.sleeps) < 0:
        return usual
    dial = int(end + equation_of_time(end // _HOUR * _HOUR) * 60)
    after = time_apart(dial - view.series.seconds, baseline.wakes)
    before = time_apart(baseline.sleeps, dial)
    return since > 24 * _HOUR or (usual and min(after, before) > EDGE_MINUTES.value * 60)


def _wakes_that_day(view: View, end: int, since: int) -> bool:
    """Return whether the sun gets high enough on a day for the site to wake, also under clouds.

    Towards the polar night the days end in one on which it doesn't: only a second day without one is flagged then.
    """
    place = view.place
    if place is None:
        return False
    highest = degrees(asin(noon_sine(end, place.latitude)))
    spare = highest - max(view.baseline.wakes_at, view.baseline.sleeps_at)
    return spare > LOW_NOON.value or (spare > 0 and since > SECOND_DAY.value * _HOUR)


def _lowest_sun(view: View, end: int) -> float:
    """Return the sine of the sun's lower elevation at both ends of an interval."""
    return min(view.sun(end), view.sun(end - view.series.seconds))


def _wakes_at(view: View, end: int) -> float:
    """Return the sun's elevation above which the site surely sends, degrees: mornings and evenings have their own."""
    is_morning = view.sun(end) > view.sun(end - view.series.seconds)
    return max(0.0, view.baseline.wakes_at if is_morning else view.baseline.sleeps_at)


def _message(what: str, limit: float) -> str:
    return f"{what}; up to {duration(limit)} is normal at this site"


# Of both rules: when a site may send nothing by itself.
_SLEEP: Final = (
    NO_DATA_READINGS,
    NO_DATA_MINUTES,
    LONGEST_NIGHT,
    LOW_NOON,
    SECOND_DAY,
    UNKNOWN_NIGHT,
    LATE_MINUTES,
    EDGE_MINUTES,
)
NO_DATA: Final = Rule(
    name="no_data",
    severity="critical",
    unit="minutes",
    sentence="no reading for longer than the site's interval explains, until now",
    headline="Readings have stopped since {when}",
    advice="Check the site's link and its logger's power; if other sites of the same feed are silent too, ask "
    "the feed. When it is back, let it send what it kept.",
    limits=(*_SLEEP, LATE_DELIVERY, FIRST_DELIVERIES, SNOW_LATITUDE, SNOW_NOON, SPRING_NOON),
    on_silence=silent_until_now,
)
GAP: Final = Rule(
    name="gap",
    severity="warning",
    unit="minutes",
    sentence="intervals are missing inside what was delivered, for longer than the site's own explains",
    headline="Readings stop for a while before {when}",
    advice="Ask the logger or the feed for the missing readings and send them: they are stored, and the gap closes.",
    limits=(*_SLEEP, LOST_DAY),
    on_series=silent_before,
    of_values=False,
)
