"""A site's readings as tables, and where readings are missing.

What is drawn has one row a day, an hour or a reading, all of the same columns.

A chart shows three digits, so energies are floats here; the API itself keeps them exact. Of a row:

start, end       moments in UTC
readings         how many there are; left_out: how many of them the energies don't count, because of a flag
generated, consumed, covered    kWh, of those not left out, null on a side without a measured value; covered: the
                 consumption that own generation met at once
flagged          how many have an anomaly; rules: of each of those the rule it is counted under
rule, severity, gravity, observed, limit, message    of the gravest flag; observed and limit as text with their unit
of_consumption   whether that flag speaks of the consumption
expected         how many readings a whole row has; null where it isn't known
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import Any, Final, Literal

import msgspec
import polars as pl

from heliograph.intervals import minutes_of
from heliograph_client import ApiIncident, ApiReading, ApiSite
from severity import gravest, gravity, is_critical, severity_of
from words import exact
from zones import Zone, days_between, hours_of, local_day, midnight, zone_of

# Up to here each reading is drawn; beyond it a chart a screen wide shows no single one, and a day's total says more.
MOST_POINTS: Final = 2000
# More days than this, and a chart's cells of an hour are thinner than two dots.
MOST_DAYS: Final = 400
LeaveOut = Literal["none", "critical", "flagged"]
# Which readings the sums leave out. One sentinel of a million kWh would drown a fleet's year; a reading that is merely
# suspect, a frozen value say, is still the best there is.
LEFT_OUT: Final[dict[LeaveOut, Callable[[ApiReading], bool]]] = {
    "none": lambda _reading: False,
    "critical": is_critical,
    "flagged": lambda reading: reading.anomaly,
}
_FEWEST: Final = 2  # readings that tell how long their intervals are
_ROUNDING: Final = 1e-6
_OVERLAP: Final = "overlap"  # in the interval of another reading, which counts
MOMENT: Final = pl.Datetime("us", "UTC")
_WORST: Final[dict[str, Any]] = {
    "rule": pl.String,
    "severity": pl.String,
    "gravity": pl.Int8,
    "observed": pl.String,
    "limit": pl.String,
    "message": pl.String,
    "of_consumption": pl.Boolean,
}
_READING: Final[dict[str, Any]] = {
    "end": pl.String,
    "generated": pl.Float64,
    "consumed": pl.Float64,
    "left_out": pl.Int8,
    "flagged": pl.Int8,
}
_FLAG: Final[dict[str, Any]] = {"end": pl.String, "rules": pl.List(pl.String), **_WORST}
_ENERGIES: Final = ("generated", "consumed", "covered")
# A year of 5-minute readings in three parts: as Python's own values they take ten times a table's room.
_CHUNK: Final = 40_000
# A step longer than this many intervals leaves a reading out; less is a clock that drifts.
_GAP: Final = 1.5
# A rule that is still for less than this goes on.
_PAUSE: Final = timedelta(hours=2)
_INSTANT: Final = timedelta(seconds=1)
_A_DAY: Final = timedelta(days=1)
# A day or an hour with a lower share of its readings is marked: its total is visibly too small.
WHOLE: Final = 0.9
# A site that is silent for longer has its chart end with its last reading, rather than with days of nothing.
LONGEST_SILENCE: Final = timedelta(days=62)
_STOPPED: Final = timedelta(days=1)


class SeriesTotals(msgspec.Struct, frozen=True):
    """What some readings come to. by_rule: how many are flagged by each rule, each reading under its gravest flag's."""

    readings: int
    left_out: int
    generated: float
    consumed: float
    covered: float
    flagged: int
    by_rule: Counter[str]

    @property
    def net(self) -> float:
        """Generated minus consumed, kWh; above zero the site gave more than it took."""
        return round(self.generated - self.consumed, 9)


