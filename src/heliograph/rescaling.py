"""What was learned at one interval, as of another: a meter that is set from an hour to a quarter stays the same meter.

Energies go with the interval's length, and times that are counted in readings against it. What a shorter interval does
by itself isn't known from a longer one: it swings by no more energy than the longer one did, which is the safe side.
"""

from collections.abc import Mapping
from math import ceil, log2
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from heliograph.checks.held import HELD_BANDS, TOP_BAND, Held

if TYPE_CHECKING:
    from heliograph.baseline import Baseline, DayShape

    Figures = TypeVar("Figures", DayShape, Baseline)
else:
    Figures = TypeVar("Figures")

_ENERGIES: Final = (
    "peak",
    "full",
    "top",
    "low",
    "night",
    "rest",
    "sustained",
    "highest",
    "lowest",
    "ceiling",
    "floor",
    "past",
    "falls",
)


def at_interval(figures: Figures, minutes: int) -> Figures:
    """Return a day's shape or a baseline as of an interval of so many minutes; as it is where its own isn't known."""
    if figures.minutes in {0, minutes} or minutes == 0:
        return figures
    times = minutes / figures.minutes
    changed: dict[str, Any] = {
        name: _scaled(getattr(figures, name), times) for name in _ENERGIES if name in figures.__struct_fields__
    }
    up, down = figures.bends
    changed["bends"] = (up * max(1.0, times), down * max(1.0, times))
    changed["held"] = (_held(figures.held[0], times), _held(figures.held[1], times))
    changed["line"] = (ceil(figures.line[0] / times), ceil(figures.line[1] / times))
    return msgspec.structs.replace(figures, minutes=minutes, **changed)


def _scaled(value: Any, times: float) -> Any:  # noqa: ANN401 - a figure, or several
    """Return energies times a factor; one below zero stands for none that is known."""
    if isinstance(value, (list, tuple)):
        return type(value)(_scaled(each, times) for each in value)
    return value * times if value > 0 else value


def _held(held: Mapping[int, int], times: float) -> Held:
    """Return runs of equal values by band: of values that are so many times as large, and as many times fewer."""
    bands = round(HELD_BANDS * log2(times))
    return {band if band == TOP_BAND else band + bands: ceil(length / times) for band, length in held.items()}
