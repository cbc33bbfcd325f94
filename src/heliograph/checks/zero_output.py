"""Nothing generated in daylight, and a thousandth of what a plant gives, which looks alike."""

from collections.abc import Iterator
from typing import Final

from heliograph.baseline import HOURS
from heliograph.checks.energy import NIGHT_DEADBAND
from heliograph.checks.flag import Flag, Limit, Rule, Severity
from heliograph.checks.plausible import OUTAGE_READINGS, ZERO
from heliograph.checks.snow import SNOW_IS_POSSIBLE, SNOW_LATITUDE, SNOW_NOON, SPRING_NOON, may_snow
from heliograph.checks.sun import DAYLIGHT_ELEVATION
from heliograph.checks.switched_off import (
    ABRUPT,
    LONGER,
    SAME_TIME,
    SWITCHED_DAYS,
    ZERO_MINUTES,
    comes_back,
)
from heliograph.checks.unit_error import KILO, MWH_AS_KWH, UNIT_ERROR, UNIT_FOLLOWS
from heliograph.checks.view import ALWAYS_GENERATES, Run, View, judged, minutes_of, runs_of
from heliograph.formatting import duration, number
from heliograph.zones import wall_time

LONG_ZERO_MINUTES: Final = Limit(
    "longest dark weather",
    240.0,
    "minutes",
    "the darkest winter afternoons of the homes' year, under storms, are of three hours",
)
FEWEST_READINGS: Final = Limit(
    "shortest stop", 2, "readings", "one reading of nothing between sound ones is a lost message, an hour of it too"
)
HORIZON: Final = Limit(
    "least of an hour with a free horizon",
    0.05,
    "share of the usual most",
    "an hour that in four weeks never gave this lies behind a hill, a house or a low sun",
)
DARK_SKY: Final = Limit(
    "under a dark sky", 0.05, "share of what the hour has given", "storm clouds leave 4 to 6 % of a clear sky's output"
)
DARK_COUNTS: Final = Limit("counts of the meter", 2.0, "counts", "one may have come before, and one may come after")
DAY_LONG_MINUTES: Final = Limit(
    "a day of broad daylight", 360.0, "minutes", "midwinter at 45 degrees has six hours of it; shorter stops can wait"
)
UNIT_SHARE: Final = Limit("most of a thousandth", 0.0011, "share of capacity", "1.1 times nameplate divided by 1,000")
UNIT_LEAST: Final = Limit(
    "least of a thousandth", 0.00005, "share of capacity", "a twentieth of nameplate divided by 1,000"
)


