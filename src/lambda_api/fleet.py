"""A site's row in the fleet: a pure function of its registry entry, its last two days and its rule states."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from heliograph.assessed import Assessed
from heliograph.checks.flag import worst
from heliograph.incidents.model import RuleState, SiteState
from heliograph.reading import format_timestamp, moment_of, net_kwh
from heliograph.site import Site
from heliograph.storage.day_pages import DayTotals
from heliograph.zones import span_of
from lambda_api.totals import is_counted

_NO_DATA: Final = "no_data"


class Dates(msgspec.Struct, frozen=True):
    """A site's local dates, `YYYY-MM-DD`."""

    today: str
    yesterday: str


class Known(msgspec.Struct, frozen=True):
    """What is known of a site's last two days and its rules; None where nothing is.

    young: its readings behind `last_end`, oldest first, where they were asked for.
    """

    today: DayTotals | None
    yesterday: DayTotals | None
    state: SiteState | None
    young: tuple[Assessed, ...] = ()

    @property
    def last_end(self) -> int:
        """END of the newest reading that the days know of, seconds since 1970; 0 where they know of none."""
        return max((day.last_end for day in self.days), default=0)

    @property
    def days(self) -> list[DayTotals]:
        """The days there are."""
        return [day for day in (self.today, self.yesterday) if day]

    @property
    def open(self) -> Mapping[str, RuleState]:
        """The rules that have an incident open."""
        rule_states = self.state.rule_states if self.state else {}
        return {rule: rule_state for rule, rule_state in rule_states.items() if rule_state.id}


def dates_of(site: Site, now: datetime) -> Dates:
    """Return which dates it is, and was a day before, at a site."""
    today = span_of(site, int(now.timestamp()) + 1)  # an interval that ends in a second lies in today
    return Dates(today.date, span_of(site, today.start).date)


def glance(site: Site, known: Known) -> dict[str, Any]:
    """Shape a site as `models.FleetSite`."""
    return {
        **msgspec.structs.asdict(site),
        "state": _state(known),
        "severity": worst(rule_state.severity for rule_state in known.open.values()) if known.open else None,
        "open_incidents": len(known.open),
        "rules": sorted(known.open),
        "last_reading_at": _last_reading_at(known),
        "today": _today(with_young(known.today, known.young, site)) if known.today else None,
    }


def _state(known: Known) -> str:
    if _NO_DATA in known.open:
        return "not_reporting"
    if known.open:
        return "alerting"
    return "ok" if known.days else "unknown"


def _last_reading_at(known: Known) -> str | None:
    """Return the END of the latest reading known; a silence begins with the last one before it."""
    no_data = known.open.get(_NO_DATA)
    young = [_end(each) for each in known.young[-1:]]
    ends = [known.last_end, *young, *([no_data.onset] if no_data else [])]
    last = max(ends, default=0)
    return format_timestamp(datetime.fromtimestamp(last, UTC)) if last else None


def with_young(day: DayTotals, young: Iterable[Assessed], site: Site) -> DayTotals:
    """Add the readings to a day that its kept sums don't hold yet."""
    if not day.last_end:
        return day
    new = [each for each in young if day.last_end < _end(each) <= day.ends]
    kept = [each.history.reading for each in new if is_counted(each, site)]
    return msgspec.structs.replace(
        day,
        readings=day.readings + len(new),
        generated_kwh=sum((each.energy_generated_kwh for each in kept), day.generated_kwh),
        consumed_kwh=sum((each.energy_consumed_kwh for each in kept), day.consumed_kwh),
    )


def _end(assessed: Assessed) -> int:
    return int(moment_of(assessed.history.timestamp).timestamp())


def _today(day: DayTotals) -> dict[str, Any]:
    return {
        "date": day.date,
        "readings": day.readings,
        "expected": day.expected,
        "generated_kwh": day.generated_kwh,
        "consumed_kwh": day.consumed_kwh,
        "net_energy_kwh": net_kwh(day.generated_kwh, day.consumed_kwh),
    }
