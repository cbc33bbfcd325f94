"""One raw object from beginning to end: read, decode, judge, store, quarantine, ask the watch, alert, record.

Every step can be done again without changing what the first time did, so a crash anywhere is recovered by the queue
bringing the message back.

The watch is asked for evaluations from late and revised readings on: after they are stored, so that its evaluation sees
them, and before the ingestion is recorded, so that a crash in between asks again. The message waits a while, so that
files that land together ask for one evaluation.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

import msgspec

from heliograph.checks.judge import judge, judge_history
from heliograph.errors import ObjectGone, UnreadableFile
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of, late_since
from heliograph.events import Landed
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.history import Assessed, Provenance, StoreOutcome, landing
from heliograph.incidents.detection import EpisodeRules, Onsets
from heliograph.incidents.keeper import IncidentKeeper
from heliograph.incidents.notification import NotificationOptions, Notifier
from heliograph.ingestion import COUNTS, ITEM_IS_FULL, Ingestion
from heliograph.kept_profiles import NATIVE, FileProfile
from heliograph.quarantine import QuarantineFile
from heliograph.reading import Reading, end_of, format_timestamp, moment_of, record_of
from heliograph.repeats import Repeats
from heliograph.site import Site
from heliograph.storage.batches import batched
from heliograph.storage.objects import RawObject
from heliograph.storage.ports import (
    FileZones,
    IncidentStore,
    Ingestions,
    MessageQueue,
    Objects,
    Outbox,
    Publisher,
    Readings,
)
from heliograph.zones import region_of
from lambda_processor.profiled import Key, OpenFile, ProfiledFiles
from lambda_processor.sites import KnownSites, SitesAsSent

# Readings judged and stored in one go: 20 calls of 25, and little enough to keep memory flat.
_TOGETHER: Final = 500
_TEXT: Final = msgspec.json.Encoder(decimal_format="number")
# A file of many sites has few times.
_is_late: Final = lru_cache(maxsize=1024)(late_since)


class LateReadings:
    """Gathers a file's late and revised readings, as they are stored."""

    def __init__(self) -> None:
        """Begin with none."""
        self._since: dict[str, str] = {}

    def add(self, reading: Reading, store_outcome: StoreOutcome, stored_at: datetime) -> None:
        """Take in one reading and what its landing was to it."""
        if store_outcome == "revised" or (store_outcome == "stored" and _is_late(reading.timestamp, stored_at)):
            self.add_from(reading.site_id, reading.timestamp)

    def add_from(self, site_id: str, timestamp: str) -> None:
        """Have a site evaluated from an interval on."""
        self._since[site_id] = min(self._since.get(site_id, timestamp), timestamp)

    def due_sites(self) -> list[DueSite]:
        """Return the sites to evaluate, each from its earliest such reading on."""
        return [DueSite(site_id, since) for site_id, since in sorted(self._since.items())]


class EvaluationJobs:
    """Asks the watch for evaluations.

    group: sites in a message. delay_seconds: how long a message waits. now: the clock.
    """

    def __init__(self, queue: MessageQueue, group: int, delay_seconds: int, now: Callable[[], datetime]) -> None:
        """Keep the queue; nothing is called yet."""
        self._queue = queue
        self._group = group
        self._delay_seconds = delay_seconds
        self._now = now

    def ask(self, late: LateReadings) -> None:
        """Ask for evaluations of the sites of late readings that are stored by now; most files have none."""
        if due_sites := late.due_sites():
            jobs = jobs_of(int(self._now().timestamp()), due_sites, self._group)
            self._queue.send([job_text(job) for job in jobs], self._delay_seconds)


class ProcessorStores(msgspec.Struct, frozen=True):
    """Where a processor reads and writes."""

    objects: Objects
    file_zones: FileZones
    readings: Readings
    sites: KnownSites
    ingestions: Ingestions
    incidents: IncidentStore
    outbox: Outbox
    publisher: Publisher
    watch: EvaluationJobs
    profiled: ProfiledFiles


class ProcessorOptions(msgspec.Struct, frozen=True):
    """What a processor goes by.

    limit_bytes: the most a file may unpack to. notifying: how new incidents notify. code_version: written into each
    ingestion. now: the clock.
    """

    limit_bytes: int
    notifying: NotificationOptions
    code_version: str
    now: Callable[[], datetime]


