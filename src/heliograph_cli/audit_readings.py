"""The audit's pass over the stored readings: each interval's landings against what is stored, both ways."""

from collections.abc import Callable

from heliograph.audit.histories import Judge, Kept, compare, is_stored
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.listing import Listed, S3VersionOrder
from heliograph.storage.scans import read_readings, scan_readings
from heliograph_cli.audit_report import Asked, Report, Tally, Wrong
from heliograph_cli.audit_workspace import Interval, Workspace
from heliograph_cli.target import Target

# Differences are kept up to this many; all are counted.
_MOST_DIFFERENCES = 10_000
_TOGETHER = 1000
_AGAIN = 100

Step = Callable[[str], None]


class ReadingsPass:
    """Reads the stored readings after the files, and compares. began: when the audit did, UTC text."""

    def __init__(
        self, asked: Asked, target: Target, clients: Clients, report: Report, tally: Tally, began: str
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
        """Hold each interval's landings against what is stored; read what differs once more before it is told."""
        judge = Judge(space.standing, self._order, complete=self._asked.whole and not self._tally.unread)
        suspects: list[Interval] = []
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

    def _compare_again(self, space: Workspace, suspects: list[Interval], judge: Judge) -> None:
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

    def _count(self, space: Workspace, interval: Interval, kept: Kept | None) -> None:
        """Count for each file which of its records stored their reading first, and which may have been revisions."""
        if kept is None:
            return
        values = {(b.reading.energy_generated_kwh, b.reading.energy_consumed_kwh) for b in interval.brought}
        values |= {version.values for version in kept.history.versions}
        for each in interval.brought:
            file = space.file_of(each.provenance.source)
            self._tally.not_full[file] += not each.processed and is_stored(each, kept)
            if each.provenance == kept.history.inserted_by:
                self._tally.first[file] += 1
            elif len(values) > 1:
                self._tally.disputed[file] += 1
