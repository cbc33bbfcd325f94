"""Which quantity, unit and columns both sides of a table have: what names tell, what values tell, and what is asked."""

from typing import Any, Final

from heliograph.detect.columns import Column, FileTable
from heliograph.detect.long_rows import (
    MOST_WORDS,
    NO_AMOUNTS,
    UNIT_LENGTH,
    apart,
    asked_rows,
    by_register,
    chosen_rows,
    long_sides,
    says_whole,
)
from heliograph.detect.quantities import asked_unit, quantity_of, without_restated
from heliograph.detect.questions import Asking
from heliograph.detect.sides import POWERS, Amounts, amounts_of, is_sum, joined, left_out, of_side, order_of, take_turns
from heliograph.detect.times import Times
from heliograph.detect.words import NamedSide, flow_of, role_of, side_in, side_of, unit_above, unit_of
from heliograph.errors import UnreadableFile
from heliograph.profiles.rows import VALUE
from heliograph.reading import is_site_id
from heliograph.sides import SIDES

# The answer that a side isn't measured.
_NONE: Final = "none"
# What the rows of several devices are.
_PARTS: Final = "parts of one site"
_SITES: Final = "a site each"


def both_sides(table: FileTable, taken: list[str], times: Times, site: Column | None, asking: Asking) -> dict[str, Any]:
    """Return the quantity, the unit and the sources of both sides.

    Raises:
        UnreadableFile: it has no column of amounts, or several rows of a time that nothing tells apart.
    """
    words = [
        column for column in table.columns if column.name not in taken and 0 < len(set(column.texts())) <= MOST_WORDS
    ]
    units = [c for c in words if all(unit_of(text) and len(text) < UNIT_LENGTH for text in c.texts())]
    said = [text for column in units for text in column.texts()[:1]] + [unit_above(table.above) or ""]
    said += [text for column in words if all(map(unit_of, column.texts())) for text in column.texts()[:1]]
    words = [column for column in words if not column.is_clock() and not column.is_date()]
    looked = [*taken, *(c.name for c in units)]
    amounts = amounts_of(table, looked, said, order_of(table, times, site))
    for each in left_out(table, looked):
        asking.sure(f"the column {each.name!r} isn't taken: most of its cells are no numbers")
    if found := by_register(table, words, amounts, times):
        return long_sides(table, *found[:2], chosen_rows(*found[1:], asking), times, asking)
    if not (column := apart(table, words, amounts, times, site)):
        return _of_columns(table, taken, amounts, times, asking)
    own = amounts_of(table, looked, said, order_of(table, times, column))
    if any(side_of(role_of(text)) for text in set(column.texts())) or not any(side_of(each.role) for each in own):
        return long_sides(table, *asked_rows(column, amounts, asking), times, asking)
    return _of_parts(table, taken, column, own, times, asking)


def _of_parts(  # noqa: PLR0913, PLR0917 - a table, its parts of one meaning, and who is asked
    table: FileTable, taken: list[str], column: Column, amounts: list[Amounts], times: Times, asking: Asking
) -> dict[str, Any]:
    """Return the sides of a table with a row of each device a time: parts of a site, or sites of their own."""
    words = sorted(set(column.texts()))
    whole = [word for word in words if says_whole(word)]
    options = [*whole, _PARTS, _SITES, *(word for word in words if word not in whole)]
    question = (
        f"Are the rows that {column.name!r} tells apart parts of one site, a site each, or is one of them the site?"
    )
    answer = asking.ask("rows", question, options)
    found = _of_columns(table, taken, amounts, times, asking)
    if answer == _SITES:
        return {**found, "site_by": column}
    words = [answer] if answer in words else words
    asking.sure(f"the energies of the rows of {', '.join(map(repr, words[:4]))} add up")
    sides = {side: found[side] for side in SIDES if side in found}
    return {**found, **{side: [{**each, "where": {column.name: words}} for each in own] for side, own in sides.items()}}