class Outcome(msgspec.Struct, frozen=True):
    """What processing an object came to. notifications: how many messages were published."""

    ingestion: Ingestion
    notifications: int


class Processor:
    """Processes raw objects, one at a time."""

    def __init__(self, stores: ProcessorStores, options: ProcessorOptions) -> None:
        """Keep the stores and options; nothing is called yet."""
        self._stores = stores
        self._options = options
        self._keeper = IncidentKeeper(stores.incidents, EpisodeRules(), options.now)
        self._notifier = Notifier(stores.outbox, stores.publisher, options.notifying, options.now)

    def process(self, landed: Landed) -> Outcome:
        """Process one raw object.

        Raises:
            UnreadableFile: none of its records could be separated; its ingestion says so.
            ObjectGone: it was deleted before it was read; its ingestion says so.
            StorageError: a store refused for good or for too long; a later attempt goes on from what is stored.
        """
        try:
            raw = self._stores.objects.get(landed.key, landed.version)
        except ObjectGone as error:
            self._stores.ingestions.record(self._failed(_gone(landed, self._options.now()), error))
            raise
        by = self._stores.profiled.profile_of(raw)
        limit, zones = self._options.limit_bytes, partial(self._zones, raw)
        try:
            if by is not None:
                return self._finish(raw, self._stores.profiled.open(raw, by, limit, zones), by)
            entries = decode(raw.pieces(), limit, zones)
        except UnreadableFile as error:
            self._stores.ingestions.record(self._failed(raw, error, by))
            raise
        return self._finish(raw, OpenFile(entries))

    def _zones(self, raw: RawObject, site_ids: frozenset[str]) -> Mapping[str, str]:
        """Return the zones by which a file's local times are read, this time and ever after."""
        return self._stores.file_zones.settle(raw.ingestion, self._stores.sites.zones_of(site_ids))

    def give_up(self, landed: Landed, reason: str) -> None:
        """Record that an object failed for good, where nothing says so yet and no earlier event of it was done.

        Raises:
            StorageError: a store refused.
        """
        try:
            raw = self._stores.objects.get(landed.key, landed.version)
        except ObjectGone:
            raw = _gone(landed, self._options.now())
        failed = msgspec.structs.replace(self._blank(raw), state="failed", error=reason)
        if self._stores.ingestions.get(failed.id) is None:
            self._stores.ingestions.record(failed)

    def _finish(self, raw: RawObject, file: OpenFile, by: FileProfile | None = None) -> Outcome:
        work = _Work(raw, self._stores, self._options.now, file.replaced)
        for batch in batched(file.entries, _TOGETHER):
            work.take(batch)
        work.withdraw()
        work.quarantine(emptied=file.emptied)
        self._stores.watch.ask(work.late)
        notifications = self._notify(work.onsets)
        known = {"blank": file.entries.blank, "provisional": file.replaced is not None}
        ingestion = msgspec.structs.replace(self._blank(raw, by), **known, **work.counts)
        self._stores.ingestions.record(ingestion)
        if by is not None:
            self._stores.profiled.require_same(raw, by)
        return Outcome(ingestion, notifications)

    def _notify(self, onsets: Onsets) -> int:
        """Write the incidents first, then notify of those that are new; the watch sends what a crash leaves pending."""
        found = onsets.found()
        return self._notifier.notify_now(self._keeper.open(found)) if found else 0

    def _failed(self, raw: RawObject, error: Exception, by: FileProfile | None = None) -> Ingestion:
        return msgspec.structs.replace(self._blank(raw, by), state="failed", error=str(error))

    def _blank(self, raw: RawObject, by: FileProfile | None = None) -> Ingestion:
        return Ingestion(
            object_key=raw.key,
            version=raw.version,
            landed_at=raw.landed_at,
            size_bytes=raw.size_bytes,
            state="done",
            processed_at=format_timestamp(self._options.now()),
            code_version=self._options.code_version,
            profile=by.feed if by else "",
            profile_version=by.version if by else NATIVE,
        )


