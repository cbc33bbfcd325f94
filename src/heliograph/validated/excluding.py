"""Which measured values aren't used, and why: flags that say so, and what can't be energy."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from heliograph.checks.flag import EXCLUDING, Flag, is_anomalous
from heliograph.checks.plausible import ABOVE_ZERO, BELOW_ZERO, is_energy
from heliograph.edits.apply import EditedReading
from heliograph.evaluation.model import StoredReading
from heliograph.history import Values
from heliograph.validated.model import NOTHING

# The rule whose flag says that a reading holds what a gap before it has.
CATCH_UP: Final = "catch_up"
_SENTINEL, _OVER_CAPACITY = "sentinel", "over_capacity"


class ValueMark(msgspec.Struct, frozen=True, gc=False):
    """What is said of one reading's values. Pairs are of the generated and the consumed side.

    excluded: the rules that exclude them, empty where none does. catches_up: whether they hold a gap's energy.
    flagged: whether the reading has an anomalous flag. edits: the ids of the edits that touched them last.
    left_out: what an edit excluded, kWh. accepts: whether the rules that say what can't be energy are wrong here.
    is_set: whether a person said what they are.
    """

    excluded: tuple[str, str] = ("", "")
    catches_up: tuple[bool, bool] = (False, False)
    flagged: bool = False
    edits: tuple[str, str] = ("", "")
    left_out: Values = NOTHING
    accepts: bool = False
    is_set: tuple[bool, bool] = (False, False)


NO_MARK: Final = ValueMark()


def mark_of(reading: StoredReading, over_time: tuple[Flag, ...]) -> ValueMark | None:
    """Return what is said of a reading; None where that is nothing.

    over_time: the flags of the checks over time; the reading has those of its landing.
    """
    edited = reading if isinstance(reading, EditedReading) else None
    flags = (*reading.flags, *over_time)
    if edited is None:
        return _of_flags(flags) if flags else None
    holding = tuple(flag for flag in flags if not edited.accepts(flag.rule))
    return msgspec.structs.replace(
        _of_flags(holding),
        edits=edited.edits,
        left_out=edited.left_out,
        accepts=edited.accepts(_SENTINEL) or edited.accepts(_OVER_CAPACITY),
        is_set=edited.is_set,
    )


def _of_flags(flags: tuple[Flag, ...]) -> ValueMark:
    return ValueMark(
        excluded=(_rule_of(flags, 0), _rule_of(flags, 1)),
        catches_up=(_has(flags, 0), _has(flags, 1)),
        flagged=is_anomalous(flags),
    )


def _rule_of(flags: Iterable[Flag], side: int) -> str:
    return next((flag.rule for flag in flags if flag.rule in EXCLUDING and flag.sides[side]), "")


def _has(flags: Iterable[Flag], side: int) -> bool:
    return any(flag.rule == CATCH_UP and flag.sides[side] for flag in flags)


def excluded_by(kwh: Decimal, mark: ValueMark, side: int, most: float | None) -> str:
    """Return the rule that excludes a value, empty where none does. most: of generation, as `most_kwh` gives it.

    What a person said that it is stands above the rules; one that was scaled or shifted is a measured one still.
    """
    if mark.is_set[side]:
        return ""
    if mark.excluded[side] or mark.accepts or is_energy(float(kwh), None if side else most):
        return mark.excluded[side]
    return _SENTINEL if kwh in BELOW_ZERO or kwh in ABOVE_ZERO else _OVER_CAPACITY
