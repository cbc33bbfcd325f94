"""Which of a site's energies its charts by hour show: what it is there for."""

from typing import Final, Literal

import msgspec

import theme
from hours import Cell
from series import SiteSeries


class Measure(msgspec.Struct, frozen=True):
    """An energy, as charts name it. signs: of generated and of consumed in it. ramp: its colours, nothing first."""

    name: str
    signs: tuple[int, int]
    ramp: tuple[str, ...]

    def of(self, cell: Cell) -> float:
        """Return an hour's energy, kWh."""
        return self.signs[0] * cell.generated + self.signs[1] * cell.consumed


_Kind = Literal["generation", "consumption"]

MEASURES: Final[dict[_Kind, Measure]] = {
    "generation": Measure("Generation", (1, 0), theme.GENERATION_RAMP),
    "consumption": Measure("Consumption", (0, 1), theme.CONSUMPTION_RAMP),
}


def measure_of(series: SiteSeries) -> Measure:
    """Choose a load's consumption, and so of a site that never generated; else the generation."""
    is_load = series.site.kind == "load" or (series.totals.generated <= 0 < series.totals.consumed)
    return MEASURES["consumption" if is_load else "generation"]
