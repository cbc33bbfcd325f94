"""NEM12, the interval data of Australia's electricity market: a 200 record is a channel, a 300 record a day of it.

Source: AEMO, *Meter Data File Format Specification NEM12 & NEM13*, version 2.5: market time is UTC+10 all year; the
quality of a day stands behind its intervals, or, with `V`, in 400 records that say which intervals have which.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from heliograph.errors import UnreadableFile

_DAY_MINUTES: Final = 1440
_STREAMS: Final = "200"
_DAY: Final = "300"
_QUALITIES: Final = "400"
# Where a 200 record has the length of its intervals, minutes.
_LENGTH: Final = 8
_VARIABLE: Final = "V"
_COUNT: Final = re.compile(r"\d{1,4}\Z", re.ASCII)
_RECORDS: Final = frozenset({"100", "200", "300", "400", "500", "900"})


def read_nem12(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a NEM12 file's intervals, each with its line and the columns of `FIXED_COLUMNS`.

    start: `YYYYMMDD` and the minute of its day, as `YYYYMMDD HHMM`. quality: the first letter of the method, such as
    `A`, `E`, `F`, `S` or `N`.

    Raises:
        UnreadableFile: a record that must be there isn't, or one isn't of the format.
    """
    channel: list[str] = []
    day: list[str] = []
    at = 0
    qualities: list[tuple[int, int, str]] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        record = [cell.strip() for cell in line.split(",")]
        kind = record[0]
        if not any(record):
            continue
        if kind not in _RECORDS:
            raise UnreadableFile(f"line {number} begins with {kind[:20]!r}, which is no record of NEM12")
        if kind == _QUALITIES:
            qualities.append(_stretch(record, number))
            continue
        if day:
            yield from _intervals(channel, day, at, qualities)
        day, qualities = [], []
        if kind == _STREAMS:
            channel = _channel(record, number)
        elif kind == _DAY:
            if not channel:
                raise UnreadableFile(f"line {number} is a 300 record, and no 200 record before it names its channel")
            day, at = record, number
    if day:
        yield from _intervals(channel, day, at, qualities)


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
        yield (
            at,
            {
                "nmi": channel[1],
                "channel": channel[4] or channel[3],
                "start": f"{day[1]} {hour:02d}{minute:02d}",
                "seconds": minutes * 60,
                "value": day[index + 2],
                "unit": channel[7],
                "quality": marks[index],
            },
        )
