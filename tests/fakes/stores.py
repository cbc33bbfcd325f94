"""In-memory stores that keep the same promises as the AWS ones, for tests of the logic above them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from heliograph.checks.flag import Flag
from heliograph.errors import ObjectGone
from heliograph.history import Assessed, History, StoreOutcome, VersionOrder, by_name, merge, store_outcome
from heliograph.incidents.model import Incident, Notification, Phase, SiteChange, SiteState
from heliograph.ingestion import Ingestion, as_first_counted
from heliograph.kept_profiles import FeedChange, FileProfile, KeptFeed, ProfileVersion, feed_of_version
from heliograph.profiles.model import Profile
from heliograph.reading import format_timestamp
from heliograph.replacing import in_place, without
from heliograph.site import Site
from heliograph.storage.incidents import pending_keys
from heliograph.storage.objects import RawObject


class FakeObjects:
    """A versioned bucket whose clock ticks a minute a write."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)) -> None:
        """Begin empty at `start`. tick: what a write takes."""
        self.clock = start
        self.tick = timedelta(minutes=1)
        self.kept: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.newest: dict[str, str] = {}

    def get(self, key: str, version: str = "") -> RawObject:
        """Read an object or raise ObjectGone."""
        version = version or self.newest.get(key, "")
        if (key, version) not in self.kept:
            raise ObjectGone(f"{key} isn't in the bucket any more; land it again")
        landed_at, body = self.kept[key, version]
        return RawObject(key, version, landed_at, len(body), lambda: (body,))

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        """Write an object under a new version."""
        assert content_type
        version = f"v{len(self.kept) + 1}"
        self.clock += self.tick
        self.kept[key, version] = (format_timestamp(self.clock), body)
        self.newest[key] = version
        return version

    def order(self, key: str, versions: frozenset[str]) -> dict[str, int]:
        """Place the versions of a key as they were put."""
        return {version: int(version[1:]) for version in versions if (key, version) in self.kept}

    def upload(self, key: str, content_type: str) -> "FakeUpload":
        """Begin an object that is written in parts."""
        return FakeUpload(lambda body: self.put(key, body, content_type))

    def bodies(self, prefix: str) -> dict[str, bytes]:
        """Return the newest body of each key below `prefix`."""
        return {key: self.kept[key, version][1] for key, version in self.newest.items() if key.startswith(prefix)}


class FakeFileZones:
    """The time zones that files' local times are read by."""

    def __init__(self) -> None:
        """Begin with none."""
        self.settled: dict[str, dict[str, str]] = {}

    def settle(self, ingestion: str, registered: Mapping[str, str]) -> Mapping[str, str]:
        """Keep the zones of a file once."""
        return self.settled.setdefault(ingestion, dict(registered))


class FakeUpload:
    """An object that is written in parts. put: writes it."""

    def __init__(self, put: Callable[[bytes], str]) -> None:
        """Begin with none."""
        self.parts: list[bytes] = []
        self._put = put

    def add(self, part: bytes) -> None:
        """Keep a part."""
        self.parts.append(part)

    def finish(self) -> None:
        """Write all parts."""
        assert all(len(part) >= 5 * 2**20 for part in self.parts[:-1]), "S3 refuses smaller parts"
        self._put(b"".join(self.parts))


class FakeReadings:
    """A readings table; `write_units` counts what its writes would cost."""

    def __init__(self, order: VersionOrder = by_name) -> None:
        """Begin empty. full: readings whose items can't grow."""
        self.kept: dict[tuple[str, str], Assessed] = {}
        self.full: set[tuple[str, str]] = set()
        self.write_units = 0
        self._order = order

    def store(self, landings: Sequence[Assessed], judge: Callable[[History], tuple[Flag, ...]]) -> list[StoreOutcome]:
        """Insert or merge each landing."""
        return [self._store(landing, judge) for landing in landings]

    def _store(self, landing: Assessed, judge: Callable[[History], tuple[Flag, ...]]) -> StoreOutcome:
        key = (landing.history.site_id, landing.history.timestamp)
        if key in self.full:
            return "rejected"
        self.write_units += 1
        if key not in self.kept:
            self.kept[key] = landing
            return "stored"
        history = merge(self.kept[key].history, landing.history, self._order)
        if history != self.kept[key].history:
            before = self.kept[key]
            self.kept[key] = Assessed(history, judge(history), before.merges + 1, before.watched, before.aside)
        return store_outcome(history, landing.history)

    def replace(self, landings: Sequence[Assessed], judge: Callable[[History], tuple[Flag, ...]]) -> list[StoreOutcome]:
        """Put each landing in place of what its file brought before."""
        return [self._replace(landing, judge) for landing in landings]

    def _replace(self, landing: Assessed, judge: Callable[[History], tuple[Flag, ...]]) -> StoreOutcome:
        key = (landing.history.site_id, landing.history.timestamp)
        before = self.kept.get(key)
        if before is None:
            return self._store(landing, judge)
        history = in_place(before.history, landing.history, self._order)
        if history != before.history:
            self.write_units += 1
            self.kept[key] = Assessed(history, judge(history), before.merges + 1, before.watched, before.aside)
        return store_outcome(history, landing.history)

    def withdraw(
        self, source: str, keys: Sequence[tuple[str, str]], judge: Callable[[History], tuple[Flag, ...]]
    ) -> None:
        """Take out what a file brought."""
        for key in keys:
            self.withdraw_one(source, key, judge)

    def withdraw_one(self, source: str, key: tuple[str, str], judge: Callable[[History], tuple[Flag, ...]]) -> None:
        """Take out what a file brought of one reading."""
        before = self.kept.get(key)
        if before is None or (history := without(before.history, source, self._order)) == before.history:
            return
        if history is None:
            del self.kept[key]
        else:
            self.kept[key] = Assessed(history, judge(history), before.merges + 1, before.watched, before.aside)


