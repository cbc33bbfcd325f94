"""A meter's running count that was sent as the energy of each interval."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.held import FINE_COUNTS
from heliograph.checks.plausible import ABOVE_ZERO, MOST_OF_CAPACITY
from heliograph.formatting import number
from heliograph.reading import Reading
from heliograph.site import Site

if TYPE_CHECKING:  # the processor needs none of what the checks over time stand on
    from heliograph.baseline import Field
    from heliograph.checks.held import Neighbours
    from heliograph.checks.view import View
    from heliograph.series import Series

NEVER_FALLS: Final = Limit(
    "readings that never fall", 24, "readings", "each sound day falls: a plant at dusk, a load at night"
)
STEPS: Final = Limit(
    "most step of a count",
    0.05,
    "share of the value",
    "a count of weeks grows by less in an interval; energy that begins at dawn by far more",
)
NEVER_FALLS_MINUTES: Final = Limit(
    "time without a fall", 720.0, "minutes", "half a day has a dusk or a dawn in it, and a load's meal or sleep"
)
RESET: Final = Limit(
    "a total that begins anew", 0.02, "share of the value", "a day's first interval, of all that it had"
)
RESETS: Final = Limit("times that it begins anew", 2.0, "times", "a total of the day, within two days")
DAY_TOTAL: Final = Limit("least total of a day", 0.1, "share of the most", "a dark day's energy beside a clear one's")
DAY_MOVES: Final = Limit(
    "moves of a day's total", 8.0, "readings", "a short day by the hour; what is switched on moves once"
)
DAY_STEP: Final = Limit(
    "most step of a day's total", 0.5, "share of its most", "the best hour of a short day; a load that starts takes all"
)
MOVES: Final = Limit(
    "least moves of a count", 3, "readings", "one that stands still is a frozen value, which stale tells"
)
BEYOND_UNITS: Final = Limit(
    "beyond a mistaken unit",
    1100.0,
    "times the most",
    "Wh sent as kWh are a thousand times too much; with the margin above nameplate, 1,100",
)
STEPS_ALIKE: Final = Limit(
    "steps of a control", 4.0, "times the least", "one step, or the part of it that falls into an interval"
)
FLOOD: Final = Limit(
    "most of a flood",
    3.0,
    "times what it fell from on three days",
    "run-of-river plants are built for up to three times the mean flow; a count passes it within hours",
)
LIFETIME: Final = Limit(
    "most of a count", 350_000.0, "hours at full power", "forty years without a night or a calm; beyond it is garbage"
)
_HOUR: Final = 3600


def count_by_nameplate(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag generation that no unit explains: beyond a plant's Wh in an interval, within its life's kWh."""
    full, value = site.max_interval_kwh, reading.energy_generated_kwh
    if full is None or value is None or not is_count(float(value), site) or value in ABOVE_ZERO:
        return None
    message = (
        f"energy_generated_kwh is {number(float(value))} kWh, {number(float(value) / full)} times what the nameplate "
        "gives in an interval: a meter's running count was sent as the energy of an interval"
    )
    return RUNNING_TOTAL.flag(value, BEYOND_UNITS.value * full, message)


def is_count(value: float, site: Site) -> bool:
    """Return whether a value, kWh, may be all that a site has ever generated, and nothing else."""
    full, power = site.max_interval_kwh, site.full_kw
    return full is not None and power is not None and BEYOND_UNITS.value * full < value <= LIFETIME.value * power


def counts_on(view: "View") -> Iterator[tuple[int, Flag]]:
    """Flag readings around which a field never falls for a day or more, and grows in steps far below its values."""
    for field in view.fields:
        values = view.values(field)
        if view.first < view.after and max(values[view.first : view.after]) > 0:
            yield from _counts_on(view, values, field)