class SiteSeries(msgspec.Struct, frozen=True):
    """All the charts know of one site.

    days: each day from the first to the last reading's, by the site's clock. hours: those of the latest days, with
    `day`, `hour` and `fold`. points: the readings themselves; None where there are too many to draw.
    interval_minutes: how far apart readings are when none is missing; None where it isn't known.
    first, last: the ends of the first and the last interval.
    episodes: of each rule that flagged a reading its longest stretch: rule, first and last END, readings, gravity.
    incidents: open and closed ones, by onset.
    """

    site: ApiSite
    zone: Zone
    totals: SeriesTotals
    days: pl.DataFrame
    hours: pl.DataFrame
    points: pl.DataFrame | None
    interval_minutes: int | None
    first: datetime
    last: datetime
    episodes: pl.DataFrame
    incidents: tuple[ApiIncident, ...] = ()

    @property
    def interval(self) -> timedelta | None:
        """How far apart readings are; None where it isn't known."""
        return timedelta(minutes=self.interval_minutes) if self.interval_minutes else None


def summarize(site: ApiSite, readings: Iterable[ApiReading], leave_out: LeaveOut = "critical") -> SiteSeries | None:
    """Make tables of a site's readings, which come in time order. None where there is none."""
    zone, (table, flags) = zone_of(site.timezone, site.longitude), _tables(readings, LEFT_OUT[leave_out])
    if table.is_empty():
        return None
    table, apart = _with_lengths(table, site.interval_minutes)
    first, last = table["end"][0], table["end"][-1]
    dates = days_between(local_day(first, zone), local_day(last, zone))
    days = _summed(table, flags, day_grid(dates, zone))
    return SiteSeries(
        site=site,
        zone=zone,
        totals=_totals(days),
        days=days.with_columns(expected=_whole(_apart(apart))),
        hours=_summed(table, flags, _hour_grid(dates[-MOST_DAYS:], zone)).with_columns(
            expected=expected_within(apart, first - timedelta(minutes=apart or 0), last)
        ),
        points=_points(table, flags, apart),
        interval_minutes=apart,
        first=first,
        last=last,
        episodes=_episodes(flags),
    )


def day_grid(dates: list[date], zone: Zone) -> pl.DataFrame:
    """Return days with the moments at which they begin and end at a site."""
    begins = [midnight(when, zone) for when in [*dates, dates[-1] + _A_DAY]]
    return pl.DataFrame(
        {"day": dates, "start": begins[:-1], "end": begins[1:]}, schema_overrides={"start": MOMENT, "end": MOMENT}
    )


def _apart(minutes: int | None) -> pl.Expr:
    """Say how long the intervals of a day's own readings are, minutes; of a day without readings, the site's."""
    return pl.coalesce("apart", pl.lit(minutes, pl.Float64))


def expected_within(apart: int | pl.Expr | None, begin: datetime, until: datetime) -> pl.Expr:
    """Say how many readings a row should have of the time from `begin` to `until`; null where it isn't known."""
    within = pl.min_horizontal("end", pl.lit(until, MOMENT)) - pl.max_horizontal("start", pl.lit(begin, MOMENT))
    return (
        pl.lit(None, pl.Int64)
        if apart is None
        else (within.dt.total_seconds() / (60 * apart) + _ROUNDING).floor().cast(pl.Int64).clip(0)
    )


def _with_lengths(table: pl.DataFrame, registered: int | None) -> tuple[pl.DataFrame, int | None]:
    """Add how long each reading's interval is, minutes, as the core tells it; and return the commonest length.

    A reading left out has none: it may lie in another one's interval. None where nothing tells it.
    """
    counted = table.filter(pl.col("left_out") == 0)
    if len(counted) < _FEWEST and registered is None:
        return table.with_columns(apart=pl.lit(None, pl.Float64)), None
    ends = counted["end"].dt.epoch("s").to_list()
    minutes = minutes_of(ends, registered)
    lengths = counted.select("end", apart=pl.Series(minutes, dtype=pl.Float64))
    usual = Counter(minutes).most_common(1)[0][0] if minutes else registered
    return table.join(lengths, on="end", how="left", maintain_order="left"), usual


