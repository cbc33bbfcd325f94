"""The simulator's event: the tick that has just ended, or a past period."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from heliograph.errors import HeliographError, ReadingError
from heliograph.reading import moment_of, parse_timestamp
from lambda_simulator.energy import INTERVAL
from lambda_simulator.tick import floor_to_tick, ticks_between

LONGEST: Final = timedelta(days=366)

Batch = Sequence[datetime]


class EventError(HeliographError):
    """An event asks for something the simulator can't do."""


def batches_of(event: Mapping[str, Any], now: datetime) -> list[Batch]:
    """Return the ticks an event asks for, a batch for each raw file.

    With `from` and `to` (ISO 8601 with an offset) these are the intervals that lie in that period, an hour a file. Else
    it is the one tick that ended last at the event's `time`, or at `now` where it has none.

    Raises:
        EventError: a time can't be read, only one end is given, the period ends before it begins or is over 366 days.
    """
    if "from" in event or "to" in event:
        return _hours(ticks_between(*_period(event)))
    return [[floor_to_tick(_moment(event, "time") if event.get("time") else now)]]


def _period(event: Mapping[str, Any]) -> tuple[datetime, datetime]:
    if not ("from" in event and "to" in event):
        raise EventError("a period needs both from and to")
    start, end = _moment(event, "from"), _moment(event, "to")
    if start > end:
        raise EventError(f"the period ends before it begins: from {event['from']} to {event['to']}")
    if end - start > LONGEST:
        raise EventError(f"the period is {(end - start).days} days long; fill at most {LONGEST.days} at a time")
    return start, end


def _moment(event: Mapping[str, Any], name: str) -> datetime:
    try:
        return moment_of(parse_timestamp(event[name]))
    except ReadingError as error:
        raise EventError(f"{name}: {error}") from None


def _hours(ticks: Iterator[datetime]) -> list[Batch]:
    return [list(batch) for _, batch in groupby(ticks, key=lambda tick_end: (tick_end - INTERVAL).replace(minute=0))]
