"""Problem details (RFC 9457), and which failure becomes which: a stable type, a title, and a sentence on what to do.

No other file turns failures into answers.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from msgspec import Meta
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from heliograph.errors import CursorError, HeliographError, StorageError
from heliograph.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_AFTER: Final = {"Retry-After": "2"}  # seconds; botocore has tried for longer than that already
# What a laptop's embedded AWS says while there is too little room; AWS itself has no such answer.
_FULL: Final = "InsufficientStorage"
# What DynamoDB says of load, and of its own failures: the same request may be answered a moment later.
_PASSING: Final = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)


class ProblemKind(msgspec.Struct, frozen=True):
    """A kind of problem. type: a URI reference that never changes; clients may act on it."""

    type: str
    title: str
    status: int


UNKNOWN_SITE: Final = ProblemKind("/problems/unknown-site", "Unknown site", HTTPStatus.NOT_FOUND)
UNKNOWN_FEED: Final = ProblemKind("/problems/unknown-feed", "Unknown feed", HTTPStatus.NOT_FOUND)
FEED_IN_USE: Final = ProblemKind("/problems/feed-in-use", "Feed in use", HTTPStatus.CONFLICT)
UNKNOWN_EDIT: Final = ProblemKind("/problems/unknown-edit", "Unknown edit", HTTPStatus.NOT_FOUND)
EDIT_CONFLICT: Final = ProblemKind("/problems/edit-conflict", "Another edit", HTTPStatus.CONFLICT)
EDIT_OVERLAP: Final = ProblemKind("/problems/edit-overlap", "Intervals are occupied", HTTPStatus.CONFLICT)
UNKNOWN_INGESTION: Final = ProblemKind("/problems/unknown-ingestion", "Unknown ingestion", HTTPStatus.NOT_FOUND)
UNKNOWN_INCIDENT: Final = ProblemKind("/problems/unknown-incident", "Unknown incident", HTTPStatus.NOT_FOUND)
NOT_PROCESSED: Final = ProblemKind("/problems/not-processed-yet", "Not processed yet", HTTPStatus.NOT_FOUND)
INVALID_REQUEST: Final = ProblemKind("/problems/invalid-request", "Invalid request", HTTPStatus.UNPROCESSABLE_ENTITY)
TOO_LARGE: Final = ProblemKind("/problems/too-large", "Too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
NOT_ACCEPTABLE: Final = ProblemKind("/problems/not-acceptable", "Not acceptable", HTTPStatus.NOT_ACCEPTABLE)
UNSUPPORTED_MEDIA: Final = ProblemKind(
    "/problems/unsupported-media-type", "Unsupported media type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
)
ROLE_NEEDED: Final = ProblemKind("/problems/role-needed", "Role needed", HTTPStatus.FORBIDDEN)
CROSS_SITE: Final = ProblemKind("/problems/cross-site", "From another site", HTTPStatus.FORBIDDEN)
BAD_CURSOR: Final = ProblemKind("/problems/bad-cursor", "Bad cursor", HTTPStatus.BAD_REQUEST)
FULL: Final = ProblemKind("/problems/disk-full", "Disk full", HTTPStatus.INSUFFICIENT_STORAGE)
BUSY: Final = ProblemKind("/problems/busy", "Store busy", HTTPStatus.SERVICE_UNAVAILABLE)
KINDS: Final = (
    UNKNOWN_FEED,
    FEED_IN_USE,
    INVALID_REQUEST,
    BAD_CURSOR,
    UNKNOWN_SITE,
    UNKNOWN_INGESTION,
    NOT_PROCESSED,
    UNKNOWN_INCIDENT,
    UNKNOWN_EDIT,
    EDIT_CONFLICT,
    EDIT_OVERLAP,
    TOO_LARGE,
    NOT_ACCEPTABLE,
    UNSUPPORTED_MEDIA,
    CROSS_SITE,
    ROLE_NEEDED,
    FULL,
    BUSY,
)


def plain(status: int) -> ProblemKind:
    """Return the kind for a status that says all there is to say."""
    return ProblemKind("about:blank", HTTPStatus(status).phrase, status)


class ProblemField(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request."""

    field: Annotated[str, Meta(description="The parameter or field.", examples=["limit"])]
    message: Annotated[
        str, Meta(description="What is wrong with it.", examples=["Input should be less than or equal to 1000"])
    ]


def _no_site(site_id: str) -> str:
    return f"there's no site {site_id}; GET /sites lists those there are"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, as RFC 9457 has it."""

    type: Annotated[
        str,
        Meta(
            description="Which kind of problem; it never changes, so clients may act on it. `about:blank` where the "
            "status says all.",
            examples=["/problems/unknown-site"],
        ),
    ]
    title: Annotated[str, Meta(description="The kind in words.", examples=["Unknown site"])]
    status: Annotated[int, Meta(description="The HTTP status.", examples=[404])]
    detail: Annotated[
        str,
        Meta(
            description="What is wrong with this request, and what to do.",
            examples=[_no_site("solar-007")],
        ),
    ]
    instance: Annotated[str, Meta(description="The path that was asked for.", examples=["/sites/solar-007"])]
    errors: Annotated[
        tuple[ProblemField, ...], Meta(description="Each field that can't be used; only with status 422.")
    ] = ()


class ProblemRaised(HeliographError):
    """A request ends in a problem; raised anywhere below a route."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        faults: tuple[ProblemField, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what to tell the client."""
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.faults = faults
        self.headers = headers


