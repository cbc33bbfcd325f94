"""What incidents need of their store and topic, as protocols: the AWS ones fulfil them, and so do the tests' fakes."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from heliograph.incidents.incident import Incident, Message, Phase, SiteChange, SiteState


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
        """Write incidents that are over and nobody is told of; one that is there stays as it is."""
        ...


class Untold(Protocol):
    """What is written and not told yet, and which site was told of when."""

    def take_turn(self, now: str, until: str) -> bool:
        """Become the only teller until `until`, or say that another is at it."""
        ...

    def end_turn(self) -> None:
        """Let the next teller begin."""
        ...

    def spend(self, messages: int, now: str, most: int) -> bool:
        """Count messages sent at once; False, and not counted, where that makes more than `most` in ten minutes."""
        ...

    def untold(self, until: str, limit: int) -> list[Incident]:
        """Read the incidents that wait to be told and may be by `until`, those waiting longest first."""
        ...

    def claim(self, site_ids: Sequence[str], phase: Phase, now: str, free_before: str) -> set[str]:
        """Claim each site for a message of this phase; return those whose last one is before `free_before`."""
        ...

    def give_back(self, site_ids: Sequence[str], phase: Phase, now: str) -> None:
        """Free the places claimed at `now`: nothing was told."""
        ...

    def mark_told(self, incidents: Sequence[Incident], phase: Phase, now: str) -> None:
        """Note that the incidents' phase was told at `now`."""
        ...


class Publisher(Protocol):
    """The topic."""

    def publish(self, messages: Sequence[Message]) -> int:
        """Publish every message or raise; return how many the topic took, which may refuse one for what it says."""
        ...
