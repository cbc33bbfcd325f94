"""An incident, and a site's state: which rules have one open, and when each last recovered."""

from decimal import Decimal
from typing import Final, Literal

import msgspec

from heliograph.checks.flag import SEVERITIES, Severity
from heliograph.reading import end_of, text_of

# What shows the fault: single readings, whole days, or that no reading comes.
Basis = Literal["reading", "day", "silence"]
IncidentState = Literal["open", "closed"]
Phase = Literal["onset", "recovery"]
# The longest that the registry lets a delivery take: a site that sends nothing for longer is dormant, and nobody who
# heard of its silence waits for more. It is another silence once it has sent again.
DORMANT_SECONDS: Final = 31 * 24 * 3600


class Symptom(msgspec.Struct, frozen=True, omit_defaults=True):
    """An incident that another one explains, as its cause keeps it. notified_as: as it stood when it was joined."""

    id: str
    rule: str
    onset: str
    notified_at: str = ""
    notified_as: tuple[Severity, ...] = ()


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
    region: the site's time zone, or its longitude's offset such as UTC+01:00; empty where neither is known.
    found_at: when it was written. closed_at: when it was noted as over.
    suppressed: nobody is notified: it was too old or already over when it was found, or another one explains it.
    returning: it came back within the site's own rhythm of it, so it notifies as a warning does.
    pending_since: since when a notification is pending, where that is neither found_at nor closed_at.
    notified_as: the severities at which its onset was sent, the mildest first.
    onset_notified_at, recovery_notified_at: when its notification was sent.
    cause: the incident that explains it. evidence: those that it explains, as they came.
    lost_kwh: the energy that it cost until lost_until; None where its rule says nothing of that, or nobody can know.
    lost_value: that at the site's price. settled_kwh, settled_until: the part of it that is worked out no more.
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
    region: str = ""
    found_at: str
    closed_at: str = ""
    suppressed: bool = False
    returning: bool = False
    pending_since: str = ""
    notified_as: tuple[Severity, ...] = ()
    onset_notified_at: str = ""
    recovery_notified_at: str = ""
    cause: str = ""
    evidence: tuple[Symptom, ...] = ()
    lost_kwh: Decimal | None = None
    lost_value: Decimal | None = None
    lost_until: str = ""
    settled_kwh: Decimal | None = None
    settled_until: str = ""

    @property
    def state(self) -> IncidentState:
        """Return whether the incident lasts."""
        return "closed" if self.recovery else "open"

    @property
    def notifies_as(self) -> Severity:
        """The severity at which its onset notifies: critical at once, warning in the daily digest."""
        return "warning" if self.returning else self.severity

    @property
    def heard_as(self) -> frozenset[Severity]:
        """The severities at which people heard of it, or of what it explains."""
        return frozenset(self.notified_as).union(*(each.notified_as for each in self.evidence))

    @property
    def pending(self) -> Phase | None:
        """Which notification is still to be sent.

        A recovery's goes to those who heard of the onset. A warning that was over before its digest is in it as
        over. What is critical and was over before anyone was notified isn't sent; nor is what was over before it was
        found, though that became known later, as when history lands.
        """
        if self.suppressed or self.recovery_notified_at:
            return None
        if not self.recovery:
            return None if self.notifies_as in self.notified_as else "onset"
        if self.heard_as:
            return "recovery"
        is_history = self.recovery <= self.found_at
        return "onset" if self.notifies_as == "warning" and not is_history else None

    @property
    def at_once(self) -> bool:
        """Return whether what is pending is sent at once; else in the daily digest."""
        if self.pending == "recovery":
            return "critical" in self.heard_as
        return self.notifies_as == "critical"

    @property
    def waiting_since(self) -> str:
        """Since when what is pending waits."""
        return self.pending_since or self.closed_at or self.found_at

    def notified(self, phase: Phase, now: str, sent: "Incident") -> "Incident":
        """Return it with a notification marked that was sent at `now`. sent: it as the message knew it."""
        if phase == "recovery":
            return msgspec.structs.replace(self, recovery_notified_at=now)
        heard = (*self.notified_as, *({sent.notifies_as} - set(self.notified_as)))
        over = now if sent.recovery else self.recovery_notified_at
        marked = msgspec.structs.replace(
            self,
            onset_notified_at=now,
            notified_as=tuple(sorted(heard, key=SEVERITIES.index)),
            recovery_notified_at=over,
        )
        return msgspec.structs.replace(marked, pending_since=now) if marked.pending else marked


class RuleState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one rule stands at one site. Times: seconds since 1970.

    id: the open incident; empty where none is. basis, onset, last, severity: as in it. found: when it was written.
    Where none is open, onset and severity are the last one's.
    recovery: the last recovery of the rule, 0 where it never had one. What is flagged up to then belongs to the past.
    inhibited: whether another incident explains the open one, which is suppressed unless it lasts.
    rhythm: how long before the open or last incident the one before it began, 0 where none did lately. longest: how
    long those lasted that came in this rhythm. returning: as in the open incident. All in seconds.
    """

    id: str = ""
    basis: Basis = "reading"
    onset: int = 0
    last: int = 0
    severity: Severity = "warning"
    found: int = 0
    recovery: int = 0
    inhibited: bool = False
    rhythm: int = 0
    longest: int = 0
    returning: bool = False


class SiteState(msgspec.Struct, frozen=True):
    """What is kept of a site. version: counts its changes. rule_states: by rule, those that ever had an incident."""

    site_id: str
    version: int = 0
    rule_states: dict[str, RuleState] = {}


class Move(msgspec.Struct, frozen=True):
    """What is new of a known incident. Times: seconds since 1970; recovery: None while it lasts.

    notifies: whether it notifies and didn't before. stays: whether it came back to stay, and no longer is `returning`.
    """

    id: str
    onset: int
    last: int
    recovery: int | None
    severity: Severity
    now: int
    notifies: bool = False
    stays: bool = False

    def applied_to(self, incident: Incident) -> Incident:
        """Return a stored incident as this leaves it."""
        now = text_of(self.now)
        moved = msgspec.structs.replace(
            incident,
            onset=text_of(self.onset),
            last=text_of(self.last),
            severity=self.severity,
            suppressed=incident.suppressed and not self.notifies,
            returning=incident.returning and not self.stays,
            recovery="" if self.recovery is None else text_of(self.recovery),
            closed_at="" if self.recovery is None else now,
        )
        if (moved.pending, moved.notifies_as) == (incident.pending, incident.notifies_as):
            # What is over before its digest stays in that digest.
            return msgspec.structs.replace(
                moved, pending_since=incident.waiting_since if moved.recovery else incident.pending_since
            )
        return msgspec.structs.replace(moved, pending_since="" if moved.recovery else now)


class Join(msgspec.Struct, frozen=True):
    """An incident that another one of its site explains, by their ids."""

    cause: str
    symptom: str


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


class Notification(msgspec.Struct, frozen=True):
    """What is published: a subject line, a text for a person, and attributes for filter policies.

    An attribute of several values is a list to SNS; a filter policy matches any of them.
    """

    subject: str
    text: str
    attributes: dict[str, str | tuple[str, ...]]


def span(incident: Incident) -> tuple[int, int]:
    """Return from when to when an incident reaches, seconds since 1970; to its last sign while it is open."""
    return end_of(incident.onset), end_of(incident.recovery or incident.last)