class FakeFeeds:
    """Feeds and the versions of their profiles. clock: UTC text of a version that is added."""

    def __init__(self, clock: str = "2026-11-22T00:00:00.000000Z") -> None:
        """Begin with none."""
        self.clock = clock
        self.versions: dict[str, list[ProfileVersion]] = {}
        self.landed: set[str] = set()

    def add(self, profile: Profile, who: str, now: datetime) -> tuple[KeptFeed, bool]:
        """Add a version."""
        assert now.tzinfo
        return self._change(FeedChange(profile, who, self.clock))

    def remove(self, feed: KeptFeed, who: str, now: datetime) -> tuple[KeptFeed, bool]:
        """Take the profile away."""
        assert now.tzinfo
        return self._change(FeedChange(self.versions[feed.name][-1].profile, who, self.clock, removed=True))

    def is_native(self, name: str) -> bool:
        """Return whether files lie below a feed's prefix, as a test says, and no profile reads its next ones."""
        feed = self.find(name)
        return name in self.landed and (feed is None or feed.removed)

    def _change(self, change: FeedChange) -> tuple[KeptFeed, bool]:
        name = change.profile.name
        found = self.versions.setdefault(name, [])
        if found and change.is_made_by(found[-1]):
            return self.of(name), False
        found.append(change.as_version(len(found) + 1))
        return self.of(name), True

    def of(self, name: str) -> KeptFeed:
        """Return a feed that is there."""
        feed = feed_of_version(self.versions[name][0], None)
        for version in self.versions[name][1:]:
            feed = feed_of_version(version, feed)
        return feed

    def find(self, name: str) -> KeptFeed | None:
        """Return a feed, or None."""
        return self.of(name) if name in self.versions else None

    def all(self) -> list[KeptFeed]:
        """Return all feeds."""
        return [self.of(name) for name in sorted(self.versions)]

    def version(self, name: str, number: int) -> ProfileVersion:
        """Return a version."""
        return self.versions[name][number - 1]


class FakeFileProfiles:
    """By which version each file is read."""

    def __init__(self) -> None:
        """Begin with none."""
        self.settled: dict[str, FileProfile] = {}

    def settle(self, ingestion: str, wanted: FileProfile) -> FileProfile:
        """Keep it once."""
        return self.settled.setdefault(ingestion, wanted)

    def kept(self, ingestion: str) -> FileProfile | None:
        """Return what is kept."""
        return self.settled.get(ingestion)

    def upgrade(self, ingestion: str, first: FileProfile) -> FileProfile:
        """Have a file read by another version."""
        kept = self.settled.get(ingestion)
        if kept is None or kept.version != first.version:
            self.settled[ingestion] = kept.upgraded(first.version) if kept else first
        return self.settled[ingestion]


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

    def add_many(self, sites: Iterable[Site]) -> set[str]:
        """Register sites that aren't known yet; return the names of those that are known."""
        known = set()
        for site in sites:
            if self.kept.setdefault(site.site_id, site) is not site:
                known.add(site.site_id)
        return known


