"""GET /anomalies: a day's anomalies across the fleet."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from heliograph.assessed import Assessed
from heliograph.reading import is_site_id
from lambda_api import encode
from lambda_api.answers import JsonResponse, Listing, Position, page_response, peek_cursor, read_cursor
from lambda_api.openapi import answers
from lambda_api.parameters import READINGS_A_PAGE, Cursor, Limit, Now, Stores, is_timestamp, parse_day

router = APIRouter(tags=["readings"])

_Day = Annotated[
    str | None,
    Query(description="A UTC day, YYYY-MM-DD; today if omitted.", examples=["2026-11-22"]),
]


@router.get(
    "/anomalies",
    responses=answers("ReadingPage", HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_anomalies(
    stores: Stores, now: Now, day: _Day = None, limit: Limit = READINGS_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List all sites' anomalous readings of a UTC day, by site and then by time."""
    chosen = parse_day(day) if day is not None else _day_of(cursor) or f"{now:%Y-%m-%d}"
    listing = Listing("anomalies-of-day", (chosen,), lambda position: _lies_in(position, chosen))
    after = None
    if cursor:
        site_id, timestamp = read_cursor(listing, cursor)
        after = (site_id, timestamp)
    page = stores.readings.anomalies_of_day(chosen, limit, after)
    return page_response(page, listing, {"day": chosen, "limit": limit}, encode.reading, _position)


def _day_of(cursor: str | None) -> str | None:
    """Return the day a cursor belongs to, so that a list of today goes on past midnight; unproven until it is read."""
    position = peek_cursor(cursor) if cursor else ()
    return position[-1][:10] if position else None


def _position(assessed: Assessed) -> Position:
    return assessed.history.site_id, assessed.history.timestamp


def _lies_in(position: Position, day: str) -> bool:
    match position:
        case (site_id, timestamp):
            return is_site_id(site_id) and is_timestamp(timestamp) and timestamp.startswith(day)
    return False
