"""Tables with several rows of one time: which column tells them apart, and whose each of its words is."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

import msgspec

from heliograph.detect.columns import Column, FileTable
from heliograph.detect.quantities import quantity_of
from heliograph.detect.questions import Asking
from heliograph.detect.sides import Amounts, kind_of
from heliograph.detect.times import Times
from heliograph.detect.words import NamedSide, Role, is_other, role_of, side_of, unit_of, without_tariff
from heliograph.errors import UnreadableFile
from heliograph.profiles.model import SideSource, Unit
from heliograph.sides import SIDES

# An hour that comes twice has twelve rows of five minutes; more of one time are something else.
_MOST_TWICE: Final = 12
_NEITHER: Final = "neither"
# Columns of more words don't tell a few rows apart.
MOST_WORDS: Final = 24
NO_AMOUNTS: Final = "the file has times, and no column of amounts that may be energy or power"
# A cell that is a unit and not a sentence with one.
UNIT_LENGTH: Final = 15
_TOTAL: Final = re.compile(r"\b(?:total|totaal|gesamt|whole|mains?\b|overall)", re.IGNORECASE)


def apart(
    table: FileTable, words: list[Column], amounts: list[Amounts], times: Times, site: Column | None
) -> Column | None:
    """Return the column whose words tell the rows of one time apart; None where a time has one row.

    Raises:
        UnreadableFile: a time has several rows with other amounts, and nothing tells them apart.
    """
    keys = [column for name in (*times.columns, times.number) if (column := table.column(name))]
    keys += [site] if site else []
    few = max(_MOST_TWICE, table.count // 20)
    if _conflicts(keys, amounts, table.count) <= few:
        # Devices may happen to say the same; a table that was written twice has no column that tells its rows apart.
        return next((each for each in words if each not in keys and _tells_all(keys, each, table.count, few)), None)
    known = [
        column
        for column in words
        if column not in keys and _conflicts([*keys, column], amounts, table.count) <= _MOST_TWICE
    ]
    if known:
        # Of a device's number and its name the one whose words say more.
        return says_most(known)
    raise UnreadableFile(
        "the same times stand in several rows with other amounts, and no column of words tells the rows apart; "
        "export one meter, or split the file"
    )


def says_most(columns: list[Column]) -> Column:
    """Return the first of the columns with the most words that say whose a row's amounts are."""
    return max(columns, key=lambda column: len({text for text in column.texts() if role_of(text)}))


def _tells_all(keys: list[Column], column: Column, count: int, few: int) -> bool:
    """Return whether most times have several rows, of which each has another word in a column."""
    alone = {tuple(str(key.cells[at]) for key in keys) for at in range(count)}
    told = {tuple(str(key.cells[at]) for key in (*keys, column)) for at in range(count)}
    return count - len(alone) > few and 2 * len(alone) <= count and len(told) == count


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
        raise UnreadableFile(NO_AMOUNTS)
    name = names[0] if len(names) == 1 else asking.ask("column", "Which column holds the site's amounts?", names)
    chosen = sides_of_words(column, asking)
    sides = {word: next((side for side, own in chosen.items() if word in own), "") for word in _words_of(column)}
    return next(each for each in energies if each.name == name), column, cast("dict[str, NamedSide]", sides)


def says_whole(word: str) -> bool:
    """Return whether rows of a word are the whole, of which others are parts."""
    return bool(_TOTAL.search(word))


def _words_of(column: Column) -> list[str]:
    return sorted({str(cell).strip() for cell in column.cells})


def sides_of_words(column: Column, asking: Asking) -> dict[str, list[str]]:
    """Return the words of a column whose rows are each side's; what a word doesn't tell is asked.

    Rows of plant and house, and those of the grid, say the same energy twice: those of one kind are taken. Beside a
    row of the total the others are its parts, such as devices.
    """
    words = _words_of(column)
    roles = {word: role_of(word) for word in words}
    told = [word for word in words if side_of(roles[word])]
    open_words = [word for word in words if word not in told and not is_other(word)]
    if any(map(says_whole, told)):
        open_words = []
    # Beside a row that says whose it is, one that doesn't is likely a part of it, such as a device.
    options = [_NEITHER, "consumed", "generated"] if told else ["generated", "consumed", _NEITHER]
    answers = {
        word: asking.ask(
            f"rows.{word}",
            f"Are rows whose {column.name!r} is {word!r} what the site generated, what it consumed, or neither?",
            options,
        )
        for word in open_words
    }
    found: dict[str, list[str]] = {}
    of_grid = not _has_pair(roles, "production", "consumption") and _has_pair(roles, "export", "import")
    for side, first, second in (("generated", "production", "export"), ("consumed", "consumption", "import")):
        own = [
            [word for word in told if roles[word] == role] for role in ((second, first) if of_grid else (first, second))
        ]
        chosen = _one_of(next(filter(None, own), []), side, column, asking)
        chosen = sorted([*chosen, *(word for word, answer in answers.items() if answer == side)])
        if chosen:
            found[side] = chosen
    return found


