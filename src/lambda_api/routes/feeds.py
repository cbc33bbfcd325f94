"""GET /feeds, GET, PUT and DELETE /feeds/{name}: the feeds, and the profiles that say how their files are read."""

from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from msgspec import Meta

from heliograph import kept_profiles
from heliograph.errors import ProfileError
from heliograph.kept_profiles import FEED_PATTERN, require_free
from lambda_api.answers import AnswerPage, JsonResponse
from lambda_api.openapi import answer, answers, problem_answers
from lambda_api.parameters import STATUSES, JsonBody, Now, Stores, Who
from lambda_api.problems import feed_in_use, invalid, unknown_feed

router = APIRouter(tags=["feeds"])

FeedName = Annotated[
    str,
    Path(
        description="The feed's name, as in `raw/NAME/…`: 1 to 63 of a-z 0-9 - beginning with a letter or digit.",
        pattern=FEED_PATTERN,
        examples=["portal"],
    ),
]

Replace = Annotated[
    bool,
    Query(
        description="Give a first profile to a prefix below which files land already, in the native format.",
        examples=[True],
    ),
]
_OF_ONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


class FeedEntry(kept_profiles.KeptFeed, frozen=True, kw_only=True):
    """A feed and the newest version of its profile, as lists have it."""


class FeedPage(AnswerPage[FeedEntry], frozen=True):
    """Every feed, on one page."""


class FeedDetail(FeedEntry, frozen=True, kw_only=True):
    """A feed and its profile."""

    profile: Annotated[
        dict[str, Any],
        Meta(
            description="The newest version of its profile, as `heliograph feeds schema` explains it.",
            examples=[{"name": "portal"}],
        ),
    ]


_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["layout", "site", "time", "quantity", "unit"],
                "description": "A profile, as `heliograph feeds detect` proposes it and `heliograph feeds schema "
                "--json` describes it. Its name may be left out.",
            }
        }
    },
}


@router.get("/feeds", responses=answers(FeedPage))
async def list_feeds(stores: Stores) -> JsonResponse:
    """List the feeds that have a profile, by name."""
    return JsonResponse(FeedPage([FeedEntry(**msgspec.structs.asdict(each)) for each in stores.feeds.all()], None))


@router.get("/feeds/{name}", responses=answers(FeedDetail, *_OF_ONE))
async def get_feed(name: FeedName, stores: Stores) -> JsonResponse:
    """Return a feed and the newest version of its profile."""
    feed = stores.feeds.find(name)
    if feed is None:
        raise unknown_feed(name)
    return JsonResponse(_detail(feed, stores))


@router.put(
    "/feeds/{name}",
    responses={
        **answer(FeedDetail),
        **answer(FeedDetail, HTTPStatus.CREATED, "Added as a new version."),
        **problem_answers(*STATUSES, HTTPStatus.CONFLICT),
    },
    openapi_extra={"requestBody": _BODY},
)
async def put_feed(  # noqa: PLR0913 - what a route is handed
    name: FeedName, body: JsonBody, stores: Stores, who: Who, now: Now, *, replace: Replace = False
) -> JsonResponse:
    """Add a version of a feed's profile; the newest one again adds none.

    It reads the feed's files that land from now on. Those that landed before keep the version that read them, until
    `heliograph feeds replay`. Where files land below the feed's prefix without a profile, `replace` has to say so.
    """
    from heliograph.profiles.model import parse_profile  # noqa: PLC0415 - only this route needs it

    try:
        require_free(name)
        fields = msgspec.json.decode(body, type=dict[str, Any])
        profile = parse_profile(msgspec.json.encode({"name": name, **fields}))
    except msgspec.MsgspecError as error:
        raise invalid("body", f"it isn't a JSON object: {error}") from None
    except ProfileError as error:
        raise invalid("body", str(error)) from None
    if profile.name != name:
        raise invalid("name", f"the address says {name}; leave it out of the body")
    if not replace and stores.feeds.is_native(name):
        raise feed_in_use(name)
    feed, added = stores.feeds.add(profile, who.name, now)
    return JsonResponse(_detail(feed, stores), HTTPStatus.CREATED if added else HTTPStatus.OK)


@router.delete("/feeds/{name}", responses=answers(FeedDetail, HTTPStatus.FORBIDDEN, *_OF_ONE))
async def delete_feed(name: FeedName, stores: Stores, who: Who, now: Now) -> JsonResponse:
    """Remove a feed's profile: what lands from now on is read in the native format. Nothing else changes.

    Its versions, its files and their readings stay. `heliograph feeds restore NAME` brings the profile back, and so
    does `PUT`.
    """
    feed = stores.feeds.find(name)
    if feed is None:
        raise unknown_feed(name)
    return JsonResponse(_detail(stores.feeds.remove(feed, who.name, now)[0], stores))


def _detail(feed: kept_profiles.KeptFeed, stores: Stores) -> FeedDetail:
    newest = stores.feeds.version(feed.name, feed.version)
    return FeedDetail(**msgspec.structs.asdict(feed), profile=msgspec.to_builtins(newest.profile))
