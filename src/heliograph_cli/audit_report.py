"""An audit's options, its findings, and the counts that its passes share."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec

from heliograph.audit.counts import Finding, FindingState, ShardSums
from heliograph.audit.histories import Difference
from heliograph.history import Assessed
from heliograph.ingestion import Ingestion
from heliograph.object_keys import RAW
from heliograph.reading import format_timestamp


class AuditScope(msgspec.Struct, frozen=True):
    """What is to be audited: keys below a prefix that landed at or after `since`, UTC text; how long all is kept.

    now: when it is asked.
    """

    prefix: str
    since: str
    retention: timedelta
    now: datetime

    @property
    def kept_since(self) -> str:
        """Since when what landed is kept, UTC text."""
        return format_timestamp(self.now - self.retention)

    @property
    def whole(self) -> bool:
        """Return whether that is everything: only then unbrought readings can be found and totals summed."""
        return self.prefix == RAW and not self.since


class Wrong(msgspec.Struct, frozen=True):
    """A reading that differs, with the item it was compared with; None where nothing is stored."""

    difference: Difference
    stored: Assessed | None


class AuditReport(msgspec.Struct):
    """What an audit found.

    files: how many are in each state. findings: of those in which something is wrong. wrong: readings that differ, up
    to 10,000; differences: how many there are. recounted: ingestions with the counts they should have. totals: by item
    of the running totals, what each count has too much. sites: with readings, and not registered. strays: quarantine
    files whose raw object has no such record, or isn't there. unlisted: folders in
    which a key can't be listed. not_checked: what this audit can't say, and why.
    """

    files: Counter[FindingState]
    readings: int = 0
    rejected_records: int = 0
    findings: list[Finding] = []
    wrong: list[Wrong] = []
    differences: int = 0
    recounted: list[Ingestion] = []
    totals: ShardSums = {}
    totals_were: ShardSums = {}
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
        """Files whose ingestion counts otherwise."""
        return [each for each in self.findings if each.state in {"miscounted", "gone"}]

    @property
    def is_right(self) -> bool:
        """Return whether nothing is wrong, as far as was checked."""
        return not (self.findings or self.differences or self.totals or self.sites or self.strays)


class Tally(msgspec.Struct):
    """What the passes count, by the number of a file.

    first: intervals that it stored first. disputed: its other records whose interval was landed with several values.
    full: its readings that may be in quarantine since their item is full. not_full: those of them that are stored all
    the same. unread: how many files weren't read.
    """

    first: Counter[int] = msgspec.field(default_factory=Counter)
    disputed: Counter[int] = msgspec.field(default_factory=Counter)
    full: Counter[int] = msgspec.field(default_factory=Counter)
    not_full: Counter[int] = msgspec.field(default_factory=Counter)
    unread: int = 0
