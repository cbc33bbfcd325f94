"""Values that were not measured, since a meter or a link that hangs repeats its last one.

Much holds still by itself: night and standby, an inverter at its limit, a battery's set point, a coarse meter's counts.
So a run is stale only where it lasts far longer than this site holds such values by itself, where no limit of the plant
explains it, or where it goes on into the dark.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import ceil
from typing import Final

from heliograph.baseline import Field
from heliograph.checks.energy import NIGHT_DEADBAND
from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.held import (
    COARSE_COUNTS,
    COARSE_MINUTES,
    EQUAL,
    FEW_COUNTS,
    FEW_COUNTS_MINUTES,
    FINE_COUNTS,
    FINE_MINUTES,
    HELD_BANDS,
    LONGER,
    STALE_MINUTES,
    STEADIER,
    TOP,
    Neighbours,
    band_of,
    held_near,
    shortest_minutes,
)
from heliograph.checks.negative import REST_OF_WIND
from heliograph.checks.plateau import FEED_IN_LIMITS, FEED_IN_MARGIN, is_limit
from heliograph.checks.view import BY_CHANCE, OWN_USE, Run, View, beyond_chance, follows, judged, length, runs_of
from heliograph.formatting import count, exact
from heliograph.series import Series

STALE_READINGS: Final = Limit(
    "equal readings", 4, "readings", "three in a row are as likely as two: a meter that is read by the hour holds them"
)
FAR_LONGER: Final = Limit(
    "far longer than ever",
    5.0,
    "times the weeks' most at any level",
    "twice what is too long at its own level: four weeks have shown how long this site's counts hold still",
)
SELF_HELD: Final = Limit(
    "a site that holds by itself",
    0.5,
    "share of equal neighbours",
    "most of what it gives stands still, and no faults of some days make it most",
)
SWITCHED: Final = Limit(
    "beside a load that is switched",
    0.5,
    "share of its value",
    "a wallbox, a lamp or a pump takes the same from its start to its stop; what freezes does so at a usual value",
)
LONGEST_PLATEAU: Final = Limit(
    "longest plateau", 14.0, "hours", "no limit holds a plant's output longer than the sun shines on it above the limit"
)

_MINUTES: Final = 60
_SHORTEST: Final = STALE_MINUTES.value
_WEEKS: Final = 28  # days
_ONE_COUNT: Final = 1.5
_DARK_READINGS: Final = 2
_PARTIAL: Final = 2  # the interval in which a load is switched has a part of its energy, the one beyond none

RunsByField = dict[Field, list[Run]]


def repeating(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag the readings of runs of equal values that neither the site's limits nor its own record explain."""
    runs = view.facts.by_neighbours(_equal_runs)
    for field in view.fields:
        for run in runs[field]:
            positions = judged(run, view)
            if positions and _is_stale(view, run, field):
                flag = _stale_flag(view, run, field)
                yield from ((position, flag) for position in positions)


def _equal_runs(series: Series, beside: Mapping[Field, Neighbours]) -> RunsByField:
    least = int(STALE_READINGS.value)
    return {
        "generated": list(equal_runs(series.generated, beside["generated"].equal, series, least)),
        "consumed": list(equal_runs(series.consumed, beside["consumed"].equal, series, least)),
    }


def equal_runs(values: list[float], equal: list[int], series: Series, least: int) -> Iterator[Run]:
    """Yield the runs of at least `least` equal readings that aren't zero. equal: as in `Neighbours`."""
    same = [position for position in equal if values[position]]
    for run in runs_of(same, series):
        # The first of the equal ones equals none before it.
        if len(run) + 1 >= least and follows(series, run.first):
            yield Run(run.first - 1, run.after)


def _is_stale(view: View, run: Run, field: Field) -> bool:
    value = view.values(field)[run.first]
    if _is_nothing(view, run, value, field):
        return False
    long, dark = length(run, view), field == "generated" and _in_the_dark(view, run)
    if dark and long * view.series.minutes >= _MINUTES and long >= STALE_READINGS.value:
        return True
    holds = _holds(view, field)
    if long < _too_many(view, run, field) or (not holds and _is_switched(view, run, field)):
        return False
    if holds:
        return view.baseline.known and (
            (_other_repeats(view, run, field) and long >= _too_many(view, run, _other(field)))
            or (field == "consumed" and _never_stands(view, run))
        )
    if field == "consumed":
        return True
    is_solar = view.may_be_solar and (view.site.kind is not None or view.baseline.known)
    return (is_solar and long > _longest_plateau(view)) or not is_limit(view, run, value)


