"""Every chart there is, one file a kind. To add one, write its `draw` and name it here.

A fleet figure is given the fleet and draws once; a site figure is drawn for each site. Either gives None where there is
nothing to show.
"""

from collections.abc import Callable
from typing import Final

from drawing import Drawing, Fleet
from figures import (
    anomalies_by_site,
    completeness_calendar,
    day_by_hour,
    incident_timeline,
    net_energy_by_site,
    over_time,
    self_sufficiency_by_site,
)
from series import SiteSeries

FleetFigure = Callable[[Fleet], Drawing | None]
SiteFigure = Callable[[SiteSeries, Fleet], Drawing | None]

FLEET_FIGURES: Final[tuple[FleetFigure, ...]] = (
    incident_timeline.draw_fleet,
    anomalies_by_site.draw,
    net_energy_by_site.draw,
    self_sufficiency_by_site.draw,
)
SITE_FIGURES: Final[tuple[SiteFigure, ...]] = (
    over_time.draw,
    day_by_hour.draw,
    completeness_calendar.draw,
    incident_timeline.draw,
)
