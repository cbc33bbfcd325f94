"""Columns of dates and times: which make a stamp, which is the start and which the end, and in which formats."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from heliograph.detect.columns import Column, FileTable, start_of_range
from heliograph.detect.words import plain, says_end, says_start
from heliograph.errors import ReadingError
from heliograph.profiles.amounts import is_no_value
from heliograph.profiles.wall_times import WallTime, cut_to_seconds, time_text

# Day before month and month before day, each with what may stand between; years of four digits and of two.
_DATES: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d %m %Y", "%Y %m %d", "%d.%m.%Y.",
    "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d.%m.%y",
    "%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%d %b %y", "%b %d, %Y", "%b %d %Y", "%d.%b.%Y", "%d. %b %Y", "%Y.%m.%d.",
    "%d/%b/%Y",
)  # fmt: skip
_CLOCKS: Final = (
    "", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %I:%M%p", "T%H:%M:%S", "T%H:%M", " %H%M", ", %H:%M",
    ", %H:%M:%S",
    ", %I:%M %p", ", %I:%M:%S %p", " %H", " %H %M", " %I %p", " %I%p",
)  # fmt: skip
_OFFSETS: Final = ("", " %z", "%z", " %Z", " %Z%z")
# A date and time in columns of their own, by their names.
_PARTS: Final = (
    ("year", "yr", "jahr", "jaar", "annee", "ano", "anno", "ar", "yyyy"),
    ("month", "mon", "monat", "maand", "mois", "mes", "mese", "manad", "maned"),
    ("day", "dom", "tag", "dag", "jour", "dia", "giorno", "day of month"),
    ("hour", "hr", "stunde", "uur", "heure", "hora", "ora", "timme", "time", "godzina", "tunti", "hour of day"),
    ("minute", "minuut", "minuto", "min"),
)
_DATE_PARTS: Final = 3
_HOURS: Final = 24
# What a format has behind the start, where a cell has an interval's end, too.
RANGE: Final = "%*"
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
# So many stamps tell which formats they may have, and so many such samples are taken in case one is of no day.
_CHUNK: Final = 5
_CHUNKS: Final = 4
_SAMPLE: Final = 200
_BOTH_ENDS: Final = 2
_A_MINUTE: Final = timedelta(minutes=1)


def texts_of(columns: Sequence[Column]) -> list[str]:
    """Return the stamp of each row as text."""
    return [time_text([column.cells[i] for column in columns]) for i in range(len(columns[0].cells))]


def groups_of(table: FileTable) -> list[list[Column]]:
    """Return the columns that make a stamp: a date, and the time of day next to it where there is one."""
    columns = table.columns
    parts = _date_parts(columns)
    if parts and not any(column.is_date() for column in columns if column not in parts):
        return [parts]
    groups: list[list[Column]] = []
    for index, column in enumerate(columns):
        if not column.is_date():
            continue
        clocks = [each for each in columns if each.is_clock() or _is_hour(each)]
        near = [each for each in columns[index + 1 : index + 3] if each in clocks]
        # From and until in any place: the first of two is the start.
        near = near or (clocks[:1] if len(clocks) <= _BOTH_ENDS else [])
        whole = any(
            ":" in text or isinstance(cell, datetime)
            for text, cell in zip(column.texts()[:50], column.cells, strict=False)
        )
        groups.append([column, near[0]] if near and not whole else [column])
    distinct = [group for group in groups if len(set(texts_of(group))) > 1]
    return distinct or groups


def _date_parts(columns: Sequence[Column]) -> list[Column]:
    """Return the columns of year, month, day, hour and minute, where a table has at least the first three."""
    named = {plain(column.name): column for column in columns if _is_whole(column)}
    found = [next((named[word] for word in words if word in named), None) for words in _PARTS]
    first = found.index(None) if None in found else len(found)
    return [column for column in found[:first] if column] if first >= _DATE_PARTS else []


def _is_hour(column: Column) -> bool:
    """Return whether a column holds the hours of a day from 0."""
    if plain(column.name) not in _PARTS[3] or not _is_whole(column):
        return False
    hours = {int(Decimal(text)) for text in column.texts()}
    return min(hours) == 0 and max(hours) < _HOURS


def _is_whole(column: Column) -> bool:
    texts = column.texts()
    return bool(texts) and all(text.isdigit() for text in texts)


def start_and_end(groups: list[list[Column]]) -> tuple[list[Column], list[Column]]:
    """Return the stamp and, where a second one is a little later in each row, the end."""
    for index, first in enumerate(groups):
        for second in groups[index + 1 :]:
            forms = formats_of(texts_of(first)[:200])
            if not forms:
                continue
            rows = [row for row in zip(texts_of(first)[:200], texts_of(second)[:200], strict=True) if all(row)]
            try:
                pairs = [tuple(both) for row in rows if len(both := read_all(row, forms[0])) == len(row)]
            except ReadingError:
                continue
            if not pairs:
                continue
            steps = Counter(b.local - a.local for a, b in pairs)
            step, count = steps.most_common(1)[0]
            if not _is_length(abs(step), [a for a, _ in pairs], first, second):
                continue
            if timedelta(0) < step <= _DAY and count * 10 >= len(pairs) * 9:
                return first, second
            if timedelta(0) < -step <= _DAY and count * 10 >= len(pairs) * 9:
                return second, first
    best = next(
        (group for group in groups if any(says_start(c.labels) or says_end(c.labels) for c in group)), groups[0]
    )
    return best, []


def _is_length(step: timedelta, starts: Sequence[WallTime], *groups: Sequence[Column]) -> bool:
    """Return whether two stamps of a row may be an interval's ends, and not the same moment on two clocks."""
    names = " ".join(column.labels for group in groups for column in group)
    spacing = Counter(steps_between(starts)).most_common(1)
    near = not spacing or abs(spacing[0][0] - step) <= _A_MINUTE
    return near or says_start(names) or says_end(names)