def _of_columns(
    table: FileTable, taken: list[str], amounts: list[Amounts], times: Times, asking: Asking
) -> dict[str, Any]:
    """Return the sides of a table with a row a time."""
    generated, consumed = of_side(amounts, "generated"), of_side(amounts, "consumed")
    if flows := _flows(amounts, times, asking):
        return flows
    if generated or consumed:
        return _named(amounts, generated, consumed, times, asking)
    numeric = [each for each in table.columns if each.name not in taken and each.is_numeric(table.layout.decimal)]
    is_table = len(numeric) == len(amounts) and table.layout.format in {"csv", "excel"}
    return _unnamed(amounts, f"{table.above} {table.names}", times, asking, is_table=is_table)


def _named(
    amounts: list[Amounts], generated: list[list[Amounts]], consumed: list[list[Amounts]], times: Times, asking: Asking
) -> dict[str, Any]:
    """Choose both sides among columns whose names tell them, of one kind of amount."""
    first = _pair(generated, consumed, asking)
    chosen = {"generated": first[0], "consumed": first[1]}
    for side, group, all_of in (("generated", first[0], generated), ("consumed", first[1], consumed)):
        # Where nothing is generated, neither is a house told from its grid.
        is_alone = side == "consumed" and not first[0]
        rivals = [each for each in all_of if group and _is_rival(each[0], group[0], is_alone=is_alone)]
        every_one = [each for rival in rivals for each in rival]
        if len(rivals) > 1 and take_turns(every_one):
            chosen[side] = every_one
        elif len(rivals) > 1:
            rivals = [*rivals, every_one]
            options = [_names(rival) for rival in rivals]
            answer = asking.ask(side, f"Which columns are what the site has {side}?", options)
            chosen[side] = rivals[options.index(answer)] if answer in options else group
    _ask_the_other(amounts, chosen, asking)
    every = [each for group in chosen.values() for each in group]
    quantity, unit = quantity_of(every, times, asking)
    sources: dict[str, Any] = {}
    for side, group in chosen.items():
        if group:
            sources[side] = [_source(each, quantity, unit) for each in group]
            asking.sure(f"{side}: {' + '.join(repr(each.name) for each in group)}")
    return {"quantity": quantity, "unit": unit, **sources}


def _flows(amounts: list[Amounts], times: Times, asking: Asking) -> dict[str, Any] | None:
    """Return the sides of a table whose columns are flows, such as PV to grid; None where it has no such."""
    flows = [(each, flow) for each in amounts if (flow := flow_of(each.column.labels))]
    sides = {
        "generated": [each for each, (source, _) in flows if source == "plant"],
        "consumed": [each for each, (_, sink) in flows if sink == "house"],
    }
    if min(map(len, sides.values())) <= 1:
        return None
    quantity, unit = quantity_of([each for each, _ in flows], times, asking)
    for side, group in sides.items():
        asking.sure(f"{side}: {' + '.join(repr(each.name) for each in group)}")
    return {
        "quantity": quantity,
        "unit": unit,
        **{side: [_source(each, quantity, unit) for each in group] for side, group in sides.items()},
    }


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
        if each.role is None
        and each.kind == known.kind
        and bool(each.unit) == bool(known.unit)
        and each.total
        and not each.is_daily
    ]
    if not others or (len(others) > 1 and is_sum(known, others)):
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
        options = [_names(group[0]) for group in (generated, consumed)]
        question = "One side is energy and the other power, and a profile is of one of them. Which one?"
        answer = asking.ask("kind", question, options)
        return ([], consumed[0]) if answer == options[1] else (generated[0], [])

    def worth(pair: tuple[list[Amounts], list[Amounts]]) -> tuple[bool, bool, bool]:
        g, c = pair[0][0], pair[1][0]
        return (g.is_daily or c.is_daily, g.is_daily != c.is_daily, pair not in close)

    return min([*close, *pairs], key=worth)


