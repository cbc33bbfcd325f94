"""Zero output in daylight, and values a thousandth of what they should be, which look alike."""

from collections.abc import Iterator

from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.runs import Run, judged, runs_of
from heliograph.checks.view import View
from heliograph.formatting import count, duration, number

_KILO = 1000
_LONG = limits.LONG_ZERO_MINUTES.value


def zero_output(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag generation of nothing, or of a thousandth, through an hour or more in which the site always generates."""
    full = view.full
    if full is None or view.site.kind not in {None, "solar"}:
        return
    unit = limits.UNIT_SHARE.value * full
    values = view.series.generated
    first, after = _with_context(view)
    low = [position for position in range(first, after) if -unit <= values[position] <= unit]
    for run in runs_of((position for position in low if view.bright(position)), view.series):
        minutes = len(run) * view.series.minutes
        positions = judged(run, view)
        if not positions or minutes < limits.ZERO_MINUTES.value or not (_abrupt(view, run, full) or minutes >= _LONG):
            continue
        if _is_thousandth(values[run.first : run.after], full):
            flag = _unit_flag(max(values[run.first : run.after]), unit)
            yield from ((position, flag) for position in positions)
        elif zeros := [position for position in positions if values[position] <= limits.ZERO.value * full]:
            flag = _zero_flag(view, len(run) * view.series.minutes)
            yield from ((position, flag) for position in zeros)


def zero_use(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag an hour or more without consumption, or with a thousandth of it, at a site that always consumes."""
    low = view.baseline.low
    if not view.baseline.known or low <= 0:
        return
    values = view.series.consumed
    first, after = _with_context(view)
    limit = low / limits.UNDER_LEAST.value
    for run in runs_of((position for position in range(first, after) if 0 <= values[position] < limit), view.series):
        positions = judged(run, view)
        is_long = (
            len(run) * view.series.minutes >= limits.ZERO_MINUTES.value and len(run) >= limits.OUTAGE_READINGS.value
        )
        if positions and is_long and (flag := _use_flag(view, values[run.first : run.after], limit)) is not None:
            yield from ((position, flag) for position in positions)


def _use_flag(view: View, values: list[float], limit: float) -> Flag | None:
    """Flag a thousandth of the usual, or nothing; the latter only at a site whose values never come near it."""
    low, top = view.baseline.low, view.baseline.top
    if min(values) > 0 and low / 3 <= _KILO * min(values) and _KILO * max(values) <= 2 * top:
        rule, why = "unit_error", "a thousandth of its usual consumption; MWh may have been sent as kWh"
    elif low > limits.ALWAYS_CONSUMES.value * top:
        rule, why = "zero_consumption", "the link or the supply was down"
    else:
        return None
    message = (
        f"energy_consumed_kwh is at most {number(max(values))} kWh for {count(len(values), 'reading')}; "
        f"in the last weeks it never fell below {number(low)} kWh: {why}"
    )
    return Flag(rule, rounded(max(values)), rounded(limit), "kWh", "warning", message)


def _abrupt(view: View, run: Run, full: float) -> bool:
    """Return whether output fell or rose between nothing and much in one interval: no weather does that."""
    values = view.series.generated
    beside = [position for position in (run.first - 1, run.after) if 0 <= position < len(values)]
    return any(values[position] > limits.ABRUPT.value * full for position in beside)


def _with_context(view: View) -> tuple[int, int]:
    return max(0, view.first - view.reach), min(len(view.series), view.after + view.reach)


def _is_thousandth(values: list[float], full: float) -> bool:
    """Return whether the values, times 1,000, are a plant's: not zero, and no more than nameplate."""
    likely = sum(limits.UNIT_LEAST.value * full < value for value in values)
    return likely >= max(len(values) * 3 // 4, limits.OUTAGE_READINGS.value) and max(values) * _KILO > full / 20


def _unit_flag(most: float, limit: float) -> Flag:
    message = (
        f"energy_generated_kwh is at most {number(most)} kWh for an hour or more of daylight, a thousandth of "
        "what a plant gives; MWh may have been sent as kWh"
    )
    return Flag("unit_error", rounded(most), rounded(limit), "kWh", "critical", message)


def _zero_flag(view: View, minutes: int) -> Flag:
    why = (
        f"the sun is at least {number(limits.DAYLIGHT_ELEVATION.value)} degrees high"
        if view.by_sun
        else "in the last weeks the site always generated at this hour"
    )
    message = f"nothing generated for {duration(minutes)} or more while {why}"
    return Flag("zero_output", rounded(minutes), rounded(limits.ZERO_MINUTES.value), "minutes", "critical", message)
