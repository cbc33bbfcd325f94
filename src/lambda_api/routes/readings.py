"""GET /readings/{site_id}, GET /anomalies/{site_id} and GET /anomalies: what sites measured, and what is wrong in it.

A site's series is given as JSON, CSV or Arrow, as the request accepts.
"""

from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from msgspec import Meta
from starlette.responses import Response

from heliograph.checks.flag import Flag
from heliograph.history import Assessed, Version
from heliograph.reading import Measures, Quality, is_site_id, net_kwh
from heliograph.storage.pages import Page
from lambda_api.answers import (
    AnswerPage,
    JsonResponse,
    Listing,
    Position,
    page_response,
    peek_cursor,
    read_cursor,
)
from lambda_api.forms import AskedSeries, Rows, SeriesQuery, series_answers, series_listing, series_response
from lambda_api.openapi import answers
from lambda_api.parameters import (
    READINGS_A_PAGE,
    Cursor,
    Now,
    PageLimit,
    SiteId,
    Stores,
    is_timestamp,
    parse_day,
)
from lambda_api.ports import ApiStores
from lambda_api.problems import unknown_site
from lambda_api.tables import TimeText

router = APIRouter(tags=["readings"])

SiteName = Annotated[str, Meta(description="The site's name.", examples=["solar-007"])]
Generated = Annotated[
    Decimal | None,
    Meta(
        description="Energy generated in the interval, kWh, exact; null where there is no measured value.",
        examples=[4.125],
    ),
]
Consumed = Annotated[
    Decimal | None,
    Meta(
        description="Energy consumed in the interval, kWh, exact; null where there is no measured value.",
        examples=[0.31],
    ),
]
_Source = Annotated[
    str,
    Meta(
        description="The file the values came from: its key, and its version behind an @; the later one, where two "
        "files brought a side each.",
        examples=["raw/submit/2026/11/22/day.json@v1"],
    ),
]
_LandedAt = Annotated[str, Meta(description="When that file landed, UTC.", examples=["2026-11-22T09:05:12Z"])]


IntervalSeconds = Annotated[
    int | None,
    Meta(
        description="Length of the interval as its file states it, seconds; null where it doesn't.",
        examples=[300],
    ),
]
QualityMark = Annotated[
    Quality,
    Meta(
        description="What the feed says of the values: `actual`, or that they stand in for measured ones. An actual "
        "value beats any other, whatever lands first.",
        examples=["actual"],
    ),
]


class Revision(msgspec.Struct, frozen=True, gc=False):
    """Values a reading was landed with that no longer hold."""

    energy_generated_kwh: Generated
    energy_consumed_kwh: Consumed
    source: _Source
    landed_at: _LandedAt
    quality: QualityMark


class ReadingResource(msgspec.Struct, frozen=True, gc=False):
    """A site's energy in one interval, and what was found wrong with it."""

    site_id: SiteName
    timestamp: Annotated[str, Meta(description="The END of the interval, UTC.", examples=["2026-11-22T09:05:00Z"])]
    energy_generated_kwh: Generated
    energy_consumed_kwh: Consumed
    net_energy_kwh: Annotated[
        Decimal | None,
        Meta(
            description="Generated minus consumed, kWh, exact; of a site that measures one side that side, signed; "
            "null where a measured side has no value.",
            examples=[3.815],
        ),
    ]
    anomaly: Annotated[bool, Meta(description="Whether any flag is more than information.", examples=[True])]
    flags: Annotated[tuple[Flag, ...], Meta(description="What was found, each explained; mostly empty.")]
    source: _Source
    landed_at: _LandedAt
    interval_seconds: IntervalSeconds
    quality: QualityMark
    revisions: Annotated[
        list[Revision],
        Meta(description="Values replaced by a later landing, latest first: the newest few; mostly empty."),
    ]
    revision_count: Annotated[
        int,
        Meta(
            description="Other pairs of values that were landed, each once: a count. Exact where `revisions` holds "
            "them all; where it is more than `revisions` has, there were at least so many.",
            examples=[0],
        ),
    ]


class ReadingPage(AnswerPage[ReadingResource], frozen=True):
    """A page of readings."""


class ReadingRow(msgspec.Struct, frozen=True, gc=False):
    """A reading as a row of a table; flags are the rules' names."""

    site_id: str
    timestamp: TimeText
    energy_generated_kwh: Decimal | None
    energy_consumed_kwh: Decimal | None
    net_energy_kwh: Decimal | None
    anomaly: bool
    flags: str
    source: str
    landed_at: TimeText
    interval_seconds: int | None
    quality: str


_Day = Annotated[
    str | None,
    Query(description="A UTC day, YYYY-MM-DD; today if omitted.", examples=["2026-11-22"]),
]

_Read = Callable[[str, str | None, str | None, int, str | None], Page[Assessed]]


