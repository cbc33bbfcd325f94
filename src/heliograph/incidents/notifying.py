"""Sends the pending notifications of incidents, and marks them as sent.

What an evaluation finds waits until a whole cycle has passed, so that a fault of many sites, which are evaluated one
after the other, becomes one digest. A site gets one message of an onset and one of a recovery an hour at most.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from heliograph.incidents.gathering import due, in_order
from heliograph.incidents.messages import messages
from heliograph.incidents.model import Incident, Phase
from heliograph.incidents.ports import Outbox, Publisher
from heliograph.reading import format_timestamp

PHASES: Final[tuple[Phase, ...]] = ("onset", "recovery")
_LEASE: Final = timedelta(minutes=5)  # longer than a Lambda that notifies runs
_AT_ONCE: Final = 10_000


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
        """Tell at once of incidents that a file opened, and return how many messages were published.

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
