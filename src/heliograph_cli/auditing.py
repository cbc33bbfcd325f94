"""The passes of an audit, each in the order in which what it reads may change under it.

totals and ingests → the bucket's listing, each file decoded anew → the stored readings → interval by interval, both
ways → what still differs, read once more → the counts of each file → the totals

What lands after the listing isn't judged. What is processed meanwhile may be stored or not, and either is right.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import msgspec

import heliograph
from heliograph.assessed import Assessed
from heliograph.audit import (
    Counted,
    Difference,
    Finding,
    Judge,
    Kept,
    Standing,
    State,
    Sums,
    compare,
    compare_rejects,
    is_stored,
    miscounts,
    named,
    position_of,
    recount,
    sum_up,
    totals_differences,
    unread_state,
)
from heliograph.errors import ObjectGone, UnreadableFile
from heliograph.events import Landed, NotAnEvent, landed_objects
from heliograph.feed import DEFAULT_LIMIT_BYTES, Numbered, Reject, decode
from heliograph.history import Stamp
from heliograph.ingest import ITEM_IS_FULL, Ingest, contribution
from heliograph.object_keys import QUARANTINE, RAW, quarantine_key
from heliograph.reading import format_timestamp
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.ingests import read_ingest
from heliograph.storage.listing import Listed, S3VersionOrder, Walk, list_newest
from heliograph.storage.objects import S3Objects
from heliograph.storage.queue_depths import SqsDepths
from heliograph.storage.queues import SqsQueue
from heliograph.storage.scans import (
    read_readings,
    read_totals_by_shard,
    scan_ingests,
    scan_readings,
    scan_sites,
)
from heliograph.table_keys import ingest_id, site_totals_shard, totals_shard
from heliograph_cli.audit_workspace import File, Interval, Workspace
from heliograph_cli.target import Target

# A file may be on its way this long: the longest Lambda run, and the waits between three attempts.
_MAY_WAIT: Final = timedelta(minutes=30)
# Differences are kept up to this many; all are counted.
_MOST_DIFFERENCES: Final = 10_000
_TOGETHER: Final = 1000
_AGAIN: Final = 100

Step = Callable[[str], None]


class Asked(msgspec.Struct, frozen=True):
    """What is to be audited: keys below a prefix that landed at or after `since`, UTC text; how long all is kept."""

    prefix: str
    since: str
    retention: timedelta

    @property
    def whole(self) -> bool:
        """Whether that is everything, so that what no file brought can be told, and totals can be summed."""
        return self.prefix == RAW and not self.since


class Wrong(msgspec.Struct, frozen=True):
    """A reading that differs, with the item it was compared with; None where nothing is stored."""

    difference: Difference
    stored: Assessed | None


class Report(msgspec.Struct):
    """What an audit found.

    files: how many are in each state. findings: of those in which something is wrong. wrong: readings that differ, up
    to 10,000; differences: how many there are. recounted: ingests with the counts they should have. totals: by item of
    the running totals, what each count has too much. sites: with readings, and not registered. strays: quarantine files
    whose raw object has no such record, or isn't there. unlisted: folders in
    which a key can't be listed. not_checked: what this audit can't say, and why.
    """

    files: Counter[State]
    readings: int = 0
    rejects: int = 0
    findings: list[Finding] = []
    wrong: list[Wrong] = []
    differences: int = 0
    recounted: list[Ingest] = []
    totals: Sums = {}
    totals_were: Sums = {}
    sites: list[str] = []
    strays: list[str] = []
    unlisted: list[str] = []
    not_checked: list[str] = []

    @property
    def lost(self) -> list[Finding]:
        """Files of which something is lost."""
        return [each for each in self.findings if each.state == "lost"]

    @property
    def miscounted(self) -> list[Finding]:
        """Files whose ingest counts otherwise."""
        return [each for each in self.findings if each.state in {"miscounted", "gone"}]

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong, as far as was checked."""
        return not (self.findings or self.differences or self.totals or self.sites or self.strays)


