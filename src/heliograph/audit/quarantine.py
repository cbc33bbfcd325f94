"""The audit of quarantine: a file's rejected records, compared with the lines that are kept of them.

Neither is held as a whole: a file may have millions of bad records.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import msgspec

from heliograph.feed import RejectedRecord
from heliograph.history import Provenance

AuditedLine = Mapping[str, object]

# What differs is named up to this many; the count is always whole.
_MOST_NAMED = 5


class Positions(msgspec.Struct):
    """Positions of records: how many, and the first few."""

    count: int = 0
    first: list[int] = []

    def add(self, position: int) -> None:
        """Take in one more."""
        self.count += 1
        if len(self.first) <= _MOST_NAMED:
            self.first.append(position)

    def __str__(self) -> str:
        """Count the records, and name the first of them."""
        more = ", …" if self.count > _MOST_NAMED else ""
        return f"{self.count} (records {', '.join(map(str, self.first[:_MOST_NAMED]))}{more})"


class QuarantineDifference(msgspec.Struct):
    """How the quarantine file of an object differs from what it should hold."""

    missing: Positions = msgspec.field(default_factory=Positions)
    changed: Positions = msgspec.field(default_factory=Positions)
    extra: Positions = msgspec.field(default_factory=Positions)

    def problems(self, rejected_records: int) -> list[str]:
        """Return a sentence for each kind of difference. rejected_records: how many records should be there."""
        sentences = []
        if self.missing.count:
            sentences.append(f"{self.missing} of {rejected_records} rejected records aren't in quarantine")
        if self.changed.count:
            sentences.append(f"{self.changed} of {rejected_records} rejected records stand otherwise in quarantine")
        if self.extra.count:
            sentences.append(f"{self.extra} in quarantine aren't rejected records of the file")
        return sentences


class _Run(msgspec.Struct):
    """A line, while the records that it stands for go by: through which position, how many it says, how many came.

    last: the position of the last that came. is_same: whether the line says what its first record is.
    """

    position: int
    through: int
    says: object
    is_same: bool
    came: int = 0
    last: int = 0

    @property
    def is_right(self) -> bool:
        """Return whether it says what its records are, counts them, and ends with the last."""
        return self.is_same and self.last == self.through and self.came == self.says


class QuarantineComparison:
    """Compares a file's rejected records with its quarantine, each in the order of positions.

    lines: those of the quarantine file, sorted; they are first asked for when there is something to compare.
    provenance: the file's; its position says nothing. reasons: whether their words count, which another version of the
    processor may have written otherwise.
    """

    def __init__(self, lines: Iterable[AuditedLine], provenance: Provenance, *, reasons: bool) -> None:
        """Begin before the first record."""
        self._lines = groupby(lines, position_of)
        self._origin = {"source": provenance.source, "landed_at": provenance.landed_at}
        self._reasons = reasons
        self._next: tuple[int, Iterator[AuditedLine]] | None = None
        self._begun = False
        self._runs: list[_Run] = []
        # As far as the line above reaches; what stands within isn't missing.
        self._reaches = 0
        self._found = QuarantineDifference()
        self.rejected_records = 0

    def add(self, rejected: RejectedRecord) -> None:
        """Take in the file's next rejected record."""
        self.rejected_records += 1
        line = self._line_at(rejected.position)
        self._end_runs(before=rejected.position)
        if line is not None:
            through = line.get("through") or rejected.position
            same = self._is_same(rejected, line) and isinstance(through, int)
            self._runs.append(
                _Run(rejected.position, through if isinstance(through, int) else 0, line.get("records", 1), same)
            )
        elif rejected.position > self._reaches:
            self._found.missing.add(rejected.position)
        for run in self._runs:
            run.came, run.last = run.came + 1, rejected.position

    def end(self) -> QuarantineDifference:
        """Return what differs, after the last rejected record."""
        self._line_at(None)
        self._end_runs(before=None)
        return self._found

    def _line_at(self, position: int | None) -> AuditedLine | None:
        """Return the line of a position, if there is one; note the lines before it as extra. None: the end."""
        if not self._begun:
            self._begun, self._next = True, next(self._lines, None)
        while self._next and (position is None or self._next[0] <= position):
            at, same_place = self._next
            # Of lines that say the same position the last counts, and the others are too many.
            line, more = _last(same_place)
            self._next = next(self._lines, None)
            through = line.get("through")
            self._reaches = through if isinstance(through, int) else self._reaches
            if more or at != position:
                self._found.extra.add(at)
            if at == position:
                return line
        return None

    def _end_runs(self, *, before: int | None) -> None:
        """Judge the lines whose records have all gone by."""
        going = []
        for run in self._runs:
            if before is not None and run.through >= before:
                going.append(run)
            elif not run.is_right:
                self._found.changed.add(run.position)
        self._runs = going

    def _is_same(self, rejected: RejectedRecord, line: AuditedLine) -> bool:
        """Compare a rejected record with its line; one that leaves a field out says the same as an empty one."""
        expected = {**msgspec.structs.asdict(rejected), **self._origin}
        # A line that stands for several records has words of its own.
        if not self._reasons or "through" in line:
            del expected["reason"]
        return all((line.get(name) or None) == (value or None) for name, value in expected.items())


def position_of(line: AuditedLine) -> int:
    """Return the position that a line of quarantine says it has; 0 where it says none."""
    position = line.get("position")
    return position if isinstance(position, int) else 0


def _last(lines: Iterator[AuditedLine]) -> tuple[AuditedLine, bool]:
    """Return the last of some lines, and whether there are others; at least one is there."""
    line, more = next(lines), False
    for each in lines:
        line, more = each, True
    return line, more
