"""One site's days hour by hour: a heat map of mean power, with the hours marked that hold flagged readings.

A cell is an hour of a day by the site's own clock. Its power is in one of a few classes with round limits, so that what
is far off doesn't stretch the colours of the rest.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import altair as alt
import msgspec
import polars as pl
from altair.typing import ChartType

import theme
from drawing import (
    MONTHS_FROM,
    Drawing,
    Fleet,
    headed,
    joined,
    left_out_note,
    rows,
    source_line,
    time_x,
    tooltips,
)
from findings import hours_finding
from heliograph.formatting import count
from measures import Measure, measure_of
from series import SiteSeries
from severity import severity_fill, severity_shape
from theme import ChartRow
from words import TO, EnergyUnit, clock_hour, days, listed, power, unit_for
from words import day as day_words
from zones import is_plain

NOTHING_COUNTED: Final = "missing or left out"
_ROUND: Final = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
# Below this share of the largest limit there is as good as nothing: auxiliary consumption, the first light.
_NOTHING: Final = 0.005
_USUAL: Final = 0.995
# A site that never does more than a milliwatt, kW, does nothing.
_LEAST: Final = 1e-6
_A_DAY: Final = timedelta(days=1)
_AN_HOUR: Final = 60
_HEIGHT = 24 * 16
_CELL = {"when": "Hour", "power": "Mean power", "readings": "Readings"}
_WHY = {"flagged": "Flagged", "rule": "Rule", "message": "Why"}
# Cells at least this wide have a line between them, pixels.
_WIDE = 8
_SMALLEST, _LARGEST = 22, 90


class Classes(msgspec.Struct, frozen=True):
    """Classes of power, lowest first. limits: their lower ends but the first one's, in `unit`; names: one more."""

    limits: tuple[float, ...]
    names: tuple[str, ...]
    unit: EnergyUnit

    @property
    def power_unit(self) -> str:
        """The unit's name for power: kW where energy is in kWh."""
        return self.unit.name.removesuffix("h")

    def name_of(self, kilowatts: float) -> str:
        """Name the class a power is in."""
        value = self.unit.of(kilowatts)
        return self.names[sum(limit <= value for limit in self.limits)]


def classes_for(kilowatts: Sequence[float], most: int) -> Classes:
    """Lay up to `most` classes over some powers: one for as good as nothing, the others alike and round."""
    usual = sorted(max(0.0, each) for each in kilowatts) or [0.0]
    ends = usual[min(len(usual) - 1, int(len(usual) * _USUAL))], usual[-1]
    top = next((end for end in ends if end > _LEAST), 1.0)
    unit = unit_for([top])
    step = _round_up(unit.of(top) / (most - 1))
    number = max(1, math.ceil(unit.of(top) / step - 1e-9))
    limits = [step * number * _NOTHING, *(step * place for place in range(1, number))]
    between = [f"{low:g}{TO}{high:g}" for low, high in pairwise(limits[1:])]
    last = f"{limits[-1]:g} and more" if number > 1 else "more"
    names = ["about 0", *([f"up to {limits[1]:g}"] if number > 1 else []), *between, last]
    return Classes(tuple(limits), tuple(names), unit)


def spread(ramp: Sequence[str], count: int) -> list[str]:
    """Take so many of a ramp's colours, its ends among them, evenly."""
    return [ramp[round(place * (len(ramp) - 1) / max(1, count - 1))] for place in range(count)]


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(each * power for each in _ROUND if each * power >= value * (1 - 1e-9))


class HourView(msgspec.Struct, frozen=True):
    """A site's heat map before it is drawn.

    hours: the series' own, with `counted` and the mean power over those readings, `kilowatts`: it says the same however
    many of an hour's readings are there. days: those it shows, in order.
    """

    series: SiteSeries
    measure: Measure
    classes: Classes
    hours: pl.DataFrame
    days: list[date]


def hour_view_of(series: SiteSeries) -> HourView | None:
    """Lay out a site's hours. None where its readings are further apart than an hour, or nobody knows how far."""
    interval = series.interval_minutes
    if interval is None or interval > _AN_HOUR:
        return None
    measure, counted = measure_of(series), pl.col("readings") - pl.col("left_out")
    mean = pl.when(counted > 0).then(pl.col(measure.column) / counted * _AN_HOUR / interval).otherwise(0.0)
    hours = series.hours.with_columns(counted=counted, kilowatts=mean)
    sound = hours.filter(pl.col("flagged") == 0, pl.col("readings") > 0)["kilowatts"].to_list()
    return HourView(
        series, measure, classes_for(sound, len(measure.ramp)), hours, hours["day"].unique().sort().to_list()
    )


def cell_rows(view: HourView) -> list[ChartRow]:
    """Return each hour's cell, those without a reading too, from the first reading to the last."""
    lit = [pl.lit(moment, pl.Datetime("us", "UTC")) for moment in (view.series.first, view.series.last)]
    within = (pl.col("start") >= lit[0]) & (pl.col("end") <= lit[1])
    twice = (pl.col("fold").max() > 0).over("day", "hour")
    cells = view.hours.with_columns(twice=twice).filter((pl.col("readings") > 0) | within)
    return [_cell(view, cell) | _place(cell) for cell in cells.iter_rows(named=True)]


def _place(cell: ChartRow) -> ChartRow:
    """Put a cell into its day's column; an hour that comes twice has its two halves one above the other."""
    half, day = 0.5 if cell["twice"] else 1.0, cell["day"]
    top = cell["hour"] + half * cell["fold"]
    start, middle, end = (f"{when}Z" for when in (f"{day}T00:00:00", f"{day}T12:00:00", f"{day + _A_DAY}T00:00:00"))
    return {"start": start, "middle": middle, "end": end, "top": top, "centre": top + half / 2, "bottom": top + half}


def _cell(view: HourView, cell: ChartRow) -> ChartRow:
    readings, again = cell["readings"], ", the second time" if cell["fold"] else ""
    expected = round((cell["end"] - cell["start"]) / timedelta(minutes=view.series.interval_minutes or _AN_HOUR))
    row: ChartRow = {
        "when": f"{cell['day']:%a} {day_words(cell['day'])}, {clock_hour(cell['hour'])}{again}",
        "readings": f"{readings} of {max(expected, readings)}",
    }
    if cell["counted"]:
        row |= {"class": view.classes.name_of(cell["kilowatts"]), "power": power(cell["kilowatts"])}
    else:
        row |= {"class": NOTHING_COUNTED, "power": "left out of the sums" if readings else "none"}
    if cell["flagged"]:
        row |= {"flagged": count(cell["flagged"], "reading"), "rule": listed(list(dict.fromkeys(cell["rules"])))}
        row |= {name: cell[name] for name in ("severity", "message")}
    return row


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
    changes = [day_words(when) for when in view.days if not is_plain(when, view.series.zone)]
    changed = f"The clocks change on {listed(changes)}" if changes else ""
    return [
        joined(f"{days(view.days[0], view.days[-1])}, hours in {view.series.zone.name}", cut, changed),
        left_out_note([view.series]),
        source_line(fleet),
    ]


def _chart(view: HourView, cells: list[ChartRow]) -> ChartType:
    flagged = [row for row in cells if "severity" in row]
    layers = [_cells(view, cells, alone=not flagged), *([_marks(view, flagged)] if flagged else [])]
    return alt.layer(*layers).properties(width=theme.WIDTH, height=_HEIGHT)


def _cells(view: HourView, cells: list[ChartRow], *, alone: bool) -> alt.Chart:
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


def _marks(view: HourView, flagged: list[ChartRow]) -> alt.Chart:
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
