"""How far back an evaluation goes: a pure function of the request and of the site's last re-evaluation.

A scheduled evaluation judges the last day. A re-evaluation judges from further back: where data came late, where
evaluations were missed, or where a site was never evaluated. Each re-evaluation is claimed before it reads and finished
when all is written, so the next knows what is covered already: a year that lands in 8,760 files is re-evaluated a few
times, not 8,760. A re-evaluation that is under way covers as well; if it dies, the site's next scheduled evaluation
re-evaluates instead.
"""

from typing import Final

import msgspec

from heliograph.evaluation.cycle import HOUR, LATE_SECONDS, MINUTE, DueSite
from heliograph.evaluation.model import CONTEXT_SECONDS
from heliograph.series import end_of

# A reading's flags depend on readings this far before and behind it; see `evaluate`.
REACH_SECONDS: Final = CONTEXT_SECONDS
# The clocks of two Lambdas differ by less.
_CLOCKS_SECONDS: Final = 2
# Longer than the watch may take: a re-evaluation that was claimed longer ago and isn't finished never will be.
DEAD_SECONDS: Final = 6 * MINUTE
_ALL: Final = 0  # readings before 1970 aren't judged over time


class Reevaluation(msgspec.Struct, frozen=True):
    """A site's last re-evaluation.

    turn: counts claims and ends, so that an evaluation can tell whether another one came between. began: seconds since
    1970.
    since: all readings from this END on were judged anew, in the light of all that was stored when it began.
    done: whether it is finished.
    """

    turn: int
    began: int
    since: int
    done: bool


class Clock(msgspec.Struct, frozen=True):
    """What a plan goes by.

    now: seconds since 1970. period: minutes in a cycle. mine: the turn this very evaluation claimed before it met
    another, None where it didn't.
    """

    now: int
    period: int
    mine: int | None = None


class EvaluationPlan(msgspec.Struct, frozen=True):
    """What an evaluation does.

    judge_from: seconds since 1970. since: END of the earliest reading that may be new, None for a scheduled evaluation.
    """

    judge_from: int
    since: int | None

    @property
    def is_reevaluation(self) -> bool:
        """Return whether it must be claimed and finished."""
        return self.since is not None


def judged_seconds(period: int) -> int:
    """Return how far back a scheduled evaluation judges, seconds.

    Readings in time are stored within LATE of their end, and change what is up to REACH before it; the next evaluation
    comes a period later, and doesn't judge that any more. Five minutes more cover clocks and reads that lag.
    """
    return REACH_SECONDS + LATE_SECONDS + (period + 5) * MINUTE


def plan(due_site: DueSite, at: int, last: Reevaluation | None, clock: Clock) -> EvaluationPlan | None:
    """Plan an evaluation, or return None where a re-evaluation has seen, or is about to see, all that it would.

    at: when it was asked for. last: the site's last re-evaluation, None where there was none.
    """
    if last is None:
        return _reevaluation(_ALL)
    needed = max(_ALL, end_of(due_site.since)) if due_site.since else at - judged_seconds(clock.period) + REACH_SECONDS
    dead = not last.done and (last.turn == clock.mine or clock.now - last.began > DEAD_SECONDS)
    if not dead and last.since <= needed and last.began > at + _CLOCKS_SECONDS:
        return None
    if not due_site.since and not dead and clock.now - at <= HOUR:
        return EvaluationPlan(at - judged_seconds(clock.period), None)
    since = widened(needed, clock.now) if due_site.since else needed
    return _reevaluation(since if last.done else min(since, last.since))


def widened(since: int, now: int) -> int:
    """Return how far back to re-evaluate for a reading as old as `since`: twice as far.

    What comes late seldom comes alone. So files that land newest first want a re-evaluation each time their age has
    doubled, and not each time a file is older than the last; to read where there is nothing costs nothing.
    """
    return max(_ALL, since - max(0, now - since))


def _reevaluation(since: int) -> EvaluationPlan:
    return EvaluationPlan(since - REACH_SECONDS, since)
