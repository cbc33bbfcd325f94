"""What goes into an evaluation and what comes out: stored readings, days, and the result."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from heliograph.checks.flag import Flag, holding, is_anomalous
from heliograph.reading import Measures, text_of
from heliograph.series import Lengths, Point
from heliograph.validated.model import Part, Sums

# A reading's flags depend on readings this far before and behind it; those before the first judged one are its context.
CONTEXT_SECONDS: Final = 24 * 3600

# rule, END -> could this rule have flagged the reading that ends then? Zero output can't be seen at night.
CouldFlag = Callable[[str, int], bool]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A local day of one site, a pure function of that day's readings and of the days before it.

    date: `YYYY-MM-DD` in the site's time zone; see `zones` where that is unknown. start, ends: seconds since 1970; a
    reading belongs to the day its interval lies in: start < END <= ends. minutes: length of its last interval.
    readings: how many there are, without those that overlap another. expected: how many there would be with none
    missing.
    generated_kwh, consumed_kwh: exact sums of the values used; None on a side that has none. parts: what these are made
    of; None where all of the day is measured and nothing is said of it. See `sums`.
    measures: the sides that are measured, as far as the readings tell; see `Reading.measures`.
    last_end: END of the newest reading in these sums, seconds since 1970; 0 where that wasn't kept.
    flags: what the day as a whole shows.
    shape: what the baseline is fitted from, see `baseline`. baseline: the one known before this day; empty where not
    worked out.
    estimates: of its intervals without a usable value, packed; they are kept, since what they were made of changes.
    hours: what was measured in each hour, packed.
    """

    date: str
    start: int
    ends: int
    minutes: int
    readings: int
    expected: int
    generated_kwh: Decimal | None = None
    consumed_kwh: Decimal | None = None
    measures: Measures = "both"
    parts: Sums | None = None
    last_end: int = 0
    flags: tuple[Flag, ...] = ()
    shape: bytes = b""
    baseline: bytes = b""
    estimates: bytes = b""
    hours: bytes = b""

    @property
    def sums(self) -> Sums:
        """What its intervals add up to so far."""
        return self.parts or Sums(measured=Part(self.readings, self.generated_kwh, self.consumed_kwh))


class EvaluationResult(msgspec.Struct, frozen=True):
    """What an evaluation found of one site; a pure function of its readings and of the days before them.

    minutes: length of the site's interval, of its last readings.
    judged: the ENDs of the readings judged, ascending; earlier ones were only context.
    flags: what the checks over time (never the single-reading checks) have against judged readings, by END; a judged
        reading without an entry has none.
    days: the days seen whole up to now, by local date `YYYY-MM-DD`; each with its own flags (`incomplete_day`,
        `level_shift`, `time_shift`).
    no_data: the flag of a site that has stopped sending, as of now; None while it sends.
    last_end: END of the newest reading that lies in the past; None where there is none in the window.
    first_end: END of the earliest reading in the window, context included; None where there is none.
    young: the ENDs of flagged readings that landed within the last hours: more of what landed with them may still come.
    operation: when the site's operation begins and ends, as `Site.in_operation` says.
    began: when the evaluation began, before it read anything, seconds since 1970; 0 where that isn't known.
    could_flag: whether a rule could have flagged a judged reading, for counting clean readings.
    intervals: the stretches of readings of one interval each: END of the first, and the interval's length in minutes.
    lengths: the readings, taken apart by length.
    """

    minutes: int
    judged: list[int]
    flags: dict[int, tuple[Flag, ...]]
    days: dict[str, Day]
    no_data: Flag | None
    last_end: int | None
    could_flag: CouldFlag
    first_end: int | None = None
    began: int = 0
    young: frozenset[int] = frozenset()
    operation: tuple[int | None, int | None] = (None, None)
    intervals: list[tuple[int, int]] = []
    lengths: Lengths = Lengths([], [])

    def minutes_at(self, end: int) -> int:
        """Return the length of the interval that ends at `end`, minutes."""
        return next((minutes for first, minutes in reversed(self.intervals) if first <= end), self.minutes)


class StoredReading(Point, frozen=True, gc=False):
    """A stored reading: a point of the series, and what was found of it.

    flags: the processor's. watched: the watch's. merges: how often its item was changed. aside: see `Assessed`.
    """

    flags: tuple[Flag, ...] = ()
    watched: tuple[Flag, ...] = ()
    merges: int = 0
    aside: tuple[str, ...] = ()

    @property
    def timestamp(self) -> str:
        """END of the interval, UTC text."""
        return text_of(self.end)

    @property
    def anomaly(self) -> bool:
        """Return whether any flag that holds is more than information."""
        return is_anomalous((*holding(self.flags, self.aside), *self.watched))


class FlagUpdate(msgspec.Struct, frozen=True):
    """A reading as it was read, and what the watch finds of it now; aside: see `Assessed`."""

    kept: StoredReading
    watched: tuple[Flag, ...]
    aside: tuple[str, ...] = ()

    @property
    def anomaly(self) -> bool:
        """Return whether any flag that holds is more than information, now."""
        return self.after.anomaly

    @property
    def after(self) -> StoredReading:
        """The reading once the change is written."""
        kept = self.kept
        return msgspec.structs.replace(kept, watched=self.watched, merges=kept.merges + 1, aside=self.aside)
