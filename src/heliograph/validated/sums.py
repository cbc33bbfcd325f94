"""Sums of the validated series: of any intervals, and by the hours of a site's own clock.

A day is the sum of its hours, a month that of its days, a fleet that of its sites: each interval is in one hour, and
sums are exact.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

from heliograph.history import Values
from heliograph.site import Site
from heliograph.validated.model import NO_PART, NO_SUMS, Interval, Part, QualityCode, Sums, total
from heliograph.zones import local_hour, zone_of


def sums_of(intervals: Iterable[Interval]) -> Sums:
    """Return what some intervals add up to."""
    every = list(intervals)
    codes = [each.code for each in every]
    left_out = [each.left_out for each in every if each.left_out != (None, None)]
    return Sums(
        measured=_part(every, codes, "measured"),
        estimated=_part(every, codes, "estimated"),
        edited=_part(every, codes, "edited"),
        missing=codes.count("missing"),
        left_out=_of_pairs(left_out),
        flagged=sum(each.flagged for each in every),
    )


def _part(intervals: list[Interval], codes: list[QualityCode], code: QualityCode) -> Part:
    """Return what has a quality code: intervals by their worse side, each energy by its own side's code."""
    generated = total(each.generated_kwh for each in intervals if each.codes[0] == code)
    consumed = total(each.consumed_kwh for each in intervals if each.codes[1] == code)
    count = codes.count(code)
    return Part(count, generated, consumed) if count or (generated, consumed) != (None, None) else NO_PART


def _of_pairs(pairs: list[Values]) -> Part:
    return Part(len(pairs), total(each for each, _ in pairs), total(each for _, each in pairs)) if pairs else NO_PART


def by_hour(intervals: Iterable[Interval], site: Site) -> list[tuple[datetime, Sums]]:
    """Sum intervals up by the hours of the site's own clock, each with its begin; hours without any aren't there.

    intervals: oldest first. An interval lies in the hour that its last second is in; where the clocks go back, the hour
    that comes twice is two, with offsets of their own.
    """
    zone = zone_of(site)

    def hour_of(each: Interval) -> datetime:
        return local_hour(datetime.fromtimestamp(each.end, UTC), zone)

    hours = groupby(intervals, key=lambda each: hour_of(each).isoformat())
    return [(datetime.fromisoformat(hour), sums_of(of_hour)) for hour, of_hour in hours]


def together(sums: Iterable[Sums]) -> Sums:
    """Return the sum of sums: of a day's hours, a month's days, a fleet's sites."""
    return sum(sums, NO_SUMS)
