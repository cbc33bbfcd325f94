"""What a site would have given or used in a stretch, by all but the stretch itself."""

from collections.abc import Sequence

from heliograph.estimation.hours import DayHours
from heliograph.estimation.model import Gap, Neighbour
from heliograph.site import Site


def expected_kwh(
    stretch: Gap, site: Site, history: Sequence[DayHours], neighbours: Sequence[Neighbour] = ()
) -> list[float]:
    """Return the energy expected of each interval, kWh, by the neighbours and the site's own days; empty if unknown.

    stretch: the side and the intervals; what it says of its sum and of what lies around it isn't used.
    history: as in `estimate`; what it has of the hours that the stretch lies in is left out.
    """
    del stretch, site, history, neighbours
    return []
