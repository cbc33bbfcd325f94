"""GET /sites, GET and PUT /sites/{site_id}: what is known of the fleet."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from heliograph.assessed import Assessed
from heliograph.fact import registered
from lambda_api import encode
from lambda_api.answers import JsonResponse, list_of_sites, page_response, read_cursor
from lambda_api.openapi import answer, answers, problem_answers
from lambda_api.parameters import ENTRIES_A_PAGE, STATUSES, Body, Cursor, Limit, Now, SiteId, Stores, Who
from lambda_api.problems import unknown_site
from lambda_api.registering import registered_site
from lambda_api.unjudged import unjudged

router = APIRouter(tags=["sites"])

_BODY: Final = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SiteFields"}}},
}
_FLEET: Final = list_of_sites("sites")


@router.get(
    "/sites",
    responses=answers("SitePage", HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_sites(stores: Stores, limit: Limit = ENTRIES_A_PAGE, cursor: Cursor = None) -> JsonResponse:
    """List the sites, by name."""
    after = read_cursor(_FLEET, cursor)[0] if cursor else None
    page = stores.sites.page(limit, after)
    return page_response(page, _FLEET, {"limit": limit}, encode.site, lambda site: (site.site_id,))


@router.get(
    "/sites/{site_id}",
    responses=answers("SiteDetail", HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def get_site(site_id: SiteId, stores: Stores) -> JsonResponse:
    """Return what is known of a site, the ends of its series, and which checks are off for it."""
    site = stores.sites.get(site_id)
    if site is None:
        raise unknown_site(site_id)
    return JsonResponse(
        {
            **encode.site(site),
            "first_reading": _reading(stores.readings.first_of_site(site_id)),
            "last_reading": _reading(stores.readings.last_of_site(site_id)),
            "unjudged": unjudged(site),
        }
    )


@router.put(
    "/sites/{site_id}",
    responses={
        **answer("Site"),
        **answer("Site", HTTPStatus.CREATED, "Registered; it wasn't known."),
        **problem_answers(*STATUSES),
    },
    openapi_extra={"requestBody": _BODY},
)
async def put_site(site_id: SiteId, body: Body, stores: Stores, who: Who, now: Now) -> JsonResponse:
    """Register a site, or replace what is registered of it; what isn't sent isn't known.

    A field of another name is refused, and so is a time zone's name that isn't the canonical one. Readings that land
    from now on are judged by it.
    """
    site = registered_site(site_id, body)
    stores.facts.add(registered([site], who, now))  # first: everything is rebuilt from facts
    added = stores.sites.register(site)
    return JsonResponse(encode.site(site), HTTPStatus.CREATED if added else HTTPStatus.OK)


def _reading(assessed: Assessed | None) -> dict[str, object] | None:
    return encode.reading(assessed) if assessed else None
