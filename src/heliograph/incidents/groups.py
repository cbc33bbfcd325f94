"""Incident groups: one cause at many sites of a region, which is one message.

Incidents are of one group where the same rule finds them in the same known region at about the same time. They stay
incidents of their sites, each with its own onset and recovery.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from heliograph.checks.flag import SEVERITIES
from heliograph.incidents.model import Incident, Phase
from heliograph.reading import moment_of

# Two sites at once may be chance; with one alarm a year each, three of a thousand in an hour and by one rule are less
# than one in 10,000 hours.
_GROUP_SITES: Final = 3
# Incidents of one event begin no further apart: an hourly meter dates it up to an hour after a 5-minute one, and
# settlement periods are 15, 30 or 60 minutes [ENTSO-E, survey on ancillary services].
_CLOSE: Final = timedelta(hours=1)


def by_cause(incidents: Iterable[Incident], phase: Phase) -> tuple[list[list[Incident]], list[Incident]]:
    """Return the groups among some incidents, each with the worst first, and those that are in none, in their order."""
    found = list(incidents)
    groups = [
        worst_first(each) for each in _candidates(found, phase) if len({one.site_id for one in each}) >= _GROUP_SITES
    ]
    grouped = {one.id for each in groups for one in each}
    return groups, [each for each in found if each.id not in grouped]


def cause_of(incident: Incident) -> str:
    """Return the name of a cause in a region, such as `no_data@Europe/Berlin`."""
    return f"{incident.rule}@{incident.region}"


def worst_first(incidents: Iterable[Incident]) -> list[Incident]:
    """Sort incidents: the more severe first, then what cost most, what is furthest beyond its limit, what is oldest."""
    return sorted(incidents, key=_rank)


def moment(incident: Incident, phase: Phase) -> str:
    """Return when an incident began, or recovered, UTC text."""
    return incident.recovery if phase == "recovery" else incident.onset


def _candidates(incidents: Sequence[Incident], phase: Phase) -> Iterator[list[Incident]]:
    """Yield the incidents of each cause and region that follow each other closely.

    Sites of which nobody knows the region may lie anywhere: they share no cause that is known.
    """
    placed = [each for each in incidents if each.region]
    for _, of_cause in groupby(sorted(placed, key=lambda each: (cause_of(each), moment(each, phase))), key=cause_of):
        close: list[Incident] = []
        for each in of_cause:
            if close and moment_of(moment(each, phase)) - moment_of(moment(close[-1], phase)) > _CLOSE:
                yield close
                close = []
            close.append(each)
        yield close


def _rank(incident: Incident) -> tuple[int, float, float, str, str]:
    beyond = (
        abs(float(incident.observed)) / abs(float(incident.limit)) if incident.limit else abs(float(incident.observed))
    )
    lost = float(incident.lost_kwh or 0)
    return -SEVERITIES.index(incident.severity), -lost, -beyond, incident.onset, incident.site_id
