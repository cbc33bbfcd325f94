"""Which columns of an unknown table are energies or powers of a site, and whose: generated or consumed."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Final, Literal

import msgspec

from heliograph.detect.columns import Column, FileTable
from heliograph.detect.times import Times
from heliograph.detect.words import (
    Role,
    is_other,
    plain,
    role_of,
    says_daily,
    says_number,
    says_power,
    says_site,
    says_today,
    unit_of,
    without_role,
    without_tariff,
)
from heliograph.profiles.model import Unit

SeriesKind = Literal["interval", "register", "power"]
POWERS: Final = frozenset({"W", "kW", "MW"})
# A counter of fewer rows might be a morning's rise.
_LEAST_ROWS: Final = 24
_LEAST_VALUES: Final = 6
# A column of one number with as many digits is a meter's number.
_NUMBER_DIGITS: Final = 5
# The smallest first: of cells with several units it is the column's.
_UNITS: Final[tuple[Unit, ...]] = ("Wh", "kWh", "MWh", "GWh", "W", "kW", "MW")
# What a utility received, beside what it delivered.
_RECEIVED: Final = re.compile(r"^(?!.*delivered).*\breceived\b")
_GENERATED: Final[tuple[Role, ...]] = ("production", "export")
_CONSUMED: Final[tuple[Role, ...]] = ("consumption", "import")


class Amounts(msgspec.Struct):
    """A column of amounts. role: whose they are, by its name. unit: None where nothing names it. kind: what they are.

    positive, negative: whether it has values above and below zero. is_daily: whether its name says a day's counter.
    resets: whether it begins anew each day, by its values or its name.
    """

    column: Column
    role: Role | None
    unit: Unit | None
    kind: SeriesKind
    values: list[Decimal | None]
    positive: bool
    negative: bool
    is_daily: bool
    resets: bool

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def filled(self) -> int:
        """How many rows have a value."""
        return sum(value is not None for value in self.values)

    @property
    def total(self) -> Decimal:
        """The sum of all values."""
        return sum((value for value in self.values if value is not None), Decimal(0))


class Order(msgspec.Struct):
    """How a table's rows followed each other in time. rows: of one site, oldest first. days: each row's local day."""

    rows: list[int]
    days: list[date]


def order_of(table: FileTable, times: Times, site: Column | None) -> Order:
    """Return the order in time of a table's rows, those of its first site where it has several.

    A file whose newest rows stand first is turned around. It isn't sorted: an hour that comes twice would be shuffled.
    """
    same = len(times.wall_times) == table.count
    local = [each.local for each in times.wall_times] if same else [datetime.min] * table.count  # noqa: DTZ901
    rows = list(range(table.count))
    if site and site.cells:
        rows = [at for at in rows if site.cells[at] == site.cells[0]]
    falls = sum((local[a] > local[b]) - (local[a] < local[b]) for a, b in pairwise(rows))
    return Order(rows[::-1] if falls > 0 else rows, [each.date() for each in local])


def amounts_of(table: FileTable, taken: Sequence[str], units: Sequence[str], order: Order) -> list[Amounts]:
    """Return the columns that may be a site's energy or power.

    taken: columns that are something else. units: what the unit column's cells say, or the text around the table.
    """
    default = next((unit for text in units if (unit := unit_of(text))), None)
    found = []
    for column in table.columns:
        if column.name in taken or is_other(column.labels) or not _holds_numbers(column, table.layout.decimal):
            continue
        values = column.numbers(table.layout.decimal)
        own = min(column.units(), default=None, key=_UNITS.index) or unit_of(column.labels)
        unit = own or (None if says_power(column.labels) else default)
        known = [(value, order.days[at]) for at in order.rows if (value := values[at]) is not None]
        bare = [value for value, _ in known]
        if not known or is_flawed(bare) or (own is None and _is_number_of(column, bare)):
            continue
        if own is None and len(bare) > 1 and bare[0] and len(set(bare)) == 1 and role_of(column.labels) is None:
            continue
        found.append(
            Amounts(
                column,
                "net" if is_net(column.labels, bare) else role_of(column.labels),
                unit,
                kind_of(known, unit, column.labels),
                values,
                any(value > 0 for value in bare),
                any(value < 0 for value in bare),
                says_daily(column.labels),
                is_daily_counter(known) or says_today(column.labels),
            )
        )
    return found


def _holds_numbers(column: Column, decimal: str) -> bool:
    """Return whether a column's cells are numbers: nearly all, or more than half where its name tells what they are.

    A meter that was away for hours leaves words among them, and its side isn't lost for it.
    """
    if column.is_numeric(decimal):
        return True
    return _says_amounts(column) and column.is_mostly_numeric(decimal)


def _says_amounts(column: Column) -> bool:
    return role_of(column.labels) is not None or unit_of(column.labels) is not None


def left_out(table: FileTable, taken: Sequence[str]) -> list[Column]:
    """Return the columns whose names tell amounts and which have some, and are none by most of their cells.

    taken: columns that are something else.
    """
    decimal = table.layout.decimal
    return [
        column
        for column in table.columns
        if column.name not in taken
        and not is_other(column.labels)
        and _says_amounts(column)
        and not _holds_numbers(column, decimal)
        and any(number is not None for number in column.numbers(decimal))
    ]


def is_net(name: str, values: Sequence[Decimal]) -> bool:
    """Return whether values are of a grid's connection with both signs, such as a net consumption or a signed import.

    A plant or a turbine takes a little at night: less than a fiftieth of what it gives.
    """
    role = role_of(name)
    above = sum(value for value in values if value > 0)
    below = -sum(value for value in values if value < 0)
    return role in {"consumption", "import", "export"} and min(above, below) * 50 > max(above, below)


def _is_number_of(column: Column, values: Sequence[Decimal]) -> bool:
    """Return whether values number rows or intervals, or are a meter's number."""
    if (says_number(column.labels) or says_site(column.labels)) and role_of(column.labels) is None:
        return True
    if len(values) >= _LEAST_VALUES and all(after - before == 1 for before, after in pairwise(values)):
        return True
    return len(set(values)) == 1 and len(str(values[0])) >= _NUMBER_DIGITS and role_of(column.labels) is None