def _holds(view: View, field: Field) -> bool:
    """Return whether a control holds what the site gives: by its kind, or as most readings of its weeks stand still.

    A river by steps is such a site, whose kind may be unknown; what the sun gives never stands still for most of a day.
    """
    is_shown = view.site.kind is None and field == "generated" and view.baseline.known and not view.may_be_solar
    return view.site.traits.holds or (is_shown and view.baseline.repeats[0] >= SELF_HELD.value)


def _is_switched(view: View, run: Run, field: Field) -> bool:
    """Return whether a run is what a load takes from its start to its stop, or what a plant of unknown kind gives.

    Both steps have a part in one interval at most. A run that goes on still shows its start alone. Or the site holds
    the very same value again: a heat pump comes back to its power after each pause, and nothing freezes at it twice.
    Between two low readings a home's kettle freezes, too: its weeks reach such values and hold none of them.
    """
    if field == "generated" and (view.site.kind is not None or (view.baseline.known and view.may_be_solar)):
        return False
    values, near = view.values(field), SWITCHED.value * abs(view.values(field)[run.first])
    edges = ((run.first - 1, run.first - _PARTIAL), (run.after, run.after + _PARTIAL - 1))
    starts, stops = (
        [abs(values[each]) for each in edge if 0 <= each < len(values) and _is_beside(view, each, run)]
        for edge in edges
    )
    goes_on = run.after == len(values)
    if _holds_it_again(view, run, field):
        return True
    if _never_held(view, values[run.first], field):
        return False
    return _is_below(starts, near) and (goes_on or _is_below(stops, near))


def _holds_it_again(view: View, run: Run, field: Field) -> bool:
    values = view.values(field)
    near = EQUAL.value * abs(values[run.first])
    return any(
        other != run and abs(values[other.first] - values[run.first]) <= near
        for other in view.facts.by_neighbours(_equal_runs)[field]
        if run.first - view.reach < other.after and other.first < run.after + view.reach
    )


def _never_held(view: View, value: float, field: Field) -> bool:
    """Return whether the site's weeks reach a value, and held none of its size or larger: it has no such load.

    Weeks that don't reach it say nothing of it: a wallbox may rest for a month.
    """
    baseline, is_load = view.baseline, field == "consumed"
    least, most = band_of(value) - HELD_BANDS, baseline.top if is_load else baseline.full
    return baseline.known and abs(value) <= most and all(band < least for band in baseline.held[is_load])


def _is_below(edge: list[float], near: float) -> bool:
    """Return whether the values beside an end of a run, the nearest first, are low: it may be a part of an interval."""
    return bool(edge) and edge[-1] <= near and edge[0] < near / SWITCHED.value


def _is_beside(view: View, position: int, run: Run) -> bool:
    """Return whether no reading is missing between a run and a position beside it."""
    ends, seconds = view.series.ends, view.series.seconds
    first, last = (position, run.first) if position < run.first else (run.after - 1, position)
    return ends[last] - ends[first] <= (last - first + 0.5) * seconds


def _is_nothing(view: View, run: Run, value: float, field: Field) -> bool:
    """Return whether the value is auxiliary consumption or a single count, which a sound meter repeats."""
    is_at_rest = (view.site.traits.gusts or view.site.kind is None) and field == "generated" and value < 0
    share = REST_OF_WIND if is_at_rest else NIGHT_DEADBAND
    most = view.full_around(run.first)
    if field == "consumed":
        share, most = OWN_USE, view.baseline.top or view.around(view.series.consumed, run.first)
    return abs(value) <= max(share.value * most, _ONE_COUNT * view.counted_in(field))


