"""The faults that last for days: what the readings of one day can't show, and only weeks of history can.

They are for measuring the checks, and the Lambda never sends them: a fleet is mostly looked at for a day or two, in
which a slow fault is only a wrong picture of the site, and its days would be lost to the faults that can be seen.
"""

from datetime import timedelta
from typing import Final

from lambda_simulator.case import SOLAR, Case, Fault
from lambda_simulator.record import Record

_DAY_MINUTES: Final = 24 * 60
_MOST_HOURS: Final = 8
_CLOCK_DAYS: Final = (5 * _DAY_MINUTES, 15 * _DAY_MINUTES)
_LEVEL_DAYS: Final = (14 * _DAY_MINUTES, 28 * _DAY_MINUTES)


def time_shift(case: Case) -> list[Record]:
    """Send what the meter counts 1 to 8 whole hours earlier or later: a time zone or the summer time mistaken."""
    drawn = 2 * case.drawn("time_shift") - 1
    hours = max(1, round(case.size * (1 + int(abs(drawn) * _MOST_HOURS))))
    return [case.sent(*case.clean(case.tick_end - timedelta(hours=hours if drawn > 0 else -hours)))]


def level_shift(case: Case) -> list[Record]:
    """Lose 20 to 60 % of the generation: a part of the plant is gone."""
    left = 1 - min(0.95, case.size * (0.2 + 0.4 * case.drawn("level_shift")))
    generated = case.energy.generated
    return [case.sent(left * generated if generated > 0 else generated, case.energy.consumed)]


SLOW_FAULTS: Final = (
    Fault("time_shift", "the clock is hours off", time_shift, _CLOCK_DAYS, kinds=SOLAR),
    # Not wind: without a wind speed there is no telling a part of a farm gone from a calm month.
    Fault("level_shift", "a part of the plant is off", level_shift, _LEVEL_DAYS, kinds=SOLAR),
)
