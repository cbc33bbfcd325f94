"""From powers to the few classes a heat map is coloured by: round limits, and what is far off doesn't stretch them."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from words import TO, Unit, unit_for

NOTHING_COUNTED: Final = "missing or left out"

_ROUND: Final = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
# Below this share of the largest limit there is as good as nothing: standby draw, the first light.
_NOTHING: Final = 0.005
_USUAL: Final = 0.995
# A site that never does more than a milliwatt, kW, does nothing.
_LEAST: Final = 1e-6


class Classes(msgspec.Struct, frozen=True):
    """Classes of power, lowest first. limits: their lower ends but the first one's, in `unit`; names: one more."""

    limits: tuple[float, ...]
    names: tuple[str, ...]
    unit: Unit

    @property
    def power_unit(self) -> str:
        """The unit's name for power: kW where energy is in kWh."""
        return self.unit.name.removesuffix("h")

    def name_of(self, kilowatts: float) -> str:
        """Name the class a power is in."""
        value = self.unit.of(kilowatts)
        return self.names[sum(limit <= value for limit in self.limits)]


def classes_for(kilowatts: Sequence[float], most: int) -> Classes:
    """Lay up to `most` classes over some powers: one for as good as nothing, the others alike and round."""
    usual = sorted(max(0.0, each) for each in kilowatts) or [0.0]
    ends = usual[min(len(usual) - 1, int(len(usual) * _USUAL))], usual[-1]
    top = next((end for end in ends if end > _LEAST), 1.0)
    unit = unit_for([top])
    step = _round_up(unit.of(top) / (most - 1))
    count = max(1, math.ceil(unit.of(top) / step - 1e-9))
    limits = [step * count * _NOTHING, *(step * place for place in range(1, count))]
    between = [f"{low:g}{TO}{high:g}" for low, high in pairwise(limits[1:])]
    last = f"{limits[-1]:g} and more" if count > 1 else "more"
    names = ["about 0", *([f"up to {limits[1]:g}"] if count > 1 else []), *between, last]
    return Classes(tuple(limits), tuple(names), unit)


def spread(ramp: Sequence[str], count: int) -> list[str]:
    """Take so many of a ramp's colours, its ends among them, evenly."""
    return [ramp[round(place * (len(ramp) - 1) / max(1, count - 1))] for place in range(count)]


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(each * power for each in _ROUND if each * power >= value * (1 - 1e-9))
