"""Notifications: which pending incidents are due, and who sends them.

What is critical is sent at once, what is a warning in the daily digest of its site's time zone (see `digest`).

What an evaluation finds waits until a whole cycle has passed, so that a fault of many sites, which are evaluated one
after the other, becomes one digest. A fault of many sites is found bit by bit; it is one event because its incidents
begin, or recover, at about the same time. An event is due when its first incident has waited a cycle: by then every
site was evaluated. A site gets one message of an onset and one of a recovery an hour at most.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from heliograph.incidents.digest import by_zone, digest_date, digest_of, entry_of, sent_before
from heliograph.incidents.groups import cause_of, moment
from heliograph.incidents.messages import messages
from heliograph.incidents.model import Incident, Phase
from heliograph.incidents.ports import Outbox, Publisher
from heliograph.reading import format_timestamp, moment_of

PHASES: Final[tuple[Phase, ...]] = ("onset", "recovery")
_LEASE: Final = timedelta(minutes=5)  # longer than a Lambda that notifies runs
_AT_ONCE: Final = 10_000
# Incidents further apart than this belong to different events: three 5-minute intervals.
_APART: Final = timedelta(minutes=15)
# The files that show one event land within this.
_LANDING: Final = timedelta(minutes=10)


class NotificationOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How incidents notify.

    digest_threshold: more messages than this at once become one, and processors together send no more in ten minutes.
    group_wait_minutes: how long what the watch found waits for its like; a little more than a cycle.
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
            ready = due([each for each in pending if each.at_once], self._options.group_wait_minutes, now)
            sent = sum(self._notify([each for each in ready if each.pending == phase], phase) for phase in PHASES)
            return sent + self._send_digests([each for each in pending if not each.at_once])
        finally:
            self._store.release_lease()

    def notify_now(self, opened: Sequence[Incident]) -> int:
        """Notify at once of what a file opened that is critical, and return how many messages were published.

        A site with a notification less than `repeat_interval_minutes` ago waits. So do all where a file beside this one
        has just notified of the same cause in the region, or many of any: `notify` sends those then, as a group, and
        also whatever a crash here leaves pending.
        """
        ready = [each for each in opened if each.pending == "onset" and each.at_once]
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
        # Sites of which nobody knows the region may have nothing in common.
        causes = sorted({cause_of(each) for each in notifying if each.region})
        if texts and most is not None and not self._store.spend(len(texts), causes, now, most):
            self._store.release(sorted(free), phase, now)
            return 0
        try:
            published = self._publisher.publish(texts)
        except Exception:
            self._store.release(sorted(free), phase, now)
            raise
        self._store.mark_notified(notifying, phase, now)
        return published

    def _send_digests(self, waiting: Sequence[Incident]) -> int:
        """Send what waits for its digest, one message a time zone, and return how many were published.

        What was sent is noted in one item before the incidents are marked one by one. After a crash in between they are
        marked, and not sent again. What is marked needs no note any more, so the item stays small.
        """
        published = 0
        for zone, members in by_zone(waiting).items():
            now = self._now()
            dates = sorted({digest_date(each) for each in members})
            known = self._store.digested(zone, dates)
            before = {each.id: sent_before(each, known) for each in members}
            fresh = [each for each in members if before[each.id] is None]
            if fresh:
                published += self._publisher.publish([digest_of(fresh, zone, now, self._options.link)])
                entries = frozenset(entry_of(before[each.id] or each) for each in members)
                self._store.note_digest(zone, dates, entries, format_timestamp(now))
            for phase in PHASES:
                sent = [before[each.id] or each for each in members if each.pending == phase]
                self._store.mark_notified(sent, phase, format_timestamp(now))
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
            if any(each.waiting_since <= (landed if _of_file(each) else waited) for each in event):
                ready += event
    return in_order(ready)


def in_order(incidents: Sequence[Incident]) -> list[Incident]:
    """Sort incidents by site and rule."""
    return sorted(incidents, key=lambda each: (each.site_id, each.rule, each.onset))


def _events(incidents: Sequence[Incident], phase: Phase) -> Iterator[list[Incident]]:
    """Put together the incidents that begin, or recover, at about the same time."""
    event: list[Incident] = []
    for incident in sorted(incidents, key=lambda each: moment(each, phase)):
        if event and moment_of(moment(incident, phase)) - moment_of(moment(event[-1], phase)) > _APART:
            yield event
            event = []
        event.append(incident)
    if event:
        yield event


def _of_file(incident: Incident) -> bool:
    return bool(incident.source) and incident.pending == "onset" and not incident.notified_as
