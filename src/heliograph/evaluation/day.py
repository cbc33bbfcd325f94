"""One site's day: its totals, and the few figures from which the site's baseline is fitted."""

from decimal import Decimal

import msgspec

from heliograph.checks.flag import Flag


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A local day of one site, a pure function of that day's readings and of the days before it.

    date: `YYYY-MM-DD` in the site's time zone; see `calendar` where that is unknown. start, ends: seconds since 1970; a
    reading belongs to the day its interval lies in: start < END <= ends. minutes: length of an interval.
    readings: how many there are. expected: how many there would be with none missing.
    generated_kwh, consumed_kwh: exact sums of the day's readings, without those whose value can't be energy (a
    sentinel, more than the site can give); left_out: how many these are.
    last_end: END of the newest reading in these sums, seconds since 1970; 0 where that wasn't kept.
    flags: what the day as a whole shows.
    shape: what the baseline is fitted from, see `baseline`. baseline: the one known before this day; empty where not
    worked out.
    """

    date: str
    start: int
    ends: int
    minutes: int
    readings: int
    expected: int
    generated_kwh: Decimal
    consumed_kwh: Decimal
    left_out: int = 0
    last_end: int = 0
    flags: tuple[Flag, ...] = ()
    shape: bytes = b""
    baseline: bytes = b""