def _is_rival(one: Amounts, other: Amounts, *, is_alone: bool) -> bool:
    """Return whether columns may stand for the same. is_alone: also a house's use beside what came from the grid."""
    same_role = one.role == other.role or (is_alone and one.total != other.total)
    return same_role and (one.kind, one.is_daily) == (other.kind, other.is_daily)


def _names(group: list[Amounts]) -> str:
    return " + ".join(each.name for each in group)


def _source(each: Amounts, quantity: str, unit: str) -> dict[str, Any]:
    source: dict[str, Any] = {"column": each.name}
    if quantity == "register" and each.resets:
        source["resets"] = "daily"
    if each.unit and each.unit != unit:
        source["unit"] = each.unit
    if each.negative and not each.positive:
        source["factor"] = "-1"
    return source


def _unnamed(
    amounts: list[Amounts], above: str, times: Times, asking: Asking, *, is_table: bool = True
) -> dict[str, Any]:
    """Ask which column it is, and whose, where no name tells. is_table: whether its columns may be sites.

    Raises:
        UnreadableFile: there is no column of numbers.
    """
    usable = [each for each in amounts if each.total or each.kind == "register"] or amounts
    if not usable:
        raise UnreadableFile(NO_AMOUNTS)
    if is_table and (across := _across(usable, asking)):
        return across
    usable = without_restated(usable, times)
    group, options = _asked_group(usable, asking)
    name = _names(group)
    chosen = group[0]
    quantity, unit = quantity_of(group, times, asking)
    if len(group) == 1 and chosen.positive and chosen.negative:
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
        "side", f"Does the site generate or consume the amounts of {name!r}?", ["generated", "consumed"]
    )
    found = {side: group}
    _ask_for_second([each for each in options if each is not group], group, found, asking)
    sources = {of: [_source(each, quantity, unit) for each in own] for of, own in found.items()}
    return {"quantity": quantity, "unit": unit, **sources}


def _asked_group(usable: list[Amounts], asking: Asking) -> tuple[list[Amounts], list[list[Amounts]]]:
    """Ask which columns hold the amounts; return these, and all that might have."""
    net = [each for each in usable if each.role == "net"]
    options = joined(net or usable)
    options.sort(
        key=lambda group: (group[0].unit is None, group[0].kind == "power", -max(each.filled for each in group))
    )
    first = options[0][0]
    alike = [each for group in options for each in group if (each.unit, each.kind) == (first.unit, first.kind)]
    if len(options) > 1 and len(alike) > len(options[0]):
        options.append(alike)  # modules or phases whose names share nothing
    names = [_names(group) for group in options]
    name = names[0] if len(names) == 1 else asking.ask("column", "Which column holds the site's amounts?", names)
    return options[names.index(name)] if name in names else options[0], options


def _ask_for_second(
    options: list[list[Amounts]], first: list[Amounts], found: dict[str, list[Amounts]], asking: Asking
) -> None:
    """Ask whether another column of the same kind, with the same unit in its name or without one, is the other side."""
    known, taken = (unit_of(first[0].column.labels), first[0].kind), {each.name for each in first}
    alike = [
        each
        for each in options
        if (unit_of(each[0].column.labels), each[0].kind) == known and not taken & {own.name for own in each}
    ]
    # Which side is the other one is known once the first is.
    if not alike or any(each.key in {"column", "side"} for each in asking.open):
        return
    other = "generated" if "consumed" in found else "consumed"
    names = [_names(group) for group in alike]
    answer = asking.ask(other, f"Is one of these columns what the site has {other}?", [_NONE, *names])
    if answer in names:
        found[other] = alike[names.index(answer)]


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
    unit = asked_unit(asking)
    side = asking.ask("side", "Do the sites generate or consume these amounts?", ["generated", "consumed"])
    quantity = "mean_power" if unit in POWERS else usable[0].kind
    return {"quantity": quantity, "unit": unit, side: [{"column": VALUE}], "across": names}
