"""Where readings are missing: the gaps between intervals, and the days and hours that are not whole."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from series import MOMENT, SiteSeries, day_grid, expected_within
from zones import days_between

# A day or an hour with a lower share of its readings is marked: its total is visibly too small.
WHOLE: Final = 0.9
# A site that is silent for longer has its chart end with its last reading, rather than with days of nothing.
LONGEST_SILENCE: Final = timedelta(days=62)
_STOPPED: Final = timedelta(days=1)


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
    present = series.days.select("day", present="readings")
    counts = grid.join(present, on="day", how="left", maintain_order="left").with_columns(
        pl.col("present").fill_null(0), expected=expected_within(series.interval_minutes, begin, until)
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
