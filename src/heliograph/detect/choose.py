"""Which quantity, unit and columns both sides of a table have: what names tell, what values tell, and what is asked."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec

from heliograph.detect.long_rows import apart, asked_rows
from heliograph.detect.questions import Asking
from heliograph.detect.sides import POWERS, Amounts, amounts_of, kind_of, of_side, order_of
from heliograph.detect.table import Column, FileTable
from heliograph.detect.times import RANGE, Times, is_regular, step_of
from heliograph.detect.words import (
    NamedSide,
    role_of,
    says_counter,
    says_mean,
    side_in,
    side_of,
    unit_of,
    without_tariff,
)
from heliograph.errors import UnreadableFile
from heliograph.profiles.model import SideSource
from heliograph.profiles.rows import VALUE
from heliograph.reading import is_site_id

_MOST_WORDS: Final = 24
# A cell that is a unit and not a sentence with one.
_UNIT_LENGTH: Final = 15
# Shortest spacing at which a power on the clock's marks is a meter's mean rather than a logger's sample, seconds.
_DEMAND_SECONDS: Final = 900
# Values that only rise are a counter's where there are as many; fewer may be a morning's.
_SURE_COUNTER: Final = 60
# The answer that a side isn't measured.
_NONE: Final = "none"
# Our own format's columns are interval energies, whatever their values.
OWN_NAMES: Final = frozenset({"energy_generated_kwh", "energy_consumed_kwh"})


def both_sides(table: FileTable, taken: list[str], times: Times, site: Column | None, asking: Asking) -> dict[str, Any]:
    """Return the quantity, the unit and the sources of both sides.

    Raises:
        UnreadableFile: it has no column of amounts, or several rows of a time that nothing tells apart.
    """
    words = [
        column for column in table.columns if column.name not in taken and 0 < len(set(column.texts())) <= _MOST_WORDS
    ]
    units = [c for c in words if all(unit_of(text) and len(text) < _UNIT_LENGTH for text in c.texts())]
    said = [text for column in units for text in column.texts()[:1]] + [table.above]
    said += [text for column in words if all(map(unit_of, column.texts())) for text in column.texts()[:1]]
    order = order_of(table, times, site)
    amounts = amounts_of(table, [*taken, *(c.name for c in units)], said, order)
    if by_register := _by_register(table, words, amounts, times):
        return _long_sides(*by_register, times, asking)
    if column := apart(table, words, amounts, times, site):
        return _long_sides(*asked_rows(column, amounts, asking), times, asking)
    generated, consumed = of_side(amounts, "generated"), of_side(amounts, "consumed")
    if not generated and not consumed:
        return _unnamed(amounts, f"{table.above} {table.names}", times, asking)
    return _named(amounts, generated, consumed, times, asking)


def _named(
    amounts: list[Amounts], generated: list[list[Amounts]], consumed: list[list[Amounts]], times: Times, asking: Asking
) -> dict[str, Any]:
    """Choose both sides among columns whose names tell them, of one kind of amount."""
    first = _pair(generated, consumed, asking)
    chosen = {"generated": first[0], "consumed": first[1]}
    for side, group, all_of in (("generated", first[0], generated), ("consumed", first[1], consumed)):
        rivals = [each for each in all_of if group and _is_rival(each[0], group[0])]
        if len(rivals) > 1:
            options = [" + ".join(each.name for each in rival) for rival in rivals]
            answer = asking.ask(side, f"Which columns are what the site has {side}?", options)
            chosen[side] = rivals[options.index(answer)] if answer in options else group
    _ask_the_other(amounts, chosen, asking)
    every = [each for group in chosen.values() for each in group]
    quantity, unit = _quantity(every, times, asking)
    sources: dict[str, Any] = {}
    for side, group in chosen.items():
        if group:
            sources[side] = [_source(each, quantity, unit) for each in group]
            asking.sure(f"{side}: {' + '.join(repr(each.name) for each in group)}")
    return {"quantity": quantity, "unit": unit, **sources}


def _ask_the_other(amounts: list[Amounts], chosen: dict[str, list[Amounts]], asking: Asking) -> None:
    """Ask for a side that no name tells, where a column of the same kind has a name that tells none."""
    (known, *_), side = (
        (chosen["consumed"], "generated") if not chosen["generated"] else (chosen["generated"], "consumed")
    )
    if chosen[side]:
        return
    others = [
        each
        for each in amounts
        if each.role is None and each.kind == known.kind and each.unit and each.total and not each.is_daily
    ]
    if not others:
        return
    names = [each.name for each in others]
    answer = asking.ask(side, f"Is one of these columns what the site has {side}?", [_NONE, *names])
    chosen[side] = [each for each in others if each.name == answer]


def _pair(
    generated: list[list[Amounts]], consumed: list[list[Amounts]], asking: Asking
) -> tuple[list[Amounts], list[Amounts]]:
    """Return the likeliest columns of both sides: of one kind, and both of the plant and house, or both of the grid."""
    if not generated or not consumed:
        return (generated[0] if generated else [], consumed[0] if consumed else [])
    together = {("production", "consumption"), ("export", "import")}
    pairs = [(g, c) for g in generated for c in consumed if g[0].kind == c[0].kind]
    close = [(g, c) for g, c in pairs if (g[0].role, c[0].role) in together]
    if not pairs:
        options = [" + ".join(each.name for each in group[0]) for group in (generated, consumed)]
        question = "One side is energy and the other power, and a profile is of one of them. Which one?"
        answer = asking.ask("kind", question, options)
        return ([], consumed[0]) if answer == options[1] else (generated[0], [])

    def worth(pair: tuple[list[Amounts], list[Amounts]]) -> tuple[bool, bool, bool]:
        g, c = pair[0][0], pair[1][0]
        return (g.is_daily or c.is_daily, g.is_daily != c.is_daily, pair not in close)

    return min([*close, *pairs], key=worth)


def _is_rival(one: Amounts, other: Amounts) -> bool:
    return (one.kind, one.role, one.is_daily) == (other.kind, other.role, other.is_daily)


def _source(each: Amounts, quantity: str, unit: str) -> dict[str, Any]:
    source: dict[str, Any] = {"column": each.name}
    if quantity == "register" and each.resets:
        source["resets"] = "daily"
    if each.unit and each.unit != unit:
        source["unit"] = each.unit
    if each.negative and not each.positive:
        source["factor"] = "-1"
    return source


def _unnamed(amounts: list[Amounts], above: str, times: Times, asking: Asking) -> dict[str, Any]:
    """Ask which column it is, and whose, where no name tells.

    Raises:
        UnreadableFile: there is no column of numbers.
    """
    usable = [each for each in amounts if each.total or each.kind == "register"] or amounts
    if not usable:
        raise UnreadableFile("the file has times, and no column of amounts that may be energy or power")
    if across := _across(usable, asking):
        return across
    net = [each for each in usable if each.role == "net"]
    options = net or sorted(usable, key=lambda each: (each.unit is None, -each.filled))
    names = [each.name for each in options]
    name = names[0] if len(names) == 1 else asking.ask("column", "Which column holds the site's amounts?", names)
    chosen = next((each for each in options if each.name == name), options[0])
    quantity, unit = _quantity([chosen], times, asking)
    if chosen.positive and chosen.negative:
        sign = asking.ask("sign", f"Amounts of {chosen.name!r} above zero are what the site", ["consumed", "generated"])
        above, below = ("consumed", "generated") if sign == "consumed" else ("generated", "consumed")
        return {
            "quantity": quantity,
            "unit": unit,
            above: [{"column": chosen.name, "take": "positive"}],
            below: [{"column": chosen.name, "take": "negative"}],
        }
    said: NamedSide = side_in(above) or ("generated" if "inverter" in above.lower() else "")
    side = said or asking.ask(
        "side", f"Does the site generate or consume the amounts of {chosen.name!r}?", ["generated", "consumed"]
    )
    return {"quantity": quantity, "unit": unit, side: [_source(chosen, quantity, unit)]}


def _across(usable: list[Amounts], asking: Asking) -> dict[str, Any] | None:
    """Return the sides of a table whose columns may be sites, which is asked; None where they aren't."""
    names = [each.name for each in usable]
    if (
        len(usable) == 1
        or any(each.role or each.unit for each in usable)
        or not all(is_site_id(name) for name in names)
    ):
        return None
    if asking.ask("across", f"Is each of the columns {', '.join(names[:4])} a site's?", ["yes", "no"]) != "yes":
        return None
    unit = asking.ask("unit", "Which unit are the amounts in?", ["kWh", "Wh", "kW", "W"])
    side = asking.ask("side", "Do the sites generate or consume these amounts?", ["generated", "consumed"])
    quantity = "mean_power" if unit in {"W", "kW", "MW"} else usable[0].kind
    return {"quantity": quantity, "unit": unit, side: [{"column": VALUE}], "across": names}


