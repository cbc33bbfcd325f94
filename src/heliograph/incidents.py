"""From flags to incidents to messages, as pure functions.

An incident is one rule's trouble at one site on one UTC day, however many readings show it. Its key says so, and the
alerts table holds each key once: the same files in any order, doubled, open the same incidents and tell of each once.
"""

from datetime import timedelta
from typing import Final

import msgspec

from heliograph.checks.flag import ANOMALOUS, Flag, Severity
from heliograph.reading import Reading, format_timestamp, moment_of
from heliograph.table_keys import incident_key

# Older trouble is flagged like any other, but nobody is called for what can't be mended any more.
TELL_WITHIN: Final = timedelta(hours=48)

_MAX_SUBJECT: Final = 100  # SNS's limit for an e-mail's subject
_LISTED_IN_DIGEST: Final = 20


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's trouble at one site.

    onset: the end of the first interval in it that the file showed, UTC text. readings: how many the file showed.
    message: the first flag's sentence. source: the raw object that opened it. opened_at: when that landed, UTC text.
    sent_at: when it was told, UTC text; empty while it wasn't.
    """

    site_id: str
    rule: str
    onset: str
    severity: Severity
    readings: int
    message: str
    source: str
    opened_at: str
    sent_at: str = ""

    @property
    def key(self) -> str:
        """Its sort key in the alerts table."""
        return incident_key(self.rule, self.onset)


class Message(msgspec.Struct, frozen=True):
    """What is published: a subject line, a text for a person, and attributes for filter policies."""

    subject: str
    text: str
    attributes: dict[str, str]


class Onsets:
    """Gathers the flags of one file into its incidents, as its readings pass by."""

    def __init__(self, source: str, landed_at: str) -> None:
        """Begin with none. source, landed_at: the file's."""
        self._source = source
        self._landed_at = landed_at
        self._earliest = format_timestamp(moment_of(landed_at) - TELL_WITHIN)
        self._found: dict[tuple[str, str], Incident] = {}

    def add(self, reading: Reading, flags: tuple[Flag, ...]) -> None:
        """Take in one reading's flags."""
        if reading.timestamp < self._earliest:
            return
        for flag in flags:
            if flag.severity in ANOMALOUS:
                self._add(reading, flag)

    def incidents(self) -> list[Incident]:
        """Give what was gathered, by site and rule."""
        return [self._found[key] for key in sorted(self._found)]

    def _add(self, reading: Reading, flag: Flag) -> None:
        key = (reading.site_id, incident_key(flag.rule, reading.timestamp))
        known = self._found.get(key)
        if known is None or reading.timestamp < known.onset:
            self._found[key] = self._incident(reading, flag, known.readings + 1 if known else 1)
        else:
            self._found[key] = msgspec.structs.replace(known, readings=known.readings + 1)

    def _incident(self, reading: Reading, flag: Flag, readings: int) -> Incident:
        return Incident(
            site_id=reading.site_id,
            rule=flag.rule,
            onset=reading.timestamp,
            severity=flag.severity,
            readings=readings,
            message=flag.message,
            source=self._source,
            opened_at=self._landed_at,
        )


def messages(incidents: list[Incident], digest_over: int) -> list[Message]:
    """Give the messages for newly opened incidents: one each, or one digest where there are more than `digest_over`."""
    if not incidents:
        return []
    if len(incidents) > digest_over:
        return [_digest(incidents)]
    return [_single(incident) for incident in incidents]


def _single(incident: Incident) -> Message:
    subject = f"{incident.severity}: {incident.rule} at {incident.site_id}"
    count = "1 reading" if incident.readings == 1 else f"{incident.readings} readings"
    text = (
        f"{incident.site_id}: {incident.message}.\n\n"
        f"Rule: {incident.rule} ({incident.severity})\n"
        f"Since: {incident.onset} (end of interval)\n"
        f"Seen in: {count} of {incident.source}\n"
        f"Ask: /anomalies/{incident.site_id}?start={incident.onset}\n"
    )
    attributes = {
        "kind": "incident",
        "site_id": incident.site_id,
        "rule": incident.rule,
        "severity": incident.severity,
    }
    return Message(subject[:_MAX_SUBJECT], text, attributes)


def _digest(incidents: list[Incident]) -> Message:
    sites = len({incident.site_id for incident in incidents})
    worst: Severity = "critical" if any(each.severity == "critical" for each in incidents) else "warning"
    rules = sorted({incident.rule for incident in incidents})
    lines = [f"- {each.site_id}: {each.rule} since {each.onset}" for each in incidents[:_LISTED_IN_DIGEST]]
    if len(incidents) > _LISTED_IN_DIGEST:
        lines.append(f"- and {len(incidents) - _LISTED_IN_DIGEST} more")
    text = (
        f"{len(incidents)} incidents at {sites} sites began in one file, {incidents[0].source}.\n\n"
        + "\n".join(lines)
        + f"\n\nAsk: /anomalies?day={incidents[0].onset[:10]}\n"
    )
    attributes = {"kind": "digest", "rule": rules[0] if len(rules) == 1 else "several", "severity": worst}
    return Message(f"{worst}: {len(incidents)} incidents at {sites} sites"[:_MAX_SUBJECT], text, attributes)
