"""One site's days hour by hour: a heat map, with the hours marked that hold flagged readings."""

from datetime import timedelta

import altair as alt
from altair.typing import ChartType

import theme
from drawing import Drawing, Fleet, headed, joined, left_out_note, rows, source_line, tooltips
from figures.hour_classes import NOTHING_COUNTED, spread
from figures.hour_rows import HourView, Row, cell_rows, hour_view_of
from findings import hours_finding
from series import SiteSeries
from severity import severity_fill, severity_shape
from time_axis import MONTHS_FROM, time_x
from words import day, days, listed
from zones import is_plain

_HEIGHT = 24 * 16
_CELL = {"when": "Hour", "power": "Mean power", "readings": "Readings"}
_WHY = {"flagged": "Flagged", "rule": "Rule", "message": "Why"}
# Cells at least this wide have a line between them, pixels.
_WIDE = 8
_SMALLEST, _LARGEST = 22, 90


def draw(series: SiteSeries, fleet: Fleet) -> Drawing | None:
    """Draw each hour of each day by its mean power. None where readings are further apart than an hour."""
    view = hour_view_of(series)
    if view is None:
        return None
    site_id, cells = series.site.site_id, cell_rows(view)
    title = f"{site_id}: {hours_finding(view.hours, view.measure)}"
    chart = headed(_chart(view, cells), title, _subtitle(view, fleet))
    return Drawing(f"day-by-hour-{site_id}", title, chart, site_id, "Day by hour")


def _subtitle(view: HourView, fleet: Fleet) -> list[str]:
    cut = f"the latest {len(view.days)} days" if len(view.series.days) > len(view.days) else ""
    changes = [day(when) for when in view.days if not is_plain(when, view.series.zone)]
    changed = f"The clocks change on {listed(changes)}" if changes else ""
    return [
        joined(f"{days(view.days[0], view.days[-1])}, hours in {view.series.zone.name}", cut, changed),
        left_out_note([view.series]),
        source_line(fleet),
    ]


def _chart(view: HourView, cells: list[Row]) -> ChartType:
    flagged = [row for row in cells if "severity" in row]
    layers = [_cells(view, cells, alone=not flagged), *([_marks(view, flagged)] if flagged else [])]
    return alt.layer(*layers).properties(width=theme.WIDTH, height=_HEIGHT)


def _cells(view: HourView, cells: list[Row], *, alone: bool) -> alt.Chart:
    names = [*view.classes.names, *([NOTHING_COUNTED] if any(row["class"] == NOTHING_COUNTED for row in cells) else [])]
    colors = [*spread(view.measure.ramp, len(view.classes.names)), theme.NOTHING]
    legend = alt.Legend(title=f"Mean {view.measure.name.lower()} ({view.classes.power_unit})", symbolType="square")
    scale = alt.Scale(domain=names, range=colors[: len(names)])
    color = alt.Color("class:N", sort=names, scale=scale, legend=legend)
    # Wide cells are parted by a line; thin ones have an edge of their own colour, or they would show a seam.
    stroke = alt.value(theme.PAPER) if _width(view) >= _WIDE else alt.Stroke("class:N", scale=scale, legend=None)
    marks = alt.Chart(rows(cells)).mark_rect(clip=True, strokeWidth=0.6)
    chart: alt.Chart = marks.encode(
        x=_x(view, "start", ranged=not alone),
        x2="end:T",
        y=_y("top"),
        y2="bottom:Q",
        color=color,
        stroke=stroke,
        tooltip=tooltips(_CELL),
    )
    return chart


def _marks(view: HourView, flagged: list[Row]) -> alt.Chart:
    size = min(_LARGEST, max(_SMALLEST, _width(view) * _HEIGHT / 24))
    marks = alt.Chart(rows(flagged)).mark_point(size=size, filled=True, opacity=1, stroke=theme.PAPER, strokeWidth=0.9)
    chart: alt.Chart = marks.encode(
        x=_x(view, "middle"),
        y=_y("centre"),
        fill=severity_fill(flagged, "Hours with flagged readings"),
        shape=severity_shape(flagged, "Hours with flagged readings"),
        tooltip=tooltips(_CELL | _WHY),
    )
    return chart


def _x(view: HourView, field: str, *, ranged: bool = False) -> alt.X:
    ends = None if ranged else (f"{view.days[0]}T00:00:00Z", f"{view.days[-1] + timedelta(days=1)}T00:00:00Z")
    long = len(view.days) > MONTHS_FROM
    return time_x(field, f"Day in {view.series.zone.name}", ends, months=long, whole_days=True)


def _y(field: str) -> alt.Y:
    axis = alt.Axis(values=list(range(0, 25, 3)), labelExpr="format(datum.value, '02d') + ':00'", grid=False)
    return alt.Y(f"{field}:Q", title="Hour of the day", scale=alt.Scale(domain=[24, 0], nice=False), axis=axis)


def _width(view: HourView) -> float:
    return theme.WIDTH / len(view.days)
