"""The rows behind the incident timelines: from onset to recovery, what is open to now, none hidden by another."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gaps import horizon
from gravity import severity_of
from heliograph_client import Incident
from words import clock, lasting
from zones import Zone, on_axis

Row = dict[str, object]

# What is left open behind now, for its mark: a share of the window.
_ROOM: Final = 0.02
_SHORTEST: Final = timedelta(hours=1)


class Window(msgspec.Struct, frozen=True):
    """The time a timeline shows, UTC, and the zone it is written in. now: where open incidents end, named `mark`."""

    start: datetime
    end: datetime
    now: datetime
    mark: str
    zone: Zone


def window_of(firsts: Iterable[datetime], lasts: Iterable[datetime], as_of: datetime, zone: Zone) -> Window:
    """Lay a window from the first reading to now, or to the last reading where that is months ago."""
    end = horizon(max(lasts), as_of)
    start = min(*firsts, end - _SHORTEST)
    return Window(start, end + (end - start) * _ROOM, end, "now" if end == as_of else "last reading", zone)


def latest(window: Window, longest: timedelta) -> Window:
    """Cut a window to its latest part."""
    start = max(window.start, window.now - max(longest, _SHORTEST))
    return msgspec.structs.replace(window, start=start, end=window.now + (window.now - start) * _ROOM)


def within(incidents: Iterable[Incident], window: Window) -> list[Incident]:
    """Keep the incidents that reach into a window, by onset."""
    found = [each for each in incidents if onset_of(each) <= window.end and end_of(each, window) >= window.start]
    return sorted(found, key=lambda each: (each.onset, each.rule, each.site_id))


def onset_of(incident: Incident) -> datetime:
    """Return the moment an incident began."""
    return datetime.fromisoformat(incident.onset)


def end_of(incident: Incident, window: Window) -> datetime:
    """Return the moment an incident was over; now while it lasts."""
    if incident.recovery is not None:
        return datetime.fromisoformat(incident.recovery)
    return max(window.now, onset_of(incident))


def lanes(spans: list[tuple[datetime, datetime]], room: timedelta) -> list[int]:
    """Return each span, in order of its start, the first lane that is free, so that none covers another.

    room: what a span takes up at least, however short it is.
    """
    ends: list[datetime] = []
    found: list[int] = []
    for start, end in spans:
        lane = next((place for place, busy in enumerate(ends) if busy <= start), len(ends))
        ends[lane : lane + 1] = [max(end, start + room)]
        found.append(lane)
    return found


def timeline_row(incident: Incident, window: Window) -> Row:
    """Return one incident's bar, cut to the window, and what is told of it."""
    onset, end = onset_of(incident), end_of(incident, window)
    local = onset.astimezone(window.zone.info)
    over = "still open" if incident.is_open else clock(end.astimezone(window.zone.info))
    return {
        "site": incident.site_id,
        "rule": incident.rule,
        "severity": severity_of(incident),
        "state": "open" if incident.is_open else "over",
        "begins": "before" if onset < window.start else "within",
        "start": on_axis(max(onset, window.start), window.zone),
        "end": on_axis(min(max(end, onset), window.end), window.zone),
        "onset": clock(local),
        "recovery": over,
        "lasted": lasting(end - onset),
        "message": incident.message,
    }
