"""A factor of a thousand: Wh sent as kWh, kWh as MWh, and the other way round."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from math import inf
from typing import TYPE_CHECKING, Final

from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.held import FEW_COUNTS
from heliograph.checks.plausible import ABOVE_ZERO, ENOUGH_AROUND, MOST_OF_CAPACITY, OUTAGE_READINGS
from heliograph.formatting import number
from heliograph.reading import Reading
from heliograph.site import Site

if TYPE_CHECKING:  # the processor needs none of what the checks over time stand on
    from heliograph.baseline import Field
    from heliograph.checks.held import Neighbours
    from heliograph.checks.view import View
    from heliograph.series import Series

UNIT_TIMES: Final = Limit(
    "a thousandfold",
    50.0,
    "times the most",
    "a thousandfold value is beyond it unless the site stood at 5 % or less",
)
_STEP_SOURCE: Final = "a step of 1,000, and what a plant does between two readings"
LEAST_STEP: Final = Limit("least step to a thousandth", 500.0, "times", _STEP_SOURCE)
MOST_STEP: Final = Limit("most step to a thousandth", 2000.0, "times", _STEP_SOURCE)
UNIT_FOLLOWS: Final = Limit(
    "how a thousandth goes on",
    4.0,
    "times",
    "what follows such a step goes on near the value before it, times 1,000",
)

LIT_PROOF: Final = Limit(
    "proof of the right unit while the sun is up",
    0.01,
    "share of nameplate",
    "an inverter's start: no inverter gives a thousandth of it for an hour, and none gives ten times its nameplate",
)
SAME_ORDER: Final = Limit(
    "of the order of the nameplate",
    30.0,
    "times",
    "plants are of the order of the load that they are built for; half a thousand's order of magnitude",
)
UNDER_LEAST: Final = Limit(
    "below the least",
    20.0,
    "times less than the least of weeks",
    "appliances on standby draw no less than that",
)

PROOF: Final = Limit(
    "proof of the right unit",
    0.2,
    "share of the most",
    "at a thousandth of it a plant stands for minutes at dawn, and a home never",
)

STANDBY_MARGIN: Final = Limit(
    "below the standby",
    2.0,
    "times less than the least of weeks",
    "a fridge or a router draws the same through all weeks, within the rounding of its meter",
)

# Between Wh, kWh and MWh.
KILO: Final = 1000.0
# What a value a thousandth too small may be.
MWH_AS_KWH: Final = "MWh may have been sent as kWh"
_FEWEST: Final = int(OUTAGE_READINGS.value)
# What is smaller than this share of the most is the meter's own noise.
_NOISE: Final = 0.0005


def thousandfold_of_nameplate(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag generation that only a factor of a thousand explains: far beyond nameplate, and a thousandth of it isn't."""
    full, value = site.max_interval_kwh, reading.energy_generated_kwh
    if full is None or value is None or not is_thousandfold(float(value), full) or value in ABOVE_ZERO:
        return None
    return UNIT_ERROR.flag(value, UNIT_TIMES.value * full, _too_much("generated", float(value), full))


def is_thousandfold(value: float, most: float) -> bool:
    """Return whether a value, kWh, is what a site that gives `most` in an interval sends in Wh."""
    return UNIT_TIMES.value * most < value <= MOST_OF_CAPACITY.value * KILO * most


def a_thousandfold(view: "View") -> Iterator[tuple[int, Flag]]:
    """Flag values far beyond the site's most, and readings that go on at a thousandth of the ones before."""
    return chain.from_iterable(chain(_thousandfold(view, field), _steps_down(view, field)) for field in view.fields)


def _thousandfold(view: "View", field: "Field") -> Iterator[tuple[int, Flag]]:
    values, known = view.values(field), view.most(field)
    cut = UNIT_TIMES.value * (known or 0.0)
    around: dict[tuple[int, int], float] = {}
    above = max(0.0, cut)
    for position, value in enumerate(values[view.first : view.after], view.first):
        if value <= above:
            continue
        hours = view.hours_around(position) if not known else (0, 0)
        if hours not in around:
            around[hours] = known or _most_around(view, values[slice(*hours)])
        most = around[hours]
        if most > 0 and value > UNIT_TIMES.value * most and not (field == "consumed" and _is_switched_on(view, value)):
            yield position, UNIT_ERROR.flag(value, UNIT_TIMES.value * most, _too_much(field, value, most))