class FakeIngestions:
    """An audit trail."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[str, Ingestion] = {}

    def get(self, ingestion: str) -> Ingestion | None:
        """Return the word on an object."""
        return self.kept.get(ingestion)

    def record(self, ingestion: Ingestion) -> None:
        """Keep the latest word on an object."""
        self.kept[ingestion.id] = as_first_counted(self.kept.get(ingestion.id), ingestion)

    def of(self, key: str) -> Ingestion:
        """Return the one ingestion of a key."""
        (found,) = [ingestion for ingestion in self.kept.values() if ingestion.object_key == key]
        return found


class FakeIncidents:
    """An incidents table and its outbox."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[str, Incident] = {}
        self.kept_states: dict[str, SiteState] = {}
        self.notified_at: dict[tuple[str, Phase], str] = {}
        self.held_until = ""
        self.spent: dict[str, int] = {}
        self.spent_on: set[tuple[str, str]] = set()
        self.digests: dict[tuple[str, str], frozenset[str]] = {}
        self.writes = 0

    def states(self, site_ids: Iterable[str], *, consistent: bool = True) -> dict[str, SiteState]:
        """Read the states there are."""
        assert consistent in {True, False}
        return {site_id: self.kept_states[site_id] for site_id in site_ids if site_id in self.kept_states}

    def commit(self, changes: Sequence[SiteChange]) -> list[SiteChange]:
        """Write what was worked out from the state that is kept."""
        return [change for change in changes if not self._commit(change)]

    def _commit(self, change: SiteChange) -> bool:
        before = self.kept_states.get(change.site_id, SiteState(change.site_id))
        if before.version != change.before.version or any(
            _notified(self.kept[each.id]) != _notified(each) for each in change.moved
        ):
            return False
        self.kept_states[change.site_id] = SiteState(change.site_id, before.version + 1, change.rule_states)
        self.kept |= {each.id: each for each in (*change.opened, *change.moved)}
        self.writes += 1 + len(change.opened) + len(change.moved)
        return True

    def get_many(self, ids: Iterable[str]) -> dict[str, Incident]:
        """Read the incidents there are."""
        return {each: self.kept[each] for each in ids if each in self.kept}

    def between(self, site_id: str, start: str, end: str) -> list[Incident]:
        """Read a site's incidents of a time."""
        mine = (each for each in self.kept.values() if each.site_id == site_id)
        return [each for each in mine if start <= each.onset <= end]

    def add_history(self, incidents: Sequence[Incident]) -> None:
        """Keep those that aren't there."""
        for each in incidents:
            self.kept.setdefault(each.id, each)

    def acquire_lease(self, now: str, until: str) -> bool:
        """Let one notifier in."""
        if self.held_until > now:
            return False
        self.held_until = until
        return True

    def release_lease(self) -> None:
        """Let the next one in."""
        self.held_until = ""

    def spend(self, messages: int, causes: Sequence[str], now: str, most: int) -> bool:
        """Count up to the most in ten minutes, and each cause once."""
        spent = self.spent.get(now[:15], 0) + messages
        on = {(now[:15], cause) for cause in causes}
        if spent > most or on & self.spent_on:
            return False
        self.spent[now[:15]] = spent
        self.spent_on |= on
        return True

    def pending(self, until: str, limit: int) -> list[Incident]:
        """Read what waits, as the index has it."""
        waiting = [(pending_keys(each), each) for each in self.kept.values()]
        ready = [(keys["pending_at"], each) for keys, each in waiting if keys and keys["pending_at"] <= f"{until}~"]
        return [each for _, each in sorted(ready, key=lambda pair: pair[0])][:limit]

    def claim(self, site_ids: Sequence[str], phase: Phase, now: str, free_before: str) -> set[str]:
        """Take the places that are free."""
        free = {site_id for site_id in site_ids if self.notified_at.get((site_id, phase), "") <= free_before}
        self.notified_at |= {(site_id, phase): now for site_id in free}
        return free

    def release(self, site_ids: Sequence[str], phase: Phase, now: str) -> None:
        """Free the places taken now."""
        for site_id in site_ids:
            if self.notified_at.get((site_id, phase)) == now:
                self.notified_at[site_id, phase] = ""

    def mark_notified(self, incidents: Sequence[Incident], phase: Phase, now: str) -> None:
        """Note that they were notified of."""
        for each in incidents:
            self.kept[each.id] = self.kept[each.id].notified(phase, now, each)

    def digested(self, zone: str, dates: Sequence[str]) -> frozenset[str]:
        """Read what the digests held."""
        return frozenset[str]().union(*(self.digests.get((zone, date), frozenset()) for date in dates))

    def note_digest(self, zone: str, dates: Sequence[str], entries: frozenset[str], now: str) -> None:
        """Note what the digests held."""
        assert now
        self.digests |= {(zone, date): entries for date in dates}


def _notified(incident: Incident) -> tuple[str, str]:
    return incident.onset_notified_at, incident.recovery_notified_at


class FakePublisher:
    """A topic that keeps what it is given."""

    def __init__(self) -> None:
        """Begin empty."""
        self.published: list[Notification] = []

    def publish(self, messages: Sequence[Notification]) -> int:
        """Keep the messages."""
        self.published.extend(messages)
        return len(messages)
