"""Values written in other ways than the strict ones, as far as they can mean one thing only.

This is tried only where the strict reading failed, so it costs files in the strict form nothing: whole numbers as site
ids, numbers as text, the hour 24, `UTC` and space around a time's parts, seconds and milliseconds since 1970, local
time.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from heliograph.errors import ReadingError
from heliograph.feed.records import NUMBER, read_number
from heliograph.reading import format_timestamp, short, split_timestamp, utc_text

# A date, the hour, the rest of the time, and the offset or the name of UTC.
_TIME: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d[Tt ]|\d{8}T)(?P<hour>\d\d)(?P<rest>:?\d\d(?::?\d\d)?(?:[.,]\d+)?)"
    r" ?(?P<offset>UTC|GMT|Z|[+-]\d\d(?::?[0-5]\d)?)?\Z",
    re.ASCII | re.IGNORECASE,
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_END_OF_DAY: Final = "24"
_UTC_NAMES: Final = frozenset({"UTC", "GMT"})
# No time is longer, and what is read is remembered.
_LONGEST: Final = 64
_WHOLE: Final = re.compile(r"[+-]?\d+(?:\.\d*)?\Z", re.ASCII)
# Seconds since 1970 from 2001 on, the first with ten digits. They end in 2036: from 2,101,010,000 on they may also be a
# date written YYMMDDhhmm. Milliseconds have three digits more.
_FIRST_SECOND: Final = 1_000_000_000
_LAST_SECOND: Final = 2_100_000_000
_MILLIS: Final = 1000


def tolerant_site_id(value: object) -> object:
    """Return a whole number as the text that it is written as, text without space around it; all else as it is."""
    if isinstance(value, str):
        return value.strip(" ")
    if type(value) is int or (type(value) is Decimal and value.is_finite() and value.as_tuple().exponent == 0):
        return str(value)
    return value


def tolerant_energy(value: object) -> object:
    """Return the number that a text writes with a decimal point; all else as it is."""
    if isinstance(value, str) and NUMBER.match(text := value.strip()):
        return read_number(text)
    return value


def tolerant_timestamp(value: object) -> object:
    """Return a time as a reading's timestamp, or a local time as a `datetime` without a zone; all else as it is.

    Raises:
        ReadingError: it is a time, and can't be one that a reading has.
    """
    if isinstance(value, str):
        return _of_text(value.strip()) if len(value) <= _LONGEST else value
    if type(value) is int or type(value) is Decimal:
        return _since_1970(value, str(value))
    return value


@lru_cache(maxsize=4096)  # a file of many sites has few times
def _of_text(text: str) -> str | datetime:
    if _WHOLE.match(text):
        return _since_1970(read_number(text), text)
    if _DATE.match(text):
        raise ReadingError(f"timestamp {short(text)} has no time of day; write the interval's end")
    found = _TIME.match(text)
    if not found:
        return text
    date, hour, rest, offset = found.groups()
    is_end = hour == _END_OF_DAY and not rest.strip(":0.,")
    try:
        moment, _ = split_timestamp(f"{date.upper()}{'00' if is_end else hour}{rest}")
    except ReadingError:
        return text  # what the strict reading says of it shows all of it
    try:
        moment += timedelta(days=is_end)
    except OverflowError:
        raise ReadingError(f"timestamp {short(text)} is outside the years 1 to 9999") from None
    if offset is None:
        return moment
    return utc_text(moment, "Z" if offset.upper() in _UTC_NAMES else offset, text)


def _since_1970(value: int | Decimal, written: str) -> str:
    """Return the time that is so many seconds or milliseconds after 1970, distinguished by how many they are.

    Raises:
        ReadingError: it is neither, or has a fraction of a second.
    """
    number = Decimal(value)
    for unit in (1, _MILLIS):
        if number.is_finite() and _FIRST_SECOND * unit <= number < _LAST_SECOND * unit:
            if number % unit or number != number.to_integral_value():
                raise ReadingError(f"timestamp {short(written)} has a fraction of a second; use whole seconds")
            return format_timestamp(datetime.fromtimestamp(int(number) // unit, UTC))
    raise ReadingError(
        f"timestamp {short(written)} is neither ISO 8601 such as 2026-11-28T09:05:00Z, nor seconds (10 digits) or "
        "milliseconds (13 digits) since 1970, from 2001 to 2036"
    )