def kind_of(values: Sequence[tuple[Decimal, date]], unit: Unit | None, name: str) -> SeriesKind:
    """Return what amounts are, by their unit or name, and by whether they only rise, or rise within each day.

    values: each with its local day, as the days went by.
    """
    if unit in POWERS or (unit is None and says_power(name)):
        return "power"
    return "register" if is_running([value for value, _ in values]) or is_daily_counter(values) else "interval"


def is_daily_counter(values: Sequence[tuple[Decimal, date]]) -> bool:
    """Return whether values are those of a counter that begins anew each day: they fall as a day begins, only then."""
    steps = list(pairwise(values))
    falls = [index for index, (before, after) in enumerate(steps) if after[0] < before[0]]
    days = len({day for _, day in values})
    if days <= 1 or not falls or len(falls) > days or len(values) < _LEAST_VALUES * days:
        return False
    # A row at 00:00 may still be the old day's.
    starts = {index for index, (before, after) in enumerate(steps) if before[1] != after[1]}
    return all(index in starts or index - 1 in starts for index in falls)


def is_running(values: Sequence[Decimal]) -> bool:
    """Return whether values are those of a running counter: they rise and never fall, from far above their steps.

    A fall in a hundred steps is a counter that was changed or began anew.
    """
    if len(values) < _LEAST_VALUES:
        return False
    steps = [after - before for before, after in pairwise(values)]
    falls = sum(step < 0 for step in steps)
    rises = [step for step in steps if step > 0]
    if not rises or falls * 100 > len(steps) or min(values) < 0:
        return False
    if sum(value > 10 * max(rises) for value in values) * 2 > len(values):
        return True
    return len(values) >= _LEAST_ROWS and len(set(values)) >= _LEAST_VALUES


def is_flawed(values: Sequence[Decimal]) -> bool:
    """Return whether values are a running total that also falls, as one that is worked out and rounded does.

    They lie far above their steps, and their differences are no energy.
    """
    if len(values) < _LEAST_VALUES or is_running(values):
        return False
    steps = [after - before for before, after in pairwise(values)]
    rises = sum(step for step in steps if step > 0)
    return min(values) > 20 * max(map(abs, steps)) and values[-1] > values[0] and rises > 0