def _too_many(view: View, run: Run, field: Field) -> int:
    """Return how many equal readings are too many for this site's own record at such values."""
    value, step = abs(view.values(field)[run.first]), view.counted_in(field)
    minutes = shortest_minutes(value, step, field)
    is_fine = minutes <= _SHORTEST
    if view.baseline.days >= _WEEKS:
        longest = max(view.baseline.held[field == "consumed"].values(), default=1)
        by_chance = beyond_chance(view.baseline.repeats[field == "consumed"])
        minutes = min(minutes, max(_SHORTEST, max(FAR_LONGER.value * longest, by_chance) * view.series.minutes))
    record = view.baseline.held[field == "consumed"] if view.baseline.known else _held_around(view, run, field)
    by_itself = held_near(record, value, 1 if is_fine else HELD_BANDS)
    # Readings that follow the first: each is one more that doesn't move.
    least = max(STALE_READINGS.value, minutes / view.series.minutes, 2 + LONGER.value * (by_itself - 1))
    if is_fine and _other_repeats(view, run, field):
        least = max(STALE_READINGS.value, least / 2)
    if field == "generated" and view.site.kind is None and view.baseline.known and not view.may_be_solar:
        # Water and wind in a steady stream come near a meter's digit by themselves.
        least = max(least, 1 + beyond_chance(view.baseline.repeats[0]))
    return ceil(least)


def _held_around(view: View, run: Run, field: Field) -> dict[int, int]:
    """Return how long the readings around a run hold still, where the baseline doesn't know it yet, by band."""
    values, found = view.values(field), dict[int, int]()
    for other in view.facts.by_neighbours(_equal_runs)[field]:
        near = run.first - view.reach < other.after and other.first < run.after + view.reach
        if (
            near
            and other != run
            and abs(values[other.first] - values[run.first]) > EQUAL.value * abs(values[run.first])
        ):
            band = band_of(values[other.first])
            found[band] = max(len(other), found.get(band, 0))
    return found


def _other_repeats(view: View, run: Run, field: Field) -> bool:
    """Return whether the other side, of many counts, stands still as well: two meters don't by chance."""
    other = _other(field)
    values = view.values(other)
    value = values[run.first]
    most = view.full_around(run.first) if other == "generated" else view.baseline.top
    if (
        abs(value) <= NIGHT_DEADBAND.value * most
        or shortest_minutes(abs(value), view.counted_in(other), other) > _SHORTEST
    ):
        return False
    return value != 0 and values[run.first : run.after] == [value] * len(run)


def _never_stands(view: View, run: Run) -> bool:
    """Return whether a storage's consumption never held in weeks of charging, or holds while it gives: a load's."""
    value, generated = view.series.consumed[run.first], view.series.generated[run.first : run.after]
    if shortest_minutes(value, view.counted_in("consumed"), "consumed") > FINE_MINUTES.value:
        return False
    return not view.baseline.held[1] or (generated[0] > 0 and generated == generated[:1] * len(run))


def _other(field: Field) -> Field:
    return "consumed" if field == "generated" else "generated"


def _longest_plateau(view: View) -> int:
    return int(LONGEST_PLATEAU.value * _MINUTES / view.series.minutes)


def _in_the_dark(view: View, run: Run) -> bool:
    """Return whether a solar site holds its value while the sun is down."""
    if not view.may_be_solar:
        return False
    dark = sum(view.dark(position) for position in {run.first, run.after - 1, *judged(run, view)})
    return dark >= _DARK_READINGS


def _stale_flag(view: View, run: Run, field: Field) -> Flag:
    value = exact(view.series.exact[run.first][field == "consumed"] or Decimal(0))
    readings = length(run, view)
    message = (
        f"energy_{field}_kwh has been {value} kWh for {count(readings, 'reading')} or more in a row; "
        "by itself this site doesn't hold such a value so long"
    )
    return STALE.flag(readings, _too_many(view, run, field), message)


STALE: Final = Rule(
    name="stale",
    severity="warning",
    unit="readings",
    sentence="the same value again and again, longer than the site holds one by itself",
    headline="The value freezes on {when}",
    advice="Restart the logger or its link to the meter, and read the meter's own display: does it move? Then "
    "send the measured values for the time.",
    limits=(
        STALE_READINGS,
        STALE_MINUTES,
        FINE_COUNTS,
        FINE_MINUTES,
        COARSE_COUNTS,
        COARSE_MINUTES,
        FEW_COUNTS,
        FEW_COUNTS_MINUTES,
        STEADIER,
        LONGER,
        FAR_LONGER,
        EQUAL,
        NIGHT_DEADBAND,
        OWN_USE,
        REST_OF_WIND,
        TOP,
        *FEED_IN_LIMITS,
        FEED_IN_MARGIN,
        SELF_HELD,
        BY_CHANCE,
        SWITCHED,
        LONGEST_PLATEAU,
    ),
    on_series=repeating,
)
