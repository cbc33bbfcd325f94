"""GET /fleet: every site at a glance, from its registry entry, its last two days and its rule states."""

from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter
from msgspec import Meta

from heliograph import site as registry
from heliograph.checks.flag import Severity, worst
from heliograph.intervals import expected_so_far
from heliograph.reading import format_timestamp, net_kwh
from heliograph.storage.batches import concurrent_map
from heliograph.storage.sites import DayTotals
from lambda_api.answers import AnswerPage, JsonResponse, list_of_sites, page_response, read_cursor
from lambda_api.known_sites import NO_DATA, Known, StateNow, known_of, state_of
from lambda_api.openapi import answers
from lambda_api.parameters import ENTRIES_A_PAGE, Cursor, Now, PageLimit, Stores
from lambda_api.ports import ApiStores
from lambda_api.routes.sites import SiteResource
from lambda_api.totals import end_of_interval, is_ahead, with_young, young_period

router = APIRouter(tags=["sites"])

# A page of more sites is as new as the watch's last sums, some hours at most: a query each would take too long.
_MOST_LIVE: Final = 100
_MOST_YOUNG: Final = 1000
_FLEET: Final = list_of_sites("fleet")


class Today(msgspec.Struct, frozen=True):
    """What a site gave and took today, by its own clock."""

    date: Annotated[str, Meta(description="The site's local date, YYYY-MM-DD.", examples=["2026-11-22"])]
    readings: Annotated[int, Meta(description="Readings so far, a count.", examples=[118])]
    expected: Annotated[int, Meta(description="Readings of the whole day with none missing, a count.", examples=[288])]
    expected_so_far: Annotated[
        int,
        Meta(
            description="Of these, those up to its last one: what comes later isn't missing; a count.", examples=[118]
        ),
    ]
    generated_kwh: Annotated[
        Decimal | None,
        Meta(description="Energy generated so far, kWh, exact; null where it isn't measured.", examples=[141.25]),
    ]
    consumed_kwh: Annotated[
        Decimal | None,
        Meta(description="Energy consumed so far, kWh, exact; null where it isn't measured.", examples=[12.5]),
    ]
    net_energy_kwh: Annotated[
        Decimal | None,
        Meta(
            description="Generated minus consumed, kWh, exact; of a site that measures one side that side, signed; "
            "null where a measured side has no value.",
            examples=[128.75],
        ),
    ]


class FleetSite(SiteResource, frozen=True, kw_only=True):
    """A site at a glance."""

    state: StateNow
    severity: Annotated[
        Severity | None, Meta(description="The worst of its open incidents; null where none is.", examples=["critical"])
    ]
    open_incidents: Annotated[int, Meta(description="Incidents that are open, a count.", examples=[1])]
    rules: Annotated[
        list[str], Meta(description="The rules of these incidents, by name.", examples=[["over_capacity"]])
    ]
    last_reading_at: Annotated[
        str | None,
        Meta(
            description="END of its latest reading known, UTC; null where none is.", examples=["2026-11-22T09:05:00Z"]
        ),
    ]
    today: Annotated[Today | None, Meta(description="Its day so far; null where nothing is known of it.")]


class FleetPage(AnswerPage[FleetSite], frozen=True):
    """A page of the fleet."""


@router.get(
    "/fleet",
    responses=answers(FleetPage, HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_fleet(
    stores: Stores, now: Now, limit: PageLimit = ENTRIES_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List the sites by name, each at a glance: its state, its open incidents, its last reading, its day so far.

    On pages of up to 100 sites readings and sums are those of this moment, on longer ones of some hours ago at most.
    """
    after = read_cursor(_FLEET, cursor)[0] if cursor else None
    page = stores.sites.page(limit, after)
    seen = _glances(stores, page.items, now)
    return page_response(page, _FLEET, {"limit": limit}, lambda site: seen[site.site_id], lambda site: (site.site_id,))


def _glances(stores: ApiStores, sites: list[registry.Site], now: datetime) -> dict[str, FleetSite]:
    """Look at a page's sites: some batches in all, and where the sites are few, a small query each for what is new."""
    found = known_of(stores, sites, now)
    if len(sites) <= _MOST_LIVE:
        found |= _with_young(stores, found, now)
    return {site.site_id: glance(site, found[site.site_id], now) for site in sites}


def _with_young(stores: ApiStores, found: dict[str, Known], now: datetime) -> dict[str, Known]:
    """Read what came until now after the days were last summed up: the watch does that every few hours."""
    young: dict[str, Known] = {}

    def read(site_id: str) -> None:
        known = found[site_id]
        period = young_period(known.last_end, known.days[0].expected, now)
        page = stores.readings.of_site(site_id, period.start, period.end, _MOST_YOUNG, None)
        young[site_id] = msgspec.structs.replace(known, young=tuple(page.items))

    concurrent_map(read, [site_id for site_id, known in found.items() if known.last_end])
    return young


def glance(site: registry.Site, known: Known, now: datetime) -> FleetSite:
    """Return a site at a glance."""
    last = _last_end(known)
    today = with_young(known.today, known.young, site) if known.today else None
    return FleetSite(
        **msgspec.structs.asdict(site),
        state=state_of(known, now.timestamp()),
        severity=worst(each.severity for each in known.open.values()) if known.open else None,
        open_incidents=len(known.open),
        rules=sorted(known.open),
        last_reading_at=format_timestamp(datetime.fromtimestamp(last, UTC)) if last else None,
        today=_today(today, site, min(last, now.timestamp())) if today else None,
    )


def _last_end(known: Known) -> int:
    """Return the END of the latest reading known, seconds since 1970; 0 for none.

    A silence begins with the last reading before it. Where a clock was ahead of its landing, its stamps say nothing of
    when the site sent last.
    """
    no_data = known.open.get(NO_DATA)
    young = [end_of_interval(each) for each in known.young if not is_ahead(each)][-1:]
    ends = [known.last_end, known.old_end, *young, *([no_data.onset] if no_data else [])]
    return max(ends, default=0)


def _today(day: DayTotals, site: registry.Site, until: float) -> Today:
    """Return a site's day up to a moment, seconds since 1970."""
    return Today(
        day.date,
        day.readings,
        day.expected,
        max(1, expected_so_far(day.expected, day.start, day.ends, until)),
        day.generated_kwh,
        day.consumed_kwh,
        net_kwh(day.generated_kwh, day.consumed_kwh, site.measures or day.measures),
    )