class Auditor:
    """Audits a bucket against what is kept of it."""

    def __init__(self, asked: Asked, target: Target, clients: Clients, now: datetime) -> None:
        """Keep the clients; nothing is called yet."""
        self._asked = asked
        self._target = target
        self._dynamodb = clients.dynamodb()
        self._objects = S3Objects(clients.s3(), target.bucket, DEFAULT_LIMIT_BYTES)
        self._s3 = clients.s3()
        self._walk = Walk(clients.s3(attempts=1), target.bucket)
        self._sqs = clients.sqs()
        self._began = format_timestamp(now)
        self._young = format_timestamp(now - _MAY_WAIT)
        self._kept_since = format_timestamp(now - asked.retention)
        self._dead: set[tuple[str, str]] = set()
        self._waiting = 0
        self._first: Counter[int] = Counter()
        self._disputed: Counter[int] = Counter()
        self._full: Counter[int] = Counter()
        self._not_full: Counter[int] = Counter()
        self._unread = 0
        self._order = S3VersionOrder(self._s3, target.bucket)
        self._report = Report(Counter())

    def audit(self, space: Workspace, step: Step) -> Report:
        """Do all passes. step: is told what is being done."""
        step("dead letters")
        self._dead = _dead_objects(SqsQueue(self._sqs, self._target.dead_letter_queue_url))
        depth = SqsDepths(self._sqs, {"ingest": self._target.ingest_queue_url}).read()["ingest"]
        self._waiting = depth.waiting + depth.in_flight
        totals = self._read_ingests(space, step) if self._asked.whole else None
        for number, listed in enumerate(self._listed(space), 1):
            step(f"file {number:,}: {listed.key}")
            self._examine(space, listed)
        self._read_stored(space, step)
        step("comparing")
        self._compare(space)
        space.index_missing()
        for file in space.files():
            self._close(space, file)
        if totals is not None:
            self._sum(space, totals)
        self._report.unlisted = self._walk.unlisted
        self._note_limits(moving=totals is None)
        return self._report

    def _read_ingests(self, space: Workspace, step: Step) -> Sums | None:
        """Read all ingests, sites and totals; give the totals, or None where they changed meanwhile."""
        step("ingests and quarantine")
        space.add_quarantine(each.key for each in list_newest(self._s3, self._target.bucket, QUARANTINE))
        table = self._target.ingests_table
        before = read_totals_by_shard(self._dynamodb, table)
        for some in batched(scan_ingests(self._dynamodb, table), _TOGETHER):
            space.add_ingests(some)
        space.add_sites(scan_sites(self._dynamodb, self._target.sites_table))
        return before if before == read_totals_by_shard(self._dynamodb, table) else None

    def _listed(self, space: Workspace) -> Iterator[Listed]:
        """Give what the bucket lists; then what it doesn't list and an ingest names all the same."""
        yield from self._walk.versions(self._asked.prefix)
        if not self._asked.whole:
            return
        for ingest in list(space.ingests(unseen=True)):
            source = f"{ingest.object_key}@{ingest.version}" if ingest.version else ingest.object_key
            if space.knows(source):
                continue
            try:
                raw = self._objects.get(ingest.object_key, ingest.version)
            except ObjectGone:
                self._note_gone(ingest)
            else:
                yield Listed(raw.key, raw.version, raw.landed_at, raw.size_bytes)

    def _note_gone(self, ingest: Ingest) -> None:
        if ingest.state == "failed" or ingest.landed_at < self._kept_since:
            return
        told = f"it isn't in the bucket any more, so that its {ingest.records} records can't be checked"
        key, version, landed_at = ingest.object_key, ingest.version, ingest.landed_at
        self._report.files["gone"] += 1
        self._report.findings.append(Finding(key, version, landed_at, "gone", problems=(told,)))

    def _examine(self, space: Workspace, listed: Listed) -> None:
        """Decode one file anew, and look for its ingest and its quarantine."""
        source = f"{listed.key}@{listed.version}" if listed.version else listed.key
        expired = listed.landed_at < self._kept_since
        name = ingest_id(listed.key, listed.version, listed.landed_at)
        ingest = space.take_ingest(name) if self._asked.whole else None
        space.explain_quarantine(quarantine_key(listed.key, listed.version))
        if expired or listed.landed_at < self._asked.since:
            space.add_file(source, listed, "unread", ingest)
            self._report.files["expired"] += expired
            self._unread += 1
            return
        if not self._asked.whole:
            ingest = read_ingest(self._dynamodb, self._target.ingests_table, name)
        done = ingest is not None and ingest.state == "done"
        standing: Standing = "processed" if done else "unprocessed"
        file = space.add_file(source, listed, standing, ingest)
        finding = Finding(listed.key, listed.version, listed.landed_at, "stored")
        try:
            finding = self._decode(space, file, finding, ingest)
        except (UnreadableFile, ObjectGone) as error:
            space.drop_brought(file)
            self._unread += 1
            standing, problem = "unread", f"it can't be read: {error}"
            finding = msgspec.structs.replace(finding, state="lost", problems=(problem,))
        if not done:
            told = "no ingest was written about it" if ingest is None else f"its ingest says it failed: {ingest.error}"
            problems = finding.problems if standing == "unread" else (told,)
            finding = msgspec.structs.replace(finding, state="lost", problems=problems)
        space.set_finding(file, finding, standing)

    def _decode(self, space: Workspace, file: int, finding: Finding, ingest: Ingest | None) -> Finding:
        """Take in the readings of a file, and hold its rejects against its quarantine."""
        lines = self._quarantined(finding) if ingest is not None and ingest.refused else []
        full = {position_of(each) for each in lines if each.get("reason") == ITEM_IS_FULL}
        rejects: list[Reject] = []
        readings = 0
        body = self._objects.get(finding.object_key, finding.version).pieces()
        for batch in batched(decode(body), _TOGETHER):
            rejects += [entry for entry in batch if isinstance(entry, Reject)]
            numbered = [(entry.position, entry.reading) for entry in batch if isinstance(entry, Numbered)]
            readings += len(numbered)
            space.add_brought(file, numbered, full)
        if full:
            self._full[file] = len(full)
        problems: list[str] = []
        if ingest is not None and ingest.state == "done":
            problems = self._quarantine_problems(space, finding, rejects, lines, ingest)
        state: State = "lost" if problems else "stored"
        return msgspec.structs.replace(
            finding, state=state, readings=readings, rejects=len(rejects), problems=tuple(problems)
        )

    def _quarantined(self, finding: Finding) -> list[dict[str, object]]:
        """Read a file's quarantine; what can't be read of it is as if it weren't there."""
        with suppress(ObjectGone, msgspec.MsgspecError):
            body = self._objects.get(quarantine_key(finding.object_key, finding.version)).read()
            return [msgspec.json.decode(line, type=dict[str, object]) for line in body.splitlines()]
        return []

    def _quarantine_problems(
        self,
        space: Workspace,
        finding: Finding,
        rejects: list[Reject],
        lines: list[dict[str, object]],
        ingest: Ingest,
    ) -> list[str]:
        key = quarantine_key(finding.object_key, finding.version)
        if not rejects and not ingest.refused:
            if self._asked.whole and space.has_quarantine(key):
                self._report.strays.append(key)
            return []
        lines = lines or self._quarantined(finding)
        source = f"{finding.object_key}@{finding.version}" if finding.version else finding.object_key
        kept = [each for each in lines if each.get("reason") != ITEM_IS_FULL]
        stamp = Stamp(finding.landed_at, source, 0)
        found = compare_rejects(rejects, kept, stamp, reasons=ingest.code_version == heliograph.__version__)
        return found.problems(len(rejects))

    def _read_stored(self, space: Workspace, step: Step) -> None:
        """Take in the stored readings: all, or those of the intervals that the files bring."""
        table = self._target.readings_table
        if self._asked.whole:
            taken = 0
            for some in batched(scan_readings(self._dynamodb, table), _TOGETHER):
                self._note_later(space, some)
                space.add_stored(some)
                taken += len(some)
                step(f"{taken:,} stored readings")
            return
        for keys in space.brought_intervals():
            space.add_stored(kept for _, kept in read_readings(self._dynamodb, table, keys).values())

    def _note_later(self, space: Workspace, stored: list[Kept]) -> None:
        """Take in the files that landed since the audit began, as far as stored readings name them."""
        for kept in stored:
            for version in kept.history.versions:
                stamp = version.stamp
                if stamp.landed_at >= self._began and not space.knows(stamp.source):
                    space.add_file(stamp.source, Listed(stamp.source, "", stamp.landed_at, 0), "unread")
                    self._unread += 1

    def _compare(self, space: Workspace) -> None:
        """Hold each interval's landings against what is stored; read what differs once more before it is told."""
        judge = Judge(space.standing, self._order, complete=self._asked.whole and not self._unread)
        suspects: list[Interval] = []
        for interval in space.intervals():
            if interval.agreed:
                self._first[interval.agreed] += 1
            elif compare(interval.brought, interval.kept, judge) is None:
                self._count(space, interval, interval.kept)
            else:
                suspects.append(interval)
                if len(suspects) == _AGAIN:
                    self._compare_again(space, suspects, judge)
                    suspects = []
        self._compare_again(space, suspects, judge)

    def _compare_again(self, space: Workspace, suspects: list[Interval], judge: Judge) -> None:
        keys = [(each.site_id, each.timestamp) for each in suspects]
        found = read_readings(self._dynamodb, self._target.readings_table, keys)
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

    def _count(self, space: Workspace, interval: Interval, kept: Kept | None) -> None:
        """Count for each file which of its records stored their reading first, and which may have been revisions."""
        if kept is None:
            return
        values = {(b.reading.energy_generated_kwh, b.reading.energy_consumed_kwh) for b in interval.brought}
        values |= {version.values for version in kept.history.versions}
        for each in interval.brought:
            file = space.file_of(each.stamp.source)
            self._not_full[file] += not each.processed and is_stored(each, kept)
            if each.stamp == kept.history.inserted_by:
                self._first[file] += 1
            elif len(values) > 1:
                self._disputed[file] += 1

    def _close(self, space: Workspace, file: File) -> None:
        """Come to what is to be said of a file."""
        finding, ingest = file.finding, file.ingest
        if finding is None:
            return
        self._report.readings += finding.readings
        self._report.rejects += finding.rejects
        missing = space.missing(file.id)
        if missing:
            told = f"{named(missing)} of {finding.readings} readings aren't stored"
            finding = msgspec.structs.replace(finding, state="lost", problems=(told, *finding.problems))
        if (both := self._not_full[file.id]) and file.standing == "processed":
            told = f"{both} of {finding.readings} readings are stored, and stand in quarantine all the same"
            finding = msgspec.structs.replace(finding, state="lost", problems=(told, *finding.problems))
        if finding.state == "lost":
            state = unread_state(
                in_dead_letters=(finding.object_key, finding.version) in self._dead,
                may_wait=file.standing != "processed"
                and (ingest is None or ingest.state != "done")
                and (finding.landed_at >= self._young or self._waiting > 0),
            )
            finding = msgspec.structs.replace(finding, state=state)
        elif ingest is not None:
            first, disputed, full = self._first[file.id], self._disputed[file.id], self._full[file.id]
            counted = Counted(finding.readings, finding.rejects, first, disputed, full)
            if problems := miscounts(counted, ingest, file.size_bytes):
                finding = msgspec.structs.replace(finding, state="miscounted", problems=tuple(problems))
                self._report.recounted.append(recount(counted, ingest, file.size_bytes))
        self._report.files[finding.state] += 1
        if finding.state in {"lost", "miscounted"}:
            self._report.findings.append(finding)

    def _sum(self, space: Workspace, totals: Sums) -> None:
        """Hold each item of the running totals against the sums over all ingests and sites, and look for strangers."""
        sums: Sums = {}
        for ingest in space.ingests():
            sum_up(sums, totals_shard(ingest.id), contribution(ingest))
        for site in space.sites():
            sum_up(sums, site_totals_shard(site), {"sites": 1})
        over = totals_differences(totals, sums)
        if self._report.files["expired"]:
            over = {s: {n: a for n, a in each.items() if a < 0} for s, each in over.items()}
        self._report.totals = {shard: amounts for shard, amounts in over.items() if amounts}
        self._report.totals_were = totals
        self._report.sites = space.unregistered()
        self._report.strays += space.unexplained_quarantine()

    def _note_limits(self, *, moving: bool) -> None:
        told = self._report.not_checked
        if not self._asked.whole:
            told.append("part of the bucket: the fleet's totals, and readings that no file brought, aren't checked")
        elif moving:
            told.append("the totals changed while they were read: files are being processed; audit once more")
        if expired := self._report.files["expired"]:
            told.append(
                f"{expired} files are older than readings are kept: totals may be higher than what can be summed"
            )
        for folder in self._report.unlisted:
            told.append(f"a key below {folder} can't be listed: others with unusual signs there may be left out")


def _dead_objects(queue: SqsQueue) -> set[tuple[str, str]]:
    """Give key and version of every object that a dead letter names."""
    letters = queue.take_all()
    queue.release(letters)
    return {(landed.key, landed.version) for letter in letters for landed in _landed(letter.body)}


def _landed(body: str) -> Iterator[Landed]:
    with suppress(NotAnEvent):
        yield from landed_objects(body)
