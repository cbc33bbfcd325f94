"""The edit that an incident calls for: a unit or a clock that was wrong has an edit that puts its readings right.

What is stale, a spike or a sentinel needs none: totals go without it as it is. Of an outage nobody knows what it took.
"""

import shlex
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from heliograph.checks.time_shift import ALIKE_DAYS, ALIKE_MINUTES, CAUSE_MINUTES, SHIFT_MINUTES, TIME_SHIFT
from heliograph.checks.unit_error import UNIT_ERROR
from heliograph.edits.model import MOST_DAYS, EditBody
from heliograph.evaluation.model import StoredReading
from heliograph.incidents.model import Incident
from heliograph.reading import Measures, end_of, text_of

_MINUTE: Final = 60
_DAY: Final = 86_400
# Time zones and summer time differ by whole hours; a few by quarters of one (IANA).
_HOUR: Final = 60 * _MINUTE
_QUARTER: Final = 15 * _MINUTE
# From one day's last reading in daylight to the next one's first, in a dark week of winter.
_NIGHT: Final = 36 * _HOUR
_TOO_MUCH: Final = Decimal("0.001")
_TOO_LITTLE: Final = Decimal(1000)
_LONGEST_REASON: Final = 500


def offered(
    incident: Incident, now: int, others: Sequence[Incident] = (), stored: Sequence[StoredReading] = ()
) -> EditBody | None:
    """Return the edit that an incident calls for, without an id; None where none would put its readings right.

    now: seconds since 1970; of an incident that is open all up to now is wrong. others: further incidents of the site,
    where the caller has them; at a solar site each day with a wrong unit is one. stored: readings as `looked_at` says,
    where the caller has them; they show when a clock was put forward.
    """
    if incident.rule == UNIT_ERROR.name:
        return _scale(incident, now, others)
    if incident.rule == TIME_SHIFT.name:
        return _shift(incident, now, stored)
    return None


def looked_at(incident: Incident) -> tuple[int, int] | None:
    """Return which readings show more of an offer: ENDs, seconds since 1970; None where none do."""
    if incident.rule != TIME_SHIFT.name or _late(incident) <= 0:
        return None
    began = _moved(incident)
    return began - _DAY, began + 2 * _DAY


def command_of(body: EditBody) -> str:
    """Return the command that makes an edit, as it is typed."""
    more = {
        "factor": body.factor,
        "by": None if body.shift_seconds is None else f"{body.shift_seconds}s",
        "side": None if body.side == "both" else body.side,
        "reason": body.reason,
    }
    options = [f"--{name} {shlex.quote(str(value))}" for name, value in more.items() if value is not None]
    stretch = f"--from {body.start} --to {body.end}"
    return " ".join(["heliograph edit add", shlex.quote(body.site_id), body.action, stretch, *options])


def _scale(incident: Incident, now: int, others: Sequence[Incident]) -> EditBody:
    """Return the factor of a thousand by which a unit is off."""
    factor, side = _wrong_by(incident)
    alike = [each for each in others if each.rule == incident.rule and _wrong_by(each) == (factor, side)]
    begins, ends = _joined(incident, alike, now)
    start, end = _times(begins - _MINUTE, ends)
    return EditBody(
        site_id=incident.site_id,
        action="scale",
        start=start,
        end=end,
        reason=_reason(incident),
        side=side,
        factor=factor,
    )


def _wrong_by(incident: Incident) -> tuple[Decimal, Measures]:
    """Return by what to multiply, and on which side: what was seen lies above or below its bound, and names it."""
    factor = _TOO_MUCH if incident.observed > incident.limit else _TOO_LITTLE
    sides: tuple[Measures, ...] = ("generated", "consumed")
    return factor, next((each for each in sides if incident.message.startswith(f"energy_{each}_kwh")), "both")


def _joined(incident: Incident, alike: Sequence[Incident], now: int) -> tuple[int, int]:
    """Return from when to when a fault lasted, seconds since 1970, with those that a night parts from it."""
    begins, ends = end_of(incident.onset), _until(incident, now)
    spans = sorted((end_of(each.onset), _until(each, now)) for each in alike)
    for first, last in reversed(spans):
        if first < begins <= last + _NIGHT:
            begins = first
    for first, last in spans:
        if first - _NIGHT <= ends < last:
            ends = last
    return begins, ends


def _shift(incident: Incident, now: int, stored: Sequence[StoredReading]) -> EditBody | None:
    """Return the shift that puts a clock right; None of less than half a quarter of an hour."""
    late = _late(incident)
    if not late:
        return None
    start, end = _times(_jump(stored, late) or _moved(incident), _until(incident, now))
    return EditBody(
        site_id=incident.site_id,
        action="shift",
        start=start,
        end=end,
        reason=_reason(incident),
        shift_seconds=-late,
    )


def _late(incident: Incident) -> int:
    """Return how much too late the stamps are, seconds: whole hours where the flag is near to it, else quarters."""
    seconds = int(incident.observed * _MINUTE)
    hours = round(seconds / _HOUR) * _HOUR
    is_near = hours and abs(seconds - hours) <= CAUSE_MINUTES.value * _MINUTE
    return hours if is_near else round(seconds / _QUARTER) * _QUARTER


def _moved(incident: Incident) -> int:
    """Return when a clock moved, seconds since 1970: three days moved alike before it showed."""
    is_always_off = incident.limit != Decimal(str(SHIFT_MINUTES.value))
    return end_of(incident.onset) - (0 if is_always_off else int(ALIKE_DAYS.value - 1) * _DAY)


def _jump(stored: Sequence[StoredReading], late: int) -> int | None:
    """Return the END after which stamps leave out as much as the clock was put forward by; None where none do."""
    steps = [(after.end - before.end, before.end) for before, after in pairwise(stored)]
    if late <= 0 or not steps:
        return None
    usual = sorted(step for step, _ in steps)[len(steps) // 2]
    near = int(ALIKE_MINUTES.value / 2) * _MINUTE
    jumps = [end for step, end in steps if step > usual and abs(step - usual - late) <= near]
    return jumps[-1] if jumps else None


def _until(incident: Incident, now: int) -> int:
    return end_of(incident.last) if incident.recovery else now


def _times(begins: int, ends: int) -> tuple[str, str]:
    """Return the times of an edit; of a longer stretch its last part."""
    return text_of(max(begins, ends - MOST_DAYS * _DAY)), text_of(ends)


def _reason(incident: Incident) -> str:
    return f"{incident.rule}: {incident.message}"[:_LONGEST_REASON]