def _tables(
    readings: Iterable[ApiReading], leave_out: Callable[[ApiReading], bool]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a row a reading, and a row a flagged one with what its flags say: few have any."""
    flags: list[tuple[object, ...]] = []

    def rows() -> Iterator[tuple[object, ...]]:
        for each in readings:
            if each.anomaly:
                flags.append((each.timestamp, *_flag_of(each)))
            sides = each.energy_generated_kwh, each.energy_consumed_kwh
            energies = (None if side is None else float(side) for side in sides)
            left_out = leave_out(each) or any(flag.rule == _OVERLAP for flag in each.flags)
            yield (each.timestamp, *energies, int(left_out), int(each.anomaly))

    found = rows()
    chunks = [_framed(each, _READING) for each in iter(lambda: list(islice(found, _CHUNK)), [])]
    # A meter's auxiliary consumption, generation below zero, covers nothing.
    # Where a side has no measured value nothing is known to be covered.
    covered = pl.min_horizontal(pl.col("generated", "consumed").fill_null(0)).clip(0)
    return pl.concat([_framed([], _READING), *chunks]).with_columns(covered=covered), _framed(flags, _FLAG)


def _framed(rows: list[tuple[object, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    end = pl.col("end").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us").dt.replace_time_zone("UTC")
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(end=end)


def _flag_of(reading: ApiReading) -> tuple[object, ...]:
    flag = gravest(reading.flags)
    if flag is None:
        return (["unexplained"], "unexplained", severity_of(None), gravity(None), "", "", "", False)
    observed = flag.observed
    of_consumption = observed == reading.energy_consumed_kwh != reading.energy_generated_kwh
    shown = (exact(observed, flag.unit), exact(flag.limit, flag.unit), flag.message, of_consumption)
    return ([each.rule for each in reading.flags], flag.rule, severity_of(flag), gravity(flag), *shown)


def _hour_grid(dates: list[date], zone: Zone) -> pl.DataFrame:
    rows = [(day, *hour) for day in dates for hour in hours_of(day, zone)]
    names: dict[str, Any] = {"day": pl.Date, "hour": pl.Int8, "fold": pl.Int8, "start": MOMENT, "end": MOMENT}
    return pl.DataFrame(rows, schema=names, orient="row")


def _summed(table: pl.DataFrame, flags: pl.DataFrame, grid: pl.DataFrame) -> pl.DataFrame:
    """Sum the readings of each of a grid's rows, those without a reading too."""
    kept = pl.col(*_ENERGIES).filter(pl.col("left_out") == 0)
    energies = (
        pl.when(pl.col(*_ENERGIES).count() > 0).then(kept.sum()).name.keep()
    )  # null on a side that no reading has
    counts = pl.col("left_out", "flagged").sum().cast(pl.Int64)
    sums = (
        _placed(table, grid)
        .group_by("start")
        .agg(energies, counts, readings=pl.len().cast(pl.Int64), apart=pl.col("apart").mean())
    )
    gravest_of = pl.col(*_WORST).get(pl.col("gravity").arg_max())
    worst = _placed(flags, grid).group_by("start").agg(gravest_of, rules=pl.col("rule"))
    rows = grid.join(sums, on="start", how="left", maintain_order="left")
    is_empty = pl.col("readings").is_null()
    energies = pl.when(is_empty).then(0.0).otherwise(pl.col(*_ENERGIES)).name.keep()
    rows = rows.with_columns(energies).with_columns(pl.col("readings", "left_out", "flagged").fill_null(0))
    return rows.join(worst, on="start", how="left", maintain_order="left")


def _placed(readings: pl.DataFrame, grid: pl.DataFrame) -> pl.DataFrame:
    """Place each reading in the row of a grid that its interval's last second lies in."""
    inside = readings.with_columns(inside=pl.col("end") - _INSTANT).drop("end")
    return inside.join_asof(grid.select("start"), left_on="inside", right_on="start")


def _whole(apart: pl.Expr) -> pl.Expr:
    """Say how many readings a whole row has: of a day more or fewer where the clocks change."""
    seconds = (pl.col("end") - pl.col("start")).dt.total_seconds()
    return (seconds / (60 * apart)).round().cast(pl.Int64)


def _points(table: pl.DataFrame, flags: pl.DataFrame, apart: int | None) -> pl.DataFrame | None:
    """Return a row a reading. It begins where the one before it ends, but where readings are missing between them."""
    if len(table) > MOST_POINTS:
        return None
    interval = timedelta(minutes=apart or 60)
    before = pl.col("end").shift()
    follows = (pl.col("end") - before <= interval * _GAP).fill_null(value=False)
    start = pl.when(follows).then(before).otherwise(pl.col("end") - interval)
    points = table.join(flags, on="end", how="left", maintain_order="left")
    return points.with_columns(start=start, readings=pl.lit(1), expected=pl.lit(None, pl.Int64))


def _totals(rows: pl.DataFrame) -> SeriesTotals:
    sums = rows.select(pl.col("readings", "left_out", "flagged", *_ENERGIES).sum()).row(0, named=True)
    return SeriesTotals(**sums, by_rule=Counter(chain.from_iterable(rows["rules"].drop_nulls())))


def _episodes(flags: pl.DataFrame) -> pl.DataFrame:
    """Find the stretches in which one rule flags reading after reading, and keep of each rule the longest."""
    parted = (pl.col("end").diff() > _PAUSE).fill_null(value=False).cum_sum().over("rule")
    found = flags.group_by("rule", parted.alias("stretch"), maintain_order=True).agg(
        first=pl.col("end").first(), last=pl.col("end").last(), readings=pl.len(), gravity=pl.col("gravity").max()
    )
    longest = found.sort("readings", descending=True, maintain_order=True)
    return longest.unique("rule", keep="first", maintain_order=True)


def horizon(last: datetime, as_of: datetime) -> datetime:
    """Return the moment up to which a site's charts run: now, unless it has been silent for months."""
    return max(last, as_of if as_of - last <= LONGEST_SILENCE else last)


def has_stopped(last: datetime, as_of: datetime) -> bool:
    """Return whether nothing has come for so long that a title should say so."""
    return as_of - last > _STOPPED


def day_counts(series: SiteSeries, as_of: datetime) -> pl.DataFrame:
    """Count each day's readings, from the first to the last reading's or today: day, present, expected, share (0 to 1).

    Of the first day only what follows the first reading is expected, of today what has passed, less one interval that
    may be under way. A day on which nothing can be expected yet is left out; every day where the interval is unknown.
    """
    interval = series.interval or timedelta()
    begin, until = series.first - interval, horizon(series.last, as_of - interval)
    last = max(series.days["day"][-1], until.astimezone(series.zone.info).date())
    grid = day_grid(days_between(series.days["day"][0], last), series.zone)
    present = series.days.select("day", "apart", present="readings")
    counts = grid.join(present, on="day", how="left", maintain_order="left").with_columns(
        pl.col("present").fill_null(0), expected=expected_within(_apart(series.interval_minutes), begin, until)
    )
    share = (pl.col("present") / pl.col("expected")).clip(0, 1)
    return counts.filter(pl.col("expected") > 0).select("day", "present", "expected", share=share)


def gaps_between(points: pl.DataFrame, interval_minutes: int | None) -> pl.DataFrame:
    """Find the gaps between intervals that should follow one on the other. None where the interval is unknown."""
    before = points.select(start=pl.col("end").shift(), end="start", present=pl.lit(0)).filter(
        pl.lit(bool(interval_minutes)), pl.col("end") > pl.col("start")
    )
    lacking = (pl.col("end") - pl.col("start")).dt.total_seconds() / (60 * (interval_minutes or 1))
    return before.with_columns(expected=lacking.round().cast(pl.Int64).clip(1))


def gaps_in(rows: pl.DataFrame, series: SiteSeries) -> pl.DataFrame:
    """Find the stretches of days or hours that are not whole, each run of such rows as one.

    A reading left out of the sums is missing from its row. Before the first reading and behind the last nothing is.
    """
    begin = series.first - (series.interval or timedelta())
    expected = expected_within(series.interval_minutes, begin, series.last)
    counts = rows.select("start", "end", present=pl.col("readings") - pl.col("left_out"), expected=expected)
    lacking = counts.filter(pl.col("expected") > 0, pl.col("present") < pl.col("expected") * WHOLE)
    run = (pl.col("start") != pl.col("end").shift(fill_value=pl.lit(None, MOMENT))).fill_null(value=True).cum_sum()
    return (
        lacking.group_by(run.alias("run"), maintain_order=True)
        .agg(pl.col("start").first(), pl.col("end").last(), pl.col("present", "expected").sum())
        .drop("run")
    )
