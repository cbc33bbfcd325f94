"""A site at a glance, as a pure function of its registry entry, its last two days and where its rules stand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from heliograph.incidents.incident import Head, SiteState
from heliograph.reading import format_timestamp, net_kwh
from heliograph.site import Site
from heliograph.storage.day_pages import DayTotals
from heliograph.watching.calendar import span_of

_SILENT: Final = "silent"
_SEVERITIES: Final = ("info", "warning", "critical")  # from the mildest to the worst


class Dates(msgspec.Struct, frozen=True):
    """A site's local dates, `YYYY-MM-DD`."""

    today: str
    yesterday: str


class Known(msgspec.Struct, frozen=True):
    """What is known of a site's last two days and its rules; None where nothing is."""

    today: DayTotals | None
    yesterday: DayTotals | None
    state: SiteState | None

    @property
    def days(self) -> list[DayTotals]:
        """The days there are."""
        return [day for day in (self.today, self.yesterday) if day]

    @property
    def open(self) -> Mapping[str, Head]:
        """The rules that have an incident open."""
        heads = self.state.heads if self.state else {}
        return {rule: head for rule, head in heads.items() if head.id}


def dates_of(site: Site, now: datetime) -> Dates:
    """Give which dates it is, and was a day before, at a site."""
    today = span_of(site, int(now.timestamp()) + 1)  # an interval that ends in a second lies in today
    return Dates(today.date, span_of(site, today.start).date)


def glance(site: Site, known: Known) -> dict[str, Any]:
    """Shape a site as `models.FleetSite`."""
    return {
        **msgspec.structs.asdict(site),
        "state": _state(known),
        "severity": max((head.severity for head in known.open.values()), key=_SEVERITIES.index, default=None),
        "open_incidents": len(known.open),
        "rules": sorted(known.open),
        "last_reading_at": _last_reading_at(known),
        "today": _today(known.today) if known.today else None,
    }


def _state(known: Known) -> str:
    if _SILENT in known.open:
        return "silent"
    if known.open:
        return "trouble"
    return "ok" if known.days else "unknown"


def _last_reading_at(known: Known) -> str | None:
    """Give the END of the latest reading known; a silence begins with the last one before it."""
    silent = known.open.get(_SILENT)
    ends = [day.last_end for day in known.days] + ([silent.onset] if silent else [])
    last = max(ends, default=0)
    return format_timestamp(datetime.fromtimestamp(last, UTC)) if last else None


def _today(day: DayTotals) -> dict[str, Any]:
    return {
        "date": day.date,
        "readings": day.readings,
        "expected": day.expected,
        "generated_kwh": day.generated_kwh,
        "consumed_kwh": day.consumed_kwh,
        "net_energy_kwh": net_kwh(day.generated_kwh, day.consumed_kwh),
    }
