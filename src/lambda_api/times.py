"""The times in a request: periods, days and hours, read as people write them and kept as UTC text."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from heliograph.reading import format_timestamp
from lambda_api.problems import invalid

_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_HOUR: Final = re.compile(r"\d{8}T\d\d", re.ASCII)
# In a query a plus means a space, so an unescaped offset +02:00 arrives as " 02:00".
_LOST_PLUS: Final = re.compile(r"(T.+) (\d\d:?\d\d)", re.ASCII)


class Period(msgspec.Struct, frozen=True):
    """Times from `start`, included, to `end`, excluded: UTC text, or None where it is open."""

    start: str | None
    end: str | None

    def holds(self, timestamp: str) -> bool:
        """Return whether `timestamp` is one, and lies in the period."""
        begun = self.start is None or timestamp >= self.start
        return is_timestamp(timestamp) and begun and (self.end is None or timestamp < self.end)


def is_timestamp(text: str) -> bool:
    """Return whether `text` looks as readings' times are stored."""
    return _TIMESTAMP.fullmatch(text) is not None


def parse_period(start: str | None, end: str | None) -> Period:
    """Read a period.

    Raises:
        ProblemRaised: a bound can't be read, or the period holds nothing.
    """
    period = Period(_bound(start, "start"), _bound(end, "end"))
    if period.start is not None and period.end is not None and period.end <= period.start:
        raise invalid("end", f"it must be after start; this is {period.start} to {period.end}")
    return period


def parse_day(text: str) -> str:
    """Read a day as `YYYY-MM-DD`, or raise `ProblemRaised`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise invalid("day", f"{_short(text)} isn't a date, such as 2026-11-22") from None


def parse_hour(text: str) -> str:
    """Read an hour as `YYYYMMDDTHH`, or raise `ProblemRaised`."""
    try:
        if _HOUR.fullmatch(text):
            return hour_of(datetime.fromisoformat(text))
    except ValueError:
        pass
    raise invalid("hour", f"{_short(text)} isn't a UTC hour, such as 20261122T09") from None


def hour_of(moment: datetime) -> str:
    """Write the hour of a moment in UTC as `YYYYMMDDTHH`."""
    return moment.isoformat()[:13].replace("-", "")


def _bound(text: str | None, field: str) -> str | None:
    if text is None:
        return None
    try:
        return format_timestamp(_whole_second(_moment(text, field)))
    except OverflowError:
        raise invalid(field, f"{_short(text)} is outside the years 1 to 9999 in UTC") from None


def _moment(text: str, field: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time.min, UTC)
    except ValueError:
        return parse_moment(text, field)  # not a date alone


def parse_moment(text: str, field: str) -> datetime:
    """Read a date and time with its offset, or raise `ProblemRaised` that names `field`."""
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except ValueError:
        wanted = "a date, or a date and time with its offset, such as 2026-11-22T09:00:00Z"
        raise invalid(field, f"{_short(text)} isn't {wanted}") from None
    if moment.tzinfo is None:
        raise invalid(field, f"{_short(text)} has no offset; add Z for UTC, or one like -08:00")
    return moment


def _whole_second(moment: datetime) -> datetime:
    """Round up to a whole second; readings lie on whole seconds, so the same ones are in the period."""
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment


def _short(text: str, length: int = 40) -> str:
    return ascii(text if len(text) <= length else text[:length] + "…")
