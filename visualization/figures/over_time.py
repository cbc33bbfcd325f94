"""One site's generation against its consumption over time, with what is flagged and what is missing."""

from collections.abc import Iterable

import altair as alt
from altair.typing import ChartType

import theme
from drawing import Drawing, Fleet, headed, joined, left_out_note, rows, source_line, time_x, tooltips
from figures.net_energy_by_site import balance
from figures.time_rows import Row, View, gap_rows, hover_rows, line_rows, mark_rows, view_of
from findings import energy_finding
from heliograph.formatting import count
from picture import HOVER
from series import SiteSeries
from words import days, interval

_HEIGHT = 380
_FLAGGED, _MISSING = "Flagged", "Readings missing"
_COLORS = {
    "Generated": theme.GENERATED,
    "Consumed": theme.CONSUMED,
    _FLAGGED: theme.ANOMALY,
    _MISSING: theme.GAP,
}
_REASON = {"when": "Time", "rule": "Rule", "observed": "Observed", "limit": "Limit", "message": "Why"}
_FIGURES = {"when": "Time", "generated": "Generated", "consumed": "Consumed", "net": "Net"}


def draw(series: SiteSeries, fleet: Fleet) -> Drawing:
    """Draw each reading of a site, or its days' totals where the readings are too many to tell apart."""
    view, site_id = view_of(series), series.site.site_id
    title = f"{site_id}: {energy_finding(series, f'it {balance(series.totals.net)}')}"
    chart = headed(_chart(view), title, _subtitle(series, view, fleet))
    return Drawing(f"generation-and-consumption-{site_id}", title, chart, site_id, "Energy over time")


def _subtitle(series: SiteSeries, view: View, fleet: Fleet) -> list[str]:
    apart = "" if series.interval_minutes is None else f", one every {interval(series.interval_minutes)}"
    drawn = {"reading": "", "hour": ", drawn as hourly totals", "day": ", drawn as daily totals"}[view.step]
    readings = count(series.totals.readings, "reading") + apart
    span = days(series.days["day"][0], series.days["day"][-1])
    came_to = "" if series.episodes.is_empty() else f"In all it {balance(series.totals.net)}"
    lines = [joined(span, readings + drawn), joined(came_to, left_out_note([series])), _notes(view)]
    return [*lines, source_line(fleet)]


def _notes(view: View) -> str:
    """Explain what isn't plain to see in this very chart."""
    many = view.summed and any(span["flagged"] > 1 for span in view.spans)
    beyond = sum(not view.low <= value <= view.high for value in view.marked_values)
    return joined(
        f"Larger marks: more of the {view.step}'s readings are flagged" if many else "",
        f"Grey: {view.step}s with less than 90 % of their readings" if view.summed and view.gaps else "",
        f"Triangles: {count(beyond, 'flagged value')} beyond the axis" if beyond else "",
    )


def _chart(view: View) -> ChartType:
    zoom = alt.selection_interval(bind="scales", encodings=["x"], name="zoom", zoom="wheel![event.ctrlKey]")
    layers = [_gaps(view), *_lines(view), _hover(view).add_params(zoom), _marks(view)]
    return alt.layer(*layers).properties(width=theme.WIDTH, height=_HEIGHT)


def _x(view: View, field: str = "end", *, ranged: bool = False) -> alt.X:
    ends = None if ranged else (view.first, view.last)
    return time_x(field, view.time_title, ends, months=view.months, whole_days=view.step == "day")


def _y(view: View, field: str) -> alt.Y:
    scale = alt.Scale(domain=[view.low, view.high], nice=False)
    return alt.Y(f"{field}:Q", title=view.energy_title, scale=scale)


def _color(view: View) -> alt.Color:
    """Return one scale to all layers; its legend names what this chart has."""
    shown = ["Generated", "Consumed"]
    shown += [_FLAGGED] if view.marked_values else []
    shown += [_MISSING] if view.gaps else []
    scale = alt.Scale(domain=shown, range=[_COLORS[name] for name in shown])
    legend = alt.Legend(symbolType="square", symbolOpacity=1, symbolStrokeWidth=0)
    return alt.Color("name:N", scale=scale, legend=legend)


def _named(values: Iterable[Row], name: str) -> alt.Chart:
    return alt.Chart(rows(list(values))).transform_calculate(name=f"'{name}'")


def _lines(view: View) -> list[alt.Chart]:
    corners, color = line_rows(view), _color(view)
    fill = _named(corners, "Generated").mark_area(interpolate="step-before", clip=True, opacity=0.4, line=False)
    layers = [fill.encode(x=_x(view), y=_y(view, "generated"), color=color)]
    for field, name, width in (("generated", "Generated", 1.1), ("consumed", "Consumed", 1.5)):
        line = _named(corners, name).mark_line(
            interpolate="step-before", clip=True, strokeWidth=width, strokeCap="square"
        )
        layers.append(line.encode(x=_x(view), y=_y(view, field), color=color))
    return layers


def _gaps(view: View) -> alt.Chart:
    titles = {"when": "Readings missing", "readings": "Readings"}
    marks = _named(gap_rows(view), _MISSING).mark_rect(opacity=0.28, clip=True)
    chart: alt.Chart = marks.encode(
        x=_x(view, "start", ranged=True), x2="end:T", color=_color(view), tooltip=tooltips(titles)
    )
    return chart


def _hover(view: View) -> alt.Chart:
    """Cover each span with an unseen band that shows its figures when pointed at, however thin its line."""
    over = alt.selection_point(on="pointerover", clear="pointerout", fields=["start"], name="over", empty=False)
    titles = _FIGURES | ({"readings": "Readings"} if view.summed else {})
    marks = alt.Chart(rows(hover_rows(view))).mark_rect(clip=True, color=theme.INK)
    chart: alt.Chart = (
        marks.encode(
            x=_x(view, "start", ranged=True),
            x2="end:T",
            opacity=alt.when(over).then(alt.value(0.08)).otherwise(alt.value(0)),
            tooltip=tooltips(titles),
        )
        .add_params(over)
        .properties(name=HOVER)
    )
    return chart


def _marks(view: View) -> alt.Chart:
    marks = _named(mark_rows(view), _FLAGGED).mark_point(filled=True, opacity=0.95, stroke=theme.PAPER, strokeWidth=0.9)
    chart: alt.Chart = marks.encode(
        x=_x(view, "middle"),
        y=_y(view, "y"),
        shape=alt.Shape("shape:N", scale=None, legend=None),
        size=alt.Size("size:Q", scale=None, legend=None),
        color=_color(view),
        tooltip=tooltips(_REASON | ({"flagged": "Flagged readings"} if view.summed else {}) | _FIGURES),
    )
    return chart
