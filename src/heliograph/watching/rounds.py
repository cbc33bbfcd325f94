"""Which sites are due when, and the evaluation jobs on the watch queue.

Each site has a slot of the hour's 60 minutes. A round takes as many minutes as the period, and each of them its share
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

# A reading stored longer after its interval's end than this is late: the looks that follow of themselves may have gone
# past all that it changes, so the processor asks for one. Loggers that send every hour are in time.
LATE_SECONDS: Final = HOUR


class NotACall(HeliographError):
    """A message of the watch queue isn't one of ours; it goes to the dead-letter queue as it is."""


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site to be looked at. since: END of the earliest reading that came late, UTC text; empty for a look in turn."""

    site_id: str
    since: str = ""


class Call(msgspec.Struct, frozen=True):
    """One message: sites to be looked at, and when that was asked for, UTC text."""

    at: str
    sites: tuple[Visit, ...]


_CALLS: Final = msgspec.json.Decoder(Call)


def call_text(call: Call) -> str:
    """Write a message."""
    return msgspec.json.encode(call).decode()


def read_call(text: str) -> Call:
    """Read a message.

    Raises:
        NotACall: it isn't one.
    """
    try:
        call = _CALLS.decode(text)
        for moment in (call.at, *(visit.since for visit in call.sites if visit.since)):
            end_of(moment)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotACall(f"the message doesn't ask for looks at sites: {error}") from None
    return call


def calls_of(at: int, visits: Iterable[Visit], group: int) -> list[Call]:
    """Put visits into messages of up to `group` sites. at: when they are asked for, seconds since 1970."""
    wanted, moment = list(visits), text_of(at)
    return [Call(moment, tuple(wanted[first : first + group])) for first in range(0, len(wanted), group)]


def due_slots(last: int | None, now: int, period: int) -> list[tuple[int, list[int]]]:
    """Return what has become due since the last tick: minutes, seconds since 1970, each with its slots.

    After missed ticks each slot comes once, with the first minute it was missed in, so that its look goes back to it.
    last: the minute of the last tick; None where there was none. period: minutes in a round, a divisor of 60.
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
