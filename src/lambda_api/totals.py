"""Totals by hour, day and month of a site's own clock, as pure functions of its readings and days."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from heliograph.checks.flag import EXCLUDING
from heliograph.checks.plausible import AHEAD_SECONDS, is_summed, most_kwh
from heliograph.history import Assessed, Version
from heliograph.intervals import REACH, expected_so_far
from heliograph.reading import Reading, all_measured, format_timestamp, moment_of, net_kwh, total_kwh
from heliograph.series import UNKNOWN_DELAY, Point, is_sum_counted, lengths_of, series_of, site_at
from heliograph.site import Site
from heliograph.storage.sites import DayTotals
from heliograph.zones import local_hour, zone_of
from lambda_api.parameters import Period

if TYPE_CHECKING:
    from heliograph.registers import Note

_HOUR: Final = timedelta(hours=1)
_MINUTES: Final = 60
_DAY_SECONDS: Final = 86_400
_CLOCK_AHEAD: Final = "future_timestamp"


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What a site gave and took in an hour, day or month of its own clock."""

    label: Annotated[
        str,
        Meta(
            description="A month YYYY-MM, a local date YYYY-MM-DD, or the start of a local hour with its offset.",
            examples=["2026-11-22"],
        ),
    ]
    start: Annotated[str, Meta(description="When it begins, UTC.", examples=["2026-11-21T23:00:00Z"])]
    end: Annotated[
        str,
        Meta(
            description="When it ends, UTC; of a month that isn't over, or not asked for whole, the end of its last "
            "day with readings.",
            examples=["2026-11-22T23:00:00Z"],
        ),
    ]
    generated_kwh: Annotated[
        Decimal | None,
        Meta(
            description="Energy generated, kWh, exact, without values that can't be energy; null where it isn't "
            "measured.",
            examples=[212.75],
        ),
    ]
    consumed_kwh: Annotated[
        Decimal | None,
        Meta(
            description="Energy consumed, kWh, exact, without values that can't be energy; null where it isn't "
            "measured.",
            examples=[31.5],
        ),
    ]
    net_energy_kwh: Annotated[
        Decimal | None,
        Meta(
            description="Generated minus consumed, kWh, exact; of a site that measures one side that side, signed; "
            "null where a measured side has no value.",
            examples=[181.25],
        ),
    ]
    readings: Annotated[
        int,
        Meta(
            description="Readings of one interval each, a count; an energy over a gap is in the sums, not here.",
            examples=[288],
        ),
    ]
    expected: Annotated[
        int | None,
        Meta(
            description="Readings with none missing, a count; of an hour, null where the site's interval isn't "
            "registered.",
            examples=[288],
        ),
    ]
    expected_so_far: Annotated[
        int | None,
        Meta(
            description="Of these, those that would have come by now: of a period that is over all; a count. Never "
            "fewer than have come.",
            examples=[288],
        ),
    ]
    flagged: Annotated[
        int,
        Meta(
            description="Of a day or month, flags that its days have as a whole; of an hour, anomalous readings: a "
            "count.",
            examples=[0],
        ),
    ]


def by_day(days: Iterable[DayTotals], site: Site, now: datetime) -> list[Total]:
    """Return a total for each day."""
    return [_total(day.date, [day], site, now) for day in days]


def by_month(days: Iterable[DayTotals], site: Site, now: datetime) -> list[Total]:
    """Sum days up by month. days: oldest first."""
    return [_total(month, list(group), site, now) for month, group in groupby(days, key=lambda day: day.date[:7])]


def by_hour(readings: Iterable[Assessed], site: Site, now: datetime) -> list[Total]:
    """Sum readings up by the hours of the site's own clock. readings: oldest first."""
    zone = zone_of(site)
    hours = groupby(
        _measured(readings, site),
        key=lambda each: local_hour(moment_of(each.assessed.history.timestamp), zone).isoformat(),
    )
    return [_hour(label, list(group), site, now) for label, group in hours]


class _Measured(NamedTuple):
    """A reading that overlaps none before it. minutes: of its interval; None where nobody registered one.

    is_counted: whether it counts in sums; what can't be energy doesn't. begins: of an energy over a gap, which is of no
    single interval: when the gap begins, seconds since 1970.
    """

    assessed: Assessed
    minutes: int | None
    is_counted: bool
    begins: int | None = None


def _measured(readings: Iterable[Assessed], site: Site) -> list[_Measured]:
    """Return readings by the lengths of their intervals, without those that overlap another. readings: oldest first."""
    by_end = {end_of_interval(each): each for each in readings}
    series = series_of((_point(end, each.history.current) for end, each in by_end.items()), site)
    single = [
        _Measured(
            by_end[end],
            part.minutes if site.interval_minutes else None,
            is_summed(*energies, most) and not _is_excluded(by_end[end]),
        )
        for part in lengths_of(series, site).stretches
        for most in (most_kwh(site_at(site, part.minutes)),)
        for end, energies in zip(part.ends, part.exact, strict=True)
    ]
    if not series.sums:  # nearly always
        return single
    gaps = [
        _Measured(
            by_end[each.end],
            site.interval_minutes,
            is_sum_counted(each, site) and not _is_excluded(by_end[each.end]),
            each.begins,
        )
        for each in series.sums
    ]
    return sorted([*single, *gaps], key=lambda each: each.assessed.history.timestamp)


