"""Which of a site's energies its charts by hour show: what it is there for."""

from typing import Final, Literal

import msgspec

import theme
from series import SiteSeries


class Measure(msgspec.Struct, frozen=True):
    """An energy, as charts name it. column: where tables have it. ramp: its colours, nothing first."""

    name: str
    column: Literal["generated", "consumed"]
    ramp: tuple[str, ...]


GENERATION: Final = Measure("Generation", "generated", theme.GENERATION_RAMP)
CONSUMPTION: Final = Measure("Consumption", "consumed", theme.CONSUMPTION_RAMP)


def measure_of(series: SiteSeries) -> Measure:
    """Choose a load's consumption, and so of a site that never generated; else the generation."""
    is_load = series.site.kind == "load" or (series.totals.generated <= 0 < series.totals.consumed)
    return CONSUMPTION if is_load else GENERATION
