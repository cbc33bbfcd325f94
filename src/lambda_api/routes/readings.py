"""GET /readings/{site_id} and GET /anomalies/{site_id}: a site's series, and what is wrong in it.

Both are given as JSON, CSV or Arrow, as the request accepts.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from heliograph.assessed import Assessed
from heliograph.storage.pages import Page
from lambda_api import encode
from lambda_api.answers import (
    Listing,
    Position,
    fit,
    link,
    next_cursor,
    page_response,
    read_cursor,
    sent_as_base64,
    sent_as_text,
)
from lambda_api.http_semantics import choose
from lambda_api.openapi import answer, problem_answers
from lambda_api.parameters import LONGEST_PAGE, READINGS_A_PAGE, Cursor, Period, SiteId, Stores, parse_period
from lambda_api.ports import ApiStores
from lambda_api.problems import unknown_site
from lambda_api.tables import ARROW, CSV, WRITERS

router = APIRouter(tags=["readings"])

# A table's rows are small, and whoever wants them wants many.
_LONGEST_TABLE: Final = 10_000
_SeriesLimit = Annotated[
    int,
    Query(
        ge=1,
        le=_LONGEST_TABLE,
        description=f"Readings a page, 1 to {_LONGEST_TABLE}; a page of JSON has {LONGEST_PAGE} at most.",
        examples=[100],
    ),
]
_Start = Annotated[
    str | None,
    Query(
        description="Intervals that end at this time or later: ISO 8601 with its offset, or a date, meaning 00:00 UTC.",
        examples=["2026-11-22T00:00:00Z"],
    ),
]
_End = Annotated[
    str | None,
    Query(
        description="Intervals that end before this time: ISO 8601 with its offset, or a date, meaning 00:00 UTC.",
        examples=["2026-11-23"],
    ),
]

_JSON: Final = "application/json"
_LONGEST: Final = {_JSON: LONGEST_PAGE, CSV: _LONGEST_TABLE, ARROW: _LONGEST_TABLE}
_FORMS: Final = tuple(_LONGEST)


class SeriesQuery(msgspec.Struct, frozen=True):
    """Which page of a site's series is asked for. form: the media type it is given in."""

    period: Period
    limit: int
    cursor: str | None
    form: str


async def _asked(
    request: Request,
    start: _Start = None,
    end: _End = None,
    limit: _SeriesLimit = READINGS_A_PAGE,
    cursor: Cursor = None,
) -> SeriesQuery:
    form = choose(",".join(request.headers.getlist("accept")), _FORMS)
    return SeriesQuery(parse_period(start, end), min(limit, _LONGEST[form]), cursor, form)


_Series = Annotated[SeriesQuery, Depends(_asked)]

_ANSWERS: Final = {
    **answer(
        "ReadingPage",
        description="A page; of CSV or Arrow, `Link` alone leads to the next.",
        others={CSV: {"type": "string"}, ARROW: {"type": "string", "format": "binary"}},
    ),
    **problem_answers(
        HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
}

_Read = Callable[[str, str | None, str | None, int, str | None], Page[Assessed]]


@router.get("/readings/{site_id}", responses=_ANSWERS)
async def list_readings(site_id: SiteId, asked: _Series, stores: Stores) -> Response:
    """List a site's readings in time order."""
    return _page("readings", stores.readings.of_site, site_id, asked, stores)


@router.get("/anomalies/{site_id}", responses=_ANSWERS)
async def list_anomalies_of_site(site_id: SiteId, asked: _Series, stores: Stores) -> Response:
    """List a site's anomalous readings in time order."""
    return _page("anomalies", stores.readings.anomalies_of_site, site_id, asked, stores)


def _page(name: str, read: _Read, site_id: str, asked: SeriesQuery, stores: ApiStores) -> Response:
    period = asked.period
    listing = Listing(name, (site_id, period.start, period.end), lambda position: _lies_in(position, period))
    after = read_cursor(listing, asked.cursor)[0] if asked.cursor else None
    page = read(site_id, period.start, period.end, asked.limit, after)
    # A site with readings is registered by the processor, so only an empty page needs a second look.
    if not page.items and stores.sites.get(site_id) is None:
        raise unknown_site(site_id)
    query: dict[str, str | int | None] = {"start": period.start, "end": period.end, "limit": asked.limit}
    answer = _written(asked.form, page, listing, query)
    answer.headers["Vary"] = "Accept"
    return answer


def _written(form: str, page: Page[Assessed], listing: Listing, query: dict[str, str | int | None]) -> Response:
    if form == _JSON:
        return page_response(page, listing, query, encode.reading, _position)
    sent = sent_as_text if form == CSV else sent_as_base64
    fitted, body = fit(page, lambda part: WRITERS[form](part.items), sent)
    return Response(body, headers=link(query, next_cursor(fitted, listing, _position)), media_type=form)


def _position(assessed: Assessed) -> Position:
    return (assessed.history.timestamp,)


def _lies_in(position: Position, period: Period) -> bool:
    return len(position) == 1 and period.holds(position[0])
