"""Incidents from onset to recovery: of one site a row a rule, of the fleet a few rows a site; open ones run to now."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import altair as alt
import msgspec
from altair.typing import ChartType

import theme
from drawing import (
    MONTHS_FROM,
    MOST_BARS,
    Drawing,
    Fleet,
    headed,
    hidden,
    joined,
    rows,
    source_line,
    time_x,
    tooltips,
)
from findings import fleet_incidents_finding, incidents_finding
from heliograph.formatting import count
from heliograph_client import ApiIncident
from series import SiteSeries, horizon
from severity import gravity, severity_fill, severity_of, severity_shape
from theme import ChartRow
from words import TO, clock, lasting
from zones import Zone, fixed_over, on_axis

# What is left open behind now, for its mark: a share of the window.
_ROOM: Final = 0.02
_SHORTEST: Final = timedelta(hours=1)
# What the fleet's timeline reaches back: longer, and an hour is thinner than a dot.
FLEET_DAYS: Final = 30
# A site has at most so many lanes; what is open beside them shares the last one.
_LANES: Final = 4
_LANE_STEP: Final = 16
_RULE_STEP: Final = 30
# What a mark takes up, a share of the window.
_MARK: Final = 0.014
_THICK, _THIN = 9, 4
_TOOLTIP: Final = {
    "site": "Site",
    "rule": "Rule",
    "severity": "Severity",
    "onset": "Onset",
    "recovery": "Recovery",
    "lasted": "Lasted",
    "message": "Why",
}
# A row is named "site|lane"; the site's name stands beside its first lane only.
_GAP: Final = "|gap"
_LABEL: Final = "split(datum.value, '|')[1] == '0' ? split(datum.value, '|')[0] : ''"


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


def within(incidents: Iterable[ApiIncident], window: Window) -> list[ApiIncident]:
    """Keep the incidents that reach into a window, by onset."""
    found = [each for each in incidents if onset_of(each) <= window.end and end_of(each, window) >= window.start]
    return sorted(found, key=lambda each: (each.onset, each.rule, each.site_id))


def onset_of(incident: ApiIncident) -> datetime:
    """Return the moment an incident began."""
    return datetime.fromisoformat(incident.onset)


def end_of(incident: ApiIncident, window: Window) -> datetime:
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


def timeline_row(incident: ApiIncident, window: Window) -> ChartRow:
    """Return one incident's bar, cut to the window, and its tooltip."""
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


def draw(series: SiteSeries, fleet: Fleet) -> Drawing:
    """Draw one site's incidents, a row a rule; a site that had none says so."""
    window = _localized(window_of([series.first], [series.last], fleet.as_of, series.zone))
    shown, site_id = within(series.incidents, window), series.site.site_id
    title = f"{site_id}: {incidents_finding(tuple(shown), series.zone)}"
    order = [f"{rule}|0" for rule, _times in Counter(each.rule for each in shown).most_common()]
    values = [timeline_row(each, window) | {"row": f"{each.rule}|0"} for each in shown]
    subtitle = [_span(window), _note(values, window), source_line(fleet)]
    chart = headed(_chart(values, window, order, _RULE_STEP), title, subtitle)
    return Drawing(f"incidents-{site_id}", title, chart, site_id, "Incidents")


def draw_fleet(fleet: Fleet) -> Drawing:
    """Draw the fleet's latest incidents, the sites with the gravest open ones first; none covers another."""
    firsts, lasts = [site.first for site in fleet.sites], [site.last for site in fleet.sites]
    window = latest(window_of(firsts, lasts, fleet.as_of, fleet.zone), timedelta(days=FLEET_DAYS))
    # A site that fell silent before the window doesn't stretch it back to before the others began.
    begun = min((site.first for site in fleet.sites if site.last >= window.start), default=window.start)
    window = _localized(latest(window, min(timedelta(days=FLEET_DAYS), window.now - begun)))
    by_site = {site.site.site_id: within(site.incidents, window) for site in fleet.sites}
    having = sorted((name for name in by_site if by_site[name]), key=lambda name: _weight(by_site[name], name))
    shown = having[:MOST_BARS]
    values = [row for name in shown for row in _laned(by_site[name], window)]
    title = fleet_incidents_finding([by_site[name] for name in having], len(fleet.sites))
    note = hidden(len(having), len(shown), "with the gravest open incidents")
    subtitle = [_span(window), joined(_note(values, window), note), source_line(fleet)]
    chart = headed(_chart(values, window, _lane_rows(values), _LANE_STEP), title, subtitle)
    return Drawing("incidents", title, chart, None, "Incidents")


