"""From a stamp as a file writes it to a moment: formats, hour 24, time zones, and the hour that comes twice.

A stamp without an offset is read in its profile's zone. When summer time ends, an hour's stamps come twice; which is
which their order in the file decides. A stamp that the clocks skipped in spring is the same moment an hour on.
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
# In the order of a date's parts.
_NUMBERS: Final = ("%Y", "%m", "%d", "%H", "%M", "%S")
_PLAIN_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?\Z", re.ASCII)
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
# Two stamps with a weekday and a month in full take half of it; the search is quadratic in what `%*` passes over.
_LONGEST_TEXT: Final = 200
_HOUR_24: Final = (24, 0, 0)
_TWICE: Final = 2
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - taken from local times
_DAY_SECONDS: Final = 86_400
_QUARTER_DAY: Final = timedelta(hours=6)
_FRACTION: Final = re.compile(r"(:\d\d)[.,]\d{1,9}")
# How many of an epoch's units a second has.
EPOCH_SCALES: Final = {"epoch": 1, "epoch_ms": 1000, "epoch_us": 1_000_000, "epoch_ns": 1_000_000_000}
# Epochs outside these are something else: 2000-01-01 to 2100-01-01.
_EPOCHS: Final = range(946_684_800, 4_102_444_800)


class WallTime(NamedTuple):
    """A stamp that is read. local: date and time as it stands. offset: from UTC, seconds; None if it has none."""

    local: datetime
    offset: int | None


def parser_of(form: str) -> Callable[[str], WallTime]:
    """Return what reads the stamps of a format: `iso`, an epoch, or one such as `%d.%m.%Y %H:%M`.

    `%*` in it stands for anything, such as an end behind the start.

    What it returns raises `ReadingError` for a stamp that isn't of the format.
    """
    if form == "iso":
        return _simple_iso
    if form in EPOCH_SCALES:
        return lambda text: _epoch(text, EPOCH_SCALES[form])
    pattern = _pattern(form)
    return _quick(pattern, form) or (lambda text: _by_pattern(text, pattern, form))


def cut_to_seconds(form: str) -> Callable[[str], WallTime]:
    """Return what reads the stamps of a format without their fractions of a second, for what stood at an instant.

    What it returns raises `ReadingError` for a stamp that isn't of the format.
    """
    parse, scale = parser_of(form), EPOCH_SCALES.get(form)

    def read(text: str) -> WallTime:
        if scale is None:
            return parse(_FRACTION.sub(r"\1", text))
        digits = text.partition(".")[0]
        return parse(f"{int(digits) // scale * scale}" if digits.isdigit() else text)

    return read


def _quick(pattern: re.Pattern[str], form: str) -> Callable[[str], WallTime] | None:
    """Return what reads the stamps of a format that has only numbers, as nearly all have; None for another one."""
    fields = re.findall("%.", form)
    if not {"%Y", "%m", "%d"} <= set(fields) or not set(fields) <= set(_NUMBERS):
        return None
    places = [fields.index(field) for field in _NUMBERS if field in fields]
    if [field in fields for field in _NUMBERS] != sorted((field in fields for field in _NUMBERS), reverse=True):
        return None
    match = pattern.match

    def read(text: str) -> WallTime:
        if (found := match(text)) is not None:
            numbers = found.groups()
            try:
                return WallTime(datetime(*[int(numbers[place]) for place in places]), None)  # type: ignore[arg-type]  # noqa: DTZ001 - its zone isn't known yet
            except ValueError:
                pass  # hour 24, or none at all
        return _by_pattern(text, pattern, form)

    return read


def _simple_iso(text: str) -> WallTime:
    if _PLAIN_ISO.match(text):
        try:
            return WallTime(datetime.fromisoformat(text[:19]), 0 if text[-1] == "Z" else None)
        except ValueError:
            pass
    return _iso(text)


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
    found = pattern.match(text) if len(text) <= _LONGEST_TEXT else None
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


def resolved(
    wall_times: Sequence[WallTime], key_of: Callable[[int], Hashable], zone: tzinfo | None
) -> list[int | None]:
    """Return each stamp's moment, seconds since 1970; None where its order can't tell which of two hours it is in.

    wall_times: in the file's order. key_of: what a place's is of; of one key an hour has each stamp once, or twice when
    summer time ends. zone: of stamps without an offset; UTC where it is None.
    """
    offsets = _Offsets(zone)
    # The rows of a moment share what was read of its text.
    known = {id(each): each for each in wall_times}
    single = {key: None if offsets.has_twice(each) else offsets.seconds(each) for key, each in known.items()}
    moments = [single[id(each)] for each in wall_times]
    places = [at for at, moment in enumerate(moments) if moment is None]
    if not places:
        return moments
    falling = _is_falling(wall_times)
    keys = [(key_of(at), wall_times[at].local) for at in places]
    total = Counter(keys)
    seen: Counter[tuple[Hashable, datetime]] = Counter()
    for at, key in zip(places, keys, strict=True):
        fold = (total[key] - 1 - seen[key]) if falling else seen[key]
        seen[key] += 1
        moments[at] = None if total[key] > _TWICE else seconds_of(wall_times[at], zone, fold)
    return moments


class _Offsets:
    """A zone's offsets by day, so that a file of a thousand stamps asks the zone once a day."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._by_day: dict[date, int | None] = {}

    def has_twice(self, wall_time: WallTime) -> bool:
        """Return whether the clocks show a date and time twice."""
        local, zone = wall_time.local, self._zone
        if wall_time.offset is not None or zone is None:
            return False
        return self._of(local) is None and is_twice(local, zone)

    def seconds(self, wall_time: WallTime) -> int:
        """Return a stamp's moment, the earlier one of two, seconds since 1970."""
        offset = wall_time.offset
        if offset is None:
            offset = self._of(wall_time.local)
        if offset is None:
            return seconds_of(wall_time, self._zone)
        since = wall_time.local - _EPOCH
        return since.days * _DAY_SECONDS + since.seconds - offset

    def _of(self, local: datetime) -> int | None:
        """Return the offset of a whole day, seconds; None of one on which it changes."""
        day = local.date()
        if day not in self._by_day:
            self._by_day[day] = _offset_of(day, self._zone)
        return self._by_day[day]


def _offset_of(day: date, zone: tzinfo | None) -> int | None:
    if zone is None:
        return 0
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        around = [(midnight + quarter * _QUARTER_DAY).utcoffset() for quarter in range(-1, 6)]
    except OverflowError:
        return None
    known = around[0]
    return int(known.total_seconds()) if known is not None and around.count(known) == len(around) else None


def seconds_of(wall_time: WallTime, zone: tzinfo | None, fold: int = 0) -> int:
    """Return a stamp's moment, seconds since 1970. fold: 1 for the later one of an hour that comes twice."""
    if wall_time.offset is not None:
        return int(wall_time.local.replace(tzinfo=UTC).timestamp()) - wall_time.offset
    return int(wall_time.local.replace(tzinfo=zone or UTC, fold=fold).timestamp())


def is_twice(local: datetime, zone: tzinfo) -> bool:
    """Return whether a zone's clocks show a date and time twice."""
    early = local.replace(tzinfo=zone, fold=0).utcoffset()
    late = local.replace(tzinfo=zone, fold=1).utcoffset()
    return early is not None and late is not None and early > late


def _is_falling(wall_times: Sequence[WallTime]) -> bool:
    """Return whether a file's newest rows stand first."""
    pairs = pairwise(wall_times)
    return sum((before.local < after.local) - (before.local > after.local) for before, after in pairs) < 0
