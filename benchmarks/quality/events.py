"""Comparing an answer with the labels event by event: for faults, which an operator wants to be told of once."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from heliograph.series import text_of
from quality.counts import Counts, added
from quality.found import Found, Spoken, Stretch, episodes
from quality.sample import Event, Sample

# A flag up to this many intervals after a fault's end is still of it.
GRACE_INTERVALS: Final = 3
_DAY: Final = 86_400
# Faults that the day as a whole shows, or silence; a flag of the day, or of the one after, counts as found.
SLOW: Final = frozenset({"no_data", "incomplete_day", "level_shift", "time_shift"})
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


class Scored(msgspec.Struct, frozen=True):
    """What an answer is worth for one sample.

    seen: each event, whether any rule found it, and whether one of its own rules did. true, false: episodes that meet
    an event, and those that meet none.
    """

    seen: list[tuple[Event, bool, bool]]
    true: list[Spoken]
    false: list[Spoken]


def score(found: Found, sample: Sample, minutes: int) -> Scored:
    """Match what was found with the events of one sample. minutes: length of an interval."""
    grace = GRACE_INTERVALS * minutes * 60
    seen = []
    for event in sample.events:
        rules = rules_that_see(event, found, grace)
        seen.append((event, bool(rules), bool(rules & OWN_RULES.get(event.fault, frozenset()))))
    spoken = episodes(found, minutes)
    true = [each for each in spoken if any(_meets(each, event, grace) for event in sample.events)]
    return Scored(seen, true, [each for each in spoken if each not in true])


def rules_that_see(event: Event, found: Found, grace: int) -> set[str]:
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