def invalid(field: str, message: str) -> ProblemRaised:
    """Make the problem of one field that can't be used."""
    return ProblemRaised(INVALID_REQUEST, f"{field}: {message}", (ProblemField(field, message),))


def unknown_site(site_id: str) -> ProblemRaised:
    """Make the problem of a site nobody has registered or sent readings for."""
    return ProblemRaised(UNKNOWN_SITE, _no_site(site_id))


def unknown_feed(name: str) -> ProblemRaised:
    """Make the problem of a feed that has no profile."""
    return ProblemRaised(UNKNOWN_FEED, f"the feed {name!a} has no profile; PUT /feeds/{name} adds one")


def removed_feed(name: str) -> ProblemRaised:
    """Make the problem of a feed whose profile was removed."""
    back = f"PUT /feeds/{name} adds one, and `heliograph feeds restore {name}` brings the old one back"
    return ProblemRaised(UNKNOWN_FEED, f"the profile of the feed {name!a} was removed; {back}")


def unknown_edit(edit_id: str) -> ProblemRaised:
    """Make the problem of an edit that nobody made."""
    return ProblemRaised(UNKNOWN_EDIT, f"there's no edit {edit_id}; GET /edits?site_id= lists a site's")


def feed_in_use(name: str) -> ProblemRaised:
    """Make the problem of a first profile for a prefix below which files land that are read without one."""
    what = (
        f"files land below raw/{name}/ already, read in the native format; a profile changes how the next ones are read"
    )
    return ProblemRaised(FEED_IN_USE, f"{what}. Choose another name, or send replace=true if that is meant")


def problem_response(
    kind: ProblemKind,
    detail: str,
    instance: str,
    faults: tuple[ProblemField, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer. instance: the path that was asked for."""
    problem = Problem(kind.type, kind.title, kind.status, detail, quote(instance), faults)
    content = msgspec.json.encode(problem)
    return Response(content, int(kind.status), headers, MEDIA_TYPE)  # a plain int, as it goes into the gateway's JSON


def register(app: FastAPI) -> None:
    """Make every failure of the app a problem."""
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        ProblemRaised: _raised,
        CursorError: _cursor,
        RequestValidationError: _validation,
        HTTPException: _http,
        StorageError: _storage,
        BotoCoreError: _storage,
        ClientError: _storage,
        Exception: _unexpected,
    }
    for error, answer in handlers.items():
        app.add_exception_handler(error, answer)


async def _raised(request: Request, error: ProblemRaised) -> Response:
    return problem_response(error.kind, error.detail, request.scope["path"], error.faults, error.headers)


async def _cursor(request: Request, error: CursorError) -> Response:
    return problem_response(BAD_CURSOR, str(error), request.scope["path"])


async def _validation(request: Request, error: RequestValidationError) -> Response:
    faults = tuple(_fault(each) for each in error.errors())
    detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
    return problem_response(INVALID_REQUEST, detail, request.scope["path"], faults)


def _fault(error: dict[str, Any]) -> ProblemField:
    """Turn pydantic's word on one field into ours; the first of its places says query, path or body."""
    return ProblemField(".".join(map(str, error["loc"][1:])) or str(error["loc"][0]), error["msg"])


async def _http(request: Request, error: HTTPException) -> Response:
    details = {
        HTTPStatus.NOT_FOUND: f"there's nothing at {request.scope['path']}; /docs lists what there is",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} isn't allowed here; /docs lists what is",
    }
    detail = details.get(HTTPStatus(error.status_code), error.detail)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_methods(request))}
    return problem_response(plain(error.status_code), detail, request.scope["path"], headers=headers)


def _methods(request: Request) -> list[str]:
    """Return the methods that a path has, of all its routes; Starlette itself names the first one's."""
    routes = (route for route in request.app.routes if isinstance(route, Route))
    here = (route for route in routes if route.matches(request.scope)[0] != Match.NONE)
    return sorted({method for route in here for method in route.methods or ()})


async def _storage(request: Request, error: Exception) -> Response:
    """Answer a store's failure: 503 where it may pass, 507 on a full disk, 500 where the mistake is ours."""
    if isinstance(error, ClientError) and error.response["Error"]["Code"] == _FULL:
        logger().warning("disk full", path=request.scope["path"], error=str(error))
        detail = f"nothing was taken in: {error.response['Error']['Message']}"
        return problem_response(FULL, detail, request.scope["path"])
    if not _may_pass(error):
        return await _unexpected(request, error)
    logger().warning("store failed", path=request.scope["path"], error=str(error))
    detail = "the store is busy or can't be reached; send the same request again in a moment"
    return problem_response(BUSY, detail, request.scope["path"], headers=_RETRY_AFTER)


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _PASSING
    return isinstance(error, (StorageError, ConnectionError, HTTPClientError))


async def _unexpected(request: Request, error: Exception) -> Response:
    """Log everything, tell nothing of the inside."""
    logger().error("request failed", path=request.scope["path"], exc_info=error)
    detail = "the service failed and has logged why; send the request again, and tell its operator if it fails again"
    return problem_response(plain(HTTPStatus.INTERNAL_SERVER_ERROR), detail, request.scope["path"])
