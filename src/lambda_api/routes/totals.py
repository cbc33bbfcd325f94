"""GET /totals/{site_id}: a site's energy by hour, day or month of its own clock."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query

from heliograph.assessed import Assessed
from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.day_pages import DayTotals
from heliograph.zones import zone_of
from lambda_api.answers import JsonResponse
from lambda_api.fleet import with_young
from lambda_api.openapi import answers
from lambda_api.parameters import Now, Period, SiteId, Stores
from lambda_api.ports import ApiStores
from lambda_api.problems import unknown_site
from lambda_api.spans import By, parse_dates, parse_moments
from lambda_api.totals import Total, by_day, by_hour, by_month

router = APIRouter(tags=["readings"])

_TOGETHER: Final = 5_000

_By = Annotated[By, Query(description="What to sum up: `hour`, `day` or `month`.", examples=["day"])]
_Start = Annotated[
    str | None,
    Query(
        description="A date of the site's own clock, included; with by=hour also a time with its offset. Where it is "
        "left out: 31 days, 12 months or 48 hours before `end`.",
        examples=["2026-11-01"],
    ),
]
_End = Annotated[
    str | None,
    Query(
        description="A date of the site's own clock, not included; with by=hour also a time with its offset, and up to "
        "31 days after `start`. Where it is left out: until now.",
        examples=["2026-11-23"],
    ),
]


@router.get(
    "/totals/{site_id}",
    responses=answers("Totals", HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def get_totals(  # noqa: PLR0913, PLR0917 - a request's parameters are its function's arguments
    site_id: SiteId,
    stores: Stores,
    now: Now,
    by: _By = "day",
    start: _Start = None,
    end: _End = None,
) -> JsonResponse:
    """Sum a site's energy up, oldest first; what has no readings isn't listed.

    Days and months are as the watch last summed them up, with what came since on top of the day that runs; hours are
    summed up from the readings now.
    """
    site = stores.sites.get(site_id)
    if site is None:
        raise unknown_site(site_id)
    found = _totals(stores, site, by, (start, end), now)
    items = [total.shape for total in found]
    return JsonResponse(
        {"site_id": site_id, "by": by, "timezone": str(zone_of(site)), "items": items, "next": None},
    )


def _totals(stores: ApiStores, site: Site, by: By, asked: tuple[str | None, str | None], now: datetime) -> list[Total]:
    zone = zone_of(site)
    if by == "hour":
        return by_hour(_readings(stores, site, parse_moments(*asked, now, zone)), site)
    dates = parse_dates(*asked, by, now.astimezone(zone).date())
    days = stores.days.of_site(site.site_id, dates.first.isoformat(), dates.last.isoformat())
    if days and days[-1].last_end and days[-1].ends > now.timestamp():
        days[-1] = _as_of_now(stores, site, days[-1])
    return by_day(days) if by == "day" else by_month(days)


def _as_of_now(stores: ApiStores, site: Site, day: DayTotals) -> DayTotals:
    """Add the readings that came after a day was last summed up: the watch does that every few hours."""
    newer = Period(*(format_timestamp(datetime.fromtimestamp(end + 1, UTC)) for end in (day.last_end, day.ends)))
    return with_young(day, _readings(stores, site, newer), site)


def _readings(stores: ApiStores, site: Site, period: Period) -> list[Assessed]:
    found: list[Assessed] = []
    after = None
    while True:
        page = stores.readings.of_site(site.site_id, period.start, period.end, _TOGETHER, after)
        found += page.items
        if not page.more:
            return found
        after = page.items[-1].history.timestamp
