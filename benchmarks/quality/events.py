"""Comparing an answer with the labels event by event, for faults, which an operator wants to be told of once.

And how late the first word on an event comes, looked for as the watch would have: from one interval to the next.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from heliograph.checks.flag import is_anomalous
from heliograph.checks.registry import RULES
from heliograph.evaluation.model import EvaluationResult
from heliograph.reading import text_of
from quality import ours
from quality.counts import Counts, added
from quality.sample import DetectorAnswer, Event, Sample, Sent, Spoken, Stretch, episodes

# A flag up to this many intervals after a fault's end is still of it.
GRACE_INTERVALS: Final = 3
_DAY: Final = 86_400
# Faults that the day as a whole shows, or silence; a flag of the day, or of the one after, counts as found.
SLOW: Final = frozenset(rule.name for rule in RULES if rule.scopes[0] in {"day", "silence"})
# What is refused for its form, or only remarked on: where the fault's own word isn't a flag.
REMARKS: Final = {"conflicting_values": "revised", "malformed": "rejected"}
# The rules that are made for each fault. Others may see it too.
OWN_RULES: Final[dict[str, frozenset[str]]] = {
    "negative": frozenset({"negative"}),
    "over_capacity": frozenset({"over_capacity", "spike"}),
    "sentinel": frozenset({"sentinel"}),
    "night_generation": frozenset({"night_generation"}),
    "future_timestamp": frozenset({"future_timestamp"}),
    "stale": frozenset({"stale"}),
    "stale_where_spared": frozenset({"stale"}),
    "zero_output": frozenset({"zero_output"}),
    "zero_consumption": frozenset({"zero_consumption"}),
    "unit_error": frozenset({"unit_error"}),
    "unit_error_mwh": frozenset({"unit_error"}),
    "no_data": frozenset({"no_data", "gap", "incomplete_day"}),
    "malformed": frozenset({"rejected"}),
    "conflicting_values": frozenset({"conflicting_values", "revised"}),
    "spike": frozenset({"spike", "over_capacity"}),
    "catch_up": frozenset({"catch_up", "over_capacity", "spike"}),
    "interpolated": frozenset({"interpolated"}),
    "incomplete_day": frozenset({"incomplete_day", "no_data", "gap"}),
    "time_shift": frozenset({"time_shift", "night_generation"}),
    "level_shift": frozenset({"level_shift"}),
    "outlier": frozenset({"spike", "negative", "over_capacity"}),
}
_DAY_MINUTES: Final = 24 * 60
# The soonest that a fault can be known, by its nature, in intervals after the first changed one; from their minutes.
SOONEST: Final[dict[str, tuple[Callable[[int], float], str]]] = {
    "stale": (lambda minutes: max(4, 60 // minutes - 2), "an hour of equal values; the first of them is true"),
    "interpolated": (lambda _: 5, "six values make a straight line"),
    "spike": (lambda _: 1, "the next value shows that it was one"),
    "zero_output": (lambda minutes: max(1, 60 // minutes - 1), "an hour without output in daylight"),
    "unit_error_mwh": (lambda minutes: max(1, 60 // minutes - 1), "next to no output for an hour in daylight"),
    "no_data": (lambda minutes: max(3, 30 // minutes), "half an hour or three readings without one"),
    "incomplete_day": (lambda minutes: _DAY_MINUTES / minutes, "the day has to be over"),
    "time_shift": (lambda minutes: 3 * _DAY_MINUTES / minutes, "three days alike"),
    "level_shift": (lambda minutes: 7 * _DAY_MINUTES / minutes, "a week without a better day; fewer may be overcast"),
}


class Scored(msgspec.Struct, frozen=True):
    """What an answer is worth for one sample.

    seen: each event, whether any rule found it, and whether one of its own rules did. true, false: episodes that meet
    an event, and those that meet none.
    """

    seen: list[tuple[Event, bool, bool]]
    true: list[Spoken]
    false: list[Spoken]


def score(found: DetectorAnswer, sample: Sample, minutes: int) -> Scored:
    """Match what was found with the events of one sample. minutes: length of an interval."""
    grace = GRACE_INTERVALS * minutes * 60
    seen = []
    for event in sample.events:
        rules = rules_that_see(event, found, grace)
        seen.append((event, bool(rules), bool(rules & OWN_RULES.get(event.fault, frozenset()))))
    spoken = episodes(found, minutes)
    true = [each for each in spoken if any(_meets(each, event, grace) for event in sample.events)]
    return Scored(seen, true, [each for each in spoken if each not in true])


def rules_that_see(event: Event, found: DetectorAnswer, grace: int) -> set[str]:
    """Return the rules that have something against the event. grace: seconds after its end that are still of it."""
    rules = {rule for rule, ends in found.flags.items() if _touch(ends, event, grace)}
    if event.fault in SLOW:
        rules |= {each.rule for each in found.stretches if _covers(each, event)}
    remark = REMARKS.get(event.fault)
    if remark and _touch(found.told.get(remark, set()), event, grace):
        rules.add(remark)
    return rules


def by_fault(scored: Iterable[Scored]) -> dict[str, tuple[Counts, Counts]]:
    """Count, per fault, the events that any rule found, and those that one of its own rules found."""
    counts: dict[str, tuple[Counts, Counts]] = {}
    for event, any_rule, own_rule in (each for one in scored for each in one.seen):
        before = counts.get(event.fault, (Counts(), Counts()))
        now = (Counts(hits=any_rule, missed=not any_rule), Counts(hits=own_rule, missed=not own_rule))
        counts[event.fault] = (added(before[0], now[0]), added(before[1], now[1]))
    return dict(sorted(counts.items()))


def by_rule(scored: Sequence[Scored]) -> dict[str, Counts]:
    """Count, per rule, the episodes that meet an event (hits) and those that meet none (false)."""
    counts: dict[str, Counts] = {}
    for one in scored:
        for each in one.true:
            counts[each.rule] = added(counts.get(each.rule, Counts()), Counts(hits=1))
        for each in one.false:
            counts[each.rule] = added(counts.get(each.rule, Counts()), Counts(false=1))
    return dict(sorted(counts.items()))


def details(scored: Scored, where: str) -> list[str]:
    """Write what went wrong, a line each, for whoever improves the checks."""
    missed = [
        f"missed {where} {event.fault} {text_of(event.onset)} to {text_of(event.last)}"
        for event, was_seen, _ in scored.seen
        if not was_seen
    ]
    return missed + [
        f"false {where} {each.rule} {text_of(each.first)} to {text_of(each.last)}" for each in scored.false
    ]


def _touch(ends: set[int], event: Event, grace: int) -> bool:
    return not ends.isdisjoint(event.ends) or any(event.onset <= end <= event.last + grace for end in ends)


def _covers(stretch: Stretch, event: Event) -> bool:
    return stretch.start < event.last + _DAY and stretch.ends >= event.onset


def _meets(spoken: Spoken, event: Event, grace: int) -> bool:
    after = _DAY if event.fault in SLOW and not spoken.ends else grace
    return not spoken.ends.isdisjoint(event.ends) or (spoken.first <= event.last + after and spoken.last >= event.onset)


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
    near = (flags for end, flags in result.flags.items() if event.onset <= end <= event.last + grace)
    if any(ours.finds(flag) for flags in near for flag in flags):
        return True
    if event.fault not in SLOW:
        return False
    days = (
        day for day in result.days.values() if day.ends <= now and day.start < event.last and day.ends >= event.onset
    )
    return result.no_data is not None or any(is_anomalous(day.flags) for day in days)