class _Work:
    """One object's readings on their way into the stores, and what was counted.

    replaced: as `OpenFile` has it; what isn't brought again is withdrawn.
    """

    def __init__(
        self, raw: RawObject, stores: ProcessorStores, now: Callable[[], datetime], replaced: set[Key] | None
    ) -> None:
        self._raw = raw
        self._source = raw.source
        self._stores = stores
        self._now = now
        self._replaced = replaced
        self._rejected = QuarantineFile(stores.objects, raw)
        self._repeats = Repeats()
        self._before: list[Reading] = []
        self.late = LateReadings()
        self.onsets = Onsets(raw.source, raw.landed_at)
        self.counts = dict.fromkeys(COUNTS, 0)

    def take(self, entries: list[Numbered | RejectedRecord]) -> None:
        """Store the readings among some entries and keep the rejected records for quarantine."""
        numbered = [entry for entry in entries if isinstance(entry, Numbered)]
        self._rejected.add(entries)
        self.counts["records"] += len(entries)
        self.counts["rejected"] += len(entries) - len(numbered)
        if numbered:
            self._store(numbered)

    def withdraw(self) -> None:
        """Take back what another version of the profile stored of the object, and this one doesn't bring."""
        if not self._replaced:
            return
        gone = sorted(self._replaced)
        sites = self._stores.sites.of(site_id for site_id, _ in gone)
        self._stores.readings.withdraw(
            self._source, gone, lambda history: judge_history(history, sites[history.site_id])
        )
        for site_id, timestamp in gone:
            self.late.add_from(site_id, timestamp)

    def quarantine(self, *, emptied: bool) -> None:
        """Write the rejected records beside the raw object's name, if there are any, or were before."""
        self._rejected.close(emptied=emptied)

    def _store(self, numbered: list[Numbered]) -> None:
        sites = self._stores.sites.of(entry.reading.site_id for entry in numbered)
        readings = [entry.reading for entry in numbered]
        sent = SitesAsSent(sites, [*self._before, *readings])
        self._before = readings
        landings = [self._assess(entry, sites, sent) for entry in numbered]
        if self._replaced is None:
            store = self._stores.readings.store
        else:
            store = self._stores.readings.replace
            self._replaced.difference_update((each.site_id, each.timestamp) for each in readings)
        outcomes = store(landings, lambda history: judge_history(history, sent.of(history.reading)))
        stored_at = self._now()
        self.onsets.pass_by(entry.reading.timestamp for entry in numbered)
        # What a record is to an earlier one of its file doesn't depend on where an attempt began.
        store_outcomes = self._repeats.among(readings, outcomes)
        for entry, assessed, store_outcome in zip(numbered, landings, store_outcomes, strict=True):
            if store_outcome == "rejected":
                self._refuse(entry)
                continue
            self.counts[store_outcome] += 1
            self.late.add(entry.reading, store_outcome, stored_at)
            if assessed.flags:
                self.counts["flagged"] += store_outcome == "stored" and assessed.anomaly
                site = sites[entry.reading.site_id]
                if site.operates(end_of(entry.reading.timestamp)):
                    self.onsets.add(entry.reading, assessed.flags, region_of(site))

    def _refuse(self, entry: Numbered) -> None:
        """Put a reading whose item can't grow into quarantine, so that it harms no other of its file."""
        self._rejected.refuse(
            RejectedRecord(entry.position, _TEXT.encode(record_of(entry.reading)).decode(), ITEM_IS_FULL)
        )
        self.counts["rejected"] += 1

    def _assess(self, entry: Numbered, sites: dict[str, Site], sent: SitesAsSent) -> Assessed:
        provenance = Provenance(self._raw.landed_at, self._source, entry.position)
        flags = judge(entry.reading, sites[entry.reading.site_id], provenance.landed_at)
        if flags:
            flags = judge(entry.reading, sent.of(entry.reading), provenance.landed_at)
        return Assessed(landing(entry.reading, provenance), flags)


def _gone(landed: Landed, now: datetime) -> RawObject:
    """Stand in for an object that can't be read any more: all that is known is what the event says."""
    landed_at = format_timestamp(moment_of(landed.event_time) if landed.event_time else now)
    return RawObject(landed.key, landed.version, landed_at, 0, tuple)
