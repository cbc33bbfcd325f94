"""Tables with several rows of one time: which column tells them apart, and whose each of its words is."""

from collections import defaultdict
from typing import Any, Final

from heliograph.detect.questions import Asking
from heliograph.detect.sides import Amounts
from heliograph.detect.table import Column, FileTable
from heliograph.detect.times import Times
from heliograph.detect.words import NamedSide, role_of, side_of
from heliograph.errors import UnreadableFile

# An hour that comes twice has twelve rows of five minutes; more of one time are something else.
_MOST_TWICE: Final = 12
_NEITHER: Final = "neither"


def apart(
    table: FileTable, words: list[Column], amounts: list[Amounts], times: Times, site: Column | None
) -> Column | None:
    """Return the column whose words tell the rows of one time apart; None where a time has one row.

    Raises:
        UnreadableFile: a time has several rows with other amounts, and nothing tells them apart.
    """
    keys = [column for name in (*times.columns, times.number) if (column := table.column(name))]
    keys += [site] if site else []
    if _conflicts(keys, amounts, table.count) <= max(_MOST_TWICE, table.count // 20):
        return None
    for column in words:
        if column not in keys and _conflicts([*keys, column], amounts, table.count) <= _MOST_TWICE:
            return column
    raise UnreadableFile(
        "the same times stand in several rows with other amounts, and no column of words tells the rows apart; "
        "export one meter, or split the file"
    )


def _conflicts(keys: list[Column], amounts: list[Amounts], count: int) -> int:
    """Return how many rows have the time of another and other amounts."""
    seen: dict[tuple[Any, ...], set[tuple[Any, ...]]] = defaultdict(set)
    for at in range(count):
        seen[tuple(str(key.cells[at]) for key in keys)].add(tuple(each.values[at] for each in amounts))
    return sum(len(rows) - 1 for rows in seen.values())


def asked_rows(column: Column, amounts: list[Amounts], asking: Asking) -> tuple[Amounts, Column, dict[str, NamedSide]]:
    """Return the amount and each word's side; what a word doesn't tell is asked."""
    energies = [each for each in amounts if each.unit and each.kind != "power"] or amounts
    names = [each.name for each in energies]
    if not names:
        raise UnreadableFile("the file has times, and no column of amounts that may be energy or power")
    name = names[0] if len(names) == 1 else asking.ask("column", "Which column holds the site's amounts?", names)
    sides: dict[str, NamedSide] = {}
    words = sorted({str(cell).strip() for cell in column.cells})
    # Beside a row that says whose it is, one that doesn't is likely a part of it, such as a device.
    options = ["generated", "consumed", _NEITHER]
    options = options[::-1] if any(side_of(role_of(word)) for word in words) else options
    for word in words:
        said = side_of(role_of(word))
        answer = said or asking.ask(
            f"rows.{word}",
            f"Are rows whose {column.name!r} is {word!r} what the site generated, what it consumed, or neither?",
            options,
        )
        sides[word] = "generated" if answer == "generated" else "consumed" if answer == "consumed" else ""
    return next(each for each in energies if each.name == name), column, sides
