"""What a site's registers show beside their energies: a new meter, a full counter, totals that are none."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.registers import LEAST_HOURS, MOST_FAULTS

if TYPE_CHECKING:  # the processor needs none of what the checks over time stand on
    from heliograph.checks.lengths import WholeSeries

COMES_BACK: Final = Limit(
    "totals that come back",
    MOST_FAULTS,
    "readings",
    "a logger that starts, or a garbled telegram, shows false totals for moments",
)
FULL: Final = Limit(
    "least time to fill a register",
    LEAST_HOURS,
    "hours",
    "IEC 62052-11: at the meter's full current a register holds 1,500 hours at least",
)
FAULTS_A_DAY: Final = Limit(
    "false totals a day", 3.0, "readings", "as many as one start of a logger makes; more is a meter that is read badly"
)
_DAY: Final = 24 * 3600


def replaced(whole: "WholeSeries") -> Iterator[tuple[int, Flag]]:
    """Flag the fact with which a register goes on from a new start; with its END."""
    message = (
        "a register fell, didn't come back and wasn't full: it goes on from a new start, so the meter was replaced or "
        "set to zero. What was counted in this interval isn't known"
    )
    for end in _ends_with(whole, "replaced"):
        yield end, METER_REPLACED.flag(1, 0, message)


def rolled_over(whole: "WholeSeries") -> Iterator[tuple[int, Flag]]:
    """Explain a register that was full and began at zero; its energy is known."""
    message = "a register was full and began at zero; the interval has the energy on both sides of that"
    for end in _ends_with(whole, "rollover"):
        yield end, REGISTER_ROLLOVER.flag(1, 0, message)


def false_totals(whole: "WholeSeries") -> Iterator[tuple[int, Flag]]:
    """Flag a fact with a total that the register doesn't go on from; many a day are a warning."""
    ends = list(_ends_with(whole, "fault"))
    for position, end in enumerate(ends):
        lately = position + 1 - bisect_right(ends, end - _DAY)
        message = (
            f"a register's total lies beyond those before and after it, which go on from each other: {lately} such "
            "within a day. The next sound total has the energy of the whole time"
        )
        is_many = lately > FAULTS_A_DAY.value
        yield end, REGISTER_FAULT.flag(lately, FAULTS_A_DAY.value, message, severity="warning" if is_many else "info")


def _ends_with(whole: "WholeSeries", note: str) -> Iterator[int]:
    return (end for end, each in whole.series.notes.items() if each == note)


METER_REPLACED: Final = Rule(
    name="meter_replaced",
    severity="warning",
    unit="readings",
    sentence="a register goes on from a new start: the meter was replaced, or set to zero",
    headline="A register begins anew on {when}",
    advice="Nothing is to be done if the meter was replaced: its first and last totals are on the fitter's form, and an"
    " edit can set the energy of this interval by them. If nobody was there, look at the meter and its logger.",
    limits=(COMES_BACK, FULL),
    on_lengths=replaced,
)
REGISTER_ROLLOVER: Final = Rule(
    name="register_rollover",
    severity="info",
    unit="readings",
    sentence="a register was full and began at zero; its energy is known",
    advice="Nothing is to be done. A profile may say rolls_over_at, so that nothing is concluded from the digits.",
    limits=(FULL,),
    on_lengths=rolled_over,
)
REGISTER_FAULT: Final = Rule(
    name="register_fault",
    severity="warning",
    unit="readings",
    sentence="a register's total that it doesn't go on from; many a day are a warning",
    headline="A register shows false totals from {when}",
    advice="Look at the logger's connection to the meter if it comes again: zeros after a start, garbled telegrams, "
    "or two meters that are sent as one.",
    limits=(COMES_BACK, FAULTS_A_DAY),
    on_lengths=false_totals,
)
