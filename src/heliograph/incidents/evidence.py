"""Evidence: the incidents that another one of their site explains, and how they join it.

A symptom is often found before its cause: a value out of range as its file lands, an outage's end before its beginning
is understood, a moved clock after days. It then joins the cause that is found, so that one event stays one incident.
"""

from collections.abc import Iterable
from math import inf
from typing import Final

import msgspec

from heliograph.incidents.causes import Acting, ActingCauses, explaining
from heliograph.incidents.detection import Episode
from heliograph.incidents.model import Incident, Join, RuleState, Symptom
from heliograph.reading import end_of

# An incident's item stays small, however many symptoms a fault of weeks has.
MOST_EVIDENCE: Final = 20


def joining(cause: Incident, rule_states: dict[str, RuleState]) -> list[Join]:
    """Join the open incidents that a new one explains, and note in the states that they are inhibited."""
    acting: ActingCauses = {cause.rule: [Acting(end_of(cause.onset), inf, cause.id)]}
    joins = []
    for rule, each in rule_states.items():
        episode = Episode(each.onset, each.last, None, ())
        if each.id and not each.inhibited and each.basis != "silence" and explaining(rule, episode, acting):
            rule_states[rule] = msgspec.structs.replace(each, inhibited=True)
            joins.append(Join(cause.id, each.id))
    return joins


def joined(
    opened: Iterable[Incident], stored: Iterable[Incident], joins: Iterable[Join]
) -> tuple[tuple[Incident, ...], tuple[Incident, ...]]:
    """Return new and stored incidents with each symptom joined to its cause.

    A symptom that joins notifies no more; what was sent of it is kept beneath its cause, whose recovery is then sent
    for both. Where the cause itself notifies nobody, a symptom that people heard of notifies of its own recovery.
    """
    new = {each.id: each for each in opened}
    found = {each.id: each for each in stored} | new
    for join in joins:
        cause, symptom = found.get(join.cause), found.get(join.symptom)
        if cause is None or symptom is None:
            continue
        left_alone = cause.suppressed and bool(symptom.notified_as)
        found[symptom.id] = msgspec.structs.replace(
            symptom, cause=cause.id, suppressed=symptom.suppressed or not left_alone
        )
        if symptom.id not in {each.id for each in cause.evidence}:
            kept = Symptom(symptom.id, symptom.rule, symptom.onset, symptom.onset_notified_at, symptom.notified_as)
            found[cause.id] = msgspec.structs.replace(cause, evidence=(*cause.evidence, kept)[:MOST_EVIDENCE])
    return tuple(found[each] for each in new), tuple(each for each in found.values() if each.id not in new)