def _weight(incidents: list[ApiIncident], name: str) -> tuple[int, int, int, str]:
    opened = [each for each in incidents if each.is_open]
    return -max((gravity(each) for each in opened), default=-1), -len(opened), -len(incidents), name


def _localized(window: Window) -> Window:
    return msgspec.structs.replace(window, zone=fixed_over(window.zone, window.start, window.end))


def _laned(incidents: list[ApiIncident], window: Window) -> list[ChartRow]:
    spans = [(onset_of(each), end_of(each, window)) for each in incidents]
    places = lanes(spans, (window.end - window.start) * _MARK)
    return [
        timeline_row(each, window) | {"row": f"{each.site_id}|{min(place, _LANES - 1)}"}
        for each, place in zip(incidents, places, strict=True)
    ]


def _lane_rows(values: list[ChartRow]) -> list[str]:
    """Name the lanes from the top, with an empty one between two sites."""
    found: list[str] = []
    for site in dict.fromkeys(row["site"] for row in values):
        lanes_of_it = sorted({str(row["row"]) for row in values if row["site"] == site})
        found += [*([f"{site}{_GAP}"] if found else []), *lanes_of_it]
    return found


def _span(window: Window) -> str:
    start, now = (moment.astimezone(window.zone.info) for moment in (window.start, window.now))
    return f"{clock(start)} {TO} {clock(now)}, time in {window.zone.name}"


def _note(values: list[ChartRow], window: Window) -> str:
    opened = sum(row["state"] == "open" for row in values)
    runs_on = f"thick: {count(opened, 'open one')}, up to {'now' if window.mark == 'now' else 'the last reading'}"
    return joined("A mark at the onset, a bar to the recovery", runs_on if opened else "") if values else ""


def _chart(values: list[ChartRow], window: Window, order: list[str], step: int) -> ChartType:
    scale = alt.Scale(domain=order or ["no incident|0"])
    gaps = [name for name in order if name.endswith(_GAP)]
    axis = alt.Axis(labelExpr=_LABEL, grid=not gaps, labelPadding=10)
    y = alt.Y("row:N", sort=order, title=None, scale=scale, axis=axis)
    moment = alt.Chart(rows([{"now": on_axis(window.now, window.zone)}]))
    rule = moment.mark_rule(color=theme.MUTED, strokeDash=[4, 3]).encode(x=_x(window, "now"))
    word = moment.mark_text(text=window.mark, align="right", baseline="bottom", dx=4, dy=-4, color=theme.MUTED)
    empty = alt.Chart(rows([{"row": "no incident|0"}])).mark_point(opacity=0).encode(y=y)
    between = alt.Chart(rows([{"row": name} for name in gaps])).mark_rule(color=theme.GRID).encode(y=y)
    marks = _marks(values, window, y) if values else [empty]
    return alt.layer(between, rule, word.encode(x=_x(window, "now"), y=alt.value(0)), *marks).properties(
        width=theme.WIDTH, height=step * max(1, len(order))
    )


def _marks(values: list[ChartRow], window: Window, y: alt.Y) -> list[alt.Chart]:
    fill, shape = severity_fill(values, "Severity"), severity_shape(values, "Severity")
    base = alt.Chart(rows(values)).encode(y=y, fill=fill, tooltip=tooltips(_TOOLTIP))
    layers = [
        base.transform_filter(f"datum.state == '{state}'")
        .mark_bar(height=height, cornerRadius=2, clip=True)
        .encode(x=_x(window, "start", ranged=True), x2="end:T")
        for state, height in (("over", _THIN), ("open", _THICK))
    ]
    onsets = _points(base.transform_filter("datum.begins == 'within'"), 95)
    # An arrow: it goes on beyond what is drawn, on the left from before, on the right for as long as it is open.
    before = _points(base.transform_filter("datum.begins == 'before'"), 120, "triangle-left")
    lasting = _points(base.transform_filter("datum.state == 'open'"), 120, "triangle-right")
    layers.append(onsets.encode(x=_x(window, "start"), shape=shape))
    return [*layers, before.encode(x=_x(window, "start")), lasting.encode(x=_x(window, "end"))]


def _points(base: alt.Chart, size: int, shape: str = "circle") -> alt.Chart:
    marks: alt.Chart = base.mark_point(
        filled=True, size=size, shape=shape, opacity=1, stroke=theme.PAPER, strokeWidth=0.9
    )
    return marks


def _x(window: Window, field: str, *, ranged: bool = False) -> alt.X:
    ends = None if ranged else (on_axis(window.start, window.zone), on_axis(window.end, window.zone))
    long = window.end - window.start > timedelta(days=MONTHS_FROM)
    return time_x(field, f"Time in {window.zone.name}", ends, months=long, whole_days=False)
