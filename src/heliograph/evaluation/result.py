"""An evaluation's result: what the checks over time give to the stores and to incidents."""

from collections.abc import Callable

import msgspec

from heliograph.checks.flag import Flag
from heliograph.evaluation.day import Day

# rule, END -> could this rule have spoken of the reading that ends then? Zero output can't be seen at night.
CouldSpeak = Callable[[str, int], bool]


class EvaluationResult(msgspec.Struct, frozen=True):
    """What an evaluation found of one site; a pure function of its readings and of the days before them.

    minutes: length of the site's interval.
    judged: the ENDs of the readings judged, ascending; earlier ones were only context.
    flags: what the checks over time (never the single-reading checks) have against judged readings, by END; a judged
        reading without an entry has none.
    days: the days seen whole up to now, by local date `YYYY-MM-DD`; each with its own flags (incomplete day, level
        shift, clock shift).
    silent: the flag of a site that has stopped sending, as of now; None while it sends.
    last_end: END of the newest reading that lies in the past; None where there is none in the window.
    first_end: END of the earliest reading in the window, context included; None where there is none.
    began: when the evaluation began, before it read anything, seconds since 1970; 0 where that isn't known.
    could_speak: whether a rule could have spoken of a judged reading, for counting clean readings.
    """

    minutes: int
    judged: list[int]
    flags: dict[int, tuple[Flag, ...]]
    days: dict[str, Day]
    no_data: Flag | None
    last_end: int | None
    could_speak: CouldSpeak
    first_end: int | None = None
    began: int = 0