def _most_around(view: "View", values: list[float]) -> float:
    """Return the second most of about a day's values, kWh; of those that aren't a thousand times the others.

    A fault of hours would else be the most itself, where no week is known yet. The others are most values, below the
    widest hole between two; what is above it, divided by 1,000, is like them. Behind other meters than a load's a
    battery or panels may cover all but a thousandth: there what is above it lies far beyond the nameplate, too.
    """
    if len(values) < ENOUGH_AROUND.value:
        return 0.0
    near = sorted(values)
    beyond = 0.0 if view.site.kind == "load" else UNIT_TIMES.value * (view.full or inf)
    if near[-1] <= beyond:
        return near[-2]
    above = [value for value in near if value > 0]
    times, cut = max(((there / here, at) for at, (here, there) in enumerate(pairwise(above), 1)), default=(0.0, 0))
    is_apart = times > UNIT_TIMES.value and 2 * cut > len(above) and above[cut] > beyond
    if is_apart and _are_thousandfold(above[cut:], above[:cut]):
        return above[cut - 1]
    return near[-2]


def _are_thousandfold(beyond: list[float], others: list[float]) -> bool:
    """Return whether some values, ascending, are as large as others times 1,000.

    The others must differ: a standby that stands still says nothing of the load that is switched on behind it.
    """
    near = UNIT_FOLLOWS.value
    is_alike = others[0] / near <= beyond[0] / KILO and beyond[-1] / KILO <= near * others[-1]
    return is_alike and len(set(others)) >= ENOUGH_AROUND.value


def _is_switched_on(view: "View", value: float) -> bool:
    """Return whether what a site takes is a load that was switched on: no thousand times what it takes by itself.

    A battery, a wallbox or a pump that rested for weeks takes hundreds of times its standby, up to its nameplate. A
    thousandth of a kettle's use in an empty house is less than the house ever takes. Weeks of a few counts are a
    standby's: they don't tell what a site takes.
    """
    nameplate = view.full if view.site.traits.starts and view.site.full_kw else None
    if nameplate is not None and value <= MOST_OF_CAPACITY.value * nameplate:
        return True
    if not view.baseline.known:
        return False
    are_few_counts = view.baseline.top <= FEW_COUNTS.value * view.counted_in("consumed")
    return are_few_counts or KILO * view.baseline.low > STANDBY_MARGIN.value * value


def _too_much(field: "Field", value: float, most: float) -> str:
    return (
        f"energy_{field}_kwh is {number(value)} kWh, {number(value / most)} times the site's most in an "
        f"interval ({number(most)} kWh); Wh may have been sent as kWh"
    )


def _steps_down(view: "View", field: "Field") -> Iterator[tuple[int, Flag]]:
    values, steps = view.values(field), view.facts.by_neighbours(_all_steps)[field]
    first = bisect_left(steps, view.first - view.reach)
    known = view.most(field)
    for position in steps[first : bisect_left(steps, view.after)]:
        before = values[position - 1]
        if known and before > UNIT_TIMES.value * known:
            continue  # the value before was the mistaken one: the unit is right again
        is_noise = before <= _NOISE * view.full_around(position)
        is_step = view.follows(position) and not is_noise and _goes_on(values, position, before)
        if is_step and not _falls_by_itself(view, field, position):
            flag = _step_flag(values[position], before, field)
            low = _until_back(view, values, position)
            yield from ((each, flag) for each in low if view.first <= each < view.after)


def _all_steps(series: "Series", beside: "Mapping[Field, Neighbours]") -> dict["Field", list[int]]:
    return {
        "generated": _steps_of(series.generated, beside["generated"].falls),
        "consumed": _steps_of(series.consumed, beside["consumed"].falls),
    }


def _steps_of(values: list[float], falls: list[int]) -> list[int]:
    """Return the positions of values that are about a thousandth of the one before. falls: as in `Neighbours`."""
    least, most = LEAST_STEP.value, MOST_STEP.value
    return [
        position
        for position in falls
        if (value := values[position]) > 0 and least * value <= values[position - 1] <= most * value
    ]


def _goes_on(values: list[float], position: int, before: float) -> bool:
    """Return whether the readings after the step, times 1,000, go on where the ones before it stopped.

    So many that are no chance; or two that differ, and come back by such a step.
    """
    near = UNIT_FOLLOWS.value
    following = values[position : position + _FEWEST]
    low = [value for value in following if before / near <= KILO * value <= before * near]
    if len(following) < _FEWEST or len(low) < _FEWEST - 1:
        return False
    first, second, third = following
    return len(low) == _FEWEST or (
        low == [first, second] and first != second and LEAST_STEP.value * second <= third <= MOST_STEP.value * second
    )


