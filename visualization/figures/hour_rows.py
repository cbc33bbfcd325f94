"""The rows behind a site's heat map: one cell an hour of each of its days, by its own clock."""

from datetime import date, timedelta
from typing import Any, Final

import msgspec
import polars as pl

from figures.hour_classes import NOTHING_COUNTED, Classes, classes_for
from heliograph.formatting import count
from measures import Measure, measure_of
from series import SiteSeries
from words import clock_hour, listed, power
from words import day as day_words

Row = dict[str, Any]

_A_DAY: Final = timedelta(days=1)
_AN_HOUR: Final = 60


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


def cell_rows(view: HourView) -> list[Row]:
    """Return each hour's cell, those without a reading too, from the first reading to the last."""
    lit = [pl.lit(moment, pl.Datetime("us", "UTC")) for moment in (view.series.first, view.series.last)]
    within = (pl.col("start") >= lit[0]) & (pl.col("end") <= lit[1])
    twice = (pl.col("fold").max() > 0).over("day", "hour")
    cells = view.hours.with_columns(twice=twice).filter((pl.col("readings") > 0) | within)
    return [_cell(view, cell) | _place(cell) for cell in cells.iter_rows(named=True)]


def _place(cell: Row) -> Row:
    """Put a cell into its day's column; an hour that comes twice has its two halves one above the other."""
    half, day = 0.5 if cell["twice"] else 1.0, cell["day"]
    top = cell["hour"] + half * cell["fold"]
    start, middle, end = (f"{when}Z" for when in (f"{day}T00:00:00", f"{day}T12:00:00", f"{day + _A_DAY}T00:00:00"))
    return {"start": start, "middle": middle, "end": end, "top": top, "centre": top + half / 2, "bottom": top + half}


def _cell(view: HourView, cell: Row) -> Row:
    readings, again = cell["readings"], ", the second time" if cell["fold"] else ""
    expected = round((cell["end"] - cell["start"]) / timedelta(minutes=view.series.interval_minutes or _AN_HOUR))
    row: Row = {
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