def _is_excluded(assessed: Assessed) -> bool:
    """Return whether a flag keeps a reading out of sums, as it does in a day's."""
    return any(flag.rule in EXCLUDING for flag in assessed.every_flag)


def _point(end: int, version: Version) -> Point:
    seconds, quality, is_partial, registers = version.said
    generated, consumed = version.values
    note: Note | None = "" if registers else None
    return Point(end, generated, consumed, UNKNOWN_DELAY, seconds, quality, is_partial, registers, note)


def _counted_since(begin: float, readings: Iterable[_Measured]) -> list[Reading]:
    """Return the readings that count in a sum from `begin` on: of energies over gaps those that lie in it whole."""
    return [
        each.assessed.history.reading
        for each in readings
        if each.is_counted and (each.begins is None or each.begins >= begin)
    ]


def _so_far(readings: int, expected: int, begins: float, ends: float, now: datetime) -> int:
    """Return how many of a period's readings would have come by now, never fewer than have come until it is over."""
    if now.timestamp() >= ends:
        return expected
    return max(readings, expected_so_far(expected, begins, ends, now.timestamp()))


def _total(label: str, days: list[DayTotals], site: Site, now: datetime) -> Total:
    generated = total_kwh(day.generated_kwh for day in days)
    consumed = total_kwh(day.consumed_kwh for day in days)
    measures = site.measures or all_measured(day.measures for day in days)
    return Total(
        label=label,
        start=format_timestamp(datetime.fromtimestamp(days[0].start, UTC)),
        end=format_timestamp(datetime.fromtimestamp(days[-1].ends, UTC)),
        generated_kwh=generated,
        consumed_kwh=consumed,
        net_energy_kwh=net_kwh(generated, consumed, measures),
        readings=sum(day.readings for day in days),
        expected=sum(day.expected for day in days),
        expected_so_far=sum(_so_far(day.readings, day.expected, day.start, day.ends, now) for day in days),
        flagged=sum(day.flags for day in days),
    )


def _hour(label: str, readings: list[_Measured], site: Site, now: datetime) -> Total:
    begins = datetime.fromisoformat(label)
    ends = begins.astimezone(UTC) + _HOUR
    come = sum(each.begins is None for each in readings)
    whole = round(_MINUTES / readings[0].minutes) if readings[0].minutes else None
    so_far = None if whole is None else _so_far(come, whole, begins.timestamp(), ends.timestamp(), now)
    kept = _counted_since(begins.timestamp(), readings)
    generated = total_kwh(each.energy_generated_kwh for each in kept)
    consumed = total_kwh(each.energy_consumed_kwh for each in kept)
    measures = site.measures or all_measured(each.assessed.history.reading.measures for each in readings)
    return Total(
        label=begins.isoformat(timespec="minutes"),
        start=format_timestamp(begins),
        end=format_timestamp(ends),
        generated_kwh=generated,
        consumed_kwh=consumed,
        net_energy_kwh=net_kwh(generated, consumed, measures),
        readings=come,
        expected=whole,
        expected_so_far=so_far,
        flagged=sum(each.assessed.anomaly for each in readings),
    )


def young_period(newest: int, expected: int, now: datetime) -> Period:
    """Return where a site's readings lie that its kept sums may lack, and those before them that they may overlap.

    newest: END of the newest reading in the sums, seconds since 1970. expected: a day's readings with none missing.
    What ends later than a clock may be ahead of now is left to the evaluation that sees it.
    """
    interval = _DAY_SECONDS // max(1, expected)
    begin = datetime.fromtimestamp(max(1, newest - REACH * interval), UTC)
    return Period(format_timestamp(begin), format_timestamp(now + timedelta(seconds=AHEAD_SECONDS + 1)))


def with_young(day: DayTotals, readings: Iterable[Assessed], site: Site) -> DayTotals:
    """Add the readings to a day that its kept sums don't hold yet.

    readings: oldest first, those of `young_period`: what overlaps a reading in the sums isn't counted a second time.
    """
    if not day.last_end:
        return day
    known = [each for each in readings if end_of_interval(each) <= day.ends]
    new = [each for each in _measured(known, site) if end_of_interval(each.assessed) > day.last_end]
    kept = _counted_since(day.start, new)
    return msgspec.structs.replace(
        day,
        readings=day.readings + sum(each.begins is None for each in new),
        generated_kwh=total_kwh((day.generated_kwh, *(each.energy_generated_kwh for each in kept))),
        consumed_kwh=total_kwh((day.consumed_kwh, *(each.energy_consumed_kwh for each in kept))),
        measures=all_measured((day.measures, *(each.assessed.history.reading.measures for each in new))),
    )


def is_ahead(assessed: Assessed) -> bool:
    """Return whether a reading's clock was ahead of its landing: it says nothing of when the site sent last."""
    return any(flag.rule == _CLOCK_AHEAD for flag in assessed.flags)


def end_of_interval(assessed: Assessed) -> int:
    """Return the END of a reading's interval, seconds since 1970."""
    return int(moment_of(assessed.history.timestamp).timestamp())
