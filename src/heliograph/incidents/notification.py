"""Notifications: which pending incidents are due, what their messages say, and who sends them.

What an evaluation finds waits until a whole cycle has passed, so that a fault of many sites, which are evaluated one
after the other, becomes one digest. A fault of many sites is found bit by bit; it is one event because its incidents
begin, or recover, at about the same time. An event is due when its first incident has waited a cycle: by then every
site was evaluated. A site gets one message of an onset and one of a recovery an hour at most.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import msgspec

from heliograph.checks.flag import Severity, worst
from heliograph.formatting import count, duration, quantity
from heliograph.incidents.model import Incident, Message, Phase
from heliograph.incidents.ports import Outbox, Publisher
from heliograph.reading import format_timestamp, moment_of

PHASES: Final[tuple[Phase, ...]] = ("onset", "recovery")
_LEASE: Final = timedelta(minutes=5)  # longer than a Lambda that notifies runs
_AT_ONCE: Final = 10_000
# Incidents further apart than this belong to different events: three 5-minute intervals.
_APART: Final = timedelta(minutes=15)
# The files that show one event land within this.
_LANDING: Final = timedelta(minutes=10)
_MAX_SUBJECT: Final = 99  # SNS: a subject has less than 100 characters
_LISTED_IN_DIGEST: Final = 20
_SEVERAL: Final = "several"


class NotificationOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How incidents notify.

    digest_threshold: more incidents than this at once become one message, and processors together send no more messages
    in ten minutes. group_wait_minutes: how long what the watch found waits for its like; a little more than a cycle.
    repeat_interval_minutes: a site's next message of an onset comes at least so long after its last one, and likewise
    of a recovery; several incidents share one. link: the address in front of `/incidents/{id}`, such as the API's or a
    dashboard's; empty where there is none.
    """

    digest_threshold: int = 20
    group_wait_minutes: int = 32
    repeat_interval_minutes: int = 60
    link: str = ""


class Notifier:
    """Notifies of incidents, each phase of each once."""

    def __init__(
        self, store: Outbox, publisher: Publisher, options: NotificationOptions, now: Callable[[], datetime]
    ) -> None:
        """Keep the store, the topic, the options and the clock; nothing is called yet."""
        self._store = store
        self._publisher = publisher
        self._options = options
        self._now = now

    def notify(self) -> int:
        """Notify of what is due; called each minute. Two at once do no harm: the second one leaves it to the first.

        Returns:
            How many messages were published.

        Raises:
            StorageError: the store or the topic refused; what is pending stays written, and the next call sends it.
        """
        now = self._now()
        if not self._store.acquire_lease(format_timestamp(now), format_timestamp(now + _LEASE)):
            return 0
        try:
            pending = self._store.pending(format_timestamp(now), _AT_ONCE)
            ready = due(pending, self._options.group_wait_minutes, now)
            return sum(self._notify([each for each in ready if each.pending == phase], phase) for phase in PHASES)
        finally:
            self._store.release_lease()

    def notify_now(self, opened: Sequence[Incident]) -> int:
        """Notify at once of incidents that a file opened, and return how many messages were published.

        A site with a notification less than `repeat_interval_minutes` ago waits, and so do all where files side by side
        notified of many: `notify` sends those then, as a digest, and also whatever a crash here leaves pending.
        """
        ready = [each for each in opened if each.pending == "onset"]
        return self._notify(ready, "onset", most=self._options.digest_threshold)

    def _notify(self, ready: list[Incident], phase: Phase, most: int | None = None) -> int:
        """Claim the sites' places, publish, mark. A claim that isn't used is given back.

        most: how many messages all who notify at once may send in ten minutes; None for no limit.
        """
        if not ready:
            return 0
        moment = self._now()
        now, free_before = format_timestamp(moment), format_timestamp(moment - self._repeat_interval)
        free = self._store.claim(sorted({each.site_id for each in ready}), phase, now, free_before)
        notifying = in_order([each for each in ready if each.site_id in free])
        texts = messages(notifying, phase, self._options.digest_threshold, self._options.link)
        if texts and most is not None and not self._store.spend(len(texts), now, most):
            self._store.release(sorted(free), phase, now)
            return 0
        try:
            published = self._publisher.publish(texts)
        except Exception:
            self._store.release(sorted(free), phase, now)
            raise
        self._store.mark_notified(notifying, phase, now)
        return published

    @property
    def _repeat_interval(self) -> timedelta:
        return timedelta(minutes=self._options.repeat_interval_minutes)


def due(pending: Sequence[Incident], group_wait_minutes: int, now: datetime) -> list[Incident]:
    """Return the incidents to notify of now, in order of site and rule.

    The processor notifies of what its file opened; where it didn't, similar files may still be landing.
    """
    waited = format_timestamp(now - timedelta(minutes=group_wait_minutes))
    landed = format_timestamp(now - min(_LANDING, timedelta(minutes=group_wait_minutes)))
    ready: list[Incident] = []
    for phase in PHASES:
        for event in _events([each for each in pending if each.pending == phase], phase):
            if any(_found_at(each) <= (landed if _of_file(each) else waited) for each in event):
                ready += event
    return in_order(ready)


def in_order(incidents: Sequence[Incident]) -> list[Incident]:
    """Sort incidents by site and rule."""
    return sorted(incidents, key=lambda each: (each.site_id, each.rule, each.onset))


def _events(incidents: Sequence[Incident], phase: Phase) -> Iterator[list[Incident]]:
    """Put together the incidents that begin, or recover, at about the same time."""
    event: list[Incident] = []
    for incident in sorted(incidents, key=lambda each: _moment(each, phase)):
        if event and moment_of(_moment(incident, phase)) - moment_of(_moment(event[-1], phase)) > _APART:
            yield event
            event = []
        event.append(incident)
    if event:
        yield event


def _found_at(incident: Incident) -> str:
    return incident.closed_at or incident.found_at


def _of_file(incident: Incident) -> bool:
    return bool(incident.source) and not incident.recovery


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
    return worst(each.severity for each in incidents)


def _worst_of(incidents: Sequence[Incident], rule: str) -> Severity:
    return _worst([each for each in incidents if each.rule == rule])


def _moment(incident: Incident, phase: Phase) -> str:
    return incident.recovery if phase == "recovery" else incident.onset


def _when(incident: Incident, phase: Phase) -> str:
    return f"until {incident.last}" if phase == "recovery" else f"since {incident.onset}"
