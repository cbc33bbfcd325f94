"""From a stamp as a file writes it to a moment: formats, hour 24, time zones, and the hour that comes twice.

A stamp without an offset is read in its profile's zone. When summer time ends, an hour's stamps come twice; which is
which is told by their order in the file. A stamp that the clocks skipped in spring is the same moment an hour on.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from heliograph.errors import ReadingError

_FIELDS: Final = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d\d)",
    "%m": r"(?P<m>\d\d?)",
    "%d": r"(?P<d>\d\d?)",
    "%b": r"(?P<b>[^\W\d_]{3,9})\.?",
    "%H": r"(?P<H>\d\d?)",
    "%I": r"(?P<I>\d\d?)",
    "%M": r"(?P<M>\d\d)",
    "%S": r"(?P<S>\d\d)(?:[.,]0+)?",
    "%p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "%z": r"(?P<z>Z|[+-]\d\d:?\d\d)",
    "%Z": r"(?![AaPp]\.?[Mm]\b)[A-Za-z]{1,5}",
    "%*": r".*",
    "%%": "%",
}
_ISO: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ]\s?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r"\s?([Zz]|UTC|[+-]\d\d(?::?\d\d)?)?\Z",
    re.ASCII,
)
# Month names as loggers write them, by their first three letters: English, German, Dutch, French, Spanish, Portuguese,
# Italian.
_MONTHS: Final = {
    **dict.fromkeys(("jan", "ene", "gen"), 1),
    **dict.fromkeys(("feb", "fev", "fév"), 2),
    **dict.fromkeys(("mar", "mär", "maa", "mrt", "mae"), 3),
    **dict.fromkeys(("apr", "avr", "abr"), 4),
    **dict.fromkeys(("may", "mai", "mei", "mag"), 5),
    **dict.fromkeys(("jun", "giu"), 6),
    **dict.fromkeys(("jul", "lug"), 7),
    **dict.fromkeys(("aug", "aoû", "aou", "ago"), 8),
    **dict.fromkeys(("sep", "set"), 9),
    **dict.fromkeys(("oct", "okt", "out", "ott"), 10),
    "nov": 11,
    **dict.fromkeys(("dec", "dez", "déc", "dic"), 12),
}
_HOUR_24: Final = (24, 0, 0)
_TWICE: Final = 2
# Epochs outside these are something else: 2000-01-01 to 2100-01-01.
_EPOCHS: Final = range(946_684_800, 4_102_444_800)


class WallTime(NamedTuple):
    """A stamp that is read. local: date and time as it stands. offset: from UTC, seconds; None if it has none."""

    local: datetime
    offset: int | None


def parser_of(form: str) -> Callable[[str], WallTime]:
    """Return what reads the stamps of a format: `iso`, `epoch`, `epoch_ms`, or one such as `%d.%m.%Y %H:%M`.

    `%*` in it stands for anything, such as an end behind the start.

    What it returns raises `ReadingError` for a stamp that isn't of the format.
    """
    if form == "iso":
        return _iso
    if form in {"epoch", "epoch_ms"}:
        return lambda text: _epoch(text, 1000 if form == "epoch_ms" else 1)
    pattern = _pattern(form)
    return lambda text: _by_pattern(text, pattern, form)


@lru_cache(maxsize=4096)
def _pattern(form: str) -> re.Pattern[str]:
    parts = re.split(r"(%.)", form)
    return re.compile(r"\s*" + "".join(_FIELDS.get(part, re.escape(part)) for part in parts) + r"\s*\Z")


@lru_cache(maxsize=8192)
def _iso(text: str) -> WallTime:
    found = _ISO.match(text.strip())
    if not found:
        raise ReadingError(f"the time {text[:40]!r} isn't an ISO 8601 date and time")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if fraction and fraction.strip("0"):
        raise ReadingError(f"the time {text[:40]!r} has a fraction of a second; whole seconds are stored")
    parts = tuple(int(part or 0) for part in (year, month, day, hour, minute, second))
    return WallTime(_moment(text, parts), _offset(offset))


def _by_pattern(text: str, pattern: re.Pattern[str], form: str) -> WallTime:
    found = pattern.match(text)
    if not found:
        raise ReadingError(f"the time {text[:40]!r} isn't of the format {form}")
    part = found.groupdict()
    year = int(part["Y"]) if part.get("Y") else 2000 + int(part["y"])
    month = int(part["m"]) if part.get("m") else _MONTHS.get((part.get("b") or "")[:3].lower(), 0)
    hour = int(part.get("H") or part.get("I") or 0)
    if part.get("p"):
        hour = hour % 12 + (12 if part["p"] in "Pp" else 0)
    parts = (year, month, int(part.get("d") or 1), hour, int(part.get("M") or 0), int(part.get("S") or 0))
    moment = _moment(text, parts)
    return WallTime(moment, _offset(part.get("z")))


def _moment(text: str, parts: tuple[int, ...]) -> datetime:
    """Return the date and time of a year, month, day, hour, minute and second; 24:00 is 00:00 of the next day.

    Raises:
        ReadingError: there is none such.
    """
    is_midnight = parts[3:] == _HOUR_24
    try:
        day = datetime(*parts[:3])  # type: ignore[arg-type]  # noqa: DTZ001 - its zone isn't known yet
        hour, minute, second = parts[3:]
        return day + timedelta(days=1) if is_midnight else day.replace(hour=hour, minute=minute, second=second)
    except (ValueError, OverflowError) as error:
        raise ReadingError(f"the time {text[:40]!r} is no date and time: {error}") from None


def _offset(text: str | None) -> int | None:
    if not text:
        return None
    if text in {"Z", "z", "UTC"}:
        return 0
    hours, minutes = int(text[1:3]), int(text.replace(":", "")[3:5] or 0)
    return (-1 if text[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def _epoch(text: str, scale: int) -> WallTime:
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ReadingError(f"the time {text[:40]!r} isn't a number of seconds since 1970") from None
    # Compared as it is: a few characters can write a number of a million digits.
    if not value.is_finite() or not _EPOCHS.start * scale <= value < _EPOCHS.stop * scale:
        raise ReadingError(f"the time {text[:40]!r} isn't between the years 2000 and 2100")
    seconds = value / scale
    if seconds != int(seconds):
        raise ReadingError(f"the time {text[:40]!r} has a fraction of a second; whole seconds are stored")
    return WallTime(datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None), 0)


def later(wall_time: WallTime, by: timedelta) -> WallTime:
    """Return the wall time that is some time after another.

    Raises:
        ReadingError: it is behind the year 9999, which some files write for "no end".
    """
    try:
        return wall_time._replace(local=wall_time.local + by)
    except OverflowError:
        raise ReadingError(f"the time {wall_time.local} and {by} is behind the year 9999") from None


def time_text(cells: Sequence[Any]) -> str:
    """Return the text of a stamp's cells, joined by a space; a workbook's dates are written as ISO 8601."""
    texts = []
    for cell in cells:
        if isinstance(cell, datetime):
            texts.append(cell.isoformat(sep=" "))
        elif isinstance(cell, date) or hasattr(cell, "isoformat"):
            texts.append(cell.isoformat())
        else:
            texts.append(str(cell).strip())
    return " ".join(text for text in texts if text)


def resolved(wall_times: Sequence[WallTime], keys: Sequence[Hashable], zone: tzinfo | None) -> list[int | None]:
    """Return each stamp's moment, seconds since 1970; None where its order can't tell which of two hours it is in.

    wall_times: in the file's order. keys: what each is of; of one key an hour has each stamp once, or twice when summer
    time ends. zone: of stamps without an offset; UTC where it is None.
    """
    falling = _is_falling(wall_times)
    seen: Counter[tuple[Hashable, datetime]] = Counter()
    total: Counter[tuple[Hashable, datetime]] = Counter()
    twice = [
        wall_time.offset is None and zone is not None and _is_twice(wall_time.local, zone) for wall_time in wall_times
    ]
    for wall_time, key, is_twice in zip(wall_times, keys, twice, strict=True):
        if is_twice:
            total[key, wall_time.local] += 1
    moments: list[int | None] = []
    for wall_time, key, is_twice in zip(wall_times, keys, twice, strict=True):
        fold = 0
        if is_twice:
            order, count = seen[key, wall_time.local], total[key, wall_time.local]
            seen[key, wall_time.local] += 1
            fold = (count - 1 - order) if falling else order
            if count > _TWICE:
                moments.append(None)
                continue
        moments.append(seconds_of(wall_time, zone, fold))
    return moments


def seconds_of(wall_time: WallTime, zone: tzinfo | None, fold: int = 0) -> int:
    """Return a stamp's moment, seconds since 1970. fold: 1 for the later one of an hour that comes twice."""
    if wall_time.offset is not None:
        return int(wall_time.local.replace(tzinfo=UTC).timestamp()) - wall_time.offset
    return int(wall_time.local.replace(tzinfo=zone or UTC, fold=fold).timestamp())


def _is_twice(local: datetime, zone: tzinfo) -> bool:
    early = local.replace(tzinfo=zone, fold=0).utcoffset()
    late = local.replace(tzinfo=zone, fold=1).utcoffset()
    return early is not None and late is not None and early > late


def _is_falling(wall_times: Sequence[WallTime]) -> bool:
    """Return whether a file's newest rows stand first."""
    pairs = pairwise(wall_times)
    return sum((before.local < after.local) - (before.local > after.local) for before, after in pairs) < 0
