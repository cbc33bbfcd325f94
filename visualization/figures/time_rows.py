"""The rows behind a site's time chart: what is drawn where, and what is told when it is pointed at."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Final, Literal

import msgspec

from completeness import Gap, gaps_between, gaps_in_days, gaps_in_hours
from gravity import gravest
from heliograph_client import Reading
from series import MOST_POINTS, SiteSeries
from spans import Span, of_days, of_hours, of_points, runs
from words import TO, Unit, clock, day, days, energy, exact, interval, unit_for
from zones import Zone, fixed_over, on_axis

# A flagged value may stretch the axis this far beyond what isn't flagged; beyond, it is marked at the edge, so that one
# value a thousand times too large doesn't flatten all the others.
_STRETCH: Final = 1.5
_ROOM: Final = 0.06
_INSET: Final = 0.015
_SMALLEST, _LARGEST, _EACH = 70, 420, 130
_CROWDED: Final = 150
_HALF_AN_HOUR: Final = 30
_MONTHS: Final = timedelta(days=120)

Row = dict[str, object]
Step = Literal["reading", "hour", "day"]


class View(msgspec.Struct, frozen=True):
    """A site's time chart before it is drawn.

    low, high: the ends of the energy axis, in `unit`. first, last: the ends of the time axis, as a UTC axis reads them.
    """

    step: Step
    spans: tuple[Span, ...]
    gaps: tuple[Gap, ...]
    zone: Zone
    unit: Unit
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
        return self.spans[-1].end - self.spans[0].start > _MONTHS

    @property
    def marked_values(self) -> list[float]:
        """Where each mark belongs on the energy axis, in `unit`."""
        return [_marked_value(span, self.unit) for span in self.spans if span.flagged]


def view_of(series: SiteSeries) -> View:
    """Choose between readings and days, and lay out the axes."""
    step = _step_of(series)
    spans, gaps = _spans_and_gaps(series, step)
    zone = series.zone if step == "day" else fixed_over(series.zone, spans[0].start, spans[-1].end)
    low, high = _bounds(spans)
    unit = unit_for([low, high])
    return View(
        step=step,
        spans=tuple(spans),
        gaps=tuple(gaps),
        zone=zone,
        unit=unit,
        low=unit.of(low),
        high=unit.of(high),
        first=on_axis(spans[0].start, zone),
        last=on_axis(spans[-1].end, zone),
        time_title=f"Day in {zone.name}" if step == "day" else f"Time in {zone.name}",
        energy_title=f"Energy per {_step_words(series, step)} ({unit.name})",
    )


def line_rows(view: View) -> list[Row]:
    """Return the corners of the lines.

    Each run begins at its first span's start, and an empty row parts it from the next.
    """
    found: list[Row] = []
    for run in runs([span for span in view.spans if span.counted]):
        first = run[0]
        found.append(_corner(view, first, on_axis(first.start, view.zone)))
        found.extend(_corner(view, span, on_axis(span.end, view.zone)) for span in run)
        found.append({"end": on_axis(run[-1].end, view.zone), "generated": None, "consumed": None})
    return found


def hover_rows(view: View) -> list[Row]:
    """Return each span's place in time and its figures in words."""
    return [{**_place(view, span), **_figures(view, span)} for span in view.spans]


def gap_rows(view: View) -> list[Row]:
    """Return each gap's place in time, and how many readings it lacks."""
    return [
        {
            "start": on_axis(gap.start, view.zone),
            "end": on_axis(gap.end, view.zone),
            "when": _gap_words(view, gap),
            "readings": f"{gap.present:,} of {gap.expected:,}",
        }
        for gap in view.gaps
    ]


def mark_rows(view: View) -> list[Row]:
    """Return each flagged span's mark: where, what shape and size, and why it is flagged."""
    flagged = [span for span in view.spans if span.flagged]
    return [_mark(view, span, crowded=len(flagged) > _CROWDED) for span in flagged]


def _mark(view: View, span: Span, *, crowded: bool) -> Row:
    value = _marked_value(span, view.unit)
    shape = "triangle-up" if value > view.high else "triangle-down" if value < view.low else "diamond"
    size = min(_LARGEST, _EACH + 14 * span.flagged) if view.summed else _SMALLEST if crowded else _EACH
    inset = (view.high - view.low) * _INSET
    place = {"middle": on_axis(span.middle, view.zone), "y": min(max(value, view.low + inset), view.high - inset)}
    return {**place, "shape": shape, "size": size, **_figures(view, span), **_reason(span)}


