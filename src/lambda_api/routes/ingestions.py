"""GET /ingestions, /ingestions/{ingestion_id} and /ingestions/{ingestion_id}/rejected: the outcomes of landed files."""

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query
from msgspec import Meta

from heliograph import ingestion
from heliograph.errors import ObjectGone
from heliograph.object_keys import quarantine_key
from heliograph.storage.objects import Line
from heliograph.storage.pages import Page
from heliograph.table_keys import ingestion_hour
from lambda_api.answers import AnswerPage, JsonResponse, Listing, Position, page_response, peek_cursor, read_cursor
from lambda_api.openapi import answers
from lambda_api.parameters import ENTRIES_A_PAGE, Cursor, Now, PageLimit, Stores, hour_of, parse_hour
from lambda_api.ports import ApiStores
from lambda_api.problems import NOT_PROCESSED, UNKNOWN_INGESTION, ProblemRaised

router = APIRouter(tags=["ingestions"])

_PATTERN: Final = r"^\d{8}T\d{6}Z-[0-9a-f]{20}$"
_INGESTION_ID: Final = re.compile(_PATTERN, re.ASCII)
# A file that landed so lately may still be on its way, however busy the queue.
_MAY_COME: Final = timedelta(hours=1)
_SHOWN_CHARACTERS: Final = 2_000
_NONE: Final[Page[Line]] = Page([], more=False)
_ASK_AGAIN: Final = {"Retry-After": "2"}  # seconds

_IngestionId = Annotated[
    str,
    Path(
        description="The ingestion's name: when its file landed (UTC) and a hash of the file's key and version.",
        pattern=_PATTERN,
        examples=["20261122T093000Z-0123456789abcdef0123"],
    ),
]
_Hour = Annotated[
    str | None,
    Query(
        description="The UTC hour the files landed in, YYYYMMDDTHH; the current hour if omitted.",
        examples=["20261122T09"],
    ),
]


class IngestionResource(ingestion.Ingestion, frozen=True, kw_only=False):
    """What became of one raw file: records = stored + already_stored + revised + rejected."""

    id: Annotated[str, Meta(description="The ingestion's name.", examples=["20261122T093000Z-0123456789abcdef0123"])]


class IngestionPage(AnswerPage[IngestionResource], frozen=True):
    """A page of ingestions."""


class QuarantineEntry(msgspec.Struct, frozen=True):
    """A record that isn't a reading."""

    position: Annotated[
        int, Meta(description="Its line in the file, or its place in an array: a count from 1.", examples=[17])
    ]
    through: Annotated[
        int,
        Meta(
            description="The last one's position, a count from 1; equal where an entry is for one record.",
            examples=[17],
        ),
    ]
    reason: Annotated[str, Meta(description="Why it was rejected.", examples=["energy_generated_kwh is missing"])]
    record: Annotated[
        str,
        Meta(
            description="Its text, up to 2,000 characters; the file has all of it.",
            examples=['{"site_id": "solar-007", "timestamp": "2026-11-22T09:05:00Z"}'],
        ),
    ]


class QuarantinePage(AnswerPage[QuarantineEntry], frozen=True):
    """A page of rejected records."""


@router.get(
    "/ingestions",
    responses=answers(IngestionPage, HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_ingestions(
    stores: Stores, now: Now, hour: _Hour = None, limit: PageLimit = ENTRIES_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List what became of the files that landed in a UTC hour, latest first."""
    chosen = parse_hour(hour) if hour is not None else _hour_of(cursor) or hour_of(now)
    listing = Listing("ingestions", (chosen,), lambda position: _lies_in(position, chosen))
    after = read_cursor(listing, cursor)[0] if cursor else None
    page = stores.ingestions.of_hour(chosen, limit, after)
    return page_response(page, listing, {"hour": chosen, "limit": limit}, ingestion_of, lambda done: (done.id,))


@router.get(
    "/ingestions/{ingestion_id}",
    responses=answers(IngestionResource, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def get_ingestion(ingestion_id: _IngestionId, stores: Stores, now: Now) -> JsonResponse:
    """Return what became of one file."""
    return JsonResponse(ingestion_of(_find(stores, ingestion_id, now)))


@router.get(
    "/ingestions/{ingestion_id}/rejected",
    responses=answers(QuarantinePage, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_rejected(
    ingestion_id: _IngestionId, stores: Stores, now: Now, limit: PageLimit = ENTRIES_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List the records of a file that were rejected, in the file's order."""
    listing = Listing("rejected", (ingestion_id,), _is_byte)
    after = int(read_cursor(listing, cursor)[0]) if cursor else 0
    done = _find(stores, ingestion_id, now)
    page = _NONE
    if done.rejected:
        try:
            page = stores.quarantine.page(quarantine_key(done.object_key, done.version), limit, after)
        except ObjectGone:  # an operator has removed it
            page = _NONE
    return page_response(page, listing, {"limit": limit}, _entry_of, lambda line: (str(line.ends_at),))


def _find(stores: ApiStores, ingestion_id: str, now: datetime) -> ingestion.Ingestion:
    """Read what became of one file.

    Raises:
        ProblemRaised: there's no such file, or it isn't processed yet.
    """
    done = stores.ingestions.get(ingestion_id)
    if done is not None:
        return done
    if abs(now - _landed_at(ingestion_id)) < _MAY_COME:
        raise ProblemRaised(NOT_PROCESSED, f"{ingestion_id} isn't processed yet; ask again", headers=_ASK_AGAIN)
    raise ProblemRaised(
        UNKNOWN_INGESTION, f"there's no ingestion {ingestion_id}; GET /ingestions lists those of an hour"
    )


def _landed_at(ingestion_id: str) -> datetime:
    try:
        return datetime.strptime(ingestion_id[:16], "%Y%m%dT%H%M%S%z")
    except ValueError:  # digits that are no time
        return datetime.min.replace(tzinfo=UTC)


def _hour_of(cursor: str | None) -> str | None:
    """Return the hour a cursor belongs to, so that a list goes on past the hour; unproven until it is read."""
    position = peek_cursor(cursor) if cursor else ()
    return ingestion_hour(position[0]) if position else None


def _lies_in(position: Position, hour: str) -> bool:
    return len(position) == 1 and bool(_INGESTION_ID.match(position[0])) and ingestion_hour(position[0]) == hour


def ingestion_of(done: ingestion.Ingestion) -> IngestionResource:
    """Return an ingestion as it is served."""
    return IngestionResource(id=done.id, **msgspec.structs.asdict(done))


def _entry_of(line: Line) -> QuarantineEntry:
    rejected = line.rejected
    return QuarantineEntry(
        rejected.position, rejected.through or rejected.position, rejected.reason, rejected.record[:_SHOWN_CHARACTERS]
    )


def _is_byte(position: Position) -> bool:
    return len(position) == 1 and position[0].isascii() and position[0].isdigit()
