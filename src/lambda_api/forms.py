"""A site's series page by page, as JSON, CSV or Arrow: which page is asked for, and in what form it is answered."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response

from heliograph.storage.pages import Page
from lambda_api.answers import Listing, Position, fit, link, next_cursor, page_response, sent_as_base64, sent_as_text
from lambda_api.http_semantics import choose
from lambda_api.openapi import Responses, Shape, answer, problem_answers
from lambda_api.parameters import LONGEST_PAGE, READINGS_A_PAGE, Cursor, Period, parse_period
from lambda_api.tables import ARROW, CSV, table_of

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)

# A table's rows are small, and whoever wants them wants many.
LONGEST_TABLE: Final = 10_000
_JSON: Final = "application/json"
_LONGEST: Final = {_JSON: LONGEST_PAGE, CSV: LONGEST_TABLE, ARROW: LONGEST_TABLE}
_FORMS: Final = tuple(_LONGEST)

_Limit = Annotated[
    int,
    Query(
        ge=1,
        le=LONGEST_TABLE,
        description=f"Intervals a page, 1 to {LONGEST_TABLE}; a page of JSON has {LONGEST_PAGE} at most.",
        examples=[100],
    ),
]
_Start = Annotated[
    str | None,
    Query(
        description="Intervals that end at this time or later: ISO 8601 with its offset, or a date, meaning 00:00 UTC.",
        examples=["2026-11-22T00:00:00Z"],
    ),
]
_End = Annotated[
    str | None,
    Query(
        description="Intervals that end before this time: ISO 8601 with its offset, or a date, meaning 00:00 UTC.",
        examples=["2026-11-23"],
    ),
]


class SeriesQuery(msgspec.Struct, frozen=True):
    """Which page of a site's series is asked for. form: the media type it is given in."""

    period: Period
    limit: int
    cursor: str | None
    form: str


async def _asked(
    request: Request,
    start: _Start = None,
    end: _End = None,
    limit: _Limit = READINGS_A_PAGE,
    cursor: Cursor = None,
) -> SeriesQuery:
    form = choose(",".join(request.headers.getlist("accept")), _FORMS)
    return SeriesQuery(parse_period(start, end), min(limit, _LONGEST[form]), cursor, form)


AskedSeries = Annotated[SeriesQuery, Depends(_asked)]


def series_answers(page: Shape) -> Responses:
    """Declare what a route of a site's series answers: a page of JSON, the same as a table, or a problem."""
    return {
        **answer(
            page,
            description="A page; of CSV or Arrow, `Link` alone leads to the next.",
            others={CSV: {"type": "string"}, ARROW: {"type": "string", "format": "binary"}},
        ),
        **problem_answers(
            HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.UNPROCESSABLE_ENTITY
        ),
    }


def series_listing(name: str, site_id: str, period: Period) -> Listing:
    """Return a site's series in a period as a list; a position is the END of an interval, UTC text."""

    def lies_in(position: Position) -> bool:
        return len(position) == 1 and period.holds(position[0])

    return Listing(name, (site_id, period.start, period.end), lies_in)


class Rows(msgspec.Struct, Generic[T, R], frozen=True):
    """How the items of a page are answered. resource: as JSON. row: as a row of a table, of type `kind`.

    end: the END of an item's interval, UTC text.
    """

    resource: Callable[[T], object]
    row: Callable[[T], R]
    kind: type[R]
    end: Callable[[T], str]


def series_response(page: Page[T], asked: SeriesQuery, listing: Listing, rows: "Rows[T, R]") -> Response:
    """Make the answer for a page in the form that is asked for; as much of it as a Lambda may answer."""
    period = asked.period
    query: dict[str, str | int | None] = {"start": period.start, "end": period.end, "limit": asked.limit}

    def position(item: T) -> Position:
        return (rows.end(item),)

    if asked.form == _JSON:
        answered: Response = page_response(page, listing, query, rows.resource, position)
    else:
        fitted, body = _table(page, asked.form, rows)
        following = next_cursor(fitted, listing, position)
        answered = Response(body, headers=link(query, following), media_type=asked.form)
    answered.headers["Vary"] = "Accept"
    return answered


def _table(page: Page[T], form: str, rows: "Rows[T, R]") -> tuple[Page[T], bytes]:
    made: Sequence[R] = [rows.row(each) for each in page.items]
    sent = sent_as_text if form == CSV else sent_as_base64
    return fit(page, lambda part: table_of(form, made[: len(part.items)], rows.kind), sent)
