"""The bodies of requests that write: bounded."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request

from lambda_api.problems import TOO_LARGE, ProblemRaised, invalid

# A Lambda is handed 6 MB at most, in which a gzip body takes a third more as base64.
LIMIT_BYTES: Final = 4 * 2**20
# What a body may unpack to; the processor would take more, but the API's memory is half of its.
UNPACKED_BYTES: Final = 64 * 2**20


async def _body(request: Request) -> bytes:
    """Read a request's body.

    Raises:
        ProblemRaised: it is empty or too large.
    """
    body = await request.body()
    if len(body) > LIMIT_BYTES:
        raise too_large(f"the body has {len(body) / 2**20:.1f} MiB; at most {LIMIT_BYTES / 2**20:g} are taken")
    if not body:
        raise invalid("body", "it's empty; send what is to be kept")
    return body


def too_large(what: str) -> ProblemRaised:
    """Make the problem of a body that is too large."""
    return ProblemRaised(TOO_LARGE, f"{what}: send it in parts, or gzip it, or put the file into the bucket")


Body = Annotated[bytes, Depends(_body)]

STATUSES: Final = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INSUFFICIENT_STORAGE,
)
