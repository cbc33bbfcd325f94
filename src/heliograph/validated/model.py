"""An interval of the validated series, and sums of intervals: what each energy is made of."""

from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from typing import Final, Literal, get_args

import msgspec

from heliograph.estimation.model import Estimate
from heliograph.history import Values
from heliograph.reading import Measures

# From what is best known to what isn't known at all; of an interval's two sides the worse one is the interval's.
QualityCode = Literal["measured", "edited", "estimated", "missing"]
QUALITY_CODES: Final[tuple[QualityCode, ...]] = get_args(QualityCode)

NOTHING: Final[Values] = (None, None)
# Why an interval is missing that no reading ever covered.
NO_READING: Final = "no_reading"
# Energies have up to 36 digits, and a century of intervals adds 8: sums are exact.
_EXACT: Final = Context(prec=60)


class Interval(msgspec.Struct, frozen=True, gc=False):
    """One expected interval of a site.

    end: its END, seconds since 1970. seconds: its length. generated_kwh, consumed_kwh: the values used, exact; None
    where there is none. codes: what the two values are; None of a side that the site doesn't measure.
    reason: why the interval isn't measured: the method of an estimate, the edit's id, or of a missing one `no_reading`,
    the rule or the edit that excludes it; empty of a measured one.
    left_out: the measured energies that a flag or an edit excluded. flagged: whether its reading has an anomalous flag.
    """

    end: int
    seconds: int
    generated_kwh: Decimal | None
    consumed_kwh: Decimal | None
    codes: tuple[QualityCode | None, QualityCode | None]
    reason: str = ""
    left_out: Values = NOTHING
    flagged: bool = False

    @property
    def code(self) -> QualityCode:
        """The worse of its sides' codes; missing where it has none."""
        return worse(*self.codes)


# Estimates of each side, generated and consumed, by the ENDs of their intervals.
Estimates = tuple[Mapping[int, Estimate], Mapping[int, Estimate]]
NO_ESTIMATES: Final[Estimates] = ({}, {})


class DayFrame(msgspec.Struct, frozen=True):
    """What is known of a local day beside its readings.

    begin, ends: seconds since 1970; begin is later than its midnight where the site began in it. until: up to where
    intervals are expected: `ends`, or of a day that runs the END of its last reading. minutes: the length of an
    interval where no reading says it. measures: the sides that the site measures. estimates: those that are known.
    """

    begin: int
    ends: int
    until: int
    minutes: int
    measures: Measures = "both"
    estimates: Estimates = NO_ESTIMATES

    @property
    def sides(self) -> tuple[bool, bool]:
        """Whether the site measures what it generates, and what it consumes."""
        return self.measures != "consumed", self.measures != "generated"


class Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Some of a sum: how many intervals, and their energies, kWh, exact; None on a side that none of them has."""

    intervals: int = 0
    generated_kwh: Decimal | None = None
    consumed_kwh: Decimal | None = None

    def __add__(self, other: "Part") -> "Part":
        """Return both together."""
        if other is NO_PART or self is NO_PART:
            return self if other is NO_PART else other
        return Part(
            self.intervals + other.intervals,
            added(self.generated_kwh, other.generated_kwh),
            added(self.consumed_kwh, other.consumed_kwh),
        )


NO_PART: Final = Part()


class Sums(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What some expected intervals add up to.

    measured, estimated, edited: the values used, by what they are. Each interval is counted by its worse side; each
    energy stands where its own side's code says. missing: how many intervals have a side without any value.
    left_out: beside these, the measured energy that a flag or an edit excluded, and in how many intervals.
    flagged: how many intervals have a reading with an anomalous flag.
    """

    measured: Part = NO_PART
    estimated: Part = NO_PART
    edited: Part = NO_PART
    missing: int = 0
    left_out: Part = NO_PART
    flagged: int = 0

    @property
    def expected(self) -> int:
        """How many intervals these are: all that are expected, so far."""
        return self.measured.intervals + self.estimated.intervals + self.edited.intervals + self.missing

    @property
    def generated_kwh(self) -> Decimal | None:
        """The generated energy used, kWh, exact; None where there is none."""
        return total((self.measured.generated_kwh, self.estimated.generated_kwh, self.edited.generated_kwh))

    @property
    def consumed_kwh(self) -> Decimal | None:
        """The consumed energy used, kWh, exact; None where there is none."""
        return total((self.measured.consumed_kwh, self.estimated.consumed_kwh, self.edited.consumed_kwh))

    @property
    def completeness(self) -> float | None:
        """The share of the expected intervals that are measured or edited, 0 to 1; None where none is expected."""
        known = self.measured.intervals + self.edited.intervals
        return known / self.expected if self.expected else None

    def __add__(self, other: "Sums") -> "Sums":
        """Return both together."""
        return Sums(
            self.measured + other.measured,
            self.estimated + other.estimated,
            self.edited + other.edited,
            self.missing + other.missing,
            self.left_out + other.left_out,
            self.flagged + other.flagged,
        )


NO_SUMS: Final = Sums()


def worse(first: QualityCode | None, second: QualityCode | None) -> QualityCode:
    """Return the worse of the codes of two sides; missing where there is none."""
    if first == second or second is None:
        return first or "missing"
    return second if first is None else max(first, second, key=QUALITY_CODES.index)


def added(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    """Return the sum of two energies, exact; that which is there where the other is None."""
    if first is None or second is None:
        return second if first is None else first
    return _EXACT.add(first, second)


def total(energies: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the energies that are there, exact; None where none is."""
    found: Decimal | None = None
    for energy in energies:
        if energy is not None:
            found = energy if found is None else _EXACT.add(found, energy)
    return found
