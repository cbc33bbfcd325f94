"""Values that were not measured: a value that repeats, and values drawn along a straight line.

A meter or a link that hangs repeats its last value; spared are night, zero, clipping and feed-in limits. A historian
fills a gap along a line; spared is what a coarse meter's own steps look like.
"""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Final

from heliograph.baseline import Field
from heliograph.checks.energy import NIGHT_DEADBAND
from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.view import (
    BY_CHANCE,
    ENOUGH_AROUND,
    Run,
    View,
    beyond_chance,
    follows,
    judged,
    length,
    runs_of,
)
from heliograph.formatting import count, exact
from heliograph.series import Series

_FIELDS: Final[tuple[Field, Field]] = ("generated", "consumed")

EQUAL: Final = Limit("difference of equal values", 1e-5, "share", "pvanalytics.quality.gaps.stale_values_diff, rtol")
STALE_READINGS: Final = Limit("equal readings", 6, "readings", "pvanalytics.quality.gaps.stale_values_diff, window")
TOP: Final = Limit(
    "clipping",
    0.97,
    "share of the most",
    "a plateau there is clipping: an inverter at its limit holds it within its own accuracy, 2 to 3 %",
)
FEED_IN_LIMITS: Final = tuple(
    Limit("feed-in limit", share, "share of capacity", "export limits, as by Germany's EEG 2012, paragraph 6 (70 %)")
    for share in (0.5, 0.6, 0.7)
)
FEED_IN_MARGIN: Final = Limit(
    "margin of a feed-in limit", 0.003, "share of capacity", "how well an inverter holds a power limit, 0.3 %"
)
LONGEST_PLATEAU: Final = Limit(
    "longest plateau", 14.0, "hours", "no limit holds a plant's output longer than the sun shines on it above the limit"
)
STRAIGHT_READINGS: Final = Limit(
    "readings on a line", 6, "readings", "pvanalytics.quality.gaps.interpolation_diff, window"
)

_MINUTES: Final = 60
_SAMPLED: Final = 48
# A line's least rise, in steps of the meter's last digit: flatter ones are the meter's own steps.
_RISE: Final = 10.0
_FLATTEST: Final = 1e-4
_FINE_MINUTES: Final = 30
_SMOOTH, _ROUGH = 0.01, 0.001  # the least chance of no bend, of fine readings and of coarse ones
_UNKNOWN: Final = 0.02  # the chance where too few bends are seen around
_ENDS: Final = 2  # a line of n readings has n - 2 bends to look at

RunsByField = dict[Field, list[Run]]


