"""GET /ingests and GET /ingests/{ingest_id}: what became of the files that landed."""

import re
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from heliograph.table_keys import ingest_hour
from lambda_api import cursors, encode
from lambda_api.answers import page_response
from lambda_api.cursors import Listing, Position
from lambda_api.dependencies import Now, Stores
from lambda_api.encode import JsonResponse
from lambda_api.models import Ingest, IngestPage
from lambda_api.openapi import problem_answers
from lambda_api.parameters import ENTRIES_A_PAGE, INGEST_ID_PATTERN, Cursor, Hour, IngestId, Limit
from lambda_api.problems import UNKNOWN_INGEST, ProblemRaised
from lambda_api.times import hour_of, parse_hour

router = APIRouter(tags=["ingests"])

_INGEST_ID: Final = re.compile(INGEST_ID_PATTERN, re.ASCII)


@router.get(
    "/ingests",
    response_model=IngestPage,
    responses=problem_answers(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_ingests(
    stores: Stores, now: Now, hour: Hour = None, limit: Limit = ENTRIES_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List what became of the files that landed in a UTC hour, latest first."""
    chosen = parse_hour(hour) if hour is not None else _hour_of(cursor) or hour_of(now)
    listing = Listing("ingests", (chosen,), lambda position: _lies_in(position, chosen))
    after = cursors.read(listing, cursor)[0] if cursor else None
    page = stores.ingests.of_hour(chosen, limit, after)
    return page_response(page, listing, {"hour": chosen, "limit": limit}, encode.ingest, lambda done: (done.id,))


@router.get(
    "/ingests/{ingest_id}",
    response_model=Ingest,
    responses=problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def get_ingest(ingest_id: IngestId, stores: Stores) -> JsonResponse:
    """Give what became of one file."""
    done = stores.ingests.get(ingest_id)
    if done is None:
        raise ProblemRaised(UNKNOWN_INGEST, f"there's no ingest {ingest_id}; GET /ingests lists those of an hour")
    return JsonResponse(encode.ingest(done))


def _hour_of(cursor: str | None) -> str | None:
    """Give the hour a cursor belongs to, so that a list goes on past the hour; unproven until it is read."""
    position = cursors.peek(cursor) if cursor else ()
    return ingest_hour(position[0]) if position else None


def _lies_in(position: Position, hour: str) -> bool:
    return len(position) == 1 and bool(_INGEST_ID.match(position[0])) and ingest_hour(position[0]) == hour
