"""When a site is evaluated, and how far back: due sites, the jobs on the watch queue, and the plan of an evaluation.

Each site has a slot of the hour's 60 minutes. A cycle takes as many minutes as the period, and each of them its share
of the slots. A tick that comes late, or after ticks were missed, asks for all that has become due since the last one.

A scheduled evaluation judges the last day. A re-evaluation judges from further back: where data came late, where
evaluations were missed, or where a site was never evaluated. Each re-evaluation is claimed before it reads and finished
when all is written, so the next knows what is covered already: a year that lands in 8,760 files is re-evaluated a few
times, not 8,760. A re-evaluation that is under way covers as well; if it dies, the site's next scheduled evaluation
re-evaluates instead.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from heliograph.errors import HeliographError
from heliograph.evaluation.model import CONTEXT_SECONDS
from heliograph.reading import end_of, text_of
from heliograph.table_keys import SLOTS

MINUTE: Final = 60
HOUR: Final = 3600
# A reading stored longer after its interval's end than this is late: the evaluations that follow of themselves may have
# gone past all that it changes, so the processor asks for one. Loggers that send every hour are in time.
LATE_SECONDS: Final = HOUR
# The clocks of two Lambdas differ by less.
_CLOCKS_SECONDS: Final = 2
# Longer than the watch may take: a re-evaluation that was claimed longer ago and isn't finished never will be.
DEAD_SECONDS: Final = 6 * MINUTE
_ALL: Final = 0  # readings before 1970 aren't judged over time


class NotAJob(HeliographError):
    """A message of the watch queue isn't one of ours; it goes to the dead-letter queue as it is."""


class DueSite(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site to be evaluated. since: END of the earliest reading that came late, UTC text; empty if it is its turn."""

    site_id: str
    since: str = ""


class EvaluationJob(msgspec.Struct, frozen=True):
    """One message: sites to be evaluated, and when that was asked for, UTC text."""

    at: str
    sites: tuple[DueSite, ...]


_JOBS: Final = msgspec.json.Decoder(EvaluationJob)


def job_text(job: EvaluationJob) -> str:
    """Write a message."""
    return msgspec.json.encode(job).decode()


def read_job(text: str) -> EvaluationJob:
    """Read a message.

    Raises:
        NotAJob: it isn't one.
    """
    try:
        job = _JOBS.decode(text)
        for moment in (job.at, *(due_site.since for due_site in job.sites if due_site.since)):
            end_of(moment)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotAJob(f"the message doesn't ask for evaluations: {error}") from None
    return job


def jobs_of(at: int, due_sites: Iterable[DueSite], group: int) -> list[EvaluationJob]:
    """Put due sites into messages of up to `group` sites. at: when they are asked for, seconds since 1970."""
    wanted, moment = list(due_sites), text_of(at)
    return [EvaluationJob(moment, tuple(wanted[first : first + group])) for first in range(0, len(wanted), group)]


def due_slots(last: int | None, now: int, period: int) -> list[tuple[int, list[int]]]:
    """Return what has become due since the last tick: minutes, seconds since 1970, each with its slots.

    After missed ticks each slot comes once, with the first minute it was missed in, so that its evaluation goes back to
    it.
    last: the minute of the last tick; None where there was none. period: minutes in a cycle, a divisor of 60.
    """
    final = now // MINUTE
    first = final if last is None else last // MINUTE + 1
    minutes = range(first, min(final, first + period - 1) + 1)
    return [
        (minute * MINUTE, [slot for slot in range(SLOTS) if slot % period == minute % period]) for minute in minutes
    ]


def late_since(end: str, stored_at: datetime) -> bool:
    """Return whether a reading was stored late. end: END of its interval, UTC text."""
    return end < text_of(int(stored_at.astimezone(UTC).timestamp()) - LATE_SECONDS)


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
    another, None where it didn't. retention_seconds: how long readings are kept from their landing; 0 where nobody
    asks.
    """

    now: int
    period: int
    mine: int | None = None
    retention_seconds: int = 0


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

    Readings in time are stored within LATE of their end, and change what is up to CONTEXT before it; the next
    evaluation comes a period later, and doesn't judge that any more. Five minutes more cover clocks and reads that lag.
    """
    return CONTEXT_SECONDS + LATE_SECONDS + (period + 5) * MINUTE


def plan(due_site: DueSite, at: int, last: Reevaluation | None, clock: Clock) -> EvaluationPlan | None:
    """Plan an evaluation, or return None where a re-evaluation has seen, or is about to see, all that it would.

    at: when it was asked for. last: the site's last re-evaluation, None where there was none.
    """
    if last is None:
        return _reevaluation(_ALL)
    is_scheduled = not due_site.since
    scheduled_from = at - judged_seconds(clock.period)
    needed = scheduled_from + CONTEXT_SECONDS if is_scheduled else max(_ALL, end_of(due_site.since))
    is_dead = not last.done and (last.turn == clock.mine or clock.now - last.began > DEAD_SECONDS)
    is_covered = last.since <= needed and last.began > at + _CLOCKS_SECONDS
    is_in_time = clock.now - at <= HOUR
    if is_covered and not is_dead:
        return None
    if is_scheduled and is_in_time and not is_dead:
        return EvaluationPlan(scheduled_from, None)
    since = needed if is_scheduled else widened(needed, clock.now)
    return _reevaluation(since if last.done else min(since, last.since))


def widened(since: int, now: int) -> int:
    """Return how far back to re-evaluate for a reading as old as `since`: twice as far.

    What comes late seldom comes alone. So files that land newest first want a re-evaluation each time their age has
    doubled, and not each time a file is older than the last; to read where there is nothing costs nothing.
    """
    return max(_ALL, since - max(0, now - since))


def _reevaluation(since: int) -> EvaluationPlan:
    return EvaluationPlan(since - CONTEXT_SECONDS, since)
