"""GET /readings/{site_id} and GET /anomalies/{site_id}: a site's series, and what is wrong in it.

Both are given as JSON, CSV or Arrow, as the request accepts.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from heliograph.assessed import Assessed
from heliograph.storage.pages import Page
from lambda_api import encode
from lambda_api.answers import (
    Listing,
    Position,
    Query,
    fit,
    link,
    next_cursor,
    page_response,
    read_cursor,
    sent_as_base64,
    sent_as_text,
)
from lambda_api.dependencies import Stores
from lambda_api.openapi import answer, problem_answers
from lambda_api.parameters import JSON, Series, SeriesQuery, SiteId
from lambda_api.ports import ApiStores
from lambda_api.problems import unknown_site
from lambda_api.tables import ARROW, CSV, WRITERS
from lambda_api.times import Period

router = APIRouter(tags=["readings"])

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
async def list_readings(site_id: SiteId, asked: Series, stores: Stores) -> Response:
    """List a site's readings in time order."""
    return _page("readings", stores.readings.of_site, site_id, asked, stores)


@router.get("/anomalies/{site_id}", responses=_ANSWERS)
async def list_anomalies_of_site(site_id: SiteId, asked: Series, stores: Stores) -> Response:
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
    query: Query = {"start": period.start, "end": period.end, "limit": asked.limit}
    answer = _written(asked.form, page, listing, query)
    answer.headers["Vary"] = "Accept"
    return answer


def _written(form: str, page: Page[Assessed], listing: Listing, query: Query) -> Response:
    if form == JSON:
        return page_response(page, listing, query, encode.reading, _position)
    sent = sent_as_text if form == CSV else sent_as_base64
    fitted, body = fit(page, lambda part: WRITERS[form](part.items), sent)
    return Response(body, headers=link(query, next_cursor(fitted, listing, _position)), media_type=form)


def _position(assessed: Assessed) -> Position:
    return (assessed.history.timestamp,)


def _lies_in(position: Position, period: Period) -> bool:
    return len(position) == 1 and period.holds(position[0])
