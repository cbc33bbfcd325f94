"""How far back a look at a site goes, as a pure function of what is asked for and of the site's last sweep.

A look in turn judges the last day. A sweep judges from further back: where data came late, where looks were missed, or
where a site was never looked at. Each sweep is claimed before it reads and finished when all is written, so the next
knows what is covered already: a year that lands in 8,760 files is swept a few times, not 8,760.
"""

from typing import Final

import msgspec

from heliograph.series import end_of
from heliograph.watching.look import CONTEXT_SECONDS
from heliograph.watching.rounds import HOUR, LATE_SECONDS, MINUTE, Visit

# A reading's flags depend on readings this far before and behind it; see `look`.
REACH_SECONDS: Final = CONTEXT_SECONDS
# The clocks of two Lambdas differ by less.
_CLOCKS_SECONDS: Final = 10
# Longer than the watch may take: a sweep that was claimed longer ago and isn't finished never will be.
DEAD_SECONDS: Final = 6 * MINUTE
_ALL: Final = 0


class Sweep(msgspec.Struct, frozen=True):
    """A site's last sweep.

    turn: counts claims and ends, so that a look can tell whether another one came between. began: seconds since 1970.
    since: all readings from this END on were judged anew, in the light of all that was stored when it began.
    done: whether it is finished.
    """

    turn: int
    began: int
    since: int
    done: bool


class Plan(msgspec.Struct, frozen=True):
    """What a look does. judge_from: seconds since 1970. since: END of the earliest reading that may be new; None in
    turn.
    """

    judge_from: int
    since: int | None

    @property
    def is_sweep(self) -> bool:
        """Whether it must be claimed and finished."""
        return self.since is not None


def judged_seconds(period: int) -> int:
    """Give how far back a look in turn judges, seconds.

    Readings in time are stored within LATE of their end, and change what is up to REACH before it; the next look comes
    a period later, and doesn't judge that any more. Five minutes more cover clocks and reads that lag.
    """
    return REACH_SECONDS + LATE_SECONDS + (period + 5) * MINUTE


def plan(visit: Visit, at: int, last: Sweep | None, now: int, period: int) -> Plan | None:
    """Plan a look, or give None where a sweep has seen, or is about to see, all that this look would.

    at: when it was asked for. last: the site's last sweep, None where there was none. period: minutes in a round.
    """
    if last is None:
        return _sweep(_ALL)
    since = _wanted(visit, at, last, now, period)
    if _covers(last, at if since is None else since, at, now):
        return None
    return Plan(at - judged_seconds(period), None) if since is None else _sweep(since)


def is_at_work(last: Sweep, now: int) -> bool:
    """Tell whether a sweep may still be under way."""
    return not last.done and now - last.began <= DEAD_SECONDS


def _wanted(visit: Visit, at: int, last: Sweep, now: int, period: int) -> int | None:
    """Give the END from which a sweep is wanted; None for a look in turn."""
    reasons = []
    if visit.since:
        reasons.append(end_of(visit.since))
    elif now - at > HOUR:  # looks were missed
        reasons.append(at - judged_seconds(period) + REACH_SECONDS)
    if not last.done and not is_at_work(last, now):  # it died, and its message with it
        reasons.append(last.since)
    return min(reasons, default=None)


def _covers(last: Sweep, since: int, at: int, now: int) -> bool:
    """Tell whether a sweep that is finished, or under way, judged all from `since` on that was stored by `at`."""
    alive = last.done or is_at_work(last, now)
    return alive and last.since <= since and last.began > at + _CLOCKS_SECONDS


def widened(since: int, now: int) -> int:
    """Give how far back to sweep for a reading as old as `since`: twice as far.

    What comes late seldom comes alone. So files that land newest first want a sweep each time their age has doubled,
    and not each time a file is older than the last; to read where there is nothing costs nothing.
    """
    return since - max(0, now - since)


def _sweep(since: int) -> Plan:
    return Plan(since - REACH_SECONDS, since)
