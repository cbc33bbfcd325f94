"""Spike: one or two readings that stand out from smooth neighbours, or above all that the hour ever gave."""

from collections.abc import Iterator

from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.runs import follows
from heliograph.checks.view import View, around
from heliograph.formatting import number

_NEAR = 2


def spike(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag generation that leaves its neighbours as neither clouds nor gusts do."""
    values = view.series.generated
    first, after = max(_NEAR, view.first), min(len(values) - _NEAR, view.after)
    cut = limits.SPIKE_SHARE.value * (view.full or 0.0)
    for position in range(first, after):
        jump = values[position] - (values[position - 1] + values[position + 1]) / 2
        if (jump > cut or jump < -cut) and jump:
            flag = _stands_out(view, position, jump) or _above_ceiling(view, position)
            if flag is not None:
                yield position, flag


def use_spike(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag consumption far above the site's usual most, alone among its neighbours."""
    if not view.baseline.known or view.baseline.top <= 0:
        return
    limit = limits.USE_SPIKE.value * view.baseline.top
    values = view.series.consumed
    for position in range(max(1, view.first), min(len(values) - 1, view.after)):
        if values[position] > limit and max(values[position - 1], values[position + 1]) < values[position] / 3:
            message = (
                f"energy_consumed_kwh is {number(values[position])} kWh, "
                f"over {number(limits.USE_SPIKE.value)} times the "
                f"usual most of the last weeks ({number(view.baseline.top)} kWh), and its neighbours are far lower"
            )
            yield position, Flag("spike", rounded(values[position]), rounded(limit), "kWh", "warning", message)


def _stands_out(view: View, position: int, jump: float) -> Flag | None:
    """Flag a value far from smooth neighbours: above them by any cause, or below them by more than clouds explain."""
    series = view.series
    if not all(follows(series, position + step) for step in (-1, 0, 1, 2)):
        return None
    full = view.full_around(position)
    before, left, value, right, then = series.generated[position - _NEAR : position + _NEAR + 1]
    rough = max(_roughness(before, left, right, then), 0.02 * full)
    middle = (left + right) / 2
    is_far = abs(jump) > limits.SPIKE_TIMES.value * rough and abs(jump) > limits.SPIKE_SHARE.value * full > 0
    if (
        not is_far
        or (jump < 0 and value > limits.DIP.value * middle)
        or (jump > 0 and value < _reached(view, position))
    ):
        return None
    if view.site.kind == "wind" and abs(jump) < full / 2:
        return None
    message = (
        f"energy_generated_kwh is {number(value)} kWh between {number(left)} and {number(right)}; "
        f"its neighbours lie within {number(rough, 2)} kWh of a line"
    )
    limit = middle + limits.SPIKE_TIMES.value * rough * (1 if jump > 0 else -1)
    return Flag("spike", rounded(value), rounded(limit), "kWh", "warning", message)


def _roughness(before: float, left: float, right: float, then: float) -> float:
    """Return how far the four neighbours lie from the line through them (least squares), at most."""
    slope = (2 * (then - before) + right - left) / 10
    middle = (before + left + right + then) / 4
    return max(abs(value - middle - slope * step) for step, value in ((-2, before), (-1, left), (1, right), (2, then)))


def _reached(view: View, position: int) -> float:
    """Return what a sound value may reach here: a gap in the clouds shows no more than a clear sky gives.

    No wind comes and goes within an interval, whatever it reaches.
    """
    if view.site.kind == "wind":
        return 0.0
    if view.baseline.known and view.site.kind in {None, "solar"}:
        return limits.ABOVE_CEILING.value * _ceiling(view, position)
    return limits.OVER_CAPACITY.value * around(view.series, view.series.generated, position)


def _ceiling(view: View, position: int) -> float:
    return view.baseline.ceiling[view.hour(position)] + limits.SPIKE_SHARE.value * view.baseline.full


def _above_ceiling(view: View, position: int) -> Flag | None:
    """Flag a value above all that this hour gave in the last weeks, where its neighbours are below that."""
    if not view.baseline.known or view.site.kind not in {None, "solar"}:
        return None
    values, ceiling = view.series.generated, _ceiling(view, position)
    limit = limits.ABOVE_CEILING.value * ceiling
    value = values[position]
    if value <= limit or max(values[position - 1], values[position + 1]) > ceiling or view.baseline.full <= 0:
        return None
    message = (
        f"energy_generated_kwh is {number(value)} kWh; in the last weeks this hour never gave more than "
        f"{number(view.baseline.ceiling[view.hour(position)])} kWh, and the readings beside it don't either"
    )
    return Flag("spike", rounded(value), rounded(limit), "kWh", "warning", message)