def _reason(span: Span) -> Row:
    flags = () if span.worst is None else span.worst.flags
    worst = gravest(flags)
    if worst is None:
        return {"rule": span.rules, "observed": "", "limit": "", "message": "", "flagged": span.flagged}
    return {
        "rule": span.rules,
        "observed": exact(worst.observed, worst.unit),
        "limit": exact(worst.limit, worst.unit),
        "message": worst.message,
        "flagged": f"{span.flagged:,} of {span.readings:,}",
    }


def _marked_value(span: Span, unit: Unit) -> float:
    """Put the mark on the line its flag speaks of: consumption where that is the value observed, else generation."""
    return unit.of(span.consumed if span.worst is not None and _of_consumption(span.worst) else span.generated)


def _of_consumption(reading: Reading) -> bool:
    flag = gravest(reading.flags)
    observed = None if flag is None else flag.observed
    return observed == reading.energy_consumed_kwh != reading.energy_generated_kwh


def _bounds(spans: Iterable[Span]) -> tuple[Decimal, Decimal]:
    """Return the ends of the energy axis, kWh: around all that isn't flagged, and what of the flagged isn't far off."""
    sound = [value for span in spans if not span.flagged for value in (span.generated, span.consumed)]
    flagged = [value for span in spans if span.flagged for value in (span.generated, span.consumed)]
    kept = sound or flagged
    low, high = min(*kept, Decimal(0)), max(*kept, Decimal(0))
    reach = (high - low) * Decimal(_STRETCH - 1)
    near = [value for value in flagged if low - reach <= value <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    room = (high - low or Decimal(1)) * Decimal(_ROOM)
    return (low - room if low < 0 else low), high + room


def _corner(view: View, span: Span, end: str) -> Row:
    return {"end": end, "generated": view.unit.of(span.generated), "consumed": view.unit.of(span.consumed)}


def _place(view: View, span: Span) -> Row:
    return {"start": on_axis(span.start, view.zone), "end": on_axis(span.end, view.zone)}


def _figures(view: View, span: Span) -> Row:
    figures: Row = {
        "when": _when(view, span),
        "generated": energy(span.generated),
        "consumed": energy(span.consumed),
        "net": energy(span.generated - span.consumed, signed=True),
    }
    if view.summed:
        figures["readings"] = _readings(span)
    return figures


def _readings(span: Span) -> str:
    whole = f" of {span.expected:,}" if span.expected else ""
    return f"{span.readings:,}{whole}" + (f", {span.left_out:,} left out" if span.left_out else "")


def _when(view: View, span: Span) -> str:
    start = span.start.astimezone(view.zone.info)
    if view.step == "day":
        return f"{start:%a} {day(start)}"
    return f"{clock(start)} {TO} {span.end.astimezone(view.zone.info):%H:%M}"


def _gap_words(view: View, gap: Gap) -> str:
    start, end = (moment.astimezone(view.zone.info) for moment in (gap.start, gap.end))
    if view.step == "day":
        return days(start.date(), (end - timedelta(seconds=1)).date())
    return f"{clock(start)} {TO} {clock(end)}"


def _step_words(series: SiteSeries, step: Step) -> str:
    if step != "reading" or series.interval_minutes is None:
        return step
    return interval(series.interval_minutes)


def _step_of(series: SiteSeries) -> Step:
    """Choose the finest step that a chart as wide as a screen can show."""
    if series.points is not None:
        return "reading"
    finer = series.interval_minutes is not None and series.interval_minutes <= _HALF_AN_HOUR
    whole = len(series.hours) == len(series.days) and len(series.days) * 24 <= MOST_POINTS
    return "hour" if finer and whole else "day"


def _spans_and_gaps(series: SiteSeries, step: Step) -> tuple[list[Span], list[Gap]]:
    if series.points is not None:
        spans = of_points(series.points, series.interval_minutes)
        return spans, gaps_between(spans, series.interval_minutes)
    if step == "hour":
        return of_hours(series), gaps_in_hours(series)
    return of_days(series), gaps_in_days(series)
