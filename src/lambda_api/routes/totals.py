"""GET /totals/{site_id}: a site's energy by hour, day or month of its own clock."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query
from msgspec import Meta

from heliograph.history import Assessed
from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.sites import DayTotals
from heliograph.zones import midnight, zone_of
from lambda_api.answers import JsonResponse
from lambda_api.openapi import answers
from lambda_api.parameters import Now, Period, SiteId, Stores, parse_moment
from lambda_api.ports import ApiStores
from lambda_api.problems import invalid, unknown_site
from lambda_api.routes.readings import SiteName
from lambda_api.totals import Total, by_day, by_hour, by_month, with_young, young_period

router = APIRouter(tags=["readings"])

_TOGETHER: Final = 5_000
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_USUAL_DAYS: Final = 31
_USUAL_MONTHS: Final = 12
_USUAL_HOURS: Final = timedelta(hours=48)
MOST_DAYS: Final = 3_700  # ten years: 1 MB of items
MOST_HOURS: Final = timedelta(days=31, hours=1)  # October's 31 days may have an hour more

By = Literal["hour", "day", "month"]

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


class LocalDates(msgspec.Struct, frozen=True):
    """Local dates, both included."""

    first: date
    last: date


class Totals(msgspec.Struct, frozen=True):
    """A site's totals."""

    site_id: SiteName
    by: Annotated[By, Meta(description="What is summed up.", examples=["day"])]
    timezone: Annotated[
        str,
        Meta(
            description="Time zone of these hours, days and months: an IANA name, or an offset from UTC.",
            examples=["Europe/Berlin"],
        ),
    ]
    items: Annotated[list[Total], Meta(description="The items, in the list's order.")]
    next: Annotated[str | None, Meta(description="Always null: all are on one page.")] = None


@router.get(
    "/totals/{site_id}",
    responses=answers(Totals, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
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
    return JsonResponse(Totals(site_id, by, str(zone_of(site)), found))


def _totals(stores: ApiStores, site: Site, by: By, asked: tuple[str | None, str | None], now: datetime) -> list[Total]:
    zone = zone_of(site)
    if by == "hour":
        return by_hour(_readings(stores, site, parse_moments(*asked, now, zone)), site, now)
    dates = parse_dates(*asked, by, now.astimezone(zone).date())
    days = stores.days.of_site(site.site_id, dates.first.isoformat(), dates.last.isoformat())
    if days and days[-1].last_end and days[-1].ends > now.timestamp():
        days[-1] = _as_of_now(stores, site, days[-1], now)
    return by_day(days, site, now) if by == "day" else by_month(days, site, now)


def _as_of_now(stores: ApiStores, site: Site, day: DayTotals, now: datetime) -> DayTotals:
    """Add the readings that came after a day was last summed up: the watch does that every few hours."""
    return with_young(day, _readings(stores, site, young_period(day.last_end, day.expected, now)), site)


def _readings(stores: ApiStores, site: Site, period: Period) -> list[Assessed]:
    found: list[Assessed] = []
    after = None
    while True:
        page = stores.readings.of_site(site.site_id, period.start, period.end, _TOGETHER, after)
        found += page.items
        if not page.more:
            return found
        after = page.items[-1].history.timestamp


def parse_dates(start: str | None, end: str | None, by: By, today: date) -> LocalDates:
    """Read local dates; `end` isn't included. today: at the site.

    Raises:
        ProblemRaised: they can't be read, hold nothing, or hold too much.
    """
    after = _read_date(end, "end") if end is not None else today + _DAY
    first = _read_date(start, "start") if start is not None else _usual(after, by)
    if by == "month":
        first = first.replace(day=1)
    _check(first < after, f"it must be after start; this is {first} to {after}")
    _check((after - first).days <= MOST_DAYS, f"it's more than {MOST_DAYS} days after start; ask for less at once")
    return LocalDates(first, after - _DAY)


def parse_moments(start: str | None, end: str | None, now: datetime, zone: tzinfo) -> Period:
    """Read moments, or local dates, which stand for the midnight they begin with; up to 31 days.

    Returns:
        What readings to ask for: an interval that ends at the start lies before it, one that ends at the end in it.

    Raises:
        ProblemRaised: they can't be read, hold nothing, or hold too much.
    """
    try:
        last = _read_moment(end, "end", zone) if end is not None else now
        first = _read_moment(start, "start", zone) if start is not None else _whole_hour(last - _USUAL_HOURS, zone)
        period = Period(format_timestamp(first + _SECOND), format_timestamp(last + _SECOND))
    except OverflowError:
        raise invalid("end" if start is None else "start", "it's outside the years 1 to 9999 in UTC") from None
    _check(first < last, f"it must be after start; this is {format_timestamp(first)} to {format_timestamp(last)}")
    _check(last - first <= MOST_HOURS, "by=hour goes up to 31 days after start; ask for less at once, or by=day")
    return period


def _usual(after: date, by: By) -> date:
    if after == date.min:
        return after
    if by == "day":
        return date.fromordinal(max(1, after.toordinal() - _USUAL_DAYS))
    last = after - _DAY
    months = last.year * 12 + last.month - _USUAL_MONTHS  # the first month's number, counted from 0
    return date(max(1, months // 12), months % 12 + 1, 1)


def _read_date(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(field, f"{text[:40]!a} isn't a date, such as 2026-11-22") from None


def _read_moment(text: str, field: str, zone: tzinfo) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return parse_moment(text, field).astimezone(UTC)
    return midnight(day, zone)


def _whole_hour(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _check(holds: bool, message: str) -> None:  # noqa: FBT001 - it reads as what must hold
    if not holds:
        raise invalid("end", message)
