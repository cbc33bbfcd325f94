"""Which pending incidents are due: those that waited long enough, and the others of their group.

The watch evaluates the sites one after the other, spread over a cycle. A fault of many sites is therefore found bit by
bit; it is one event because its incidents begin, or recover, at about the same time. An event is due when its first
incident has waited a cycle: by then every site was evaluated.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from heliograph.incidents.model import Incident
from heliograph.reading import format_timestamp, moment_of

# Incidents further apart than this belong to different events: three 5-minute intervals.
_APART: Final = timedelta(minutes=15)
# The files that show one event land within this.
_LANDING: Final = timedelta(minutes=10)


def due(pending: Sequence[Incident], group_wait_minutes: int, now: datetime) -> list[Incident]:
    """Return the incidents to notify of now, in order of site and rule.

    The processor notifies of what its file opened; where it didn't, similar files may still be landing.
    """
    waited = format_timestamp(now - timedelta(minutes=group_wait_minutes))
    landed = format_timestamp(now - min(_LANDING, timedelta(minutes=group_wait_minutes)))
    ready: list[Incident] = []
    for phase in ("onset", "recovery"):
        for event in _events([each for each in pending if each.pending == phase]):
            if any(_found_at(each) <= (landed if _of_file(each) else waited) for each in event):
                ready += event
    return in_order(ready)


def in_order(incidents: Sequence[Incident]) -> list[Incident]:
    """Sort incidents by site and rule."""
    return sorted(incidents, key=lambda each: (each.site_id, each.rule, each.onset))


def _events(incidents: Sequence[Incident]) -> Iterator[list[Incident]]:
    """Put together the incidents that begin, or recover, at about the same time."""
    event: list[Incident] = []
    for incident in sorted(incidents, key=_moment):
        if event and moment_of(_moment(incident)) - moment_of(_moment(event[-1])) > _APART:
            yield event
            event = []
        event.append(incident)
    if event:
        yield event


def _moment(incident: Incident) -> str:
    return incident.recovery or incident.onset


def _found_at(incident: Incident) -> str:
    return incident.closed_at or incident.found_at


def _of_file(incident: Incident) -> bool:
    return bool(incident.source) and not incident.recovery
