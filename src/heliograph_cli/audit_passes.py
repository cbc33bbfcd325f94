"""The audit's two passes: over the files, and over the stored readings.

Each file is decoded again and compared with its quarantine; then each interval's landings are held against what is
stored, both ways.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

import heliograph
from heliograph.audit.counts import Finding, FindingState
from heliograph.audit.histories import Judge, Kept, compare, is_stored
from heliograph.audit.quarantine import AuditedLine, QuarantineComparison
from heliograph.errors import ObjectGone, UnreadableFile
from heliograph.feed import DEFAULT_LIMIT_BYTES, Decoded, Numbered, RejectedRecord, decode
from heliograph.feed.decode import gunzipped
from heliograph.history import Provenance, landing
from heliograph.ingestion import Ingestion
from heliograph.kept_profiles import LIMIT_BYTES, FileProfile
from heliograph.object_keys import feed_of, file_name_of, quarantine_key
from heliograph.profiles.entries import ProfiledEntries, read_entries
from heliograph.quarantine import lines_of
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.feeds import Feeds, S3FileProfiles
from heliograph.storage.ingestions import read_ingestion
from heliograph.storage.listing import Listed, S3VersionOrder, Walk
from heliograph.storage.objects import S3FileZones, S3Objects
from heliograph.storage.scans import read_readings, scan_readings
from heliograph.table_keys import ingestion_id
from heliograph_cli.audit_report import AuditReport, AuditScope, Tally, Wrong
from heliograph_cli.audit_workspace import StoredInterval, Workspace
from heliograph_cli.target import Target

if TYPE_CHECKING:
    from heliograph.audit.histories import Standing

_TOGETHER = 1000
# Differences are kept up to this many; all are counted.
_MOST_DIFFERENCES = 10_000
_AGAIN = 100
Step = Callable[[str], None]


class FilesPass:
    """Reads every file there is."""

    def __init__(self, asked: AuditScope, target: Target, clients: Clients, report: AuditReport, tally: Tally) -> None:
        """Keep the clients; nothing is called yet."""
        self._asked = asked
        self._target = target
        self._dynamodb = clients.dynamodb()
        s3 = clients.s3()
        self._objects = S3Objects(s3, target.bucket, DEFAULT_LIMIT_BYTES)
        self._file_zones = S3FileZones(s3, target.bucket)
        self._feeds = Feeds(clients.dynamodb(), target.sites_table, lambda: s3, target.bucket)
        self._file_profiles = S3FileProfiles(lambda: s3, target.bucket)
        # A quarantine file is read line by line, and may be larger than any file that is taken.
        self._quarantine = S3Objects(s3, target.bucket, None)
        self._walk = Walk(clients.s3(attempts=1), target.bucket)
        self._report = report
        self._tally = tally

    @property
    def unlisted(self) -> list[str]:
        """Folders in which a key can't be listed, so far."""
        return self._walk.unlisted

    def listed(self, space: Workspace) -> Iterator[Listed]:
        """Yield what the bucket lists; then what it doesn't list and an ingestion names all the same."""
        yield from self._walk.versions(self._asked.prefix)
        if not self._asked.whole:
            return
        for ingestion in list(space.ingestions(unseen=True)):
            source = f"{ingestion.object_key}@{ingestion.version}" if ingestion.version else ingestion.object_key
            if space.knows(source):
                continue
            try:
                raw = self._objects.get(ingestion.object_key, ingestion.version)
            except ObjectGone:
                self._note_gone(ingestion)
            else:
                yield Listed(raw.key, raw.version, raw.landed_at, raw.size_bytes)

    def _note_gone(self, ingestion: Ingestion) -> None:
        if ingestion.state == "failed" or ingestion.landed_at < self._asked.kept_since:
            return
        problem = f"it isn't in the bucket any more, so that its {ingestion.records} records can't be checked"
        key, version, landed_at = ingestion.object_key, ingestion.version, ingestion.landed_at
        self._report.files["gone"] += 1
        self._report.findings.append(Finding(key, version, landed_at, "gone", problems=(problem,)))

    def examine(self, space: Workspace, listed: Listed) -> None:
        """Decode one file anew, and look for its ingestion and its quarantine."""
        source = f"{listed.key}@{listed.version}" if listed.version else listed.key
        expired = listed.landed_at < self._asked.kept_since
        name = ingestion_id(listed.key, listed.version, listed.landed_at)
        ingestion = space.take_ingestion(name) if self._asked.whole else None
        space.explain_quarantine(quarantine_key(listed.key, listed.version))
        if expired or listed.landed_at < self._asked.since:
            space.add_file(source, listed, "unread", ingestion)
            self._report.files["expired"] += expired
            self._tally.unread += 1
            return
        if not self._asked.whole:
            ingestion = read_ingestion(self._dynamodb, self._target.ingestions_table, name)
        by = self._file_profiles.kept(name) if feed_of(listed.key) else None
        is_old = by is not None and ingestion is not None and ingestion.profile_version != by.version
        done = ingestion is not None and ingestion.state == "done" and not is_old
        standing: Standing = "processed" if done else "unprocessed"
        file = space.add_file(source, listed, standing, ingestion)
        finding = Finding(listed.key, listed.version, listed.landed_at, "stored")
        try:
            finding = self._decode(space, file, finding, ingestion if done else None, by)
        except (UnreadableFile, ObjectGone) as error:
            space.drop_brought(file)
            self._tally.unread += 1
            standing, problem = "unread", f"it can't be read: {error}"
            finding = msgspec.structs.replace(finding, state="lost", problems=(problem,))
        if not done:
            problems = finding.problems if standing == "unread" else (_not_done(ingestion, by if is_old else None),)
            finding = msgspec.structs.replace(finding, state="lost", problems=problems)
        space.set_finding(file, finding, standing)

    def _decode(
        self, space: Workspace, file: int, finding: Finding, ingestion: Ingestion | None, by: FileProfile | None
    ) -> Finding:
        """Take in the readings of a file, and hold its rejected records against its quarantine.

        ingestion: None where the file isn't done. by: the profile that reads it; None where it is native.
        """
        done = ingestion is not None
        comparison = self._comparison(space, finding, ingestion)
        readings = rejected_records = 0
        entries = self._entries(finding, by, done=done)
        for batch in batched(entries, _TOGETHER):
            for entry in batch:
                if isinstance(entry, RejectedRecord):
                    rejected_records += 1
                    if done:
                        comparison.add(entry)
            numbered = [(entry.position, entry.reading) for entry in batch if isinstance(entry, Numbered)]
            readings += len(numbered)
            space.add_brought(file, numbered)
        if full := space.count_full():
            self._tally.full[file] = full
        problems: list[str] = []
        if ingestion is not None and done:
            if rejected_records or ingestion.rejected:
                problems = comparison.end().problems(rejected_records)
            else:
                self._note_stray(space, quarantine_key(finding.object_key, finding.version))
        state: FindingState = "lost" if problems else "stored"
        return msgspec.structs.replace(
            finding,
            state=state,
            readings=readings,
            rejected_records=rejected_records,
            blank=entries.blank,
            problems=tuple(problems),
        )

    def _comparison(self, space: Workspace, finding: Finding, ingestion: Ingestion | None) -> QuarantineComparison:
        """Begin to hold a file's rejected records against its quarantine, which is taken in where there should be one.

        ingestion: None where the file isn't done.
        """
        taken = bool(ingestion and ingestion.rejected)
        if taken:
            self._take_quarantine(space, finding)
        else:
            space.forget_quarantine()
        source = f"{finding.object_key}@{finding.version}" if finding.version else finding.object_key
        own_words = ingestion is not None and ingestion.code_version == heliograph.__version__
        lines = self._lines(space, finding, taken=taken)
        return QuarantineComparison(lines, Provenance(finding.landed_at, source, 0), reasons=own_words)

    def _entries(self, finding: Finding, by: FileProfile | None, *, done: bool) -> Decoded | ProfiledEntries:
        """Read a file as it was read when it was processed.

        Raises:
            UnreadableFile: it can't be.
        """
        body = self._objects.get(finding.object_key, finding.version).pieces()
        if by is None:
            return decode(body, zones=lambda _: self._zones(finding, done=done))
        profile = self._feeds.version(by.feed, by.version).profile
        return read_entries(profile, gunzipped(body, LIMIT_BYTES), file_name_of(finding.object_key))

    def _zones(self, finding: Finding, *, done: bool) -> dict[str, str]:
        """Return the zones that a file's local times were read by; none where it isn't processed yet.

        Raises:
            ObjectGone: they aren't there any more, so that nobody knows.
        """
        try:
            return self._file_zones.kept(ingestion_id(finding.object_key, finding.version, finding.landed_at))
        except ObjectGone:
            if done:
                raise
            return {}

    def _lines(self, space: Workspace, finding: Finding, *, taken: bool) -> Iterator[AuditedLine]:
        """Yield the lines of a file's quarantine, sorted; where they weren't taken in yet, when the first is needed."""
        if not taken:
            self._take_quarantine(space, finding)
        yield from space.quarantine_lines()

    def _take_quarantine(self, space: Workspace, finding: Finding) -> None:
        """Take in a file's quarantine; what isn't there has no lines."""
        space.forget_quarantine()
        try:
            kept = self._quarantine.get(quarantine_key(finding.object_key, finding.version))
        except ObjectGone:
            return
        space.take_quarantine(lines_of(kept.pieces()))

    def _note_stray(self, space: Workspace, key: str) -> None:
        if self._asked.whole and space.has_quarantine(key):
            self._report.strays.append(key)


