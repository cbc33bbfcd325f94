"""The rows behind a site's heat map: one cell an hour of each of its days, by its own clock."""

from datetime import date, timedelta
from typing import Final

import msgspec

from figures.hour_classes import NOTHING_COUNTED, Classes, classes_for
from gravity import gravest, severity_of
from heliograph.formatting import count
from hours import MOST_DAYS, Cell, Hour, by_calendar, timed_hours
from measures import Measure, measure_of
from series import SiteSeries
from words import clock_hour, listed, power
from words import day as day_words

Row = dict[str, object]

_A_DAY: Final = timedelta(days=1)
_AN_HOUR: Final = 60


class HourView(msgspec.Struct, frozen=True):
    """A site's heat map before it is drawn. days: those it shows, in order; interval: minutes between readings."""

    series: SiteSeries
    measure: Measure
    classes: Classes
    days: tuple[date, ...]
    interval: int


def hour_view_of(series: SiteSeries) -> HourView | None:
    """Lay out a site's hours. None where its readings are further apart than an hour, or nobody knows how far."""
    interval = series.interval_minutes
    if interval is None or interval > _AN_HOUR:
        return None
    measure = measure_of(series)
    sound = [cell for day in series.hours.values() for cell in day.values() if not cell.flagged and cell.readings]
    classes = classes_for([mean_power(cell, measure, interval) for cell in sound], len(measure.ramp))
    days = by_calendar(min(series.hours), max(series.hours))[-MOST_DAYS:]
    return HourView(series, measure, classes, tuple(days), interval)


def mean_power(cell: Cell, measure: Measure, interval_minutes: int) -> float:
    """Return the mean power over the readings of an hour, kW: it says the same however many of them are there."""
    counted = cell.readings - cell.left_out
    return measure.of(cell) / counted * _AN_HOUR / interval_minutes if counted else 0.0


def cell_rows(view: HourView) -> list[Row]:
    """Return each hour's cell, those without a reading too, from the first reading to the last."""
    return [row for day in view.days for row in _day_rows(view, day)]


def flag_rows(cells: list[Row]) -> list[Row]:
    """Return the cells that hold a flagged reading."""
    return [row for row in cells if "severity" in row]


def _day_rows(view: HourView, day: date) -> list[Row]:
    cells, timed = view.series.hours.get(day, {}), timed_hours(day, view.series.zone)
    twice = {name.hour for name, _begins, _ends in timed if name.fold}
    found: list[Row] = []
    for name, begins, ends in timed:
        # Before the first reading and behind the last nothing is missing.
        if name in cells or (begins >= view.series.first and ends <= view.series.last):
            expected = round((ends - begins) / timedelta(minutes=view.interval))
            found.append(_row(view, day, name, cells.get(name, Cell()), expected) | _place(day, name, twice))
    return found


def _place(day: date, name: Hour, twice: set[int]) -> Row:
    """Put a cell into its day's column; an hour that comes twice has its two halves one above the other."""
    half = 0.5 if name.hour in twice else 1.0
    top = name.hour + (half if name.fold else 0.0)
    start, middle, end = (f"{when}Z" for when in (f"{day}T00:00:00", f"{day}T12:00:00", f"{day + _A_DAY}T00:00:00"))
    return {"start": start, "middle": middle, "end": end, "top": top, "centre": top + half / 2, "bottom": top + half}


def _row(view: HourView, day: date, name: Hour, cell: Cell, expected: int) -> Row:
    again = ", the second time" if name.fold else ""
    row: Row = {
        "when": f"{day:%a} {day_words(day)}, {clock_hour(name.hour)}{again}",
        "readings": f"{cell.readings} of {max(expected, cell.readings)}",
    }
    kilowatts = mean_power(cell, view.measure, view.interval)
    counted = cell.readings > cell.left_out
    row["class"] = view.classes.name_of(kilowatts) if counted else NOTHING_COUNTED
    row["power"] = power(kilowatts) if counted else "left out of the sums" if cell.readings else "none"
    if cell.flagged:
        worst = None if cell.worst is None else gravest(cell.worst.flags)
        row["severity"] = severity_of(worst)
        row["flagged"] = count(cell.flagged, "reading")
        row["rule"] = listed(cell.rules)
        row["message"] = "" if worst is None else worst.message
    return row
