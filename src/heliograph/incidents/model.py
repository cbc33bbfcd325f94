"""An incident, and a site's state: which rules have one open, and when each last recovered."""

from decimal import Decimal
from typing import Literal

import msgspec

from heliograph.checks.flag import Severity
from heliograph.reading import end_of, text_of

# What shows the trouble: single readings, whole days, or that no reading comes.
Basis = Literal["reading", "day", "silence"]
IncidentState = Literal["open", "closed"]
Phase = Literal["onset", "recovery"]


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of one rule at one site. Times are UTC text; empty where there is none.

    id: its name for good, made of site, rule and the onset first known; safe in URLs.
    onset: END of the first flagged interval; the start of the first flagged day; END of the last reading before a
        silence. Late data may move it.
    last: END of the last flagged interval or day; for a silence, of the first missing interval. For an open one it is
        brought up to date at least hourly.
    recovery: END of the reading that completed the recovery.
    severity: the worst so far. message, observed, limit, unit: the first flag's.
    source: the raw object that opened it; empty where the watch did.
    found_at: when it was written. closed_at: when it was noted as over.
    suppressed: nobody is notified: it was too old or already over when it was found, or it is how another one ended.
    onset_notified_at, recovery_notified_at: when its notification was sent.
    """

    id: str
    site_id: str
    rule: str
    basis: Basis
    onset: str
    last: str
    recovery: str = ""
    severity: Severity
    message: str
    observed: Decimal
    limit: Decimal
    unit: str
    source: str = ""
    found_at: str
    closed_at: str = ""
    suppressed: bool = False
    onset_notified_at: str = ""
    recovery_notified_at: str = ""

    @property
    def state(self) -> IncidentState:
        """Return whether the trouble lasts."""
        return "closed" if self.recovery else "open"

    @property
    def pending(self) -> Phase | None:
        """Which notification is still to be sent: one of a recovery only after one of the onset."""
        if self.suppressed:
            return None
        if not self.recovery:
            return None if self.onset_notified_at else "onset"
        return "recovery" if self.onset_notified_at and not self.recovery_notified_at else None


class RuleState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one rule stands at one site. Times: seconds since 1970.

    id: the open incident; empty where none is. basis, onset, last, severity: as in it. found: when it was written.
    recovery: the last recovery of the rule, 0 where it never had one. What is flagged up to then belongs to the past.
    inhibited: whether the open incident is the end of another one, and suppressed unless it lasts.
    """

    id: str = ""
    basis: Basis = "reading"
    onset: int = 0
    last: int = 0
    severity: Severity = "warning"
    found: int = 0
    recovery: int = 0
    inhibited: bool = False


class SiteState(msgspec.Struct, frozen=True):
    """What is kept of a site. version: counts its changes. rule_states: by rule, those that ever had an incident."""

    site_id: str
    version: int = 0
    rule_states: dict[str, RuleState] = {}


class Move(msgspec.Struct, frozen=True):
    """What is new of a known incident. Times: seconds since 1970; recovery: None while it lasts.

    notifies: whether it notifies and didn't before.
    """

    id: str
    onset: int
    last: int
    recovery: int | None
    severity: Severity
    now: int
    notifies: bool = False

    def applied_to(self, incident: Incident) -> Incident:
        """Return a stored incident as this leaves it."""
        return msgspec.structs.replace(
            incident,
            onset=text_of(self.onset),
            last=text_of(self.last),
            severity=self.severity,
            suppressed=incident.suppressed and not self.notifies,
            recovery="" if self.recovery is None else text_of(self.recovery),
            closed_at="" if self.recovery is None else text_of(self.now),
        )


class SiteChange(msgspec.Struct, frozen=True):
    """A change of one site's incidents, written whole or not at all.

    before: the state it was worked out from. rule_states: those after it. opened: new incidents. moved: known ones as
    they are now, open or closed; each is written only if its notifications are as they were read.
    """

    before: SiteState
    rule_states: dict[str, RuleState]
    opened: tuple[Incident, ...]
    moved: tuple[Incident, ...]

    @property
    def site_id(self) -> str:
        """The site."""
        return self.before.site_id


class Message(msgspec.Struct, frozen=True):
    """What is published: a subject line, a text for a person, and attributes for filter policies.

    An attribute of several values is a list to SNS; a filter policy matches any of them.
    """

    subject: str
    text: str
    attributes: dict[str, str | tuple[str, ...]]


def span(incident: Incident) -> tuple[int, int]:
    """Return from when to when an incident reaches, seconds since 1970; to its last sign while it is open."""
    return end_of(incident.onset), end_of(incident.recovery or incident.last)