@router.get("/readings/{site_id}", responses=series_answers(ReadingPage))
async def list_readings(site_id: SiteId, asked: AskedSeries, stores: Stores) -> Response:
    """List a site's readings in time order."""
    return _page("readings", stores.readings.of_site, site_id, asked, stores)


@router.get("/anomalies/{site_id}", responses=series_answers(ReadingPage))
async def list_anomalies_of_site(site_id: SiteId, asked: AskedSeries, stores: Stores) -> Response:
    """List a site's anomalous readings in time order."""
    return _page("anomalies", stores.readings.anomalies_of_site, site_id, asked, stores)


@router.get(
    "/anomalies",
    responses=answers(ReadingPage, HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_anomalies(
    stores: Stores, now: Now, day: _Day = None, limit: PageLimit = READINGS_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List all sites' anomalous readings of a UTC day, by site and then by time."""
    chosen = parse_day(day) if day is not None else _day_of(cursor) or f"{now:%Y-%m-%d}"
    listing = Listing("anomalies-of-day", (chosen,), lambda position: _lies_in_day(position, chosen))
    after = None
    if cursor:
        site_id, timestamp = read_cursor(listing, cursor)
        after = (site_id, timestamp)
    page = stores.readings.anomalies_of_day(chosen, limit, after)
    # Only of a reading that lacks a side the net may go by the registry.
    lacking = {each.history.site_id for each in page.items if None in each.history.current.values}
    known = (stores.sites.get(site_id) for site_id in sorted(lacking))
    measures = {site.site_id: site.measures for site in known if site}
    return page_response(
        page,
        listing,
        {"day": chosen, "limit": limit},
        lambda each: reading_of(each, measures.get(each.history.site_id)),
        _site_and_time,
    )


def reading_of(assessed: Assessed, measures: Measures | None = None) -> ReadingResource:
    """Return a reading as it is served. measures: the sides that its site is registered with; None if it doesn't say.

    Then the net goes by what the reading's file tells.
    """
    history = assessed.history
    current = history.current
    generated, consumed, provenance = current.energy_generated_kwh, current.energy_consumed_kwh, current.provenance
    return ReadingResource(
        history.site_id,
        history.timestamp,
        generated,
        consumed,
        net_kwh(generated, consumed, measures or history.reading.measures),
        assessed.anomaly,
        assessed.every_flag,
        provenance.source,
        provenance.landed_at,
        current.interval_seconds,
        current.quality,
        [_revision(version) for version in history.replaced],
        history.revision_count,
    )


def row_of(assessed: Assessed, measures: Measures | None = None) -> ReadingRow:
    """Return a reading as a row; measures: as `reading_of` has them."""
    current, reading = assessed.history.current, assessed.history.reading
    generated, consumed = current.energy_generated_kwh, current.energy_consumed_kwh
    return ReadingRow(
        site_id=assessed.history.site_id,
        timestamp=assessed.history.timestamp,
        energy_generated_kwh=generated,
        energy_consumed_kwh=consumed,
        net_energy_kwh=net_kwh(generated, consumed, measures or reading.measures),
        anomaly=assessed.anomaly,
        flags=" ".join(flag.rule for flag in assessed.every_flag),
        source=current.provenance.source,
        landed_at=current.provenance.landed_at,
        interval_seconds=current.interval_seconds,
        quality=current.quality,
    )


def _revision(version: Version) -> Revision:
    provenance = version.provenance
    return Revision(*version.values, provenance.source, provenance.landed_at, version.quality)


def _page(name: str, read: _Read, site_id: str, asked: SeriesQuery, stores: ApiStores) -> Response:
    period = asked.period
    listing = series_listing(name, site_id, period)
    after = read_cursor(listing, asked.cursor)[0] if asked.cursor else None
    page = read(site_id, period.start, period.end, asked.limit, after)
    # A site with readings is registered by the processor, so only a page that is empty, or has readings of one side,
    # needs a second look.
    needs_site = not page.items or any(None in each.history.current.values for each in page.items)
    site = stores.sites.get(site_id) if needs_site else None
    if not page.items and site is None:
        raise unknown_site(site_id)
    measures = site.measures if site else None
    rows: Rows[Assessed, ReadingRow] = Rows(
        resource=lambda each: reading_of(each, measures),
        row=lambda each: row_of(each, measures),
        kind=ReadingRow,
        end=lambda each: each.history.timestamp,
    )
    return series_response(page, asked, listing, rows)


def _day_of(cursor: str | None) -> str | None:
    """Return the day a cursor belongs to, so that a list of today goes on past midnight; unproven until it is read."""
    position = peek_cursor(cursor) if cursor else ()
    return position[-1][:10] if position else None


def _site_and_time(assessed: Assessed) -> Position:
    return assessed.history.site_id, assessed.history.timestamp


def _lies_in_day(position: Position, day: str) -> bool:
    match position:
        case (site_id, timestamp):
            return is_site_id(site_id) and is_timestamp(timestamp) and timestamp.startswith(day)
    return False
