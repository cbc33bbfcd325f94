"""NEM12, the interval data of Australia's electricity market: a 200 record is a channel, a 300 record a day of it.

Source: AEMO, *Meter Data File Format Specification NEM12 & NEM13*, version 2.5: market time is UTC+10 all year; the
quality of a day stands behind its intervals, or, with `V`, in 400 records that say which intervals have which.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from heliograph.errors import UnreadableFile

_DAY_MINUTES: Final = 1440
_STREAMS: Final = "200"
_DAY: Final = "300"
_QUALITIES: Final = "400"
_HEAD: Final = "100"
_END: Final = "900"
# Days without a record that are named one by one; over more the meter wasn't read, or another stretch begins.
_MOST_MISSING: Final = 400
# Where a 200 record has the length of its intervals, minutes.
_LENGTH: Final = 8
_VARIABLE: Final = "V"
_COUNT: Final = re.compile(r"\d{1,4}\Z", re.ASCII)
_RECORDS: Final = frozenset({"100", "200", "300", "400", "500", "900"})


def read_nem12(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a NEM12 file's intervals, each with its line and the columns of `FIXED_COLUMNS`.

    start: `YYYYMMDD` and the minute of its day, as `YYYYMMDD HHMM`. quality: the first letter of the method, such as
    `A`, `E`, `F`, `S` or `N`. A day whose 300 record is missing between others is a row with a value that is none.

    Raises:
        UnreadableFile: a record that must be there isn't, or one isn't of the format.
    """
    channel: list[str] = []
    day: list[str] = []
    at = last = 0
    qualities: list[tuple[int, int, str]] = []
    for number, kind, record in _records(text):
        if kind == _QUALITIES:
            qualities.append(_stretch(record, number))
            continue
        if day:
            yield from _intervals(channel, day, at, qualities)
        day, qualities = [], []
        if kind in {_STREAMS, _END} and channel and not last:
            raise UnreadableFile(f"line {number} follows a 200 record that has no 300 record: its days are missing")
        if kind == _STREAMS:
            channel, last = _channel(record, number), 0
        elif kind == _DAY:
            if not channel:
                raise UnreadableFile(f"line {number} is a 300 record, and no 200 record before it names its channel")
            yield from _missing_days(channel, last, _date(record, number), number)
            day, at, last = record, number, _date(record, number)
    if day:
        yield from _intervals(channel, day, at, qualities)


def _records(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Return a file's records, each with its line and its kind.

    Raises:
        UnreadableFile: a line is none, or the file has a beginning and no end.
    """
    kinds = {""}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        record = [cell.strip() for cell in line.split(",")]
        kind = record[0]
        if not any(record):
            continue
        if kind not in _RECORDS:
            raise UnreadableFile(f"line {number} begins with {kind[:20]!r}, which is no record of NEM12")
        kinds.add(kind)
        yield number, kind, record
    if _HEAD in kinds and _END not in kinds:
        raise UnreadableFile("the file begins with a 100 record and has no 900 record at its end: it is cut short")


def _date(record: list[str], number: int) -> int:
    """Return the ordinal of a 300 record's date.

    Raises:
        UnreadableFile: it has none.
    """
    text = record[1] if len(record) > 1 else ""
    try:
        return datetime.strptime(text, "%Y%m%d").toordinal()  # noqa: DTZ007 - a date of market time
    except ValueError:
        raise UnreadableFile(f"line {number} is a 300 record with the date {text[:20]!r}; it is YYYYMMDD") from None


def _missing_days(channel: list[str], last: int, now: int, at: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give each day that has no 300 record between two that have one as a row that says so; it will be rejected."""
    missing = range(last + 1, now) if last and now - last <= _MOST_MISSING else range(0)
    for day in missing:
        start = f"{date.fromordinal(day):%Y%m%d} 0000"
        seconds = int(channel[_LENGTH]) * 60
        yield at, _cells(channel, start, seconds, f"no 300 record of {start[:8]}", "A")


def _channel(record: list[str], number: int) -> list[str]:
    """Return a 200 record once its interval length is known to be one.

    Raises:
        UnreadableFile: it isn't.
    """
    length = record[_LENGTH] if len(record) > _LENGTH else ""
    if not _COUNT.match(length) or int(length) not in {5, 15, 30}:
        raise UnreadableFile(f"line {number} is a 200 record with the interval length {length!r}; it is 5, 15 or 30")
    return record


def _stretch(record: list[str], number: int) -> tuple[int, int, str]:
    first, last, method = (*record[1:4], "", "", "")[:3]
    if not (_COUNT.match(first) and _COUNT.match(last) and 1 <= int(first) <= int(last)):
        raise UnreadableFile(f"line {number} is a 400 record without the intervals that it is of")
    return int(first), int(last), method


def _intervals(
    channel: list[str], day: list[str], at: int, qualities: list[tuple[int, int, str]]
) -> Iterator[tuple[int, dict[str, Any]]]:
    minutes = int(channel[_LENGTH])
    count = _DAY_MINUTES // minutes
    if len(day) < count + 3:
        raise UnreadableFile(
            f"line {at} is a 300 record with {max(0, len(day) - 2)} values; a day of {minutes} minutes has {count}"
        )
    whole = day[count + 2]
    marks = [whole[:1]] * count
    if whole == _VARIABLE:
        if not qualities:
            raise UnreadableFile(f"line {at} says that its quality varies, and no 400 record behind it says how")
        for first, last, method in qualities:
            marks[first - 1 : last] = [method[:1]] * len(marks[first - 1 : last])
    for index in range(count):
        hour, minute = divmod(index * minutes, 60)
        start = f"{day[1]} {hour:02d}{minute:02d}"
        yield at, _cells(channel, start, minutes * 60, day[index + 2], marks[index])


def _cells(channel: list[str], start: str, seconds: int, value: str, quality: str) -> dict[str, Any]:
    return {
        "nmi": channel[1],
        "channel": channel[4] or channel[3],
        "start": start,
        "seconds": seconds,
        "value": value,
        "unit": channel[7],
        "quality": quality,
    }
