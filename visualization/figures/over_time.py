"""One site's energy over time: as readings, hours or days, with gaps and what is flagged.

A chart is laid out first: what is drawn where, and what its tooltip says; then its layers are drawn.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, Literal

import altair as alt
import msgspec
import polars as pl
from altair.typing import ChartType

import theme
from drawing import Drawing, Fleet, headed, joined, left_out_note, rows, source_line, time_x, tooltips
from figures.net_energy_by_site import balance
from findings import energy_finding
from heliograph.formatting import count
from picture import HOVER
from series import MOST_POINTS, SiteSeries, gaps_between, gaps_in
from theme import ChartRow
from words import TO, EnergyUnit, clock, day, days, energy, interval, listed, unit_for
from zones import Zone, fixed_over, on_axis

# A flagged value may stretch the axis this far beyond what isn't flagged; beyond, it is marked at the edge, so that one
# value a thousand times too large doesn't flatten all the others.
_STRETCH: Final = 0.5
_ROOM: Final = 0.06
_INSET: Final = 0.015
_SMALLEST, _LARGEST, _EACH = 70, 420, 130
_CROWDED: Final = 150
_HALF_AN_HOUR: Final = 30
_MONTHS: Final = timedelta(days=120)
TimeStep = Literal["reading", "hour", "day"]
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


class TimeChart(msgspec.Struct, frozen=True):
    """A site's time chart before it is drawn.

    spans: what a step of the lines stands for, in time order. gaps: where readings are missing.
    low, high: the ends of the energy axis, in `unit`. first, last: the ends of the time axis, as a UTC axis reads them.
    """

    step: TimeStep
    spans: list[ChartRow]
    gaps: list[ChartRow]
    zone: Zone
    unit: EnergyUnit
    low: float
    high: float
    first: str
    last: str
    time_title: str
    energy_title: str

    @property
    def summed(self) -> bool:
        """Return whether a span stands for several readings."""
        return self.step != "reading"

    @property
    def months(self) -> bool:
        """Return whether the time axis is so long that it is marked in months."""
        length: timedelta = self.spans[-1]["end"] - self.spans[0]["start"]
        return length > _MONTHS

    @property
    def flagged(self) -> list[ChartRow]:
        """The spans that hold a flagged reading."""
        return [span for span in self.spans if span["flagged"]]

    @property
    def marked_values(self) -> list[float]:
        """Where each mark belongs on the energy axis, in `unit`."""
        return [_marked_value(span, self.unit) for span in self.flagged]


def view_of(series: SiteSeries) -> TimeChart:
    """Choose between readings, hours and days, and lay out the axes."""
    step, spans, gaps = _step(series)
    start, end = spans["start"][0], spans["end"][-1]
    zone = series.zone if step == "day" else fixed_over(series.zone, start, end)
    low, high = _bounds(spans)
    unit = unit_for([low, high])
    per = step if step != "reading" or not series.interval_minutes else interval(series.interval_minutes)
    return TimeChart(
        step=step,
        spans=spans.to_dicts(),
        gaps=gaps.to_dicts(),
        zone=zone,
        unit=unit,
        low=unit.of(low),
        high=unit.of(high),
        first=on_axis(start, zone),
        last=on_axis(end, zone),
        time_title=f"{'Day' if step == 'day' else 'Time'} in {zone.name}",
        energy_title=f"Energy per {per} ({unit.name})",
    )


def line_rows(view: TimeChart) -> list[ChartRow]:
    """Return the corners of the lines.

    Each run begins at its first span's start, and an empty row parts it from the next.
    """
    found: list[ChartRow] = []
    ended: datetime | None = None
    for span in view.spans:
        if span["readings"] == span["left_out"]:
            continue
        if ended is None or span["start"] > ended:
            found += [] if ended is None else [_corner(view, ended)]
            found.append(_corner(view, span["start"], span))
        ended = span["end"]
        found.append(_corner(view, span["end"], span))
    return [*found, *([] if ended is None else [_corner(view, ended)])]


def hover_rows(view: TimeChart) -> list[ChartRow]:
    """Return each span's place in time and its figures in words."""
    return [{**_place(view, span), **_figures(view, span)} for span in view.spans]


def gap_rows(view: TimeChart) -> list[ChartRow]:
    """Return each gap's place in time, and how many readings it lacks."""
    return [
        _place(view, gap) | {"when": _gap_words(view, gap), "readings": f"{gap['present']:,} of {gap['expected']:,}"}
        for gap in view.gaps
    ]


