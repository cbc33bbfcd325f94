"""GET /fleet: every site's state."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import APIRouter

from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.batches import concurrent_map
from lambda_api.answers import JsonResponse, list_of_sites, page_response, read_cursor
from lambda_api.fleet import Known, dates_of, glance
from lambda_api.openapi import answers
from lambda_api.parameters import ENTRIES_A_PAGE, Cursor, Limit, Now, Stores
from lambda_api.ports import ApiStores

router = APIRouter(tags=["sites"])

# A page of more sites is as new as the watch's last sums, some hours at most: a query each would take too long.
_MOST_LIVE: Final = 100
_MOST_YOUNG: Final = 1000
_FLEET: Final = list_of_sites("fleet")


@router.get(
    "/fleet",
    responses=answers("FleetPage", HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_fleet(stores: Stores, now: Now, limit: Limit = ENTRIES_A_PAGE, cursor: Cursor = None) -> JsonResponse:
    """List the sites by name, each at a glance: its state, its open incidents, its last reading, its day so far.

    On pages of up to 100 sites readings and sums are those of this moment, on longer ones of some hours ago at most.
    """
    after = read_cursor(_FLEET, cursor)[0] if cursor else None
    page = stores.sites.page(limit, after)
    seen = _glances(stores, page.items, now)
    return page_response(page, _FLEET, {"limit": limit}, lambda site: seen[site.site_id], lambda site: (site.site_id,))


def _glances(stores: ApiStores, sites: list[Site], now: datetime) -> dict[str, dict[str, Any]]:
    """Look at a page's sites: some batches in all, and where the sites are few, a small query each for what is new."""
    dates = {site.site_id: dates_of(site, now) for site in sites}
    days = stores.days.of_sites(
        (site_id, date) for site_id, each in dates.items() for date in (each.today, each.yesterday)
    )
    states = stores.states.states(dates, consistent=False)

    def known(site_id: str) -> Known:
        today, yesterday = ((site_id, date) for date in (dates[site_id].today, dates[site_id].yesterday))
        return Known(days.get(today), days.get(yesterday), states.get(site_id))

    found = {site.site_id: known(site.site_id) for site in sites}
    if len(sites) <= _MOST_LIVE:
        found |= _with_young(stores, found)
    return {site.site_id: glance(site, found[site.site_id]) for site in sites}


def _with_young(stores: ApiStores, found: dict[str, Known]) -> dict[str, Known]:
    """Read what came after the days were last summed up: the watch does that every few hours."""
    young: dict[str, Known] = {}

    def read(site_id: str) -> None:
        known = found[site_id]
        begin = format_timestamp(datetime.fromtimestamp(known.last_end + 1, UTC))
        page = stores.readings.of_site(site_id, begin, None, _MOST_YOUNG, None)
        young[site_id] = msgspec.structs.replace(known, young=tuple(page.items))

    concurrent_map(read, [site_id for site_id, known in found.items() if known.last_end])
    return young
