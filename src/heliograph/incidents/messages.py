"""What the messages of onsets and recoveries say: of one site, or of many at once.

They are for a person, and their attributes for filter policies. SNS's limits are held here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final

from heliograph.checks.flag import SEVERITIES, Severity, worst
from heliograph.checks.registry import BY_NAME
from heliograph.formatting import count, duration, number, quantity
from heliograph.incidents.groups import by_cause, moment, worst_first
from heliograph.incidents.model import DORMANT_SECONDS, Incident, Notification, Phase
from heliograph.reading import end_of, moment_of

_MAX_SUBJECT: Final = 99  # SNS: a subject has less than 100 characters
# SNS: ten messages of a call hold 262,144 bytes together, their attributes included; those stay below 2,000.
_MOST_BYTES: Final = 24_000
LISTED: Final = 20
_EVIDENCE_LISTED: Final = 8
_SEVERAL: Final = "several"
# An estimate is no better than that.
_COST_DIGITS: Final = 3


def messages(incidents: Sequence[Incident], phase: Phase, group_threshold: int, link: str) -> list[Notification]:
    """Return the notifications of incidents: one a cause at many sites of a region, and one for each other site.

    Where that makes more messages than `group_threshold`, they are one.

    incidents: in order of their sites. phase: which part of them they are of. link: the address before `/incidents`;
    where it is empty, as for an API that a browser can't open by itself, the messages name the commands to type.
    """
    groups, others = by_cause(incidents, phase)
    by_site = [list(of_site) for _, of_site in groupby(others, key=lambda each: each.site_id)]
    if len(groups) + len(by_site) > group_threshold:
        return [_of_group(worst_first(incidents), phase, link)]
    return [_of_group(each, phase, link) for each in groups] + [_of_site(each, phase, link) for each in by_site]


def _of_site(incidents: list[Incident], phase: Phase, link: str) -> Notification:
    site_id = incidents[0].site_id
    rules = ", ".join(each.rule for each in incidents)
    escalates = phase == "onset" and all(each.notified_as for each in incidents)
    over = "dormant" if any(map(_is_dormant, incidents)) else "recovered"
    head = over if phase == "recovery" else f"{'now ' if escalates else ''}{worst_of(incidents)}"
    say = _recovered if phase == "recovery" else _begun
    text = "\n".join(line for each in incidents for line in (*say(each, link), ""))
    kind = "escalation" if escalates else phase
    attributes = {"kind": kind, "phase": phase, "site_id": site_id, **shared_attributes(incidents, phase)}
    return message(f"{head}: {rules} at {site_id}", text, attributes)


def _begun(incident: Incident, link: str) -> Iterator[str]:
    yield f"{incident.site_id}: {incident.message}."
    yield ""
    yield from _what_to_do(incident.rule)
    yield f"Rule: {incident.rule} ({incident.severity})"
    if incident.notified_as:
        yield f"It was sent as {' and '.join(incident.notified_as)} before, at {incident.onset_notified_at}."
    yield f"Since: {incident.onset}"
    seen, limit = quantity(incident.observed, incident.unit), quantity(incident.limit, incident.unit)
    yield f"Seen: {seen}; limit: {limit}"
    if incident.lost_kwh:
        yield f"Cost: {cost_of(incident)} until {incident.lost_until}"
    yield from _evidence(incident)
    if incident.source:
        yield f"File: {_on_one_line(incident.source)}"
    yield from _where_to_look(incident, link)
    if link:
        yield f"Readings: {link}/anomalies/{incident.site_id}?start={incident.onset}"


def _what_to_do(rule: str) -> Iterator[str]:
    if rule in BY_NAME:
        yield f"What to do: {BY_NAME[rule].advice}"


def _evidence(incident: Incident) -> Iterator[str]:
    """Yield what the incident explains; what was sent of it before is part of this message from now on."""
    for each in incident.evidence[:_EVIDENCE_LISTED]:
        sent = f"; sent as {' and '.join(each.notified_as)} at {each.notified_at}" if each.notified_at else ""
        yield f"Evidence: {each.rule} since {each.onset}{sent}"


def _where_to_look(incident: Incident, link: str) -> Iterator[str]:
    """Yield the addresses of the site's chart at that time and of the incident, or the commands that show them."""
    page = f"#/site/{incident.site_id}?at={incident.onset}"
    yield f"Chart: {link}/{page}" if link else f"Chart: run `heliograph open`, then add {page} to the address"
    yield f"More: {link}/incidents/{incident.id}" if link else f"More: run `heliograph incidents show {incident.id}`"


