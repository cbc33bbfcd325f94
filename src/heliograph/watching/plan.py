"""How far back an evaluation goes: a pure function of the request and of the site's last re-evaluation.

A look in turn judges the last day. A sweep judges from further back: where data came late, where looks were missed, or
where a site was never looked at. Each sweep is claimed before it reads and finished when all is written, so the next
knows what is covered already: a year that lands in 8,760 files is swept a few times, not 8,760. A sweep that is under
way covers as well; if it dies, the site's next look in turn sweeps instead.
"""

from typing import Final

import msgspec

from heliograph.series import end_of
from heliograph.watching.look import CONTEXT_SECONDS
from heliograph.watching.rounds import HOUR, LATE_SECONDS, MINUTE, Visit

# A reading's flags depend on readings this far before and behind it; see `look`.
REACH_SECONDS: Final = CONTEXT_SECONDS
# The clocks of two Lambdas differ by less.
_CLOCKS_SECONDS: Final = 2
# Longer than the watch may take: a sweep that was claimed longer ago and isn't finished never will be.
DEAD_SECONDS: Final = 6 * MINUTE
_ALL: Final = 0  # readings before 1970 aren't judged over time


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


class Clock(msgspec.Struct, frozen=True):
    """What a plan goes by.

    now: seconds since 1970. period: minutes in a round. mine: the turn this very look claimed before it met another,
    None where it didn't.
    """

    now: int
    period: int
    mine: int | None = None


class Plan(msgspec.Struct, frozen=True):
    """What a look does.

    judge_from: seconds since 1970. since: END of the earliest reading that may be new, None for a look in turn.
    """

    judge_from: int
    since: int | None

    @property
    def is_sweep(self) -> bool:
        """Return whether it must be claimed and finished."""
        return self.since is not None


def judged_seconds(period: int) -> int:
    """Return how far back a look in turn judges, seconds.

    Readings in time are stored within LATE of their end, and change what is up to REACH before it; the next look comes
    a period later, and doesn't judge that any more. Five minutes more cover clocks and reads that lag.
    """
    return REACH_SECONDS + LATE_SECONDS + (period + 5) * MINUTE


def plan(visit: Visit, at: int, last: Sweep | None, clock: Clock) -> Plan | None:
    """Plan a look, or return None where a sweep has seen, or is about to see, all that this look would.

    at: when it was asked for. last: the site's last sweep, None where there was none.
    """
    if last is None:
        return _sweep(_ALL)
    needed = max(_ALL, end_of(visit.since)) if visit.since else at - judged_seconds(clock.period) + REACH_SECONDS
    dead = not last.done and (last.turn == clock.mine or clock.now - last.began > DEAD_SECONDS)
    if not dead and last.since <= needed and last.began > at + _CLOCKS_SECONDS:
        return None
    if not visit.since and not dead and clock.now - at <= HOUR:
        return Plan(at - judged_seconds(clock.period), None)
    since = widened(needed, clock.now) if visit.since else needed
    return _sweep(since if last.done else min(since, last.since))


def widened(since: int, now: int) -> int:
    """Return how far back to sweep for a reading as old as `since`: twice as far.

    What comes late seldom comes alone. So files that land newest first want a sweep each time their age has doubled,
    and not each time a file is older than the last; to read where there is nothing costs nothing.
    """
    return max(_ALL, since - max(0, now - since))


def _sweep(since: int) -> Plan:
    return Plan(since - REACH_SECONDS, since)
