"""How late the first word on an event comes, looked for as the watch would have: from one interval to the next."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

from heliograph.checks.flag import is_anomalous
from heliograph.evaluation.model import EvaluationResult
from quality import ours
from quality.events import GRACE_INTERVALS, REMARKS, SLOW
from quality.sample import Event, Sample, Sent
from quality.simulated import SPARED

_DAY_MINUTES: Final = 24 * 60

# The soonest that a fault can be known, by its nature, in intervals after the first changed one; from their minutes.
SOONEST: Final[dict[str, tuple[Callable[[int], float], str]]] = {
    SPARED: (lambda _: 4, "as stuck"),
    "stale": (lambda _: 4, "six equal values make it stuck; the first of them is true"),
    "interpolated": (lambda _: 5, "six values make a straight line"),
    "spike": (lambda _: 1, "the next value shows that it was one"),
    "zero_output": (lambda minutes: max(1, 60 // minutes - 1), "an hour without output in daylight"),
    "unit_error_mwh": (lambda minutes: max(1, 60 // minutes - 1), "next to no output for an hour in daylight"),
    "no_data": (lambda minutes: max(3, 30 // minutes), "half an hour or three readings without one"),
    "incomplete_day": (lambda minutes: _DAY_MINUTES / minutes, "the day has to be over"),
    "time_shift": (lambda minutes: 3 * _DAY_MINUTES / minutes, "three days alike"),
    "level_shift": (lambda minutes: 7 * _DAY_MINUTES / minutes, "a week without a better day; fewer may be overcast"),
}


def soonest(event: Event, minutes: int) -> float:
    """Return the soonest that an event can be known, intervals after its onset."""
    if event.fault == "catch_up":
        return (event.last - event.onset) / (60 * minutes)
    return SOONEST[event.fault][0](minutes) if event.fault in SOONEST else 0.0


def delay(event: Event, sample: Sample) -> float | None:
    """Return the intervals from the soonest possible word on an event to the first; None where there is none.

    Negative where another rule saw it sooner. What is only remarked on is known at landing.
    """
    if event.fault in REMARKS:
        return 0.0
    step = ours.summary(sample).whole.seconds
    stride = 1 if event.last - event.onset < 2 * _DAY_MINUTES * 60 else _DAY_MINUTES * 60 // step
    last = (event.last - event.onset) // step + GRACE_INTERVALS
    if event.fault in SLOW:
        last += _DAY_MINUTES * 60 // step
    moments = range(event.onset, event.onset + last * step + 1, stride * step)
    first = _first_known(event, sample, moments, slow=stride > 1)
    return None if first is None else first * stride - soonest(event, step // 60)


def _first_known(event: Event, sample: Sample, moments: Sequence[int], *, slow: bool) -> int | None:
    """Find the first moment at which the event is known; within a day what is known stays so, and can be searched."""
    if slow:
        return next((place for place, now in enumerate(moments) if known(event, sample, now)), None)
    first = bisect_left(moments, 1, key=lambda now: int(known(event, sample, now)))
    return first if first < len(moments) else None


def known(event: Event, sample: Sample, now: int) -> bool:
    """Return whether anything was known of the event at `now`: at landing, or by an evaluation of that moment."""
    at_landing = ours.summary(sample).at_landing & event.ends
    if any(each.landed <= now and each.end in at_landing for each in _landings(event, sample)):
        return True
    return _sees(event, ours.rolling(sample, now), now)


def _landings(event: Event, sample: Sample) -> Sequence[Sent]:
    first = bisect_left(sample.sent, event.onset, key=lambda each: each.landed)
    after = bisect_left(sample.sent, event.last + 1, key=lambda each: each.landed)
    return sample.sent[first:after]


def _sees(event: Event, result: EvaluationResult, now: int) -> bool:
    grace = GRACE_INTERVALS * result.minutes * 60
    if any(event.onset <= end <= event.last + grace and is_anomalous(flags) for end, flags in result.flags.items()):
        return True
    if event.fault not in SLOW:
        return False
    days = (
        day for day in result.days.values() if day.ends <= now and day.start < event.last and day.ends >= event.onset
    )
    return result.no_data is not None or any(is_anomalous(day.flags) for day in days)