def formats_of(texts: Sequence[str]) -> list[str]:
    """Return the formats that read every one of some stamps, the likeliest first.

    Two of them, such as day first and month first, are told apart by the gaps that the wrong one leaves.
    """
    texts = list(dict.fromkeys(texts))
    if not texts:
        return []
    starts = [start_of_range(text) for text in texts]
    is_range = all(start != text for start, text in zip(starts, texts, strict=True))
    candidates = ["iso", "epoch", "epoch_ms", "epoch_us", "epoch_ns"] if texts[0][:1].isdigit() and not is_range else []
    candidates += [f"{day}{clock}{offset}" for day in _DATES for clock in _CLOCKS for offset in _OFFSETS]
    fitting = [form for form in candidates if _reads(form, starts[:5]) and _reads(form, starts)]
    # Of a cell with both ends the rest behind the start is passed over.
    fitting = [f"{form}{RANGE}" for form in fitting] if is_range else fitting
    if "iso" in fitting:
        return ["iso"]
    if len(fitting) <= 1:
        return fitting
    longest = {form: _longest_step(read_all(texts, form)) for form in fitting}
    ordered = sorted(fitting, key=lambda form: longest[form])
    return [form for form in ordered if longest[form] < _WEEK or longest[form] < 20 * longest[ordered[0]]]


def impossible_rows(table: FileTable) -> list[int]:
    """Return the rows whose stamps no day has, such as 31.06., where one format reads nearly all others; else none."""
    groups = groups_of(table)
    if not groups:
        return []
    texts = texts_of(start_and_end(groups)[0])
    chunks = [texts[at : at + _CHUNK] for at in range(0, _CHUNKS * _CHUNK, _CHUNK)]
    forms = list(dict.fromkeys(form for chunk in chunks for form in formats_of(chunk) if not form.endswith(RANGE)))
    sample = texts[:: len(texts) // _SAMPLE + 1]
    form = min(forms, key=lambda each: len(_unread(each, sample)), default="")
    # One in ten of a sample, as chance may put more of the few there.
    if not form or 10 * len(_unread(form, sample)) > len(sample):
        return []
    rows = _unread(form, texts)
    return rows if 20 * len(rows) <= len(texts) else []


def _unread(form: str, texts: Sequence[str]) -> list[int]:
    """Return which of some stamps a format doesn't read; an empty one is none."""
    return [at for at, text in enumerate(texts) if not is_no_value(text) and not _reads(form, [text])]


def _reads(form: str, texts: Sequence[str]) -> bool:
    parse = cut_to_seconds(form)
    try:
        for text in texts:
            parse(text)
    except ReadingError:
        return False
    return True


def read_all(texts: Sequence[str], form: str) -> list[WallTime]:
    """Read stamps of one format; an empty one is left out.

    Raises:
        ReadingError: one isn't of it.
    """
    parse = cut_to_seconds(form)
    return [parse(text) for text in texts if text and not is_no_value(text)]


def _longest_step(wall_times: Sequence[WallTime]) -> timedelta:
    """Return the longest step between stamps in order of time: day and month confused leave weeks between days."""
    return max(steps_between(wall_times), default=timedelta(0))


def steps_between(wall_times: Sequence[WallTime]) -> list[timedelta]:
    """Return the steps from one stamp to the next, in order of time; one that comes twice is one."""
    local = sorted({wall_time.local for wall_time in wall_times})
    return [after - before for before, after in pairwise(local)]
