"""The edit that an incident calls for: a unit or a clock that was wrong has an edit that puts its readings right.

What is stale, a spike or a sentinel needs none: totals go without it as it is. Nothing mends an outage.
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
_TOO_MUCH: Final = Decimal("0.001")
_TOO_LITTLE: Final = Decimal(1000)
_LONGEST_REASON: Final = 500


def offered(incident: Incident, now: int, stored: Sequence[StoredReading] = ()) -> EditBody | None:
    """Return the edit that an incident calls for, without an id; None where none would put its readings right.

    now: seconds since 1970; of an incident that is open all up to now is wrong. stored: readings from `looked_at` on,
    where the caller has them: they show when a clock was put forward.
    """
    if incident.rule == UNIT_ERROR.name:
        return _scale(incident, now)
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
        "shift-seconds": body.shift_seconds,
        "side": None if body.side == "both" else body.side,
        "reason": body.reason,
    }
    options = [f"--{name} {shlex.quote(str(value))}" for name, value in more.items() if value is not None]
    stretch = f"--start {body.start} --end {body.end}"
    return " ".join(["heliograph edit", body.action, shlex.quote(body.site_id), stretch, *options])


def _scale(incident: Incident, now: int) -> EditBody | None:
    """Return the factor of a thousand that a unit is off by: what was seen lies above or below its bound."""
    factor = _TOO_MUCH if incident.observed > incident.limit else _TOO_LITTLE
    begins, ends = end_of(incident.onset) - _MINUTE, _until(incident, now)
    sides: tuple[Measures, ...] = ("generated", "consumed")
    side = next((each for each in sides if incident.message.startswith(f"energy_{each}_kwh")), "both")
    times = _times(begins, ends)
    return EditBody(
        site_id=incident.site_id, action="scale", **times, reason=_reason(incident), side=side, factor=factor
    )


def _shift(incident: Incident, now: int, stored: Sequence[StoredReading]) -> EditBody | None:
    """Return the shift that puts a clock right; None of less than half a quarter of an hour."""
    late = _late(incident)
    if not late:
        return None
    begins = _jump(stored, late) or _moved(incident)
    times = _times(begins, _until(incident, now))
    return EditBody(site_id=incident.site_id, action="shift", **times, reason=_reason(incident), shift_seconds=-late)


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


def _times(begins: int, ends: int) -> dict[str, str]:
    """Return the times of an edit; of a longer stretch its last part."""
    return {"start": text_of(max(begins, ends - MOST_DAYS * _DAY)), "end": text_of(ends)}


def _reason(incident: Incident) -> str:
    return f"{incident.rule}: {incident.message}"[:_LONGEST_REASON]
