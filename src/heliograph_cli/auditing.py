"""The passes of an audit, each in the order in which what it reads may change under it.

totals and ingestions → the bucket's listing, each file decoded anew → the stored readings → interval by interval, both
ways → what still differs, read once more → the counts of each file → the totals

What lands after the listing isn't judged. What is processed meanwhile may be stored or not, and either is right.
"""

from collections import Counter
from datetime import timedelta
from typing import Final

import msgspec

from heliograph.audit.counts import (
    Counted,
    ShardSums,
    miscounts,
    recount,
    sum_up,
    totals_differences,
    unread_state,
)
from heliograph.events import versions_named
from heliograph.formatting import count
from heliograph.ingestion import contribution
from heliograph.object_keys import QUARANTINE
from heliograph.reading import format_timestamp
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.listing import list_newest
from heliograph.storage.queues import SqsDepths, SqsQueue
from heliograph.storage.scans import read_totals_by_shard, scan_ingestions, scan_sites
from heliograph.table_keys import site_totals_shard, totals_shard
from heliograph_cli.audit_passes import FilesPass, ReadingsPass, Step
from heliograph_cli.audit_report import AuditReport, AuditScope, Tally
from heliograph_cli.audit_workspace import File, Workspace
from heliograph_cli.target import Target

# A file may be on its way this long: the longest Lambda run, and the waits between three attempts.
_MAY_WAIT: Final = timedelta(minutes=30)
_TOGETHER: Final = 1000


class Auditor:
    """Audits a bucket against what is kept of it."""

    def __init__(self, asked: AuditScope, target: Target, clients: Clients) -> None:
        """Keep the clients; nothing is called yet."""
        self._asked = asked
        self._target = target
        self._dynamodb = clients.dynamodb()
        self._s3 = clients.s3()
        self._sqs = clients.sqs()
        self._young = format_timestamp(asked.now - _MAY_WAIT)
        self._dead: set[tuple[str, str]] = set()
        self._waiting = 0
        self._tally = Tally()
        self._report = AuditReport(Counter())
        self._files = FilesPass(asked, target, clients, self._report, self._tally)
        self._readings = ReadingsPass(asked, target, clients, self._report, self._tally, format_timestamp(asked.now))

    def audit(self, space: Workspace, step: Step) -> AuditReport:
        """Do all passes. step: is called with what is being done."""
        step("dead letters")
        queue = SqsQueue(self._sqs, self._target.dead_letter_queue_url)
        dead_letters = queue.take_all()
        queue.release(dead_letters)
        self._dead = versions_named(dead_letter.body for dead_letter in dead_letters)
        depth = SqsDepths(self._sqs, {"ingest": self._target.ingest_queue_url}).read()["ingest"]
        self._waiting = depth.waiting + depth.in_flight
        totals = self._read_ingestions(space, step) if self._asked.whole else None
        for number, listed in enumerate(self._files.listed(space), 1):
            step(f"file {number:,}: {listed.key}")
            self._files.examine(space, listed)
        self._readings.read(space, step)
        step("comparing")
        self._readings.compare(space)
        space.index_missing()
        for file in space.files():
            self._close(space, file)
        if totals is not None:
            self._sum(space, totals)
        self._report.unlisted = self._files.unlisted
        self._note_limits(moving=totals is None)
        return self._report

    def _read_ingestions(self, space: Workspace, step: Step) -> ShardSums | None:
        """Read all ingestions, sites and totals; return the totals, or None where they changed meanwhile."""
        step("ingestions and quarantine")
        kept = list_newest(self._s3, self._target.bucket, QUARANTINE)
        space.add_quarantine(each.key for each in kept if each.size_bytes)  # an empty one holds nothing any more
        table = self._target.ingestions_table
        before = read_totals_by_shard(self._dynamodb, table)
        for some in batched(scan_ingestions(self._dynamodb, table), _TOGETHER):
            space.add_ingestions(some)
        space.add_sites(scan_sites(self._dynamodb, self._target.sites_table))
        return before if before == read_totals_by_shard(self._dynamodb, table) else None

    def _close(self, space: Workspace, file: File) -> None:
        """Come to what is to be said of a file."""
        finding, ingestion = file.finding, file.ingestion
        if finding is None:
            return
        self._report.readings += finding.readings
        self._report.rejected_records += finding.rejected_records
        missing = space.missing(file.id)
        if missing.count:
            problem = f"{missing} of {finding.readings} readings aren't stored"
            finding = msgspec.structs.replace(finding, state="lost", problems=(problem, *finding.problems))
        if (both := self._tally.not_full[file.id]) and file.standing == "processed":
            problem = f"{both} of {finding.readings} readings are stored, and stand in quarantine all the same"
            finding = msgspec.structs.replace(finding, state="lost", problems=(problem, *finding.problems))
        if finding.state == "lost":
            state = unread_state(
                in_dead_letters=(finding.object_key, finding.version) in self._dead,
                may_wait=file.standing != "processed"
                and (ingestion is None or ingestion.state != "done")
                and (finding.landed_at >= self._young or self._waiting > 0),
            )
            finding = msgspec.structs.replace(finding, state=state)
        elif ingestion is not None:
            first, disputed = self._tally.first[file.id], self._tally.disputed[file.id]
            full = self._tally.full[file.id]
            counted = Counted(finding.readings, finding.rejected_records, first, disputed, full, finding.blank)
            if problems := miscounts(counted, ingestion, file.size_bytes):
                finding = msgspec.structs.replace(finding, state="miscounted", problems=tuple(problems))
                self._report.recounted.append(recount(counted, ingestion, file.size_bytes))
        self._report.files[finding.state] += 1
        if finding.state in {"lost", "miscounted"}:
            self._report.findings.append(finding)

    def _sum(self, space: Workspace, totals: ShardSums) -> None:
        """Hold each item of the running totals against the sums over ingestions and sites, and look for strangers."""
        sums: ShardSums = {}
        for ingestion in space.ingestions():
            sum_up(sums, totals_shard(ingestion.id), contribution(ingestion))
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
        notes = self._report.not_checked
        if not self._asked.whole:
            notes.append("part of the bucket: the fleet's totals, and readings that no file brought, aren't checked")
        elif moving:
            notes.append("the totals changed while they were read: files are being processed; audit once more")
        if expired := self._report.files["expired"]:
            notes.append(
                f"{count(expired, 'file is', 'files are')} older than the retention of readings: totals may be higher "
                "than what can be summed"
            )
        for folder in self._report.unlisted:
            notes.append(f"a key below {folder} can't be listed: others with unusual signs there may be left out")