def _falls_by_itself(view: "View", field: "Field", position: int) -> bool:
    """Return whether the site falls so low without a fault.

    Panels and batteries cover a home's use but for a watt or two, a turbine at rest shows the same value each time, and
    a meter at night shows its noise.
    """
    following = view.values(field)[position : position + _FEWEST - 1]
    if field == "generated":
        is_at_rest = view.site.traits.gusts and len(set(following)) == 1
        return is_at_rest or (view.may_be_solar and not _is_by_day(view, position))
    generated = view.series.generated[position : position + _FEWEST]
    is_covered = max(generated) > MOST_OF_CAPACITY.value / KILO * view.full_around(position)
    return is_covered or UNDER_LEAST.value * min(following) > _least_consumed(view, position)


def _is_by_day(view: "View", position: int) -> bool:
    """Return whether a solar site's readings from a position on are by day: by the sun, else by the one before."""
    if view.by_sun:
        return len(view.bright_of(range(position, position + _FEWEST))) == _FEWEST
    return view.series.generated[position - 1] >= PROOF.value * view.full_around(position)


def _least_consumed(view: "View", position: int) -> float:
    """Return the least that the site consumes in an interval by itself, kWh: in its weeks, or in the day before."""
    if view.baseline.known:
        return view.baseline.low
    before = view.series.consumed[max(0, position - view.reach) : position]
    return min(before) if len(before) >= ENOUGH_AROUND.value else 0.0


def _until_back(view: "View", values: list[float], position: int) -> Iterator[int]:
    """Yield the positions from the step on, until the values are back or their step is out of reach."""
    last = min(len(values), position + view.reach)
    yield position
    for each in range(position + 1, last):
        if values[each] > LEAST_STEP.value / 2 * max(values[each - 1], 0.0) or not view.follows(each):
            return
        yield each


def _step_flag(value: float, before: float, field: "Field") -> Flag:
    message = (
        f"energy_{field}_kwh falls from {number(before)} to {number(value)} kWh and goes on a thousand times lower; "
        f"{MWH_AS_KWH}"
    )
    return UNIT_ERROR.flag(value, before / LEAST_STEP.value, message)


def _proves_its_unit(view: "View", position: int) -> bool:
    """Return whether a reading would show a mistaken unit: nothing times a thousand is nothing still, as at night.

    What isn't known of a site can't prove it: its own readings may all be in the other unit.
    """
    mosts = [(field, _most_in_its_unit(view, field, position)) for field in view.fields]
    return any(
        _least_proof(view, field, position) * most <= view.values(field)[position] <= MOST_OF_CAPACITY.value * most
        for field, most in mosts
        if most
    )


def _most_in_its_unit(view: "View", field: "Field", position: int) -> float:
    """Return the site's most; where it isn't known, of the readings around one, if these may be in the right unit."""
    known, full = view.most(field), view.full
    if known:
        return known
    most = _most_around(view, view.values(field)[slice(*view.hours_around(position))])
    return most if full is None or full / SAME_ORDER.value <= most <= full * SAME_ORDER.value else 0.0


def _least_proof(view: "View", field: "Field", position: int) -> float:
    """Return from which share of the most a value proves its unit; none does in the dark."""
    if field == "consumed" or not view.by_sun or view.bright(position):
        known_by_sun = field == "generated" and view.by_sun and view.full is not None
        return LIT_PROOF.value if known_by_sun else PROOF.value
    middle = view.series.ends[position] - view.series.seconds // 2
    return LIT_PROOF.value if view.full is not None and view.sun(middle) > 0 else inf


# Zero output and zero consumption tell a thousandth from nothing, and flag it as this rule.
UNIT_ERROR: Final = Rule(
    name="unit_error",
    severity="critical",
    unit="kWh",
    sentence="a thousand times too much or too little: Wh, kWh and MWh mistaken",
    headline="Values are a thousand times off from {when}",
    advice="Check the unit that the feed or the logger sends, correct it there, and send the readings again in kWh.",
    limits=(
        UNIT_TIMES,
        MOST_OF_CAPACITY,
        LEAST_STEP,
        MOST_STEP,
        UNIT_FOLLOWS,
        UNDER_LEAST,
        STANDBY_MARGIN,
        FEW_COUNTS,
        PROOF,
        LIT_PROOF,
        SAME_ORDER,
        OUTAGE_READINGS,
        ENOUGH_AROUND,
    ),
    on_reading=thousandfold_of_nameplate,
    on_series=a_thousandfold,
    can_flag=_proves_its_unit,
)