def _not_done(ingestion: Ingestion | None, wanted: FileProfile | None) -> str:
    """Say why a file isn't done. wanted: by what it is to be read, where its ingestion says otherwise."""
    if ingestion is None:
        return "no ingestion was written about it"
    if wanted is not None:
        return f"it is to be read by version {wanted.version} of {wanted.feed}, and isn't yet"
    return f"its ingestion says it failed: {ingestion.error}"


class ReadingsPass:
    """Reads the stored readings after the files, and compares. began: when the audit did, UTC text."""

    def __init__(
        self, asked: AuditScope, target: Target, clients: Clients, report: AuditReport, tally: Tally, began: str
    ) -> None:
        """Keep the clients; nothing is called yet."""
        self._asked = asked
        self._target = target
        self._dynamodb = clients.dynamodb()
        self._order = S3VersionOrder(clients.s3(), target.bucket)
        self._report = report
        self._tally = tally
        self._began = began

    def read(self, space: Workspace, step: Step) -> None:
        """Take in the stored readings: all, or those of the intervals that the files bring."""
        table = self._target.readings_table
        if self._asked.whole:
            taken = 0
            for some in batched(scan_readings(self._dynamodb, table, self._asked.retention), _TOGETHER):
                self._note_later(space, some)
                space.add_stored(some)
                taken += len(some)
                step(f"{taken:,} stored readings")
            return
        for keys in space.brought_intervals():
            space.add_stored(
                kept for _, kept in read_readings(self._dynamodb, table, keys, self._asked.retention).values()
            )

    def _note_later(self, space: Workspace, stored: list[Kept]) -> None:
        """Take in the files that landed since the audit began, as far as stored readings name them."""
        for kept in stored:
            for version in kept.history.versions:
                provenance = version.provenance
                if provenance.landed_at >= self._began and not space.knows(provenance.source):
                    space.add_file(provenance.source, Listed(provenance.source, "", provenance.landed_at, 0), "unread")
                    self._tally.unread += 1

    def compare(self, space: Workspace) -> None:
        """Hold each interval's landings against what is stored; read what differs once more before it is reported."""
        judge = Judge(space.standing, self._order, complete=self._asked.whole and not self._tally.unread)
        suspects: list[StoredInterval] = []
        for interval in space.intervals():
            if interval.agreed:
                self._tally.first[interval.agreed] += 1
            elif compare(interval.brought, interval.kept, judge) is None:
                self._count(space, interval, interval.kept)
            else:
                suspects.append(interval)
                if len(suspects) == _AGAIN:
                    self._compare_again(space, suspects, judge)
                    suspects = []
        self._compare_again(space, suspects, judge)

    def _compare_again(self, space: Workspace, suspects: list[StoredInterval], judge: Judge) -> None:
        keys = [(each.site_id, each.timestamp) for each in suspects]
        found = read_readings(self._dynamodb, self._target.readings_table, keys, self._asked.retention)
        for interval in suspects:
            stored, kept = found.get((interval.site_id, interval.timestamp), (None, None))
            difference = compare(interval.brought, kept, judge)
            if difference is None:
                self._count(space, interval, kept)
            elif difference.kind == "missing":
                space.add_missing(each for each in interval.brought if each.processed)
            else:
                self._count(space, interval, Kept(difference.computed) if difference.computed else None)
            if difference is not None:
                self._report.differences += 1
                if len(self._report.wrong) < _MOST_DIFFERENCES:
                    self._report.wrong.append(Wrong(difference, stored))

    def _count(self, space: Workspace, interval: StoredInterval, kept: Kept | None) -> None:
        """Count for each file which of its records stored their reading first, and which may have been revisions."""
        if kept is None:
            return
        values = {landing(b.reading, b.provenance).current.identity for b in interval.brought}
        values |= {version.identity for version in kept.history.versions}
        for each in interval.brought:
            file = space.file_of(each.provenance.source)
            self._tally.not_full[file] += not each.processed and is_stored(each, kept)
            if each.provenance in kept.history.stored_by:
                self._tally.first[file] += 1
            elif len(values) > 1:
                self._tally.disputed[file] += 1
