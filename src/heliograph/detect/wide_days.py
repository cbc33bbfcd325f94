"""Tables with a row a day, whose columns are the day's intervals: which columns, and whose each row's amounts are."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from heliograph.detect.columns import Column, FileTable
from heliograph.detect.long_rows import MOST_WORDS, says_most, sides_of_words
from heliograph.detect.quantities import asked_unit
from heliograph.detect.questions import Asking
from heliograph.detect.sides import POWERS
from heliograph.detect.words import side_in, unit_above, unit_of
from heliograph.errors import UnreadableFile
from heliograph.profiles.amounts import is_no_value
from heliograph.profiles.model import Wide
from heliograph.profiles.rows import VALUE

# A day's interval as a column's name: its hour and minute, a stretch of them, its number.
_CLOCK_NAME: Final = re.compile(
    r"\D{0,12}(\d{1,2}):(\d\d)(?::\d\d)?(?:\s?(?:[-~\u2013\u2014\uff5e]|to)\s?(\d{1,2}):(\d\d)(?::\d\d)?)?\D{0,3}\Z"
    r"|[^\W\d]{1,8}[ _]?\d{1,3}\Z|\d{1,3}\Z|\d{4}\Z|\d{1,2} ?[-~\u2013\u2014\uff5e] ?\d{1,2}\Z"
)
_DAYS_OF: Final = frozenset({23, 24, 25, 46, 48, 50, 92, 96, 100, 288, 1440})
# Of a year's days one has 25 hours; of a week's as well.
_FEW_DAYS: Final = 4


def wide_of(table: FileTable, taken: list[str]) -> Wide | None:
    """Return a table's intervals of a day, where each row is a day."""
    names = [column.name for column in table.columns]
    hits = [
        index
        for index, column in enumerate(table.columns)
        if column.name not in taken and _CLOCK_NAME.match(column.name.strip())
    ]
    if len(hits) < min(_DAYS_OF) or hits != list(range(hits[0], hits[0] + len(hits))) or len(hits) not in _DAYS_OF:
        return None
    count = next(usual for usual in (24, 48, 96, 288, 1440) if len(hits) <= usual * 25 // 24)
    first, longest = hits[0], count * 25 // 24
    if len(hits) >= count and _is_of_autumn(table.columns[first + count : first + longest]):
        _require_whole_rows(table.columns[first : first + longest])
        return Wide(first=names[first], count=longest)
    return Wide(first=names[first], count=min(count, len(hits)))


def _is_of_autumn(columns: Sequence[Column]) -> bool:
    """Return whether columns behind a day's intervals have numbers on few days, as those of a day of 25 hours do."""
    filled = [len(column.texts()) for column in columns]
    return bool(filled) and all(
        0 < count <= max(1, len(column.cells) // _FEW_DAYS) and column.is_numeric(".")
        for count, column in zip(filled, columns, strict=True)
    )


def _require_whole_rows(columns: Sequence[Column]) -> None:
    """Refuse a table that counts a day's hours and leaves some out in its middle: by the clock or not isn't known.

    Raises:
        UnreadableFile: it is one.
    """
    for cells in zip(*(column.cells for column in columns), strict=True):
        filled = [not is_no_value(cell) for cell in cells]
        if True in filled and False in filled[: len(filled) - filled[::-1].index(True)]:
            raise UnreadableFile(
                "the table has columns for a day of 25 hours, and a day with an empty one among its first; "
                "whether these are by the clock isn't known. Export the day on which the clocks change on its own"
            )


def wide_sides(table: FileTable, taken: list[str], wide: Wide, asking: Asking) -> dict[str, Any]:
    """Return the quantity, the unit and the sources of a table with a row a day, or a row a day and register.

    Raises:
        UnreadableFile: a day has several rows, and nothing tells them apart.
    """
    words = {text: unit_of(text) for column in table.columns for text in set(column.texts()[:20]) if unit_of(text)}
    unit = next(iter(words.values()), None) or unit_above(table.above) or unit_above(table.names)
    said = unit or asked_unit(asking)
    quantity = "mean_power" if said in POWERS else "interval"
    asking.sure(f"each row is a day of {wide.count} intervals, from the column {wide.first!r} on")
    found: dict[str, Any] = {"quantity": quantity, "unit": said}
    if column := _apart(table, taken, wide):
        for side, chosen in sides_of_words(column, asking).items():
            found[side] = [{"column": VALUE, "where": {column.name: chosen}}]
        return found
    side = (
        side_in(table.above)
        or side_in(table.names)
        or asking.ask("side", "Does the site generate or consume these amounts?", ["consumed", "generated"])
    )
    return {**found, side: [{"column": VALUE}]}


def _apart(table: FileTable, taken: list[str], wide: Wide) -> Column | None:
    """Return the column whose words tell a day's rows apart; None where a day has one row.

    Raises:
        UnreadableFile: nothing tells them apart.
    """
    keys = [column for name in taken if (column := table.column(name))]
    if not _has_several(table, keys):
        return None
    first = next(at for at, column in enumerate(table.columns) if column.name == wide.first)
    others = [
        column
        for at, column in enumerate(table.columns)
        if not first <= at < first + wide.count
        and column not in keys
        and 1 < len(set(column.texts())) <= MOST_WORDS
        and not _has_several(table, [*keys, column])
    ]
    if not others:
        raise UnreadableFile(
            "a day stands in several rows, and no column of words tells them apart; export one meter, or split the file"
        )
    return says_most(others)


def _has_several(table: FileTable, keys: list[Column]) -> bool:
    """Return whether rows with the same cells in some columns differ elsewhere."""
    rows: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for at in range(table.count):
        rows[tuple(str(key.cells[at]) for key in keys)].add(tuple(str(each.cells[at]) for each in table.columns))
    return any(len(of_key) > 1 for of_key in rows.values())


def first_is_an_end(wide: Wide) -> bool:
    """Return whether the first interval's name is its end, such as 00:30."""
    if re.fullmatch(r"\d{4}", wide.first):
        return wide.first != "0000"
    found = _CLOCK_NAME.match(wide.first.strip())
    return bool(found and found[1] and (int(found[1]), int(found[2])) != (0, 0) and not found[3])
