"""Totals by hour, day and month, as pure functions of a site's readings and days."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

import msgspec

from heliograph.assessed import Assessed
from heliograph.checks.plausible import is_summed, most_kwh
from heliograph.reading import format_timestamp, moment_of, net_kwh
from heliograph.site import Site
from heliograph.storage.day_pages import DayTotals
from heliograph.zones import local_hour, zone_of

_HOUR: Final = timedelta(hours=1)
_MINUTES: Final = 60
_NOTHING: Final = Decimal(0)


class Total(msgspec.Struct, frozen=True):
    """A stretch of time, summed up. start, end: UTC. expected: None where the site's interval isn't known."""

    label: str
    start: datetime
    end: datetime
    generated_kwh: Decimal
    consumed_kwh: Decimal
    readings: int
    expected: int | None
    flagged: int

    @property
    def shape(self) -> dict[str, Any]:
        """The same as `models.Total`."""
        return {
            "label": self.label,
            "start": format_timestamp(self.start),
            "end": format_timestamp(self.end),
            "generated_kwh": self.generated_kwh,
            "consumed_kwh": self.consumed_kwh,
            "net_energy_kwh": net_kwh(self.generated_kwh, self.consumed_kwh),
            "readings": self.readings,
            "expected": self.expected,
            "flagged": self.flagged,
        }


def by_day(days: Iterable[DayTotals]) -> list[Total]:
    """Return a total for each day."""
    return [_total(day.date, [day]) for day in days]


def by_month(days: Iterable[DayTotals]) -> list[Total]:
    """Sum days up by month. days: oldest first."""
    return [_total(month, list(group)) for month, group in groupby(days, key=lambda day: day.date[:7])]


def by_hour(readings: Iterable[Assessed], site: Site) -> list[Total]:
    """Sum readings up by the hours of the site's own clock. readings: oldest first."""
    zone = zone_of(site)
    hours = groupby(readings, key=lambda each: local_hour(moment_of(each.history.timestamp), zone).isoformat())
    return [_hour(label, list(group), site) for label, group in hours]


def _total(label: str, days: list[DayTotals]) -> Total:
    return Total(
        label=label,
        start=datetime.fromtimestamp(days[0].start, UTC),
        end=datetime.fromtimestamp(days[-1].ends, UTC),
        generated_kwh=sum((day.generated_kwh for day in days), _NOTHING),
        consumed_kwh=sum((day.consumed_kwh for day in days), _NOTHING),
        readings=sum(day.readings for day in days),
        expected=sum(day.expected for day in days),
        flagged=sum(day.flags for day in days),
    )


def _hour(label: str, readings: list[Assessed], site: Site) -> Total:
    kept = [each.history.reading for each in readings if is_counted(each, site)]
    begins = datetime.fromisoformat(label)
    return Total(
        label=begins.isoformat(timespec="minutes"),
        start=begins.astimezone(UTC),
        end=begins.astimezone(UTC) + _HOUR,
        generated_kwh=sum((each.energy_generated_kwh for each in kept), _NOTHING),
        consumed_kwh=sum((each.energy_consumed_kwh for each in kept), _NOTHING),
        readings=len(readings),
        expected=round(_MINUTES / site.interval_minutes) if site.interval_minutes else None,
        flagged=sum(each.anomaly for each in readings),
    )


def is_counted(assessed: Assessed, site: Site) -> bool:
    """Return whether a reading counts in a site's sums: what can't be energy is left out."""
    return is_summed(*assessed.history.current.values, most_kwh(site))
