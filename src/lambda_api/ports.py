"""What the routes read, as protocols: the DynamoDB stores fulfil them, and so do the tests' fakes."""

from typing import Protocol

import msgspec

from heliograph.assessed import Assessed
from heliograph.incidents.incident import Incident
from heliograph.ingest import Ingest, Totals
from heliograph.site import Site
from heliograph.storage.pages import Page


class ReadingPages(Protocol):
    """The readings. Times are UTC text; `start` is included, `end` isn't; None leaves a side open."""

    def of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's readings in time order."""
        ...

    def anomalies_of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's anomalous readings in time order."""
        ...

    def anomalies_of_day(self, day: str, limit: int, after: tuple[str, str] | None) -> Page[Assessed]:
        """Read all sites' anomalous readings of a UTC day, by site, behind a (site_id, timestamp)."""
        ...

    def first_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's earliest reading."""
        ...

    def last_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's latest reading."""
        ...


class Registry(Protocol):
    """The sites."""

    def get(self, site_id: str) -> Site | None:
        """Read one site."""
        ...

    def page(self, limit: int, after: str | None) -> Page[Site]:
        """Read the fleet by site id."""
        ...


class IngestLog(Protocol):
    """What became of the raw objects."""

    def get(self, ingest: str) -> Ingest | None:
        """Read one ingest."""
        ...

    def of_hour(self, hour: str, limit: int, after: str | None) -> Page[Ingest]:
        """Read the ingests of objects that landed in an hour, latest first."""
        ...

    def totals(self) -> Totals:
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


class ApiStores(msgspec.Struct, frozen=True):
    """Where the API reads."""

    readings: ReadingPages
    sites: Registry
    ingests: IngestLog
    alerts: IncidentLog