def _quantity(amounts: list[Amounts], times: Times, asking: Asking) -> tuple[str, str]:
    """Return what the amounts are, energies of intervals, a running counter or power, and their unit."""
    kind, name = amounts[0].kind, amounts[0].name
    unit = _unit(amounts, asking)
    if unit in POWERS:
        return _power(" ".join(each.column.labels for each in amounts), times, asking), unit
    if kind in {"interval", "power"} or all(each.name in OWN_NAMES for each in amounts):
        return "interval", unit
    is_named = any(says_counter(each.column.labels) for each in amounts)
    if max(each.filled for each in amounts) < _SURE_COUNTER and not is_named:
        question = f"Is {name!r} a running counter, or the energy of each interval?"
        return asking.ask("quantity", question, ["register", "interval"]), unit
    asking.sure(f"{name!r} is a running counter: it only rises; energy is the difference")
    return "register", unit


def _power(labels: str, times: Times, asking: Asking) -> str:
    """Return whether a power is a mean or a sample; on the clock's marks it may be both, which is asked."""
    if says_mean(labels):
        return "mean_power"
    if times.until or times.marks == "end" or times.forms[0].endswith(RANGE):
        asking.sure("the powers are means: each is of an interval with an end of its own")
        return "mean_power"
    if not is_regular(times.wall_times):
        asking.sure("the powers are samples: they come at uneven times; each is held until the next")
        return "instant_power"
    likely = ["mean_power", "instant_power"]
    if (step_of(times.wall_times) or 0) < _DEMAND_SECONDS:
        likely.reverse()
    return asking.ask("quantity", "Is a power the mean of its interval, or a sample held until the next?", likely)


