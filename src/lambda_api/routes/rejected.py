"""GET /ingestions/{ingestion_id}/rejected: the records of a file that aren't readings, and why."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter

from heliograph.errors import ObjectGone
from heliograph.object_keys import quarantine_key
from heliograph.storage.objects import Line
from heliograph.storage.pages import Page
from lambda_api.answers import JsonResponse, Listing, Position, page_response, read_cursor
from lambda_api.openapi import answers
from lambda_api.parameters import ENTRIES_A_PAGE, Cursor, Limit, Now, Stores
from lambda_api.routes.ingestions import IngestionId, find

router = APIRouter(tags=["ingestions"])

_SHOWN_CHARACTERS: Final = 2_000
_NONE: Final[Page[Line]] = Page([], more=False)


@router.get(
    "/ingestions/{ingestion_id}/rejected",
    responses=answers("QuarantinePage", HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_rejected(
    ingestion_id: IngestionId, stores: Stores, now: Now, limit: Limit = ENTRIES_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List the records of a file that were rejected, in the file's order."""
    listing = Listing("rejected", (ingestion_id,), _is_place)
    after = int(read_cursor(listing, cursor)[0]) if cursor else 0
    ingestion = find(stores, ingestion_id, now)
    page = _NONE
    if ingestion.rejected:
        try:
            page = stores.quarantine.page(quarantine_key(ingestion.object_key, ingestion.version), limit, after)
        except ObjectGone:  # an operator has removed it
            page = _NONE
    return page_response(page, listing, {"limit": limit}, _shape, lambda line: (str(line.ends_at),))


def _shape(line: Line) -> dict[str, Any]:
    rejected = line.rejected
    return {
        "position": rejected.position,
        "through": rejected.through or rejected.position,
        "reason": rejected.reason,
        "record": rejected.record[:_SHOWN_CHARACTERS],
    }


def _is_place(position: Position) -> bool:
    return len(position) == 1 and position[0].isascii() and position[0].isdigit()