def mark_rows(view: TimeChart) -> Iterator[ChartRow]:
    """Yield each flagged span's mark: where, what shape and size, and why it is flagged."""
    single = _SMALLEST if len(view.flagged) > _CROWDED else _EACH
    inset = (view.high - view.low) * _INSET
    for span, value in zip(view.flagged, view.marked_values, strict=True):
        yield {
            "middle": on_axis(span["start"] + (span["end"] - span["start"]) / 2, view.zone),
            "y": min(max(value, view.low + inset), view.high - inset),
            "shape": "triangle-up" if value > view.high else "triangle-down" if value < view.low else "diamond",
            "size": min(_LARGEST, _EACH + 14 * span["flagged"]) if view.summed else single,
            **_figures(view, span),
            "rule": _rules(view, span["rules"]),
            "flagged": f"{span['flagged']:,} of {span['readings']:,}",
            **{name: span[name] for name in ("observed", "limit", "message")},
        }


def _rules(view: TimeChart, rules: list[str]) -> str:
    if view.step == "day":
        return listed([f"{rule} on {count(times, 'reading')}" for rule, times in Counter(rules).most_common()])
    return listed(list(dict.fromkeys(rules)) if view.summed else rules)


def _marked_value(span: ChartRow, unit: EnergyUnit) -> float:
    """Put the mark on the line its flag speaks of: consumption where that is the value observed, else generation."""
    generated, consumed = span["generated"], span["consumed"]
    chosen = consumed if generated is None or (span["of_consumption"] and consumed is not None) else generated
    return unit.of(chosen)


