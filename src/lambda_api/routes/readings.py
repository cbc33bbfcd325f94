"""POST /readings: readings land as a file would, and the answer says where to ask what became of them."""

from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter

from heliograph.errors import TooLarge, UnreadableFile
from lambda_api.bodies import OUTLINED_BYTES, STATUSES, UNPACKED_BYTES, Body, too_large
from lambda_api.dependencies import Now, Stores
from lambda_api.encode import JsonResponse
from lambda_api.openapi import problem_answers
from lambda_api.problems import invalid
from lambda_api.sent_models import Landed

router = APIRouter(tags=["readings"])

_FEED: Final = "api"
_READINGS: Final = {"$ref": "#/components/schemas/Reading"}
_CSV: Final = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh\nsolar-007,2026-11-22T09:05:00Z,4.125,0.31\n"
_BODY: Final[dict[str, Any]] = {
    "description": "Readings in any format of a feed, up to 4 MiB, plain or gzip; the format is found from the body.",
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
    },
}


@router.post(
    "/readings",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Landed,
    responses=problem_answers(*STATUSES),
    openapi_extra={"requestBody": _BODY},
)
async def post_readings(body: Body, stores: Stores, now: Now) -> JsonResponse:
    """Land readings. They are stored a moment later: `status` says what became of them, record by record.

    A body that is no feed at all is refused; a record that is no reading is refused later, and the others are stored.
    """
    _require_readable(body)
    landed = stores.landing.land(_FEED, now, sha256(body).hexdigest()[:16], body)
    answer = {"ingest_id": landed.ingest, "object_key": landed.key, "status": f"/ingests/{landed.ingest}"}
    # Relative to this address, so it holds behind any stage or domain.
    return JsonResponse(answer, HTTPStatus.ACCEPTED, {"Location": f"ingests/{landed.ingest}"})


def _require_readable(body: bytes) -> None:
    """Look at a body, and at its outline where it is small, so that what no processor could read doesn't land.

    Raises:
        ProblemRaised: it is no feed, or unpacks to too much.
    """
    from heliograph.feed.layouts import split  # noqa: PLC0415 - 5 ms that only this route needs
    from heliograph.feed.unpack import unpack  # noqa: PLC0415

    try:
        text = unpack(body, UNPACKED_BYTES)
        if len(text) <= OUTLINED_BYTES:
            split(text)
    except TooLarge:
        raise too_large(f"the body unpacks to more than {UNPACKED_BYTES / 2**20:g} MiB") from None
    except UnreadableFile as error:
        raise invalid("body", str(error)) from None
