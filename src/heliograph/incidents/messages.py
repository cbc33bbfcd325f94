"""The messages of incidents: one a site, or one digest of many."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from heliograph.checks.flag import Severity
from heliograph.formatting import count, duration, quantity
from heliograph.incidents.model import Incident, Message, Phase
from heliograph.reading import moment_of

_MAX_SUBJECT: Final = 99  # SNS: a subject has less than 100 characters
_LISTED_IN_DIGEST: Final = 20
_SEVERAL: Final = "several"


def messages(incidents: Sequence[Incident], phase: Phase, digest_threshold: int, link: str) -> list[Message]:
    """Return the notifications of incidents: one a site, or one digest where there are more than `digest_threshold`.

    incidents: in order of their sites. phase: which part of them they are of. link: the address before `/incidents`;
    where it is empty, as for an API that a browser can't open by itself, the messages name the commands to type.
    """
    if len(incidents) > digest_threshold:
        return [_digest(incidents, phase, link)]
    by_site = groupby(incidents, key=lambda each: each.site_id)
    return [_of_site(list(group), phase, link) for _, group in by_site]


def _of_site(incidents: list[Incident], phase: Phase, link: str) -> Message:
    site_id = incidents[0].site_id
    rules = ", ".join(each.rule for each in incidents)
    head = "recovered" if phase == "recovery" else _worst(incidents)
    say = _recovered if phase == "recovery" else _begun
    text = "\n".join(line for each in incidents for line in (*say(each, link), ""))
    attributes = {"kind": phase, "phase": phase, "site_id": site_id, **_shared_attributes(incidents)}
    return Message(f"{head}: {rules} at {site_id}"[:_MAX_SUBJECT], text, attributes)


def _begun(incident: Incident, link: str) -> Iterator[str]:
    yield f"{incident.site_id}: {incident.message}."
    yield ""
    yield f"Rule: {incident.rule} ({incident.severity})"
    yield f"Since: {incident.onset}"
    seen, limit = quantity(incident.observed, incident.unit), quantity(incident.limit, incident.unit)
    yield f"Seen: {seen}; limit: {limit}"
    if incident.source:
        yield f"File: {_on_one_line(incident.source)}"
    yield from _where_to_look(incident, link)
    if link:
        yield f"Readings: {link}/anomalies/{incident.site_id}?start={incident.onset}"


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
    yield f"{incident.site_id}: {incident.rule} is over."
    yield ""
    yield f"From: {incident.onset}"
    yield f"Last seen: {incident.last}{f', {duration(lasted)} later' if lasted else ''}"
    yield f"Recovered: {incident.recovery}"
    yield f"It was: {incident.message} ({incident.severity})"
    yield from _where_to_look(incident, link)


def _digest(incidents: Sequence[Incident], phase: Phase, link: str) -> Message:
    sites = len({each.site_id for each in incidents})
    what = "recovered" if phase == "recovery" else _worst(incidents)
    done = "are over" if phase == "recovery" else "began"
    total = f"{count(len(incidents), 'incident')} at {count(sites, 'site')}"
    first = min(_moment(each, phase) for each in incidents)
    last = max(_moment(each, phase) for each in incidents)
    lines = [
        f"{total} {done} between {first} and {last}.",
        "",
        *(f"{rule}: {number:,} ({_worst_of(incidents, rule)})" for rule, number in _by_rule(incidents)),
        "",
        *(f"- {each.site_id}: {each.rule} {_when(each, phase)}" for each in incidents[:_LISTED_IN_DIGEST]),
        *([f"- and {len(incidents) - _LISTED_IN_DIGEST:,} more"] if len(incidents) > _LISTED_IN_DIGEST else []),
        "",
        _all_of(phase, last[:10], link),
        "",
    ]
    attributes = {"kind": "digest", "phase": phase, **_shared_attributes(incidents)}
    return Message(f"{what}: {total}"[:_MAX_SUBJECT], "\n".join(lines), attributes)


def _all_of(phase: Phase, day: str, link: str) -> str:
    """Return where all incidents of a digest are listed."""
    if link:
        return f"All: {link}/incidents?state={f'closed&day={day}' if phase == 'recovery' else 'open'}"
    return f"All: run `heliograph incidents{f' list --state closed --day {day}' if phase == 'recovery' else ''}`"


def _shared_attributes(incidents: Sequence[Incident]) -> dict[str, str | tuple[str, ...]]:
    """Return what filter policies go by: `rule` where it is one, `rules` for any of them."""
    rules = tuple(sorted({each.rule for each in incidents}))
    return {"rule": rules[0] if len(rules) == 1 else _SEVERAL, "rules": rules, "severity": _worst(incidents)}


def _by_rule(incidents: Sequence[Incident]) -> list[tuple[str, int]]:
    return Counter(each.rule for each in incidents).most_common()


def _worst(incidents: Sequence[Incident]) -> Severity:
    return "critical" if any(each.severity == "critical" for each in incidents) else "warning"


def _worst_of(incidents: Sequence[Incident], rule: str) -> Severity:
    return _worst([each for each in incidents if each.rule == rule])


def _moment(incident: Incident, phase: Phase) -> str:
    return incident.recovery if phase == "recovery" else incident.onset


def _when(incident: Incident, phase: Phase) -> str:
    return f"until {incident.last}" if phase == "recovery" else f"since {incident.onset}"