def _unit(amounts: list[Amounts], asking: Asking) -> str:
    unit = next((each.unit for each in amounts if each.unit), None)
    if unit:
        return unit
    options = {"power": ["W", "kW"], "register": ["kWh", "Wh", "MWh"], "interval": ["kWh", "Wh", "W", "kW", "MWh"]}
    return asking.ask("unit", f"Which unit are the amounts of {amounts[0].name!r} in?", options[amounts[0].kind])


def _by_register(
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


def _long_sides(
    amount: Amounts, column: Column, sides: Mapping[str, NamedSide], times: Times, asking: Asking
) -> dict[str, Any]:
    """Return the sources of rows of one register each; the rows of one of them tell what the amounts are."""
    word = next((word for word, of in sides.items() if of), "")
    own = [value for value, cell in zip(amount.values, column.cells, strict=True) if str(cell).strip() == word]
    known = [(value, date.min) for value in own if value is not None]
    kind = kind_of(known, amount.unit, amount.column.labels)
    quantity, unit = _quantity([msgspec.structs.replace(amount, kind=kind)], times, asking)
    found: dict[str, Any] = {"quantity": quantity, "unit": unit}
    for side in ("generated", "consumed"):
        if words := sorted(word for word, of in sides.items() if of == side):
            where = {column.name: words} if len(sides) > 1 else {}
            found[side] = [msgspec.to_builtins(SideSource(column=amount.name, where=where))]
            asking.sure(f"{side}: {amount.name!r} of the rows whose {column.name!r} is {', '.join(map(repr, words))}")
    if "generated" not in found and "consumed" not in found:
        raise UnreadableFile(f"no row of the column {column.name!r} is said to be generated or consumed")
    return found
