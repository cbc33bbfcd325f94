"""What the routes read and write, as protocols: the DynamoDB stores fulfil them, and so do the tests' fakes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from heliograph.evaluation.model import StoredReading
from heliograph.fact import Fact
from heliograph.incidents.model import Incident, SiteState
from heliograph.ingestion import Ingestion, IngestionTotals
from heliograph.kept_profiles import KeptFeed, ProfileVersion
from heliograph.profiles.model import Profile
from heliograph.site import Site
from heliograph.storage.edits import Edits
from heliograph.storage.objects import Line, SubmittedFile
from heliograph.storage.pages import Page
from heliograph.storage.ports import MessageQueue
from heliograph.storage.queues import Depth
from heliograph.storage.reading_pages import ReadingPages
from heliograph.storage.sites import DayTotals


class Registry(Protocol):
    """The sites."""

    def get(self, site_id: str) -> Site | None:
        """Read one site."""
        ...

    def page(self, limit: int, after: str | None) -> Page[Site]:
        """Read the fleet by site id."""
        ...

    def register(self, site: Site) -> bool:
        """Register a site, or replace what is registered of it; True where it wasn't known."""
        ...


class IngestionLog(Protocol):
    """What became of the raw objects."""

    def get(self, ingestion: str) -> Ingestion | None:
        """Read one ingestion."""
        ...

    def of_hour(self, hour: str, limit: int, after: str | None) -> Page[Ingestion]:
        """Read the ingestions of objects that landed in an hour, latest first."""
        ...

    def totals(self) -> IngestionTotals:
        """Read the fleet's totals."""
        ...


class IncidentLog(Protocol):
    """The incidents, latest first."""

    def open(self, limit: int, after: str | None) -> Page[Incident]:
        """Read the fleet's open incidents, behind a place in the list."""
        ...

    def closed(self, day: str, limit: int, after: str | None) -> Page[Incident]:
        """Read the fleet's incidents that recovered on a UTC day, behind a place in the list."""
        ...

    def open_of_site(self, site_id: str) -> list[Incident]:
        """Read a site's open incidents."""
        ...

    def closed_of_site(self, site_id: str, limit: int, after: str | None) -> Page[Incident]:
        """Read a site's closed incidents, behind one's id."""
        ...

    def get(self, incident: str) -> Incident | None:
        """Read one incident."""
        ...


class Days(Protocol):
    """The sites' local days, summed up."""

    def of_site(self, site_id: str, first: str, last: str) -> list[DayTotals]:
        """Read a site's days from one local date to another, oldest first."""
        ...

    def of_sites(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], DayTotals]:
        """Read the days there are of these sites and local dates."""
        ...


class States(Protocol):
    """Where the sites' rules stand."""

    def states(self, site_ids: Iterable[str], *, consistent: bool) -> dict[str, SiteState]:
        """Read the states of the sites that have one."""
        ...


class Depths(Protocol):
    """The queues."""

    def read(self) -> dict[str, Depth]:
        """Count each queue's messages."""
        ...


class Quarantine(Protocol):
    """The records that were rejected."""

    def page(self, key: str, limit: int, after: int = 0) -> Page[Line]:
        """Read records of a quarantine file, from a byte of it on; raise `ObjectGone` where it isn't there."""
        ...


class Landing(Protocol):
    """Where files land."""

    def land(self, feed: str, now: datetime, name: str, body: bytes) -> SubmittedFile:
        """Write a file under a key that is greater than those before."""
        ...


class Facts(Protocol):
    """What people add."""

    def add(self, fact: Fact) -> None:
        """Write a fact, before anything that follows from it."""
        ...


class FeedLog(Protocol):
    """The feeds and the versions of their profiles."""

    def find(self, name: str) -> KeptFeed | None:
        """Read a feed."""
        ...

    def all(self) -> list[KeptFeed]:
        """Read every feed, by name."""
        ...

    def version(self, name: str, number: int) -> ProfileVersion:
        """Read a version of a feed's profile."""
        ...

    def add(self, profile: Profile, who: str, now: datetime) -> tuple[KeptFeed, bool]:
        """Add a version of a feed's profile; return the feed, and whether there is a new one."""
        ...

    def remove(self, feed: KeptFeed, who: str, now: datetime) -> tuple[KeptFeed, bool]:
        """Take a feed's profile away; return the feed, and whether it had one."""
        ...

    def is_native(self, name: str) -> bool:
        """Return whether files lie below a feed's own prefix, and no profile reads its next ones."""
        ...


class Stretches(Protocol):
    """The readings as the watch sees them, a stretch of a site's at a time. Times are seconds since 1970."""

    def read(self, site_id: str, first: int, last: int, *, consistent: bool) -> list[StoredReading]:
        """Read a site's readings that end from `first` to `last`, oldest first."""
        ...


class ApiStores(msgspec.Struct, frozen=True):
    """Where the API reads and writes."""

    readings: ReadingPages
    sites: Registry
    ingestions: IngestionLog
    incidents: IncidentLog
    days: Days
    states: States
    queues: Depths
    quarantine: Quarantine
    landing: Landing
    facts: Facts
    feeds: FeedLog
    windows: Stretches
    edits: Edits
    jobs: MessageQueue
