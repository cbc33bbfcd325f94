"""The parameters of requests: each with its limits, its meaning and an example."""

from typing import Annotated, Final

import msgspec
from fastapi import Depends, Path, Query, Request

from heliograph.incidents.model import IncidentState
from heliograph.reading import SITE_ID_PATTERN
from heliograph.table_keys import INCIDENT_ID_PATTERN
from lambda_api.http_semantics import choose
from lambda_api.spans import By
from lambda_api.tables import ARROW, CSV
from lambda_api.times import Period, parse_period

INGESTION_ID_PATTERN: Final = r"^\d{8}T\d{6}Z-[0-9a-f]{20}$"
READINGS_A_PAGE: Final = 288  # a day of 5-minute intervals
ENTRIES_A_PAGE: Final = 100
_LONGEST_PAGE: Final = 1000

SiteId = Annotated[
    str,
    Path(
        description="The site's name: 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit.",
        pattern=SITE_ID_PATTERN,
        examples=["solar-007"],
    ),
]
IngestionId = Annotated[
    str,
    Path(
        description="The ingestion's name: when its file landed (UTC) and a hash of the file's key and version.",
        pattern=INGESTION_ID_PATTERN,
        examples=["20261122T093000Z-0123456789abcdef0123"],
    ),
]
IncidentId = Annotated[
    str,
    Path(
        description="The incident's name: its site, its rule and when it was first seen to begin (UTC).",
        pattern=INCIDENT_ID_PATTERN,
        examples=["solar-007~over_capacity~20261122T090500Z"],
    ),
]
StateFilter = Annotated[
    IncidentState, Query(description="`open` for what lasts, `closed` for what is over.", examples=["closed"])
]
SiteFilter = Annotated[
    str | None,
    Query(
        description="Only this site's incidents; all sites' if omitted.",
        pattern=SITE_ID_PATTERN,
        examples=["solar-007"],
    ),
]
RecoveryDay = Annotated[
    str | None,
    Query(
        description="The UTC day of the recovery, YYYY-MM-DD, with state=closed; today if omitted.",
        examples=["2026-11-22"],
    ),
]
Limit = Annotated[
    int, Query(ge=1, le=_LONGEST_PAGE, description=f"Items a page, 1 to {_LONGEST_PAGE}.", examples=[100])
]
# A table's rows are small, and whoever wants them wants many.
_LONGEST_TABLE: Final = 10_000
_SeriesLimit = Annotated[
    int,
    Query(
        ge=1,
        le=_LONGEST_TABLE,
        description=f"Readings a page, 1 to {_LONGEST_TABLE}; a page of JSON has {_LONGEST_PAGE} at most.",
        examples=[100],
    ),
]
Cursor = Annotated[
    str | None,
    Query(
        description="`next` of the page before, sent with the same other parameters; leave it out for the first page.",
        max_length=500,
        examples=["WyJzb2xhci0wMDciLCIxZjNkNWI3OTlhYmNkZWYwIl0"],
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
Day = Annotated[
    str | None,
    Query(description="A UTC day, YYYY-MM-DD; today if omitted.", examples=["2026-11-22"]),
]
Hour = Annotated[
    str | None,
    Query(
        description="The UTC hour the files landed in, YYYYMMDDTHH; the current hour if omitted.",
        examples=["20261122T09"],
    ),
]


TotalsBy = Annotated[By, Query(description="What to sum up: `hour`, `day` or `month`.", examples=["day"])]
TotalsStart = Annotated[
    str | None,
    Query(
        description="A date of the site's own clock, included; with by=hour also a time with its offset. Where it is "
        "left out: 31 days, 12 months or 48 hours before `end`.",
        examples=["2026-11-01"],
    ),
]
TotalsEnd = Annotated[
    str | None,
    Query(
        description="A date of the site's own clock, not included; with by=hour also a time with its offset, and up to "
        "31 days after `start`. Where it is left out: until now.",
        examples=["2026-11-23"],
    ),
]


JSON: Final = "application/json"
_LONGEST: Final = {JSON: _LONGEST_PAGE, CSV: _LONGEST_TABLE, ARROW: _LONGEST_TABLE}
FORMS: Final = tuple(_LONGEST)


class SeriesQuery(msgspec.Struct, frozen=True):
    """Which page of a site's series is asked for. form: the media type it is given in."""

    period: Period
    limit: int
    cursor: str | None
    form: str


async def _series(
    request: Request,
    start: _Start = None,
    end: _End = None,
    limit: _SeriesLimit = READINGS_A_PAGE,
    cursor: Cursor = None,
) -> SeriesQuery:
    form = choose(",".join(request.headers.getlist("accept")), FORMS)
    return SeriesQuery(parse_period(start, end), min(limit, _LONGEST[form]), cursor, form)


Series = Annotated[SeriesQuery, Depends(_series)]
