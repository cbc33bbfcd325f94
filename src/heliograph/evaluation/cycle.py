"""Which sites are due when, and the evaluation jobs on the watch queue.

Each site has a slot of the hour's 60 minutes. A cycle takes as many minutes as the period, and each of them its share
of the slots. A tick that comes late, or after ticks were missed, asks for all that has become due since the last one.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from heliograph.errors import HeliographError
from heliograph.series import end_of, text_of
from heliograph.table_keys import SLOTS

MINUTE: Final = 60
HOUR: Final = 3600

# A reading stored longer after its interval's end than this is late: the evaluations that follow of themselves may have
# gone past all that it changes, so the processor asks for one. Loggers that send every hour are in time.
LATE_SECONDS: Final = HOUR


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
        NotACall: it isn't one.
    """
    try:
        job = _JOBS.decode(text)
        for moment in (job.at, *(due_site.since for due_site in job.sites if due_site.since)):
            end_of(moment)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotAJob(f"the message doesn't ask for evaluations: {error}") from None
    return job


def jobs_of(at: int, due_sites: Iterable[DueSite], group: int) -> list[EvaluationJob]:
    """Put visits into messages of up to `group` sites. at: when they are asked for, seconds since 1970."""
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
