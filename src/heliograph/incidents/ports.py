"""What incidents need of their store and topic, as protocols: the AWS ones fulfil them, and so do the tests' fakes."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from heliograph.incidents.model import Incident, Notification, Phase, SiteChange, SiteState


class IncidentStore(Protocol):
    """The incidents and, for each site, which rules have one open. Times are UTC text."""

    def states(self, site_ids: Iterable[str], *, consistent: bool = True) -> dict[str, SiteState]:
        """Read the states of the sites that have one."""
        ...

    def commit(self, changes: Sequence[SiteChange]) -> list[SiteChange]:
        """Write each change whole or not at all; return those that met another writer and aren't written."""
        ...

    def get_many(self, ids: Iterable[str]) -> dict[str, Incident]:
        """Read the incidents there are."""
        ...

    def between(self, site_id: str, start: str, end: str) -> list[Incident]:
        """Read a site's incidents that were found to begin from `start` to `end`, both included."""
        ...

    def add_history(self, incidents: Sequence[Incident]) -> None:
        """Write incidents that are over and don't notify; one that is there stays as it is."""
        ...


class Losses(Protocol):
    """Who works out what incidents of a site cost."""

    def of(self, incident: Incident) -> Incident:
        """Return an incident with the energy that it cost until now; as it is where its rule costs none."""
        ...


class Outbox(Protocol):
    """The notifications that are written and not sent yet, and when each site had its last one."""

    def acquire_lease(self, now: str, until: str) -> bool:
        """Become the only notifier until `until`, or say that there is another."""
        ...

    def release_lease(self) -> None:
        """Let the next notifier begin."""
        ...

    def spend(self, messages: int, causes: Sequence[str], now: str, most: int) -> bool:
        """Count messages sent at once, and note their causes.

        False, and not counted, where that makes more than `most` in ten minutes, or a cause was noted in them before.
        """
        ...

    def pending(self, until: str, limit: int) -> list[Incident]:
        """Read the incidents whose notification is pending and due by `until`, those waiting longest first."""
        ...

    def claim(self, site_ids: Sequence[str], phase: Phase, now: str, free_before: str) -> set[str]:
        """Claim each site for a message of this phase; return those whose last one is before `free_before`."""
        ...

    def release(self, site_ids: Sequence[str], phase: Phase, now: str) -> None:
        """Free the places claimed at `now`: nothing was sent."""
        ...

    def mark_notified(self, incidents: Sequence[Incident], phase: Phase, now: str) -> None:
        """Note that a notification of this phase was sent at `now`. incidents: as the message knew them."""
        ...

    def digested(self, zone: str, dates: Sequence[str]) -> frozenset[str]:
        """Read what the digests of a time zone held that were due on some dates, as `digest.entry_of` names it."""
        ...

    def note_digest(self, zone: str, dates: Sequence[str], entries: frozenset[str], now: str) -> None:
        """Note what the digests of a time zone held that were due on some dates, an item a date."""
        ...


class Publisher(Protocol):
    """The topic."""

    def publish(self, messages: Sequence[Notification]) -> int:
        """Publish every message or raise; return how many the topic took, which may refuse one for what it says."""
        ...