def repeating(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag the readings of runs of equal values that neither the site's limits nor its baseline explain."""
    runs = view.facts.of(_equal_runs)
    for field in _FIELDS:
        for run in runs[field]:
            positions = judged(run, view)
            if positions and _is_stale(view, run, field):
                flag = _stale_flag(view, run, field)
                yield from ((position, flag) for position in positions)


def _equal_runs(series: Series) -> RunsByField:
    least = int(STALE_READINGS.value)
    return {
        "generated": list(equal_runs(series.generated, series, least)),
        "consumed": list(equal_runs(series.consumed, series, least)),
    }


def equal_runs(values: list[float], series: Series, least: int) -> Iterator[Run]:
    """Yield the runs of at least `least` equal readings."""
    share = EQUAL.value
    same = [
        position
        for position, (a, b) in enumerate(pairwise(values), 1)
        if -(margin := share * abs(b)) <= a - b <= margin
    ]
    for run in runs_of(same, series):
        # The first of the equal ones equals none before it.
        if len(run) + 1 >= least and follows(series, run.first):
            yield Run(run.first - 1, run.after)


def _is_stale(view: View, run: Run, field: Field) -> bool:
    value = view.values(field)[run.first]
    if _is_nothing(view, run, value, field) or length(run, view) < _least_equal(view, field):
        return False
    if field == "consumed":
        return True
    if view.site.traits.holds:
        return False
    return length(run, view) > _longest_plateau(view) or _in_the_dark(view, run) or not _is_limit(view, run, value)


def _is_nothing(view: View, run: Run, value: float, field: Field) -> bool:
    """Return whether the value is zero or auxiliary consumption, which a sound meter repeats."""
    most = view.full_around(run.first) if field == "generated" else view.baseline.top
    return abs(value) <= NIGHT_DEADBAND.value * most or value == 0


def _least_equal(view: View, field: Field) -> int:
    """Return how many equal readings are too many for this site's meter."""
    repeats = view.baseline.repeats[field == "consumed"]
    return max(int(STALE_READINGS.value), 1 + beyond_chance(repeats))


def _longest_plateau(view: View) -> int:
    return int(LONGEST_PLATEAU.value * _MINUTES / view.series.minutes)


def _in_the_dark(view: View, run: Run) -> bool:
    return any(view.dark(position) for position in (run.first, run.after - 1, *judged(run, view)))


def _is_limit(view: View, run: Run, value: float) -> bool:
    """Return whether a plant's control holds the value: its most, or a share of nameplate it may feed in."""
    nameplate = view.site.full_kw
    margin = FEED_IN_MARGIN.value
    if nameplate is None:
        most = max(view.around(view.series.generated, run.first), view.baseline.full)
        return value >= TOP.value * most > 0
    share = value / (nameplate * view.series.minutes / 60)
    if view.baseline.known and share >= TOP.value:
        # The plant's own limit is where its output has been held before.
        return share >= 1 - margin or value >= (1 - margin) * view.baseline.full
    is_limited = any(abs(share - limit.value) <= margin for limit in FEED_IN_LIMITS)
    return share >= TOP.value or is_limited


def _stale_flag(view: View, run: Run, field: Field) -> Flag:
    value = exact(view.series.exact[run.first][field == "consumed"])
    readings = length(run, view)
    message = (
        f"energy_{field}_kwh has been {value} kWh for {count(readings, 'reading')} or more in a row; "
        "a working meter's last digits change"
    )
    return STALE.flag(readings, _least_equal(view, field), message)


def on_a_line(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag the readings on straight lines that are longer than chance makes them."""
    runs = view.facts.of(_straight_runs)
    for field in _FIELDS:
        for run in runs[field]:
            positions = judged(run, view)
            if positions and length(run, view) - _ENDS >= _least_straight(view, run, field):
                flag = _line_flag(view, run, field)
                yield from ((position, flag) for position in positions)


def _straight_runs(series: Series) -> RunsByField:
    return {
        "generated": straight_runs(series.generated, series, "generated"),
        "consumed": straight_runs(series.consumed, series, "consumed"),
    }


def straight_runs(values: list[float], series: Series, field: Field) -> list[Run]:
    """Return the runs of readings that lie on a line which isn't level."""
    digit = last_digit(series, field)
    share = EQUAL.value / 10
    straight = [
        position
        for position, (before, value, then) in enumerate(zip(values, values[1:], values[2:], strict=False), 1)
        if -(margin := digit + share * abs(value)) <= before - 2 * value + then <= margin and before != then
    ]
    least = int(STRAIGHT_READINGS.value) - _ENDS
    found = (_with_ends(run, series) for run in runs_of(straight, series) if len(run) >= least)
    return [run for run in found if run is not None and _rises(values, run, digit)]


def last_digit(series: Series, field: Field) -> float:
    """Return the worth of the meter's last digit, kWh, from a sample of its readings."""
    every = max(1, len(series) // _SAMPLED)
    decimals = [-int(pair[field == "consumed"].as_tuple().exponent) for pair in series.exact[::every]]
    return 1.001 * 10.0 ** -max(decimals, default=0)


def _with_ends(run: Run, series: Series) -> Run | None:
    whole = Run(run.first - 1, run.after + 1)
    return whole if follows(series, run.first) and follows(series, run.after) else None


def _rises(values: list[float], run: Run, digit: float) -> bool:
    rise = abs(values[run.after - 1] - values[run.first])
    most = max(abs(values[run.after - 1]), abs(values[run.first]))
    return rise > _RISE * digit and rise > _FLATTEST * most


def _least_straight(view: View, run: Run, field: Field) -> int:
    """Return how many bends in a row must be missing, by how large the bends around the line usually are."""
    values = view.values(field)
    first, after = max(1, run.first - view.reach), min(len(values) - 1, run.after + view.reach)
    positions = (*range(first, run.first), *range(run.after, after))
    digit = last_digit(view.series, field)
    bends = (abs(values[position - 1] - 2 * values[position] + values[position + 1]) for position in positions)
    # Level stretches, as at night or while clipping, say nothing of how the values move.
    moving = [bend for bend in bends if bend > digit]
    return max(int(STRAIGHT_READINGS.value) - _ENDS, beyond_chance(_chance_of_no_bend(view, moving, digit)))


def _chance_of_no_bend(view: View, moving: list[float], digit: float) -> float:
    if len(moving) < ENOUGH_AROUND.value:
        return _UNKNOWN
    # Under a clear sky one bend is like the next; the finer the readings, the less each says by itself.
    least_likely = _SMOOTH if view.series.minutes < _FINE_MINUTES else _ROUGH
    return min(1.0, max(least_likely, 2 * digit / median(moving)))


def _line_flag(view: View, run: Run, field: Field) -> Flag:
    readings = length(run, view)
    message = (
        f"energy_{field}_kwh lies on a straight line for {count(readings, 'reading')}; "
        "the values are filled in between two true ones, not measured"
    )
    return INTERPOLATED.flag(readings, STRAIGHT_READINGS.value, message)


STALE: Final = Rule(
    name="stale",
    severity="warning",
    unit="readings",
    sentence="the same value again and again, neither zero nor a limit of the plant",
    advice="Restart the logger or its link to the meter, and read the meter's own display: does it move? Then "
    "send the measured values for the time.",
    limits=(
        STALE_READINGS,
        EQUAL,
        BY_CHANCE,
        NIGHT_DEADBAND,
        TOP,
        *FEED_IN_LIMITS,
        FEED_IN_MARGIN,
        LONGEST_PLATEAU,
        ENOUGH_AROUND,
    ),
    on_series=repeating,
)
INTERPOLATED: Final = Rule(
    name="interpolated",
    severity="warning",
    unit="readings",
    sentence="values on a straight line: filled in, not measured",
    advice="Ask whoever runs the logger or the historian to send measured values only and to leave gaps empty. "
    "Look for the outage that was filled in.",
    limits=(STRAIGHT_READINGS, EQUAL, BY_CHANCE, ENOUGH_AROUND),
    on_series=on_a_line,
)
