"""Nothing consumed: for hours that the site doesn't have by itself, or a thousandth of what it uses."""

from collections.abc import Iterator
from math import inf
from typing import Final

from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.plausible import OUTAGE_READINGS, ZERO
from heliograph.checks.switched_off import ZERO_MINUTES
from heliograph.checks.unit_error import KILO, MWH_AS_KWH, STANDBY_MARGIN, UNDER_LEAST, UNIT_ERROR
from heliograph.checks.view import Run, View, judged, minutes_of, runs_of
from heliograph.checks.zero_output import UNIT_SHARE
from heliograph.formatting import count, duration, number

ALWAYS_CONSUMES: Final = Limit(
    "least of a site that always consumes",
    0.1,
    "share of the usual most",
    "a site whose least is near nothing may reach nothing",
)

IDLE_TIMES: Final = Limit(
    "longer than by itself", 2.5, "times what one day in eight reaches", "a run may cross midnight, days see half of it"
)
IDLE_MINUTES: Final = Limit(
    "hours without consumption", 600.0, "minutes", "a home's panels cover its use for a summer's day, not for longer"
)
IDLE_DARK_MINUTES: Final = Limit(
    "hours without consumption in the dark",
    360.0,
    "minutes",
    "chosen on nine real homes: at two of them 3 to 5 h of zeros come now and then, at three also 9 to 14 h",
)


def zero_consumption(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag hours without consumption that the site doesn't have by itself, and an hour or more of a thousandth."""
    if not view.baseline.known or view.baseline.top <= 0 or "consumed" not in view.fields:
        return
    values, low = view.series.consumed, view.baseline.low
    first, after = view.with_context
    limit = max(low / UNDER_LEAST.value, ZERO.value * view.baseline.top)
    if low > 0:  # what the site takes by itself, beside a load a thousand times as large, isn't nothing
        limit = min(limit, low / STANDBY_MARGIN.value)
    if min(values[view.first : view.after], default=inf) > limit:
        return  # nearly always
    for run in runs_of((position for position in range(first, after) if 0 <= values[position] <= limit), view.series):
        positions = judged(run, view)
        if not positions or minutes_of(run, view) < ZERO_MINUTES.value or len(run) < OUTAGE_READINGS.value:
            continue
        flag = _use_flag(view, run, limit) if low > 0 else None
        flag = flag or _idle_flag(view, run)
        if flag is not None:
            yield from ((position, flag) for position in positions)


def _idle_flag(view: View, run: Run) -> Flag | None:
    """Flag a run of nothing that is far longer than those the site has by itself.

    While it generates, a two-way meter shows nothing consumed: then it needs to be longer, and to go on where it feeds
    nothing in. An empty house with panels takes nothing from dawn to dusk.
    """
    may_generate = view.baseline.full > 0 or view.site.kind is None
    if may_generate and max(view.series.consumed[run.first : run.after]) > 0:
        return None  # a battery leaves a watt or two, and a supply that is cut leaves none
    full, minutes = view.full_around(run.first), view.series.minutes
    generated = view.series.generated[run.first : run.after]
    all_of_it = min(len(run), view.reach) * minutes
    in_the_dark = min(sum(value <= ZERO.value * full for value in generated), view.reach) * minutes
    usual, usual_in_the_dark = view.baseline.idle
    limits = (
        max(IDLE_MINUTES.value, IDLE_TIMES.value * usual + ZERO_MINUTES.value),
        max(IDLE_DARK_MINUTES.value, IDLE_TIMES.value * usual_in_the_dark + ZERO_MINUTES.value),
    )
    is_long = all_of_it >= limits[0] and in_the_dark >= ZERO_MINUTES.value
    if not is_long and in_the_dark < limits[1]:
        return None
    message = (
        f"nothing consumed for {duration(all_of_it)} or more; on seven of eight days the longest such time is "
        f"{duration(usual)}: the link or the supply was down"
    )
    return ZERO_CONSUMPTION.flag(all_of_it, min(limits), message, unit="minutes")


def _use_flag(view: View, run: Run, limit: float) -> Flag | None:
    """Flag a thousandth of the usual, or nothing; the latter only at a site whose values never come near it."""
    values, generated = (each[run.first : run.after] for each in (view.series.consumed, view.series.generated))
    low, top = view.baseline.low, view.baseline.top
    is_covered = max(generated) > UNIT_SHARE.value * (view.full or 0.0)  # a two-way meter shows no use then
    is_usual_times_1000 = low / 3 <= KILO * min(values) and KILO * max(values) <= 2 * top
    if min(values) > 0 and is_usual_times_1000 and not is_covered and UNDER_LEAST.value * min(values) <= low:
        rule, why = UNIT_ERROR, f"a thousandth of its usual consumption; {MWH_AS_KWH}"
    elif low > ALWAYS_CONSUMES.value * top and not is_covered and min(values) <= 0:  # a standby is no supply cut
        rule, why = ZERO_CONSUMPTION, "the link or the supply was down"
    else:
        return None
    message = (
        f"energy_consumed_kwh is at most {number(max(values))} kWh for {count(len(values), 'reading')}; "
        f"in the last weeks it never fell below {number(low)} kWh: {why}"
    )
    return rule.flag(max(values), limit, message)


ZERO_CONSUMPTION: Final = Rule(
    name="zero_consumption",
    severity="warning",
    unit="kWh",
    sentence="nothing consumed for longer than the site does without by itself",
    headline="Consumption stops on {when}",
    advice="Ask the site whether its supply was cut. If it wasn't, check the meter of consumption and its link.",
    limits=(
        ZERO_MINUTES,
        OUTAGE_READINGS,
        UNDER_LEAST,
        STANDBY_MARGIN,
        ALWAYS_CONSUMES,
        IDLE_TIMES,
        IDLE_MINUTES,
        IDLE_DARK_MINUTES,
        ZERO,
    ),
    on_series=zero_consumption,
)