def zero_output(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag generation of nothing, or of a thousandth, through an hour or more in which the site always generates."""
    full = view.full if "generated" in view.fields else None
    if full is None or not view.may_be_solar or view.may_feed_in or (view.baseline.known and view.baseline.full <= 0):
        return
    values = view.series.generated
    for run in _low_in_daylight(view, UNIT_SHARE.value * full):
        positions = judged(run, view)
        if not positions or not _is_a_stop(view, run, full):
            continue
        is_thousandth = _is_thousandth(values[run.first : run.after], full) and _goes_on(view, run, full)
        if not is_thousandth and (not _has_begun(view, run, full) or _is_below_a_count(view, run, full)):
            continue
        if is_thousandth:
            flag = _unit_flag(max(values[run.first : run.after]), UNIT_SHARE.value * full)
            yield from ((position, flag) for position in positions)
        elif zeros := [position for position in positions if values[position] <= ZERO.value * full]:
            flag = _zero_flag(view, run)
            yield from ((position, flag) for position in zeros)


def _low_in_daylight(view: View, limit: float) -> Iterator[Run]:
    """Yield the runs of readings in daylight whose generation lies within a limit of zero, kWh.

    There is none where all such readings are context.
    """
    if not _low_in(view, view.first, view.after, limit):  # nearly always
        return iter(())
    return runs_of(_low_in(view, *view.with_context, limit), view.series)


def _low_in(view: View, first: int, after: int, limit: float) -> list[int]:
    values = view.series.generated[first:after]
    low = [position for position, value in enumerate(values, first) if -limit <= value <= limit]
    return view.bright_of(_with_horizon(view, low))


def _with_horizon(view: View, positions: list[int]) -> list[int]:
    """Return those at whose hour the site has given something in the last weeks: no hill or house hides the sun."""
    baseline = view.baseline
    if not positions or not baseline.known:
        return positions
    lit = [_is_lit(view, hour) for hour in range(HOURS)]
    return [position for position in positions if lit[view.hour(position)]]


def _is_lit(view: View, hour: int) -> bool:
    return view.baseline.ceiling[hour] > HORIZON.value * view.baseline.full


def _is_a_stop(view: View, run: Run, full: float) -> bool:
    """Return whether a run is more than a restart, and no weather: it is abrupt, or lasts beyond any dark sky."""
    minutes, step = minutes_of(run, view), view.step("generated")
    # Beside a stop, what is less than a coarse meter's count looks like nothing.
    hidden = int(step > NIGHT_DEADBAND.value * full)
    if minutes < ZERO_MINUTES.value or len(run) < FEWEST_READINGS.value + hidden:
        return False
    return _is_abrupt(view, run, full) or minutes >= LONG_ZERO_MINUTES.value + _counting_minutes(view, full)


def _counting_minutes(view: View, full: float) -> float:
    """Return how long a coarse meter may show nothing before dark weather and behind it, minutes."""
    counts_apart = view.step("generated") / (DARK_SKY.value * full)
    return DARK_COUNTS.value * counts_apart * view.series.minutes if counts_apart > 1 else 0.0


def _has_begun(view: View, run: Run, full: float) -> bool:
    """Return whether the plant has generated before: known from its baseline, else from the day before the run."""
    if view.baseline.known:
        return True
    before = view.series.generated[max(0, run.first - view.reach) : run.first]
    return any(value > ZERO.value * full for value in before)


def _is_below_a_count(view: View, run: Run, full: float) -> bool:
    """Return whether a coarse meter may show nothing for so long, since clouds leave less than its counts."""
    step = view.step("generated")
    if step <= DARK_SKY.value * full:
        return False
    baseline = view.baseline
    clear = (baseline.ceiling[view.hour(each)] if baseline.known else full for each in range(run.first, run.after))
    return DARK_SKY.value * sum(clear) < DARK_COUNTS.value * step


def _is_abrupt(view: View, run: Run, full: float) -> bool:
    """Return whether output fell or rose between nothing and much in one interval: no weather does that."""
    values = view.series.generated
    beside = [position for position in (run.first - 1, run.after) if 0 <= position < len(values)]
    much = ABRUPT.value * full + view.step("generated")
    return any(values[position] > much for position in beside)


def _is_thousandth(values: list[float], full: float) -> bool:
    """Return whether the values, times 1,000, are a plant's: not zero, and no more than nameplate."""
    likely = sum(UNIT_LEAST.value * full < value for value in values)
    return likely >= max(len(values) * 3 // 4, OUTAGE_READINGS.value) and max(values) * KILO > full / 20


def _goes_on(view: View, run: Run, full: float) -> bool:
    """Return whether a run, times 1,000, goes on where output stopped and came back by day; a meter's noise doesn't."""
    values, much = view.series.generated, ABRUPT.value * full
    edges = ((run.first - 1, run.first), (run.after, run.after - 1))
    beside = [(values[there], values[here]) for there, here in edges if 0 <= there < len(values)]
    return all(
        there / UNIT_FOLLOWS.value <= KILO * here <= there * UNIT_FOLLOWS.value
        for there, here in beside
        if there > much
    )


def _unit_flag(most: float, limit: float) -> Flag:
    message = (
        f"energy_generated_kwh is at most {number(most)} kWh for an hour or more of daylight, a thousandth of "
        f"what a plant gives; {MWH_AS_KWH}"
    )
    return UNIT_ERROR.flag(most, limit, message)


def _zero_flag(view: View, run: Run) -> Flag:
    minutes = minutes_of(run, view)
    why = (
        f"the sun is at least {number(DAYLIGHT_ELEVATION.value)} degrees high"
        if view.by_sun
        else "in the last weeks the site always generated at this hour"
    )
    snow = may_snow(view, view.series.ends[view.first])
    planned = _is_planned(view, run)
    may_be = "; it stopped like this before: by all signs a planned curtailment" if planned else ""
    may_be = SNOW_IS_POSSIBLE if snow and not planned else may_be
    is_day_long = minutes >= DAY_LONG_MINUTES.value and not snow
    severity: Severity = "info" if planned else "critical" if is_day_long else "warning"
    message = f"nothing generated for {duration(minutes)} or more while {why}{may_be}"
    return ZERO_OUTPUT.flag(minutes, ZERO_MINUTES.value, message, severity=severity)


def _is_planned(view: View, run: Run) -> bool:
    """Return whether a control has switched the site off like this before, and on again."""
    stops = view.baseline.stops
    if not stops or not view.baseline.known:
        return False
    values, ends, much = view.series.generated, view.series.ends, ABRUPT.value * (view.full or 0.0)
    is_over = run.after < len(values)
    beside = (values[max(0, run.first - 2) : run.first], values[run.after : run.after + 2])
    if max(beside[0], default=0.0) <= much or (is_over and max(beside[1]) <= much):
        return False
    stop, *earlier = (
        (wall_time(view.site, first), wall_time(view.site, last))
        for first, last in ((ends[run.first], ends[run.after - 1]), *stops)
    )
    return comes_back(stop, earlier, is_over=is_over)


def _can_show(view: View, position: int) -> bool:
    """Return whether a stop would show: it generates, or the sun is up and the site wasn't off all its weeks.

    What generates more than a meter's noise, be the sun low, has not stopped.
    """
    if view.may_feed_in or (view.baseline.known and view.baseline.full <= 0):
        return False
    generates = view.series.generated[position] > NIGHT_DEADBAND.value * view.full_around(position) > 0
    return generates or (view.bright(position) and bool(_with_horizon(view, [position])))


ZERO_OUTPUT: Final = Rule(
    name="zero_output",
    severity="critical",
    unit="minutes",
    sentence="nothing generated in broad daylight for an hour or more",
    headline="Generation stops on {when}",
    advice="Look at the inverter's own display or portal: a tripped breaker, a grid fault and snow are common. After a "
    "planned curtailment, as at negative prices, nothing is to be done. If it does generate, look for the fault "
    "between its meter and the logger.",
    limits=(
        ZERO_MINUTES,
        FEWEST_READINGS,
        DAY_LONG_MINUTES,
        DARK_SKY,
        DARK_COUNTS,
        NIGHT_DEADBAND,
        HORIZON,
        SNOW_LATITUDE,
        SNOW_NOON,
        SPRING_NOON,
        ZERO,
        DAYLIGHT_ELEVATION,
        ALWAYS_GENERATES,
        ABRUPT,
        LONG_ZERO_MINUTES,
        SAME_TIME,
        LONGER,
        SWITCHED_DAYS,
        UNIT_SHARE,
        UNIT_LEAST,
        OUTAGE_READINGS,
    ),
    on_series=zero_output,
    can_flag=_can_show,
    loses=True,
)
