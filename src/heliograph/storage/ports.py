"""What the processor needs of its stores, as protocols: the AWS ones fulfil them, and so do the tests' fakes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from heliograph.checks.flag import Flag
from heliograph.history import Assessed, History, StoreOutcome
from heliograph.incidents.ports import IncidentStore, Outbox, Publisher
from heliograph.ingestion import Ingestion
from heliograph.site import Site
from heliograph.storage.objects import RawObject

__all__ = [
    "FileZones",
    "IncidentStore",
    "Ingestions",
    "MessageQueue",
    "Objects",
    "Outbox",
    "Publisher",
    "Readings",
    "Sites",
]


class Upload(Protocol):
    """An object that is written in parts; it is there when it is finished."""

    def add(self, part: bytes) -> None:
        """Write a part; all but the last have 5 MiB or more."""
        ...

    def finish(self) -> None:
        """Make the object of its parts."""
        ...


class Objects(Protocol):
    """The bucket."""

    def get(self, key: str, version: str = "") -> RawObject:
        """Read an object."""
        ...

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        """Write an object and return its version."""
        ...

    def upload(self, key: str, content_type: str) -> Upload:
        """Begin an object that is too large to be held."""
        ...


class FileZones(Protocol):
    """The time zones that files' local times are read by."""

    def settle(self, ingestion: str, registered: Mapping[str, str]) -> Mapping[str, str]:
        """Return the zones of a file, by site id: those that are kept, else those registered, which are then kept."""
        ...


class Readings(Protocol):
    """The readings table, written."""

    def store(self, landings: Sequence[Assessed], judge: Callable[[History], tuple[Flag, ...]]) -> list[StoreOutcome]:
        """Store each reading once and say what each landing was."""
        ...

    def replace(self, landings: Sequence[Assessed], judge: Callable[[History], tuple[Flag, ...]]) -> list[StoreOutcome]:
        """Store readings in place of what the same object brought of their intervals before."""
        ...

    def withdraw(
        self, source: str, keys: Sequence[tuple[str, str]], judge: Callable[[History], tuple[Flag, ...]]
    ) -> None:
        """Take what an object brought out of these readings, by site and END; what nothing else brought is deleted."""
        ...


class Sites(Protocol):
    """The registry."""

    def get_many(self, site_ids: Iterable[str]) -> dict[str, Site]:
        """Read the entries there are."""
        ...

    def add_many(self, sites: Iterable[Site]) -> set[str]:
        """Register sites that aren't known yet; return the names of those that are known."""
        ...


class Ingestions(Protocol):
    """The audit trail."""

    def get(self, ingestion: str) -> Ingestion | None:
        """Read what became of an object, by its ingestion's id."""
        ...

    def record(self, ingestion: Ingestion) -> None:
        """Write what became of an object."""
        ...


class MessageQueue(Protocol):
    """A queue that messages are sent to."""

    def send(self, bodies: Sequence[str], delay_seconds: int = 0) -> None:
        """Send every message or raise. delay_seconds: how long nobody receives them."""
        ...
