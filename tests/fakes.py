"""In-memory stores that keep the same promises as the AWS ones, for tests of the logic above them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from heliograph.assessed import Assessed
from heliograph.checks.flag import Flag
from heliograph.errors import ObjectGone
from heliograph.history import History, Verdict, merge, verdict
from heliograph.incidents import Incident, Message
from heliograph.ingest import Ingest
from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.objects import RawObject


class FakeObjects:
    """A versioned bucket whose clock ticks a minute a write."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)) -> None:
        """Begin empty at `start`."""
        self.clock = start
        self.kept: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.newest: dict[str, str] = {}

    def get(self, key: str, version: str = "") -> RawObject:
        """Read an object or raise ObjectGone."""
        version = version or self.newest.get(key, "")
        if (key, version) not in self.kept:
            raise ObjectGone(f"{key} isn't in the bucket any more; land it again")
        landed_at, body = self.kept[key, version]
        return RawObject(key, version, landed_at, len(body), lambda: body)

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        """Write an object under a new version."""
        assert content_type
        version = f"v{len(self.kept) + 1}"
        self.clock += timedelta(minutes=1)
        self.kept[key, version] = (format_timestamp(self.clock), body)
        self.newest[key] = version
        return version

    def bodies(self, prefix: str) -> dict[str, bytes]:
        """Give the newest body of each key below `prefix`."""
        return {key: self.kept[key, version][1] for key, version in self.newest.items() if key.startswith(prefix)}


class FakeReadings:
    """A readings table; `write_units` counts what its writes would cost."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[tuple[str, str], Assessed] = {}
        self.write_units = 0

    def store(self, landings: Sequence[Assessed], judge: Callable[[History], tuple[Flag, ...]]) -> list[Verdict]:
        """Insert or merge each landing."""
        return [self._store(landing, judge) for landing in landings]

    def _store(self, landing: Assessed, judge: Callable[[History], tuple[Flag, ...]]) -> Verdict:
        key = (landing.history.site_id, landing.history.timestamp)
        self.write_units += 1
        if key not in self.kept:
            self.kept[key] = landing
            return "stored"
        history = merge(self.kept[key].history, landing.history)
        if history != self.kept[key].history:
            self.kept[key] = Assessed(history, judge(history), self.kept[key].merges + 1)
        return verdict(history, landing.history)


class FakeSites:
    """A registry."""

    def __init__(self, sites: Iterable[Site] = ()) -> None:
        """Begin with `sites`."""
        self.kept = {site.site_id: site for site in sites}
        self.reads = 0

    def get_many(self, site_ids: Iterable[str]) -> dict[str, Site]:
        """Read the entries there are."""
        self.reads += 1
        return {site_id: self.kept[site_id] for site_id in site_ids if site_id in self.kept}

    def add(self, site: Site) -> bool:
        """Register a site that isn't known yet."""
        if site.site_id in self.kept:
            return False
        self.kept[site.site_id] = site
        return True


class FakeIngests:
    """An audit trail."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[str, Ingest] = {}

    def record(self, ingest: Ingest) -> None:
        """Keep the latest word on an object."""
        self.kept[ingest.id] = ingest

    def of(self, key: str) -> Ingest:
        """Give the one ingest of a key."""
        (found,) = [ingest for ingest in self.kept.values() if ingest.object_key == key]
        return found


class FakeAlerts:
    """An alerts table."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[tuple[str, str], Incident] = {}
        self.sent: set[tuple[str, str]] = set()

    def open(self, incidents: Sequence[Incident]) -> list[Incident]:
        """Keep new incidents; give those to be told now."""
        to_tell = []
        for incident in incidents:
            key = (incident.site_id, incident.key)
            kept = self.kept.setdefault(key, incident)
            if kept.source == incident.source and key not in self.sent:
                to_tell.append(incident)
        return to_tell

    def mark_sent(self, incidents: Sequence[Incident], sent_at: str) -> None:
        """Note that they were told."""
        assert sent_at
        self.sent.update((incident.site_id, incident.key) for incident in incidents)


class FakeNotifier:
    """A topic that keeps what it is given."""

    def __init__(self) -> None:
        """Begin empty."""
        self.published: list[Message] = []

    def publish(self, messages: Sequence[Message]) -> None:
        """Keep the messages."""
        self.published.extend(messages)
