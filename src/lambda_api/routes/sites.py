"""GET /sites, GET and PUT /sites/{site_id}: what is known of the fleet's sites, and which checks are off for them."""

from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter
from msgspec import Meta

from heliograph import site as registry
from heliograph.errors import SiteError
from heliograph.fact import registered
from heliograph.history import Assessed
from heliograph.site_entries import read_fields, read_site
from lambda_api.answers import AnswerPage, JsonResponse, list_of_sites, page_response, read_cursor
from lambda_api.known_sites import StateNow, known_of, state_of
from lambda_api.openapi import answer, answers, problem_answers, reference
from lambda_api.parameters import ENTRIES_A_PAGE, STATUSES, Cursor, JsonBody, Now, PageLimit, SiteId, Stores, Who
from lambda_api.problems import invalid, unknown_site
from lambda_api.routes.readings import ReadingResource, SiteName, reading_of

router = APIRouter(tags=["sites"])

_NIGHT: Final = "night_generation"
_FLEET: Final = list_of_sites("sites")


class SiteResource(registry.Site, frozen=True, omit_defaults=False):
    """A site as it is registered; null is what nobody has registered."""

    site_id: SiteName


class SitePage(AnswerPage[SiteResource], frozen=True):
    """A page of sites."""


class SiteDetail(SiteResource, frozen=True, kw_only=True):
    """A site, its state, the ends of its series, and which checks are off for it."""

    state: StateNow
    first_reading: Annotated[ReadingResource | None, Meta(description="Its earliest reading; null where it has none.")]
    last_reading: Annotated[ReadingResource | None, Meta(description="Its latest reading; null where it has none.")]
    unjudged: Annotated[
        list[str],
        Meta(
            description="Which checks are off because something isn't registered, in sentences; empty where all run.",
            examples=[["kind isn't registered, so the check night_generation is off"]],
        ),
    ]


SiteFields: Final = msgspec.defstruct(
    "SiteFields",
    [(field.name, field.type, None) for field in msgspec.structs.fields(registry.Site) if field.name != "site_id"],
    namespace={
        "__doc__": "A site to be registered; what is left out or null isn't known, and the checks that need it are off."
    },
    forbid_unknown_fields=True,
)
_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {"application/json": {"schema": reference(SiteFields, in_request=True)}},
}


@router.get(
    "/sites",
    responses=answers(SitePage, HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_sites(stores: Stores, limit: PageLimit = ENTRIES_A_PAGE, cursor: Cursor = None) -> JsonResponse:
    """List the sites, by name."""
    after = read_cursor(_FLEET, cursor)[0] if cursor else None
    page = stores.sites.page(limit, after)
    return page_response(page, _FLEET, {"limit": limit}, site_of, lambda site: (site.site_id,))


@router.get(
    "/sites/{site_id}",
    responses=answers(SiteDetail, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def get_site(site_id: SiteId, stores: Stores, now: Now) -> JsonResponse:
    """Return what is known of a site, its state, the ends of its series, and which checks are off for it."""
    site = stores.sites.get(site_id)
    if site is None:
        raise unknown_site(site_id)
    return JsonResponse(
        SiteDetail(
            **msgspec.structs.asdict(site),
            state=state_of(known_of(stores, [site], now)[site_id], now.timestamp()),
            first_reading=_reading(stores.readings.first_of_site(site_id), site),
            last_reading=_reading(stores.readings.last_of_site(site_id), site),
            unjudged=unjudged(site),
        )
    )


@router.put(
    "/sites/{site_id}",
    responses={
        **answer(SiteResource),
        **answer(SiteResource, HTTPStatus.CREATED, "Registered; it wasn't known."),
        **problem_answers(*STATUSES),
    },
    openapi_extra={"requestBody": _BODY},
)
async def put_site(site_id: SiteId, body: JsonBody, stores: Stores, who: Who, now: Now) -> JsonResponse:
    """Register a site, or replace what is registered of it; what isn't sent isn't known.

    A field of another name is refused, and so are one that stands twice and a time zone's name that isn't the canonical
    one. Readings that land from now on are judged by it.
    """
    site = _sent(site_id, body)
    stores.facts.add(registered([site], who.name, now))  # first: everything is rebuilt from facts
    added = stores.sites.register(site)
    return JsonResponse(site_of(site), HTTPStatus.CREATED if added else HTTPStatus.OK)


def site_of(known: registry.Site) -> SiteResource:
    """Return a site as it is served."""
    return SiteResource(*msgspec.structs.astuple(known))


def unjudged(site: registry.Site) -> list[str]:
    """Return a sentence for each thing that isn't registered and switches checks off; none where all checks run."""
    nightly = [_NIGHT] if site.kind in {"solar", None} else []
    by_size = ["negative", "over_capacity", *nightly]
    missing = [
        (site.kind is None, "kind isn't registered", nightly),
        (site.full_kw is None, "capacity_kw isn't registered", by_size),
        (site.interval_minutes is None, "interval_minutes isn't registered", by_size),
        (
            site.latitude is None or site.longitude is None,
            "latitude and longitude aren't both registered",
            nightly,
        ),
    ]
    return [f"{reason}, so {_off(checks)} off" for absent, reason, checks in missing if absent and checks]


def _off(checks: list[str]) -> str:
    if len(checks) == 1:
        return f"the check {checks[0]} is"
    return f"the checks {', '.join(checks[:-1])} and {checks[-1]} are"


def _sent(site_id: str, body: bytes) -> registry.Site:
    """Read a site from a body without its name, by the rules of `heliograph sites load`.

    Raises:
        ProblemRaised: it can't be used; it names the field.
    """
    try:
        fields = read_fields(body)
        if fields.get("site_id", site_id) != site_id:
            raise invalid("site_id", f"the address says {site_id}; leave it out of the body")
        return read_site({**fields, "site_id": site_id})
    except SiteError as error:
        raise invalid(error.field or "body", str(error)) from None


def _reading(assessed: Assessed | None, site: registry.Site) -> ReadingResource | None:
    return reading_of(assessed, site.measures) if assessed else None
