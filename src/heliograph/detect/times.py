"""When the rows of an unknown table are: which columns, in which format and zone, starts or ends."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from heliograph.detect.columns import Column, FileTable
from heliograph.detect.dates import RANGE, formats_of, groups_of, read_all, start_and_end, steps_between, texts_of
from heliograph.detect.words import plain, says_end, says_number, says_start
from heliograph.errors import ReadingError
from heliograph.profiles.lengths import usual_steps
from heliograph.profiles.wall_times import WallTime
from heliograph.zones import zone_fault

# How long the intervals of a day are, minutes, by how many there are on a day of 23, 24 or 25 hours.
_NUMBERED: Final = {
    **dict.fromkeys((23, 24, 25), 60), **dict.fromkeys((46, 48, 50), 30), **dict.fromkeys((92, 96, 100), 15),
    **dict.fromkeys((276, 288, 300), 5),
}  # fmt: skip
# Why stamps are starts or ends where only the first and the last of a file tell it.
BY_DAYS: Final = "the file is of whole days by its first and its last stamp"
_SAMPLE: Final = 4000
_FAR_LONGER: Final = 3
_SECONDS: Final = re.compile(r"\d:\d\d:(\d\d)")
# What an end that is the last second or minute of its interval lacks of it.
_LACKS: Final = frozenset({1, 60})
_DAY: Final = timedelta(days=1)
_UTC: Final = re.compile(r"\b(UTC|GMT|Zulu|epoch|unix)\b", re.IGNORECASE)
# A fixed offset may be a zone's in winter, or that of the whole file: a person must say.
_SHIFTED: Final = re.compile(r"(UTC|GMT)\s?[+-]\s?\d", re.IGNORECASE)
_ZONE_NAME: Final = re.compile(
    r"\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_]+(?:/[A-Za-z_]+)?"
)
_ZONE_ABOVE: Final = re.compile(r"time ?zone\W{1,4}(UTC|GMT)\b", re.IGNORECASE)
# The same clock in all of its countries.
_CENTRAL_EUROPE: Final = re.compile(r"\bCET\s?/\s?CEST\b|\bMEZ\s?/\s?MESZ\b")
# Abbreviations behind stamps; those of a zone tell it where both of its clocks stand in the file.
_BEHIND: Final = (
    (frozenset({"UTC", "GMT"}), "UTC"),
    (frozenset({"CET", "CEST"}), "Europe/Brussels"),
    (frozenset({"EST", "EDT"}), "America/New_York"),
    (frozenset({"PST", "PDT"}), "America/Los_Angeles"),
)
_TOA5: Final = "TOA5"


class Times(msgspec.Struct):
    """When rows are.

    columns: of the stamp; number: of the interval's number in its day, where the stamp is a date; until: of its end,
    where the file has both. forms: every format that fits, the likeliest first. wall_times: as the first one reads
    them. zone: `UTC` where the file says it; nothing where stamps have offsets, or nobody knows. has_offset: whether
    each has one. marks: start or end where the file tells it. because: what tells it. beside_sums: an interval's
    length, seconds, where rows stand among them that sum several, such as a day's total; 0 where none does.
    """

    columns: list[str]
    number: str
    until: list[str]
    forms: list[str]
    wall_times: list[WallTime]
    zone: str
    has_offset: bool
    marks: str
    because: str
    beside_sums: int = 0


def times_of(table: FileTable) -> Times | None:
    """Find a table's times; None where it has none that can be read."""
    groups = groups_of(table)
    if not groups:
        return None
    start, until = start_and_end(groups)
    inclusive = False
    ends_alone = bool(until) and _is_odd(texts_of(start)) and not _is_odd(texts_of(until))
    if ends_alone:
        start, until = until, []
    texts = texts_of(start)
    forms = formats_of([text for text in texts if text][:_SAMPLE])
    if not forms:
        return None
    wall_times = read_all(texts, forms[0])
    if until and (inclusive := _is_inclusive(wall_times, texts_of(until), forms[0])):
        until = []
    number = _number(table, start, wall_times)
    has_offset = all(wall_time.offset is not None for wall_time in wall_times)
    zone = "" if has_offset else zone_said(" ".join(column.labels for column in start), table, forms[0], texts)
    shown = _marks_shown(forms[0], ends_alone=ends_alone, inclusive=inclusive)
    marks, because = shown or _marks(start, until, wall_times)
    if not marks and _TOA5 in f"{table.above} {table.names}":
        marks, because = "end", "the file is a TOA5 table of a Campbell logger, which stamps a row as its interval ends"
    if number:
        marks, because = "start", f"{number.name!r} numbers a day's intervals from 1"
        wall_times = _numbered(number, wall_times)
    return Times(
        [c.name for c in start],
        number.name if number else "",
        [c.name for c in until],
        forms,
        wall_times,
        zone,
        has_offset,
        marks,
        because,
        _beside_sums(wall_times, texts_of(until), forms[0]) if until else 0,
    )


def _marks_shown(form: str, *, ends_alone: bool, inclusive: bool) -> tuple[str, str] | None:
    """Return what stamps mark where their own form shows it, and why; None where it doesn't."""
    if form.endswith(RANGE):
        return "start", "each stamp has its interval's start and end"
    if inclusive:
        return "start", "each row has its first and its last second or minute"
    if ends_alone:
        return "end", "each row has its end, and a start some seconds behind its interval's"
    return None


def _numbered(number: Column, wall_times: list[WallTime]) -> list[WallTime]:
    """Return the starts of intervals that a column numbers within their day, from 1."""
    offsets = [int(Decimal(text)) - 1 for text in number.texts()]
    minutes = _minutes_of(offsets)
    return [
        wall_time._replace(local=wall_time.local + timedelta(minutes=minutes * n))
        for wall_time, n in zip(wall_times, offsets, strict=False)
    ]


