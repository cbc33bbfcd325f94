"""What is known of sites without reading all they sent: their last two days, their open rules, and the state these say.

The fleet and a site of its own have it from here, so that both name one state.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from heliograph.history import Assessed
from heliograph.incidents.model import DORMANT_SECONDS, RuleState, SiteState
from heliograph.site import Site
from heliograph.storage.batches import concurrent_map
from heliograph.storage.sites import DayTotals
from heliograph.zones import span_of
from lambda_api.ports import ApiStores
from lambda_api.totals import end_of_interval, is_ahead

NO_DATA: Final = "no_data"

FleetState = Literal["ok", "alerting", "not_reporting", "unknown"]
StateNow = Annotated[
    FleetState,
    Meta(
        description="`not_reporting` where no readings come: the incident is open, or the latest reading is more "
        "than 31 days old, and none is open any more. `alerting` where another incident is open, `ok` where none "
        "is. `unknown` where it has no reading of today or yesterday, and whether more should have come isn't "
        "known.",
        examples=["alerting"],
    ),
]


class Dates(msgspec.Struct, frozen=True):
    """A site's local dates, `YYYY-MM-DD`."""

    today: str
    yesterday: str


class Known(msgspec.Struct, frozen=True):
    """What is known of a site's last two days and its rules; None where nothing is.

    young: its readings around and behind `last_end` until now, oldest first, where they were asked for. old_end: END of
    its latest reading where the two days have none, seconds since 1970; 0 where it has none.
    """

    today: DayTotals | None
    yesterday: DayTotals | None
    state: SiteState | None
    young: tuple[Assessed, ...] = ()
    old_end: int = 0

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


def known_of(stores: ApiStores, sites: Iterable[Site], now: datetime) -> dict[str, Known]:
    """Read what is known of some sites, by name: some batches in all, and a small query each for those long silent."""
    dates = {site.site_id: dates_of(site, now) for site in sites}
    days = stores.days.of_sites(
        (site_id, date) for site_id, each in dates.items() for date in (each.today, each.yesterday)
    )
    states = stores.states.states(dates, consistent=False)
    found = {
        site_id: Known(days.get((site_id, each.today)), days.get((site_id, each.yesterday)), states.get(site_id))
        for site_id, each in dates.items()
    }
    return found | _with_old(stores, found)


def _with_old(stores: ApiStores, found: dict[str, Known]) -> dict[str, Known]:
    """Read when those sites sent last of whose last two days nothing is known: a small query each, as they are few."""
    old: dict[str, Known] = {}

    def read(site_id: str) -> None:
        last = stores.readings.last_of_site(site_id)
        if last is not None and not is_ahead(last):
            old[site_id] = msgspec.structs.replace(found[site_id], old_end=end_of_interval(last))

    concurrent_map(read, [site_id for site_id, known in found.items() if not known.days and NO_DATA not in known.open])
    return old


def state_of(known: Known, now: float) -> FleetState:
    """Return a site's state. now: seconds since 1970."""
    if NO_DATA in known.open:
        return "not_reporting"
    if known.open:
        return "alerting"
    if known.days:
        return "ok"
    # A shorter silence says nothing here: a portal may deliver once a month, and the watch knows the site's rhythm.
    is_dormant = known.old_end and now - known.old_end > DORMANT_SECONDS
    return "not_reporting" if is_dormant else "unknown"
