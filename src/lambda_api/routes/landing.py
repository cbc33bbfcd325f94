"""POST /readings: readings land as a file, and the answer links to its ingestion."""

from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from msgspec import Meta

from heliograph.errors import TooLarge, UnreadableFile
from heliograph.kept_profiles import FEED_PATTERN
from heliograph.reading import SITE_ID_PATTERN
from lambda_api.answers import JsonResponse
from lambda_api.bodies import require_unspoilt, require_whole
from lambda_api.openapi import answer, problem_answers, reference
from lambda_api.parameters import STATUSES, Body, Now, Stores, too_large
from lambda_api.problems import invalid, removed_feed, unknown_feed
from lambda_api.routes.readings import Consumed, Generated, IntervalSeconds, QualityMark

router = APIRouter(tags=["readings"])


class PostedReading(msgspec.Struct, frozen=True):
    """A reading as a site sends it; what else it holds is ignored."""

    site_id: Annotated[
        str,
        Meta(
            pattern=SITE_ID_PATTERN,
            description="The site's name: 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit.",
            examples=["solar-007"],
        ),
    ]
    timestamp: Annotated[
        str, Meta(description="The END of the interval, ISO 8601 with its offset.", examples=["2026-11-22T09:05:00Z"])
    ]
    energy_generated_kwh: Generated = None
    energy_consumed_kwh: Consumed = None
    interval_seconds: IntervalSeconds = None
    quality: QualityMark = "actual"


class ReadingsLanded(msgspec.Struct, frozen=True):
    """Readings that have landed, and are stored a moment later."""

    ingestion_id: Annotated[
        str, Meta(description="The name of what becomes of them.", examples=["20261122T093000Z-0123456789abcdef0123"])
    ]
    object_key: Annotated[
        str, Meta(description="The file they are.", examples=["raw/api/2026/11/22/093000-0123456789abcdef"])
    ]
    status: Annotated[
        str,
        Meta(
            description="Where to ask what became of them; not found until they are processed.",
            examples=["/ingestions/20261122T093000Z-0123456789abcdef0123"],
        ),
    ]


_FEED: Final = "api"
# What a body may unpack to; the processor would take more, but the API's memory is half of its.
UNPACKED_BYTES: Final = 64 * 2**20
_READINGS: Final = reference(PostedReading, in_request=True)
_CSV: Final = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh\nsolar-007,2026-11-22T09:05:00Z,4.125,0.31\n"
_NO_NAME: Final = "body"
FILE_NAME_PATTERN: Final = r"^[^/\x00-\x1f\x7f-\x9f\ufffe\uffff]{1,200}$"
FeedOf = Annotated[
    str | None,
    Query(
        description="The feed that the body is a file of: `PUT /feeds/{name}` says how such files are read.",
        pattern=FEED_PATTERN,
        examples=["portal"],
    ),
]
FileName = Annotated[
    str | None,
    Query(
        description="The file's name, with `feed`; some profiles take the site from it.",
        pattern=FILE_NAME_PATTERN,
        examples=["export_0815.csv"],
    ),
]


class FeedFile(NamedTuple):
    """A feed and the name of a file of it; empty where they aren't said."""

    feed: str
    file_name: str


async def _feed_file(feed: FeedOf = None, file_name: FileName = None) -> FeedFile:
    return FeedFile(feed or "", file_name or "")


OfFeed = Annotated[FeedFile, Depends(_feed_file)]
_BODY: Final[dict[str, Any]] = {
    "description": "Readings in any format of a feed, up to 4 MiB, plain or gzip; the format is found from the body. "
    "Gzip is sent as application/gzip or application/octet-stream; a type of text would spoil it on its way.",
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    {"type": "array", "items": _READINGS},
                    {"type": "object", "required": ["readings"], "properties": {"readings": {"type": "array"}}},
                    _READINGS,
                ]
            }
        },
        "application/x-ndjson": {"schema": {"type": "string", "description": "A reading a line, as JSON."}},
        "text/csv": {"schema": {"type": "string", "description": "A header, then readings.", "examples": [_CSV]}},
        "application/gzip": {
            "schema": {"type": "string", "format": "binary", "description": "Any of the others, gzipped."}
        },
        "application/octet-stream": {
            "schema": {
                "type": "string",
                "format": "binary",
                "description": "With `feed`: a file as its maker writes it, such as a workbook.",
            }
        },
    },
}


@router.post(
    "/readings",
    status_code=HTTPStatus.ACCEPTED,
    responses={
        **answer(ReadingsLanded, HTTPStatus.ACCEPTED),
        **problem_answers(*STATUSES, HTTPStatus.NOT_FOUND),
    },
    openapi_extra={"requestBody": _BODY},
)
async def post_readings(request: Request, body: Body, stores: Stores, now: Now, of: OfFeed) -> JsonResponse:
    """Land readings. They are stored a moment later: `status` says what became of them, record by record.

    A body that is no feed at all is refused; a record that is no reading is rejected later, and the others are stored.
    With `feed` the body is a file of that feed, as its maker writes it, and its profile reads it.
    """
    require_whole(request, body)
    digest = sha256(body).hexdigest()[:16]
    if of.feed:
        _require_feed(of, stores)
        require_unspoilt(request, body)
        landed = stores.landing.land(f"{_FEED}/feeds/{of.feed}", now, f"{digest}/{of.file_name or _NO_NAME}", body)
    else:
        _require_readable(body)
        landed = stores.landing.land(_FEED, now, digest, body)
    answer = ReadingsLanded(landed.ingestion, landed.key, f"/ingestions/{landed.ingestion}")
    # Relative to this address, so it holds behind any stage or domain.
    return JsonResponse(answer, HTTPStatus.ACCEPTED, {"Location": f"ingestions/{landed.ingestion}"})


def _require_feed(of: FeedFile, stores: Stores) -> None:
    """Make sure that a feed has a profile, and what that takes of a file beside its content.

    Raises:
        ProblemRaised: it has none, or the file's name is missing.
    """
    known = stores.feeds.find(of.feed)
    if known is None:
        raise unknown_feed(of.feed)
    if known.removed:
        raise removed_feed(of.feed)
    rule = stores.feeds.version(of.feed, known.version).profile.site.file_name
    if rule and not of.file_name:
        raise invalid("file_name", f"the profile of {of.feed} takes the site from it ({rule}); send the file's name")


def _require_readable(body: bytes) -> None:
    """Look at a body's outline, so that what no processor could read doesn't land.

    Raises:
        ProblemRaised: it is no feed, unpacks to too much, or has too many records.
    """
    from heliograph.feed.decode import unpack  # noqa: PLC0415
    from heliograph.feed.json_outline import MAX_RECORDS  # noqa: PLC0415 - 5 ms that only this route needs
    from heliograph.feed.layouts import outlined  # noqa: PLC0415

    most = f"unpacks to more than {UNPACKED_BYTES / 2**20:g} MiB"
    try:
        text = unpack(body, UNPACKED_BYTES)
        most = f"has more than {MAX_RECORDS:,} records"
        outlined(text)
    except TooLarge:
        raise too_large(f"the body {most}") from None
    except UnreadableFile as error:
        raise invalid("body", str(error)) from None