def _on_one_line(text: str) -> str:
    """Escape what isn't printed: an object's key is its sender's text, and must not add lines of its own to a mail."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _recovered(incident: Incident, link: str) -> Iterator[str]:
    lasted = (moment_of(incident.last) - moment_of(incident.onset)) / timedelta(minutes=1)
    if _is_dormant(incident):
        yield f"{incident.site_id} is dormant: nothing has come since {incident.onset}; once it sends it is watched."
    else:
        yield f"{incident.site_id}: {incident.rule} is over."
    yield ""
    yield f"From: {incident.onset}"
    yield f"Last seen: {incident.last}{f', {duration(lasted)} later' if lasted else ''}"
    yield f"Recovered: {incident.recovery}"
    yield f"It was: {incident.message} ({incident.severity})"
    if incident.lost_kwh:
        yield f"Cost: {cost_of(incident)}"
    yield from _evidence(incident)
    yield from _where_to_look(incident, link)


def cost_of(*incidents: Incident) -> str:
    """Return what incidents cost together: `lost about 12.4 kWh (3.10 of your currency)`; empty where none did.

    The money is left out where one of them has no price.
    """
    losing = [each for each in incidents if each.lost_kwh]
    lost = sum((each.lost_kwh or 0 for each in losing), Decimal(0))
    values = [each.lost_value for each in losing if each.lost_value is not None]
    worth = f" ({sum(values, Decimal(0)):,.2f} of your currency)" if len(values) == len(losing) else ""
    return f"lost about {number(lost, _COST_DIGITS)} kWh{worth}" if losing else ""


def _is_dormant(incident: Incident) -> bool:
    """Return whether a silence was ended since the site has become dormant, and not by a reading."""
    if incident.basis != "silence" or not incident.recovery:
        return False
    return end_of(incident.recovery) - end_of(incident.onset) == DORMANT_SECONDS


def _of_group(incidents: Sequence[Incident], phase: Phase, link: str) -> Notification:
    """Return the message of many incidents at once, the worst of which come first."""
    sites = len({each.site_id for each in incidents})
    rules = sorted({each.rule for each in incidents})
    regions = sorted({each.region for each in incidents})
    what = "recovered" if phase == "recovery" else worst_of(incidents)
    done = "are over" if phase == "recovery" else "began"
    where = f" in {regions[0]}" if len(regions) == 1 and regions[0] else ""
    total = f"{count(len(incidents), 'incident')} at {count(sites, 'site')}"
    first = min(moment(each, phase) for each in incidents)
    last = max(moment(each, phase) for each in incidents)
    lines = [
        f"{total}{where} {done} between {first} and {last}.",
        "",
        *(f"{rule}: {found:,} ({severity})" for rule, found, severity in _by_rule(incidents)),
        *([f"Cost: {cost}."] if (cost := cost_of(*incidents)) else []),
        *([f"First: {incidents[0].site_id}: {incidents[0].message}."] if phase == "onset" else []),
        *(_what_to_do(rules[0]) if phase == "onset" and len(rules) == 1 else ()),
        "",
        *(f"- {each.site_id}: {each.rule} {_when(each, phase)}" for each in incidents[:LISTED]),
        *([f"- and {len(incidents) - LISTED:,} more"] if len(incidents) > LISTED else []),
        "",
        _all_of(phase, last[:10], link),
        "",
    ]
    named = f"{rules[0]} at {count(sites, 'site')}{where}" if len(rules) == 1 else total + where
    attributes = {"kind": "group", "phase": phase, **shared_attributes(incidents, phase)}
    return message(f"{what}: {named}", "\n".join(lines), attributes)


def _all_of(phase: Phase, day: str, link: str) -> str:
    """Return where all incidents of a digest are listed."""
    if link:
        return f"All: {link}/incidents?state={f'closed&day={day}' if phase == 'recovery' else 'open'}"
    return f"All: run `heliograph incidents{f' list --state closed --day {day}' if phase == 'recovery' else ''}`"


def message(subject: str, text: str, attributes: dict[str, str | tuple[str, ...]]) -> Notification:
    """Return a message that SNS takes, ten of them in a call: what is too long is cut."""
    body = text.encode()
    if len(body) > _MOST_BYTES:
        text = f"{body[:_MOST_BYTES].decode(errors='ignore')}\n… and more\n"
    return Notification(subject[:_MAX_SUBJECT], text, attributes)


def shared_attributes(incidents: Sequence[Incident], phase: Phase) -> dict[str, str | tuple[str, ...]]:
    """Return what filter policies go by: `rule` where it is one, `rules` for any of them; `severity` for the worst.

    `severities` are those at which the message goes out: for a recovery, all at which people heard of it.
    """
    rules = tuple(sorted({each.rule for each in incidents}))
    heard = {one for each in incidents for one in (each.heard_as if phase == "recovery" else {each.notifies_as})}
    severities = tuple(sorted(heard or {each.severity for each in incidents}, key=SEVERITIES.index))
    return {
        "rule": rules[0] if len(rules) == 1 else _SEVERAL,
        "rules": rules,
        "severity": severities[-1],
        "severities": severities,
    }


def worst_of(incidents: Sequence[Incident]) -> Severity:
    """Return the worst severity of some incidents."""
    return worst(each.severity for each in incidents)


def _by_rule(incidents: Sequence[Incident]) -> Iterator[tuple[str, int, Severity]]:
    for rule, found in Counter(each.rule for each in incidents).most_common():
        yield rule, found, worst_of([each for each in incidents if each.rule == rule])


def _when(incident: Incident, phase: Phase) -> str:
    return f"until {incident.last}" if phase == "recovery" else f"since {incident.onset}"
