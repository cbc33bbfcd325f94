"""Problem details (RFC 9457): a stable type, a title, and a sentence on what to do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from heliograph.errors import HeliographError

MEDIA_TYPE: Final = "application/problem+json"


class Kind(msgspec.Struct, frozen=True):
    """A kind of problem. type: a URI reference that never changes; clients may act on it."""

    type: str
    title: str
    status: int


UNKNOWN_SITE: Final = Kind("/problems/unknown-site", "Unknown site", HTTPStatus.NOT_FOUND)
UNKNOWN_INGESTION: Final = Kind("/problems/unknown-ingestion", "Unknown ingestion", HTTPStatus.NOT_FOUND)
UNKNOWN_INCIDENT: Final = Kind("/problems/unknown-incident", "Unknown incident", HTTPStatus.NOT_FOUND)
NOT_PROCESSED: Final = Kind("/problems/not-processed-yet", "Not processed yet", HTTPStatus.NOT_FOUND)
INVALID_REQUEST: Final = Kind("/problems/invalid-request", "Invalid request", HTTPStatus.UNPROCESSABLE_ENTITY)
TOO_LARGE: Final = Kind("/problems/too-large", "Too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
NOT_ACCEPTABLE: Final = Kind("/problems/not-acceptable", "Not acceptable", HTTPStatus.NOT_ACCEPTABLE)
UNSUPPORTED_MEDIA: Final = Kind(
    "/problems/unsupported-media-type", "Unsupported media type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
)
CROSS_SITE: Final = Kind("/problems/cross-site", "From another site", HTTPStatus.FORBIDDEN)
BAD_CURSOR: Final = Kind("/problems/bad-cursor", "Bad cursor", HTTPStatus.BAD_REQUEST)
FULL: Final = Kind("/problems/disk-full", "Disk full", HTTPStatus.INSUFFICIENT_STORAGE)
BUSY: Final = Kind("/problems/busy", "Store busy", HTTPStatus.SERVICE_UNAVAILABLE)
KINDS: Final = (
    INVALID_REQUEST,
    BAD_CURSOR,
    UNKNOWN_SITE,
    UNKNOWN_INGESTION,
    NOT_PROCESSED,
    UNKNOWN_INCIDENT,
    TOO_LARGE,
    NOT_ACCEPTABLE,
    UNSUPPORTED_MEDIA,
    CROSS_SITE,
    FULL,
    BUSY,
)


def plain(status: int) -> Kind:
    """Return the kind for a status that says all there is to say."""
    return Kind("about:blank", HTTPStatus(status).phrase, status)


class FieldFault(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request."""

    field: str
    message: str


class ProblemRaised(HeliographError):
    """A request ends in a problem; raised anywhere below a route."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        faults: tuple[FieldFault, ...] = (),
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
    return ProblemRaised(INVALID_REQUEST, f"{field}: {message}", (FieldFault(field, message),))


def unknown_site(site_id: str) -> ProblemRaised:
    """Make the problem of a site nobody has registered or sent readings for."""
    return ProblemRaised(UNKNOWN_SITE, f"there's no site {site_id}; GET /sites lists those there are")


def problem_response(
    kind: Kind,
    detail: str,
    instance: str,
    faults: tuple[FieldFault, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer. instance: the path that was asked for."""
    body = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": quote(instance),
    }
    content = msgspec.json.encode(body | {"errors": faults} if faults else body)
    return Response(content, int(kind.status), headers, MEDIA_TYPE)  # a plain int, as it goes into the gateway's JSON