def of_side(found: Sequence[Amounts], side: Literal["generated", "consumed"]) -> list[list[Amounts]]:
    """Return the candidates for a side, the likeliest first; each is the columns whose sum it is."""
    roles = _GENERATED if side == "generated" else _CONSUMED
    found = _with_counterparts(found)
    candidates: list[list[Amounts]] = []
    for role in roles:
        of_role = [each for each in found if each.role == role]
        candidates += joined(of_role)
    # A part that a plant hasn't, such as a generator, is zero throughout.
    candidates = [group for group in candidates if any(each.total for each in group)] or candidates
    return sorted(candidates, key=lambda group: _worth(group, roles))


def _with_counterparts(found: Sequence[Amounts]) -> list[Amounts]:
    """Say of columns without a role that they are import, where their names are an export's less its word."""
    if any("delivered" in plain(each.name) for each in found):
        found = [
            msgspec.structs.replace(each, role="export")
            if each.role is None and _RECEIVED.search(plain(each.name))
            else each
            for each in found
        ]
    if any(each.role in {"import", "consumption"} for each in found):
        return list(found)
    exports = {_bare(each.name) for each in found if each.role == "export"}
    return [
        msgspec.structs.replace(each, role="import") if each.role is None and _bare(each.name) in exports else each
        for each in found
    ]


def _bare(name: str) -> str:
    return " ".join(without_tariff(without_role(name)).split())


def _worth(group: Sequence[Amounts], roles: Sequence[Role]) -> tuple[int, int, bool, int, int]:
    first = group[0]
    kinds: tuple[SeriesKind, ...] = ("interval", "register", "power")
    role = roles.index(first.role) if first.role in roles else len(roles)
    return (int(first.is_daily), role, first.unit is None, kinds.index(first.kind), -max(each.filled for each in group))


def joined(of_role: Sequence[Amounts]) -> list[list[Amounts]]:
    """Return the columns of a role as sums: tariffs, phases and inverters of one name belong together.

    Of columns that say the same, a sum beside its parts or hours beside quarters, the fullest stands for all.
    """

    def key(each: Amounts) -> tuple[str, str, str]:
        # Of a name that is nothing but a tariff's or a number's there is no rest that columns could share.
        return (each.kind, str(each.unit), without_tariff(each.name) or each.name)

    groups = [list(group) for _, group in groupby(sorted(of_role, key=key), key)]
    return [_without_copies(group) for group in groups]


def take_turns(found: Sequence[Amounts]) -> bool:
    """Return whether columns of flows are of tariffs: in each row one of them has the energy, and each has some."""
    if any(each.kind == "register" or not each.total or each.unit != found[0].unit for each in found):
        return False
    rows = list(zip(*(each.values for each in found), strict=True))
    return all(sum(bool(value) for value in row) <= 1 for row in rows)


def _without_copies(group: list[Amounts]) -> list[Amounts]:
    group = sorted(group, key=lambda each: -each.filled)
    if len(group) > 1:
        first, *rest = group
        if all(abs(each.total - first.total) * 100 <= abs(first.total) and each.filled < first.filled for each in rest):
            return [first]
        if whole := _sum_among(group):
            return [whole]
    return sorted(group, key=lambda each: each.name)


def _sum_among(group: Sequence[Amounts]) -> Amounts | None:
    """Return the first column that is the sum of all others, as `is_sum` has it; None where none is.

    Each row is summed once: a file may have thousands of columns.
    """
    every = zip(*(each.values for each in group), strict=True)
    rows = [known for row in every if len(known := [value for value in row if value is not None]) == len(row)]
    sums = [sum(row, Decimal(0)) for row in rows]
    for each, values in zip(group, zip(*rows, strict=True), strict=False):
        good = sum(abs(2 * value - total) * 1000 <= abs(value) for value, total in zip(values, sums, strict=True))
        if each.total != 0 and good * 20 >= len(rows) * 19:
            return each
    return None


def is_sum(whole: Amounts, parts: Sequence[Amounts]) -> bool:
    """Return whether a column is the sum of others, in nearly all rows that have each."""
    rows = [
        (value, sum(filter(None, row), Decimal(0)))
        for value, *row in zip(whole.values, *(part.values for part in parts), strict=True)
        if value is not None and None not in row
    ]
    good = sum(abs(value - summed) * 1000 <= abs(value) for value, summed in rows)
    return bool(rows) and whole.total != 0 and good * 20 >= len(rows) * 19