def _bounds(spans: pl.DataFrame) -> tuple[float, float]:
    """Return the ends of the energy axis, kWh: around all that isn't flagged, and what of the flagged isn't far off."""
    values = spans.unpivot(on=["generated", "consumed"], index="flagged")
    sound, flagged = (values.filter(pl.col("flagged") > 0 if odd else pl.col("flagged") == 0) for odd in (False, True))
    kept = (flagged if sound.is_empty() else sound)["value"].drop_nulls().to_list()
    low, high = min([*kept, 0.0]), max([*kept, 0.0])
    reach = (high - low) * _STRETCH
    near = [value for value in flagged["value"].drop_nulls() if low - reach <= value <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    room = (high - low or 1.0) * _ROOM
    return (low - room if low < 0 else low), high + room


def _corner(view: TimeChart, end: datetime, span: ChartRow | None = None) -> ChartRow:
    energies = {name: None if span is None else span[name] for name in ("generated", "consumed")}
    values = {name: None if kwh is None else view.unit.of(kwh) for name, kwh in energies.items()}
    return {"end": on_axis(end, view.zone), **values}


def _place(view: TimeChart, span: ChartRow) -> ChartRow:
    return {name: on_axis(span[name], view.zone) for name in ("start", "end")}


def _net(span: ChartRow) -> float | None:
    """Return a row's net, kWh; nothing where a side has no value, as what a site measures isn't known here."""
    generated, consumed = span["generated"], span["consumed"]
    return None if generated is None or consumed is None else float(generated - consumed)


def _figures(view: TimeChart, span: ChartRow) -> ChartRow:
    figures: ChartRow = {
        "when": _when(view, span),
        "generated": energy(span["generated"]),
        "consumed": energy(span["consumed"]),
        "net": energy(_net(span), signed=True),
    }
    if view.summed:
        whole = f" of {span['expected']:,}" if span["expected"] else ""
        left_out = f", {span['left_out']:,} left out" if span["left_out"] else ""
        figures["readings"] = f"{span['readings']:,}{whole}{left_out}"
    return figures


def _when(view: TimeChart, span: ChartRow) -> str:
    start, end = (span[name].astimezone(view.zone.info) for name in ("start", "end"))
    return f"{start:%a} {day(start)}" if view.step == "day" else f"{clock(start)} {TO} {end:%H:%M}"


def _gap_words(view: TimeChart, gap: ChartRow) -> str:
    start, end = (gap[name].astimezone(view.zone.info) for name in ("start", "end"))
    if view.step == "day":
        return days(start.date(), (end - timedelta(seconds=1)).date())
    return f"{clock(start)} {TO} {clock(end)}"


def _step(series: SiteSeries) -> tuple[TimeStep, pl.DataFrame, pl.DataFrame]:
    """Choose the finest step that a chart as wide as a screen can show; return its spans and gaps."""
    if series.points is not None:
        points = series.points.with_columns(left_out=pl.lit(0))
        return "reading", points, gaps_between(points, series.interval_minutes)
    having = pl.col("readings") > 0
    finer = series.interval_minutes is not None and series.interval_minutes <= _HALF_AN_HOUR
    by_hour = finer and len(series.days.filter(having)) * 24 <= MOST_POINTS
    rows = series.hours if by_hour else series.days
    return ("hour" if by_hour else "day"), rows.filter(having), gaps_in(rows, series)


def draw(series: SiteSeries, fleet: Fleet) -> Drawing:
    """Draw each reading of a site, or its days' totals where the readings are too many to tell apart."""
    view, site_id = view_of(series), series.site.site_id
    title = f"{site_id}: {energy_finding(series, f'it {balance(series.totals.net)}')}"
    chart = headed(_chart(view), title, _subtitle(series, view, fleet))
    return Drawing(f"generation-and-consumption-{site_id}", title, chart, site_id, "Energy over time")


def _subtitle(series: SiteSeries, view: TimeChart, fleet: Fleet) -> list[str]:
    apart = "" if series.interval_minutes is None else f", one every {interval(series.interval_minutes)}"
    drawn = {"reading": "", "hour": ", drawn as hourly totals", "day": ", drawn as daily totals"}[view.step]
    readings = count(series.totals.readings, "reading") + apart
    span = days(series.days["day"][0], series.days["day"][-1])
    came_to = "" if series.episodes.is_empty() else f"In all it {balance(series.totals.net)}"
    lines = [joined(span, readings + drawn), joined(came_to, left_out_note([series])), _notes(view)]
    return [*lines, source_line(fleet)]


def _notes(view: TimeChart) -> str:
    """Explain what isn't plain to see in this very chart."""
    many = view.summed and any(span["flagged"] > 1 for span in view.spans)
    beyond = sum(not view.low <= value <= view.high for value in view.marked_values)
    return joined(
        f"Larger marks: more of the {view.step}'s readings are flagged" if many else "",
        f"Grey: {view.step}s with less than 90 % of their readings" if view.summed and view.gaps else "",
        f"Triangles: {count(beyond, 'flagged value')} beyond the axis" if beyond else "",
    )


def _chart(view: TimeChart) -> ChartType:
    zoom = alt.selection_interval(bind="scales", encodings=["x"], name="zoom", zoom="wheel![event.ctrlKey]")
    layers = [_gaps(view), *_lines(view), _hover(view).add_params(zoom), _marks(view)]
    return alt.layer(*layers).properties(width=theme.WIDTH, height=_HEIGHT)


def _x(view: TimeChart, field: str = "end", *, ranged: bool = False) -> alt.X:
    ends = None if ranged else (view.first, view.last)
    return time_x(field, view.time_title, ends, months=view.months, whole_days=view.step == "day")


def _y(view: TimeChart, field: str) -> alt.Y:
    scale = alt.Scale(domain=[view.low, view.high], nice=False)
    return alt.Y(f"{field}:Q", title=view.energy_title, scale=scale)


def _color(view: TimeChart) -> alt.Color:
    """Return one scale to all layers; its legend names what this chart has."""
    shown = ["Generated", "Consumed"]
    shown += [_FLAGGED] if view.marked_values else []
    shown += [_MISSING] if view.gaps else []
    scale = alt.Scale(domain=shown, range=[_COLORS[name] for name in shown])
    legend = alt.Legend(symbolType="square", symbolOpacity=1, symbolStrokeWidth=0)
    return alt.Color("name:N", scale=scale, legend=legend)


def _named(values: Iterable[ChartRow], name: str) -> alt.Chart:
    return alt.Chart(rows(list(values))).transform_calculate(name=f"'{name}'")


def _lines(view: TimeChart) -> list[alt.Chart]:
    corners, color = line_rows(view), _color(view)
    fill = _named(corners, "Generated").mark_area(interpolate="step-before", clip=True, opacity=0.4, line=False)
    layers = [fill.encode(x=_x(view), y=_y(view, "generated"), color=color)]
    for field, name, width in (("generated", "Generated", 1.1), ("consumed", "Consumed", 1.5)):
        line = _named(corners, name).mark_line(
            interpolate="step-before", clip=True, strokeWidth=width, strokeCap="square"
        )
        layers.append(line.encode(x=_x(view), y=_y(view, field), color=color))
    return layers


def _gaps(view: TimeChart) -> alt.Chart:
    titles = {"when": "Readings missing", "readings": "Readings"}
    marks = _named(gap_rows(view), _MISSING).mark_rect(opacity=0.28, clip=True)
    chart: alt.Chart = marks.encode(
        x=_x(view, "start", ranged=True), x2="end:T", color=_color(view), tooltip=tooltips(titles)
    )
    return chart


def _hover(view: TimeChart) -> alt.Chart:
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


def _marks(view: TimeChart) -> alt.Chart:
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