def _is_odd(texts: Sequence[str]) -> bool:
    """Return whether stamps stand at a second of their minute, all at the same one."""
    seconds = {found[1] for text in texts if (found := _SECONDS.search(text))}
    return len(seconds) == 1 and seconds != {"00"}


def _is_inclusive(starts: Sequence[WallTime], texts: Sequence[str], form: str) -> bool:
    """Return whether ends are the last second or minute of intervals, as 00:29:59 of half an hour."""
    step, lengths = step_of(starts), _lengths(starts, texts, form)
    return step is not None and bool(lengths) and step - Counter(lengths).most_common(1)[0][0] in _LACKS


def _lengths(starts: Sequence[WallTime], texts: Sequence[str], form: str) -> list[int]:
    """Return the length of each row, seconds; none where the ends can't be read. texts: of the ends, in a format."""
    try:
        ends = read_all(texts, form)
    except ReadingError:
        return []
    if len(starts) != len(ends):
        return []
    return [int((end.local - start.local).total_seconds()) for start, end in zip(starts, ends, strict=True)]


def _beside_sums(starts: Sequence[WallTime], texts: Sequence[str], form: str) -> int:
    """Return the usual length of intervals, seconds, where some rows are far longer and span others; else 0.

    texts: of the ends, in a format.
    """
    lengths = _lengths(starts, texts, form)
    if not lengths:
        return 0
    usual, count = Counter(lengths).most_common(1)[0]
    begun = {start.local for start in starts}
    sums = [
        start
        for start, length in zip(starts, lengths, strict=True)
        if length >= _FAR_LONGER * usual and start.local + timedelta(seconds=usual) in begun
    ]
    return usual if usual > 0 and sums and count * 10 >= len(lengths) * 8 else 0


def zone_said(name: str, table: FileTable, form: str, texts: Sequence[str]) -> str:
    """Return the zone that the file says: in the stamps' name or behind each, or above the table; nothing if none."""
    behind = {text.rpartition(" ")[2] for text in texts if text} if form.endswith("%Z") else set()
    for words, zone in _BEHIND:
        if behind and behind <= words and (len(behind) > 1 or zone == "UTC"):
            return zone
    if _UTC.search(plain(name)) and not _SHIFTED.search(name):
        return "UTC"
    if _CENTRAL_EUROPE.search(name):
        return "Europe/Brussels"
    named = {found[0] for found in _ZONE_NAME.finditer(f"{name} {table.above}")}
    named = {each for each in named if not zone_fault(each)}
    if len(named) == 1:
        return named.pop()
    return "UTC" if _ZONE_ABOVE.search(table.above) and not _SHIFTED.search(table.above) else ""


def _number(table: FileTable, start: Sequence[Column], wall_times: Sequence[WallTime]) -> Column | None:
    """Return the column that numbers a day's intervals, where the stamps are only dates."""
    if any(wall_time.local != midnight(wall_time.local) for wall_time in wall_times):
        return None
    for column in table.columns:
        texts = column.texts()
        if (
            column in start
            or not says_number(column.labels)
            or not all(re.fullmatch(r"\d{1,3}(\.0)?", t) for t in texts)
        ):
            continue
        numbers = {int(Decimal(text)) for text in texts}
        if min(numbers, default=0) == 1 and max(numbers) in _NUMBERED:
            return column
    return None


def _minutes_of(offsets: Sequence[int]) -> int:
    return _NUMBERED[max(offsets) + 1]


def _marks(start: list[Column], until: list[Column], wall_times: Sequence[WallTime]) -> tuple[str, str]:
    """Return whether stamps are starts or ends where the file tells it, and why."""
    if until:
        return "start", f"each row has its start and its end ({until[0].name!r})"
    name = " ".join(column.labels for column in start)
    if says_start(name) and not says_end(name):
        return "start", f"the column's name says start ({start[0].name!r})"
    if says_end(name) and not says_start(name):
        return "end", f"the column's name says end ({start[0].name!r})"
    if any(" 24:00" in f" {text}".replace("T", " ") for text in texts_of(start)):
        return "end", "a stamp says 24:00, which is the end of a day's last interval"
    return _marks_by_days(wall_times)


def _marks_by_days(wall_times: Sequence[WallTime]) -> tuple[str, str]:
    """Tell by a file of whole days: starts run from 00:00 to the last interval, ends from the first one to 24:00."""
    local = sorted({wall_time.local for wall_time in wall_times})
    step = step_of(wall_times)
    if not step or len(local) <= 1:
        return "", ""
    length = timedelta(seconds=step)
    first, last = local[0], local[-1]
    if first == midnight(first) and last + length == midnight(last) + _DAY:
        return "start", BY_DAYS
    if first == midnight(first) + length and last == midnight(last):
        return "end", BY_DAYS
    return "", ""


def midnight(moment: datetime) -> datetime:
    """Return the beginning of a moment's day."""
    return datetime.combine(date(moment.year, moment.month, moment.day), datetime.min.time())


def step_of(wall_times: Sequence[WallTime]) -> int | None:
    """Return the one usual step between stamps, seconds; None where there are several, or none."""
    usual = usual_steps([int(step.total_seconds()) for step in steps_between(wall_times)])
    return next(iter(usual)) if len(usual) == 1 else None


def is_regular(wall_times: Sequence[WallTime]) -> bool:
    """Return whether nearly all steps are alike, as of a device that writes by the clock."""
    steps = Counter(steps_between(wall_times))
    return bool(steps) and steps.most_common(1)[0][1] * 10 >= sum(steps.values()) * 8
