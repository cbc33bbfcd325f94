"""One raw object from beginning to end: read, decode, judge, store, quarantine, ask the watch, alert, record.

Every step can be done again without changing what the first time did, so a crash anywhere is recovered by the queue
bringing the message back.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from heliograph.assessed import Assessed
from heliograph.checks.judge import judge, judge_history
from heliograph.errors import ObjectGone, UnreadableFile
from heliograph.events import Landed
from heliograph.feed import Decoded, Numbered, RejectedRecord, decode
from heliograph.history import Provenance, Repeats, landing
from heliograph.incidents.detection import EpisodeRules, Onsets
from heliograph.incidents.lifecycle import IncidentKeeper
from heliograph.incidents.notification import NotificationOptions, Notifier
from heliograph.ingestion import COUNTS, ITEM_IS_FULL, Ingestion
from heliograph.quarantine import QuarantineFile
from heliograph.reading import format_timestamp, moment_of
from heliograph.site import Site
from heliograph.storage.batches import batched
from heliograph.storage.objects import RawObject
from heliograph.storage.ports import IncidentStore, Ingestions, Objects, Outbox, Publisher, Readings
from lambda_processor.late import EvaluationJobs, LateReadings
from lambda_processor.sites import KnownSites

# Readings judged and stored in one go: 20 calls of 25, and little enough to keep memory flat.
_TOGETHER: Final = 500

_TEXT: Final = msgspec.json.Encoder(decimal_format="number")


class Stores(msgspec.Struct, frozen=True):
    """Where a processor reads and writes."""

    objects: Objects
    readings: Readings
    sites: KnownSites
    ingestions: Ingestions
    incidents: IncidentStore
    outbox: Outbox
    publisher: Publisher
    watch: EvaluationJobs


class Rules(msgspec.Struct, frozen=True):
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

    def __init__(self, stores: Stores, rules: Rules) -> None:
        """Keep the stores and rules; nothing is called yet."""
        self._stores = stores
        self._rules = rules
        self._keeper = IncidentKeeper(stores.incidents, EpisodeRules(), rules.now)
        self._notifier = Notifier(stores.outbox, stores.publisher, rules.notifying, rules.now)

    def process(self, landed: Landed) -> Outcome:
        """Process one raw object.

        Raises:
            UnreadableFile: none of its records could be told apart; its ingestion says so.
            ObjectGone: it was deleted before it was read; its ingestion says so.
            StorageError: a store refused for good or for too long; a later attempt goes on from what is stored.
        """
        try:
            raw = self._stores.objects.get(landed.key, landed.version)
        except ObjectGone as error:
            self._stores.ingestions.record(self._failed(_gone(landed, self._rules.now()), error))
            raise
        try:
            entries = decode(raw.pieces(), self._rules.limit_bytes)
        except UnreadableFile as error:
            self._stores.ingestions.record(self._failed(raw, error))
            raise
        return self._finish(raw, entries)

    def give_up(self, landed: Landed, reason: str) -> None:
        """Record that an object failed for good, where nothing says so yet and no earlier event of it was done.

        Raises:
            StorageError: a store refused.
        """
        try:
            raw = self._stores.objects.get(landed.key, landed.version)
        except ObjectGone:
            raw = _gone(landed, self._rules.now())
        failed = msgspec.structs.replace(self._blank(raw), state="failed", error=reason)
        if self._stores.ingestions.get(failed.id) is None:
            self._stores.ingestions.record(failed)

    def _finish(self, raw: RawObject, entries: Decoded) -> Outcome:
        work = _Work(raw, self._stores, self._rules.now)
        for batch in batched(entries, _TOGETHER):
            work.take(batch)
        work.quarantine()
        self._stores.watch.ask(work.late)
        notifications = self._notify(work.onsets)
        ingestion = msgspec.structs.replace(self._blank(raw), **work.counts)
        self._stores.ingestions.record(ingestion)
        return Outcome(ingestion, notifications)

    def _notify(self, onsets: Onsets) -> int:
        """Write the incidents first, then notify of those that are new; the watch sends what a crash leaves pending."""
        found = onsets.found()
        return self._notifier.notify_now(self._keeper.open(found)) if found else 0

    def _failed(self, raw: RawObject, error: Exception) -> Ingestion:
        return msgspec.structs.replace(self._blank(raw), state="failed", error=str(error))

    def _blank(self, raw: RawObject) -> Ingestion:
        return Ingestion(
            object_key=raw.key,
            version=raw.version,
            landed_at=raw.landed_at,
            size_bytes=raw.size_bytes,
            state="done",
            processed_at=format_timestamp(self._rules.now()),
            code_version=self._rules.code_version,
        )


class _Work:
    """One object's readings on their way into the stores, and what was counted."""

    def __init__(self, raw: RawObject, stores: Stores, now: Callable[[], datetime]) -> None:
        self._raw = raw
        self._source = raw.source
        self._stores = stores
        self._now = now
        self._rejected = QuarantineFile(stores.objects, raw)
        self._repeats = Repeats()
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

    def quarantine(self) -> None:
        """Write the rejected records beside the raw object's name, if there are any."""
        self._rejected.close()

    def _store(self, numbered: list[Numbered]) -> None:
        sites = self._stores.sites.of(entry.reading.site_id for entry in numbered)
        landings = [self._assess(entry, sites) for entry in numbered]
        outcomes = self._stores.readings.store(landings, lambda history: judge_history(history, sites[history.site_id]))
        stored_at = self._now()
        # What a record is to an earlier one of its file doesn't depend on where an attempt began.
        store_outcomes = self._repeats.among([entry.reading for entry in numbered], outcomes)
        for entry, assessed, store_outcome in zip(numbered, landings, store_outcomes, strict=True):
            if store_outcome == "rejected":
                self._refuse(entry)
                continue
            self.counts[store_outcome] += 1
            self.late.add(entry.reading, store_outcome, stored_at)
            if assessed.flags:
                self.counts["flagged"] += store_outcome == "stored" and assessed.anomaly
                self.onsets.add(entry.reading, assessed.flags)

    def _refuse(self, entry: Numbered) -> None:
        """Put a reading whose item can't grow into quarantine, so that it harms no other of its file."""
        self._rejected.refuse(RejectedRecord(entry.position, _TEXT.encode(entry.reading).decode(), ITEM_IS_FULL))
        self.counts["rejected"] += 1

    def _assess(self, entry: Numbered, sites: dict[str, Site]) -> Assessed:
        provenance = Provenance(self._raw.landed_at, self._source, entry.position)
        flags = judge(entry.reading, sites[entry.reading.site_id], provenance.landed_at)
        return Assessed(landing(entry.reading, provenance), flags)


def _gone(landed: Landed, now: datetime) -> RawObject:
    """Stand in for an object that can't be read any more: all that is known is what the event says."""
    landed_at = format_timestamp(moment_of(landed.event_time) if landed.event_time else now)
    return RawObject(landed.key, landed.version, landed_at, 0, tuple)
