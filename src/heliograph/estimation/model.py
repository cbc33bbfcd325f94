"""What goes into an estimate and what comes out: a gap, the neighbours, and estimated intervals."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from heliograph.estimation.hours import DayHours
from heliograph.registers import Side

# How an interval was estimated, in the order in which the methods are tried; a feed's own estimate is `feed`.
Method = Literal["feed", "known_sum", "interpolation", "neighbours", "profile"]


class Gap(msgspec.Struct, frozen=True):
    """Expected intervals of a site, one behind the other, of which a side has no usable value.

    side: that side. ends: ENDs of the intervals, seconds since 1970, ascending. seconds: length of each.
    known: what they add up to, kWh, where a counter or a catch-up says it; None where nothing does.
    before, after: the side's energy in the interval right before the first one and right behind the last one, kWh, each
    of `seconds`; None where that has no usable value or is of another length.
    """

    side: Side
    ends: list[int]
    seconds: int
    known: Decimal | None = None
    before: Decimal | None = None
    after: Decimal | None = None

    @property
    def begins(self) -> int:
        """Begin of the first interval, seconds since 1970."""
        return self.ends[0] - self.seconds


class Neighbour(msgspec.Struct, frozen=True):
    """A site of the same kind near the one that is estimated, whose sky or wind it shares.

    days: its measured hours, oldest first: those of the gap, and of the weeks before where they are known.
    """

    site_id: str
    days: Sequence[DayHours]


class Estimate(msgspec.Struct, frozen=True, gc=False):
    """An estimated interval. end: its END, seconds since 1970. kwh: its energy. method: how that was found."""

    end: int
    kwh: Decimal
    method: Method