def _has_pair(roles: Mapping[str, Role | None], *pair: Role) -> bool:
    return set(pair) <= set(roles.values())


def _one_of(words: list[str], side: str, column: Column, asking: Asking) -> list[str]:
    """Return the words of a role that belong together, such as tariffs; of others a person must choose."""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(without_tariff(word), []).append(word)
    if len(groups) <= 1:
        return words
    options = [" + ".join(group) for group in groups.values()] + [" + ".join(words)]
    question = f"Which rows, by their {column.name!r}, are what the site has {side}?"
    answer = asking.ask(side, question, options)
    return next((group for group in groups.values() if " + ".join(group) == answer), words)


def by_register(
    table: FileTable, words: list[Column], amounts: list[Amounts], times: Times
) -> tuple[Amounts, Column, dict[str, NamedSide]] | None:
    """Return the one column of amounts and the column whose words say whose each row's is, where rows are that long."""
    if len(amounts) != 1 and sum(each.role is None and each.unit is not None for each in amounts) != 1:
        return None
    amount = next((each for each in amounts if each.role is None and each.unit), amounts[0])
    wall_times = [str(cell) for cell in (table.column(times.columns[-1]) or table.columns[0]).cells]
    for column in words:
        if column.name == amount.name:
            continue
        sides = {text: side_of(role_of(text)) for text in set(column.texts())}
        told = [side for side in sides.values() if side]
        if (
            told
            and len(sides) > 1
            and len(told) == len(sides)
            and len(set(zip(wall_times, column.cells, strict=True))) > len(set(wall_times))
        ):
            return amount, column, sides
        is_named = any(each.role for each in amounts)
        if not is_named and len(set(told)) == 1 and len({without_tariff(text) for text in sides}) == 1:
            return amount, column, sides
    return None


def chosen_rows(column: Column, sides: Mapping[str, NamedSide], asking: Asking) -> dict[str, NamedSide]:
    """Return whose the rows of each word are; of words that say the same energy twice one is taken."""
    if len(sides) == 1:
        return dict(sides)
    chosen = sides_of_words(column, asking)
    return {word: side if word in chosen.get(side, ()) else "" for word, side in sides.items()}


def _unit_of_rows(table: FileTable, column: Column, words: Sequence[str]) -> Unit | None:
    """Return the unit that a column says of the rows whose words were chosen; None where none does, or several."""
    rows = [at for at, cell in enumerate(column.cells) if str(cell).strip() in words]
    for each in table.columns:
        texts = {str(each.cells[at]).strip() for at in rows}
        if len(texts) == 1 and len(text := texts.pop()) < UNIT_LENGTH and (unit := unit_of(text)):
            return unit
    return None


def long_sides(  # noqa: PLR0913, PLR0917 - a table, its three parts of one meaning, and who is asked
    table: FileTable, amount: Amounts, column: Column, sides: Mapping[str, NamedSide], times: Times, asking: Asking
) -> dict[str, Any]:
    """Return the sources of rows of one register each; the rows of one of them tell what the amounts are."""
    chosen = [word for word, of in sides.items() if of]
    word = next(iter(chosen), "")
    unit_said = amount.unit or _unit_of_rows(table, column, chosen)
    amount = msgspec.structs.replace(amount, unit=unit_said)
    own = [value for value, cell in zip(amount.values, column.cells, strict=True) if str(cell).strip() == word]
    known = [(value, date.min) for value in own if value is not None]
    kind = kind_of(known, amount.unit, amount.column.labels)
    quantity, unit = quantity_of([msgspec.structs.replace(amount, kind=kind)], times, asking)
    found: dict[str, Any] = {"quantity": quantity, "unit": unit}
    for side in SIDES:
        if words := sorted(word for word, of in sides.items() if of == side):
            where = {column.name: words} if len(sides) > 1 else {}
            found[side] = [msgspec.to_builtins(SideSource(column=amount.name, where=where))]
            asking.sure(f"{side}: {amount.name!r} of the rows whose {column.name!r} is {', '.join(map(repr, words))}")
    if "generated" not in found and "consumed" not in found:
        raise UnreadableFile(f"no row of the column {column.name!r} is said to be generated or consumed")
    return found
