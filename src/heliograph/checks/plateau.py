"""A plateau that a plant's control holds: its own top, what it may feed in, or the flat top of its day."""

from typing import Final

from heliograph.checks.flag import Limit
from heliograph.checks.held import EQUAL, TOP, TOP_BAND
from heliograph.checks.view import Run, View

FEED_IN_LIMITS: Final = tuple(
    Limit("feed-in limit", share, "share of capacity", "export limits, as by Germany's EEG 2012, paragraph 6 (70 %)")
    for share in (0.5, 0.6, 0.7)
)
FEED_IN_MARGIN: Final = Limit(
    "margin of a feed-in limit", 0.003, "share of capacity", "how well an inverter holds a power limit, 0.3 %"
)

_MINUTES: Final = 60
_BESIDE: Final = 4  # readings beside a plateau that lie below it, as the sun rises to a limit and falls from it
_COMES_BACK: Final = 2
_SLOPES: Final = 2.0  # times the next difference: the edge of a plateau goes on as the sun does


def is_limit(view: View, run: Run, value: float) -> bool:
    """Return whether a plant's control holds the value of a run: the most it gives, or what it may feed in.

    The most is learned even where a nameplate is registered: of panels larger than their inverter it is the panels'.
    """
    baseline = view.baseline
    most = baseline.full if baseline.known else view.around(view.series.generated, run.first)
    # Calm weeks don't show a turbine's top; where they reached it, they show whether it is held.
    was_there = view.may_be_solar or value <= baseline.full
    holds_its_top = not baseline.known or not was_there or TOP_BAND in baseline.held[0]
    if value >= TOP.value * most > 0 and holds_its_top:
        return True
    hours = view.series.minutes / _MINUTES
    for nameplate in (view.site.capacity_kw, view.site.ac_capacity_kw):
        if nameplate is not None:
            share = value / (nameplate * hours)
            margin = FEED_IN_MARGIN.value
            if share >= TOP.value or any(abs(share - limit.value) <= margin for limit in FEED_IN_LIMITS):
                return True
    return view.may_be_solar and _is_cut_off(view, run, value)


def _is_cut_off(view: View, run: Run, value: float) -> bool:
    """Return whether a run is the flat top of its day: the sun rises to a limit and sinks from it, or comes back to it.

    A value that froze has higher ones behind or before it, or ends in a jump, and nothing comes back to it.
    """
    values, reach = view.series.generated, view.reach // 2
    before = values[max(0, run.first - reach) : run.first]
    then = values[run.after : run.after + reach]
    if len(before) < _BESIDE or len(then) < _BESIDE or max(*before, *then) > value * (2 - TOP.value):
        return False
    near = EQUAL.value * value
    if sum(-near <= each - value <= near for each in (*before[:-1], *then[1:])) >= _COMES_BACK:
        return True
    up, down = value - before[-1], value - then[0]
    return 0 < up <= _SLOPES * (before[-1] - before[-2]) and 0 < down <= _SLOPES * (then[0] - then[1])
