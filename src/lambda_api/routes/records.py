"""GET /records/{site_id} and GET /anomalies/{site_id}: a site's series, and what is wrong in it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from heliograph.assessed import Assessed
from heliograph.storage.pages import Page
from lambda_api import cursors, encode
from lambda_api.answers import page_response
from lambda_api.cursors import Listing, Position
from lambda_api.dependencies import Stores
from lambda_api.encode import JsonResponse
from lambda_api.models import RecordPage
from lambda_api.openapi import problem_answers
from lambda_api.parameters import Series, SeriesQuery, SiteId
from lambda_api.ports import ApiStores
from lambda_api.problems import unknown_site
from lambda_api.times import Period

router = APIRouter(tags=["readings"])

_PROBLEMS: Final = problem_answers(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

_Read = Callable[[str, str | None, str | None, int, str | None], Page[Assessed]]


@router.get("/records/{site_id}", response_model=RecordPage, responses=_PROBLEMS)
async def list_records(site_id: SiteId, asked: Series, stores: Stores) -> JsonResponse:
    """List a site's readings in time order."""
    return _page("records", stores.readings.of_site, site_id, asked, stores)


@router.get("/anomalies/{site_id}", response_model=RecordPage, responses=_PROBLEMS)
async def list_anomalies_of_site(site_id: SiteId, asked: Series, stores: Stores) -> JsonResponse:
    """List a site's anomalous readings in time order."""
    return _page("anomalies", stores.readings.anomalies_of_site, site_id, asked, stores)


def _page(name: str, read: _Read, site_id: str, asked: SeriesQuery, stores: ApiStores) -> JsonResponse:
    period = asked.period
    listing = Listing(name, (site_id, period.start, period.end), lambda position: _lies_in(position, period))
    after = cursors.read(listing, asked.cursor)[0] if asked.cursor else None
    page = read(site_id, period.start, period.end, asked.limit, after)
    # A site with readings is registered by the processor, so only an empty page needs a second look.
    if not page.items and stores.sites.get(site_id) is None:
        raise unknown_site(site_id)
    query = {"start": period.start, "end": period.end, "limit": asked.limit}
    return page_response(page, listing, query, encode.record, _position)


def _position(assessed: Assessed) -> Position:
    return (assessed.history.timestamp,)


def _lies_in(position: Position, period: Period) -> bool:
    return len(position) == 1 and period.holds(position[0])
