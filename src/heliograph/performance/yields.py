"""What a day of a site was worth: its energy and stops beside what could be expected, and ratios of sums of days.

expected energy: what the site would have given in the hours that were measured, under its neighbours' sky, by its own
weeks before [as in IEC TS 61724-3, with neighbours for the weather, since nobody measures irradiance here].
performance: measured energy over expected energy [the energy performance index of IEC TS 61724-3].
specific yield: energy over nameplate power, kWh/kWp [the final yield of IEC 61724-1].
availability: of the minutes that were measured and in which output was to be expected, those in which the unit didn't
stand still [by time, as in IEC TS 63019 and IEC TS 61400-26-1; what nobody knows of counts nowhere].
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from heliograph.checks.flag import Limit, rounded
from heliograph.estimation.expected import expected_kwh
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.estimation.model import Gap
from heliograph.performance.lost import FaultSpan, Surroundings

PRODUCTIVE: Final = Limit(
    "productive hour",
    0.05,
    "share of the most that an hour gave in the weeks before",
    "below it dusk, a horizon or dark clouds may leave nothing: standing still says nothing of the unit",
)
# What a smaller part of an hour gave isn't multiplied.
_MOSTLY: Final = 0.5


class DayPerformance(msgspec.Struct, frozen=True):
    """What could be expected of a day, in the hours of it that were measured.

    expected_kwh: the energy. productive_minutes: in which output was to be expected. stopped_minutes: of these, those
    in which the unit stood still.
    """

    expected_kwh: Decimal
    productive_minutes: int
    stopped_minutes: int


def day_performance(day: DayHours, around: Surroundings, stops: Iterable[FaultSpan] = ()) -> DayPerformance | None:
    """Return what could be expected of a day that is over; None where nothing says it.

    stops: when the unit stood still, as its flags say; they don't overlap.
    """
    hours = [
        (day.start + place * HOUR_SECONDS, coverage)
        for place, coverage in enumerate(day.coverage_of("generated"))
        if coverage > 0
    ]
    if not hours or not is_foreseeable(around):
        return None
    ends = [begin + HOUR_SECONDS for begin, _ in hours]
    expected = expected_kwh(Gap("generated", ends, HOUR_SECONDS), around.site, around.days, around.neighbours)
    if not expected:
        return None
    least = PRODUCTIVE.value * _most(around.days)
    productive = [(begin, coverage) for (begin, coverage), kwh in zip(hours, expected, strict=True) if kwh > least]
    stopped = sum(_inside(each, begin) for each in stops for begin, _ in productive)
    minutes = round(sum(coverage for _, coverage in productive) * HOUR_SECONDS / 60)
    energy = sum(coverage * kwh for (_, coverage), kwh in zip(hours, expected, strict=True))
    return DayPerformance(rounded(energy), minutes, min(minutes, round(stopped / 60)))


def is_foreseeable(around: Surroundings) -> bool:
    """Return whether a site's generation can be foreseen at all: by the sun, or by neighbours in the same wind.

    What a battery, a turbine in a stream or a heating plant generates is somebody's decision.
    """
    traits = around.site.traits
    return traits.by_sun is not False or (traits.gusts and bool(around.neighbours))


def specific_yield(generated_kwh: Decimal | None, capacity_kw: float | None) -> float | None:
    """Return energy over nameplate power, kWh/kWp; None where either isn't known."""
    return None if generated_kwh is None or not capacity_kw else float(generated_kwh) / capacity_kw


def performance(measured_kwh: Decimal | None, foreseen_kwh: Decimal | None) -> float | None:
    """Return measured energy over the energy expected of the same hours; None where nothing was, or isn't known."""
    return None if measured_kwh is None or not foreseen_kwh else float(measured_kwh / foreseen_kwh)


def availability(productive_minutes: int, stopped_minutes: int) -> float | None:
    """Return the share of productive minutes in which a unit didn't stand still; None where there are none."""
    return 1 - stopped_minutes / productive_minutes if productive_minutes else None


def _most(days: Iterable[DayHours]) -> float:
    """Return the most that a whole hour gave, kWh."""
    return max(
        (
            kwh / coverage
            for day in days
            for kwh, coverage in zip(day.energy_of("generated"), day.coverage_of("generated"), strict=True)
            if coverage >= _MOSTLY
        ),
        default=0.0,
    )


def _inside(stop: FaultSpan, begin: int) -> int:
    return max(0, min(stop.ends, begin + HOUR_SECONDS) - max(stop.begins, begin))
