"""What amounts are: energies of intervals, a running counter or power; in which unit; what says the same twice."""

from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from heliograph.detect.dates import RANGE
from heliograph.detect.questions import Asking
from heliograph.detect.sides import POWERS, Amounts
from heliograph.detect.times import Times, is_regular, step_of
from heliograph.detect.words import says_counter, says_mean
from heliograph.errors import ProfileError
from heliograph.profiles.amounts import SCALES
from heliograph.sides import SIDES

# Shortest spacing at which a power on the clock's marks is a meter's mean rather than a logger's sample, seconds.
_DEMAND_SECONDS: Final = 900
# Values that only rise are a counter's where there are as many; fewer may be a morning's.
_SURE_COUNTER: Final = 60
# A gigawatt hour, in Wh.
_MOST_WH: Final = 1_000_000_000
# Our own format's columns are interval energies, whatever their values.
OWN_NAMES: Final = frozenset({"energy_generated_kwh", "energy_consumed_kwh"})


def quantity_of(amounts: list[Amounts], times: Times, asking: Asking) -> tuple[str, str]:
    """Return what the amounts are, energies of intervals, a running counter or power, and their unit."""
    kind, name = amounts[0].kind, amounts[0].name
    unit = _unit(amounts, asking)
    if unit.rpartition(" ")[2] in POWERS:
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
    likely = options[amounts[0].kind] if _may_be_wh(amounts[0]) else ["1e-10 kWh", "1e-6 Wh", "1e-3 Wh", "1e-3 W"]
    return asking.ask("unit", f"Which unit are the amounts of {amounts[0].name!r} in?", likely)


def asked_unit(asking: Asking) -> str:
    """Return the unit of all amounts of a table, which nothing in it tells."""
    return asking.ask("unit", "Which unit are the amounts in?", ["kWh", "Wh", "kW", "W"])


def _may_be_wh(amounts: Amounts) -> bool:
    """Return whether amounts are of a plant that may be, in the smallest unit with a name: a gigawatt hour a row."""
    known = [value for value in amounts.values if value is not None]
    if amounts.kind == "register":
        known = [after - before for before, after in pairwise(known)]
    return max(map(abs, known), default=Decimal(0)) < _MOST_WH


def in_named_unit(found: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a profile whose unit may be a number of another, such as `1e-10 kWh`, in that other one."""
    number, _, unit = found["unit"].rpartition(" ")
    if not number:
        return found
    try:
        factor = Decimal(number)
    except ArithmeticError:
        raise ProfileError(f"unit: {found['unit']!r} is no unit, nor a number of one such as 1e-3 Wh") from None
    scaled: dict[str, Any] = {
        side: [{**each, "factor": f"{Decimal(each.get('factor', '1')) * factor:f}"} for each in found[side]]
        for side in SIDES
        if side in found
    }
    return {**found, "unit": unit, **scaled}


def without_restated(usable: list[Amounts], times: Times) -> list[Amounts]:
    """Return columns without those of power that say what one of energy says: they are it, times the interval."""
    step = step_of(times.wall_times)
    energies = [each for each in usable if each.kind == "interval" and each.unit and each.unit not in POWERS]
    if not step or len(energies) != 1:
        return usable
    return [each for each in usable if each.unit not in POWERS or not _restates(each, energies[0], Decimal(step))]


def _restates(power: Amounts, energy: Amounts, seconds: Decimal) -> bool:
    scale = SCALES[power.unit or "kW"] * seconds / 3600 / SCALES[energy.unit or "kWh"]
    rows = [(p * scale, e) for p, e in zip(power.values, energy.values, strict=True) if p is not None and e is not None]
    least = max((abs(e) for _, e in rows), default=Decimal(0)) / 1000
    return bool(rows) and all(abs(p - e) <= abs(e) / 100 + least for p, e in rows)