def _counts_on(view: "View", values: list[float], field: "Field") -> Iterator[tuple[int, Flag]]:
    falls, ends = view.facts.by_neighbours(_all_falls)[field], view.series.ends
    then = view.first
    while then < view.after:
        first, then = then, bisect_left(ends, (ends[then] // _HOUR + 1) * _HOUR, then, view.after)
        step = _step_around(view, field, first, falls)
        if step is None:
            continue  # nearly always
        for position in range(first, then):
            if not _may_be_held(view, values[position], field):
                yield position, RUNNING_TOTAL.flag(values[position], step, _message(values[position], step, field))


def _step_around(view: "View", field: "Field", position: int, falls: list[int]) -> float | None:
    """Return the largest step of a running count around the hour of a position, kWh; None where there is none."""
    values = view.values(field)
    begin, after = view.hours_around(position)
    is_long = (after - begin) * view.series.minutes >= NEVER_FALLS_MINUTES.value
    never_falls = bisect_right(falls, begin) == bisect_left(falls, after)
    is_count = is_long and never_falls and not _may_be_steps(view, values[begin:after], field)
    return _largest_step(values[begin:after]) if is_count else None


def _message(value: float, step: float, field: "Field") -> str:
    return (
        f"energy_{field}_kwh is {number(value)} kWh and never falls around this reading, but to nothing; it grows by "
        f"at most {number(step)} kWh: a meter's running count, or its total of the day, was sent as the energy of an "
        "interval"
    )


def _may_be_held(view: "View", value: float, field: "Field") -> bool:
    """Return whether a plant that holds its output may give a value: a river that rises for days, up to nameplate.

    Where the kind is unknown its weeks must have had more, or have fallen: a count was never higher than it is.
    """
    if field == "generated" and view.site.kind is None:
        has_had_more = view.baseline.known and value <= view.baseline.full
        return has_had_more or 0 < value <= FLOOD.value * view.baseline.falls
    full = view.full if view.site.full_kw else None
    return (
        field == "generated" and view.site.traits.holds and full is not None and value <= MOST_OF_CAPACITY.value * full
    )


def _may_be_steps(view: "View", values: list[float], field: "Field") -> bool:
    """Return whether what a site of unknown kind gives may rise by a control's steps, while its weeks aren't known.

    Such steps are alike, and each a hundredth of what it gives; a count has counted for longer, and a day's energies
    differ. What begins anew is no such control's.
    """
    if field != "generated" or view.site.kind is not None or view.baseline.known:
        return False
    steps = [then - value for value, then in pairwise(values) if then != value]
    is_by_steps = bool(steps) and 0 < max(steps) <= STEPS_ALIKE.value * min(steps)
    return is_by_steps and max(values) < FINE_COUNTS.value * min(steps)


def _all_falls(series: "Series", beside: "Mapping[Field, Neighbours]") -> dict["Field", list[int]]:
    return {
        "generated": _falls_of(series.generated, beside["generated"].falls),
        "consumed": _falls_of(series.consumed, beside["consumed"].falls),
    }


def falls_from(values: Sequence[float], falls: list[int]) -> float:
    """Return the most of the values behind which a lower one stands that isn't nothing beside it; 0.0 for none.

    falls: as in `Neighbours`.
    """
    return max((values[place - 1] for place in _falls_of(values, falls)), default=0.0)


def _falls_of(values: Sequence[float], falls: list[int]) -> list[int]:
    """Return those of the falls that don't end at nothing beside the value before. falls: as in `Neighbours`."""
    reset = RESET.value
    return [position for position in falls if values[position] > reset * values[position - 1]]


def _largest_step(values: list[float]) -> float | None:
    """Return the largest step of values that look like a running count, kWh; None where they don't.

    values: none of which falls but to nothing.
    """
    if len(values) < NEVER_FALLS.value or min(values) < 0:
        return None
    steps = [then - value for value, then in pairwise(values)]
    moves = sum(step > 0 for step in steps)
    if min(steps) < 0:
        is_count = moves >= DAY_MOVES.value and max(steps) <= DAY_STEP.value * max(values) and _begins_anew(values)
    else:
        is_count = values[0] > 0 and moves >= MOVES.value and max(steps) <= STEPS.value * values[0]
    return max(steps) if is_count else None


def _begins_anew(values: list[float]) -> bool:
    """Return whether values fall once a day, and each time from a total that has stood still; a dusk falls from little.

    values: of less than two days.
    """
    resets = [place for place in range(1, len(values)) if values[place] < values[place - 1]]
    least = DAY_TOTAL.value * max(values)
    return len(resets) <= RESETS.value and all(
        values[place - 1] >= least and (place == 1 or values[place - 1] == values[place - 2]) for place in resets
    )


RUNNING_TOTAL: Final = Rule(
    name="running_total",
    severity="critical",
    unit="kWh",
    sentence="a meter's running count, or its total of the day, sent as the energy of each interval",
    headline="A running count comes as energy from {when}",
    advice="Let the feed's profile say that its quantity is a register, and land the files again under its name. "
    "The count is kept as it stands then, and each interval has the energy between two. `heliograph feeds detect FILE` "
    "proposes such a profile.",
    limits=(
        NEVER_FALLS,
        NEVER_FALLS_MINUTES,
        STEPS,
        MOVES,
        RESET,
        RESETS,
        DAY_TOTAL,
        DAY_MOVES,
        DAY_STEP,
        BEYOND_UNITS,
        FINE_COUNTS,
        STEPS_ALIKE,
        FLOOD,
        LIFETIME,
    ),
    on_reading=count_by_nameplate,
    on_series=counts_on,
)
