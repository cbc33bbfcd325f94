"""What a route is handed: parameters with their limits, times, a body, the stores, the clock, and who asks.

The functions that FastAPI calls for these, and the routes, are `async def` though botocore blocks: it runs each plain
function on a thread, which was measured at 0.5 ms more CPU a request, and 12 ms on the first, and gains nothing where
one request is served at a time.

Times are read as people write them and kept as UTC text.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import Depends, FastAPI, Path, Query, Request

from heliograph.reading import SITE_ID_PATTERN, format_timestamp, short
from lambda_api.bodies import require_json
from lambda_api.ports import ApiStores
from lambda_api.problems import TOO_LARGE, ProblemRaised, invalid
from lambda_api.roles import Access, Caller, caller_of

READINGS_A_PAGE: Final = 288  # a day of 5-minute intervals
ENTRIES_A_PAGE: Final = 100
LONGEST_PAGE: Final = 1000
# A Lambda is handed 6 MB at most, in which a gzip body takes a third more as base64.
LIMIT_BYTES: Final = 4 * 2**20
# What a route answers that takes a body.
STATUSES: Final = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INSUFFICIENT_STORAGE,
)
_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_HOUR: Final = re.compile(r"\d{8}T\d\d", re.ASCII)
# In a query a plus means a space, so an unescaped offset +02:00 arrives as " 02:00".
_LOST_PLUS: Final = re.compile(r"(T.+) (\d\d:?\d\d)", re.ASCII)

SiteId = Annotated[
    str,
    Path(
        description="The site's name: 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit.",
        pattern=SITE_ID_PATTERN,
        examples=["solar-007"],
    ),
]
PageLimit = Annotated[
    int, Query(ge=1, le=LONGEST_PAGE, description=f"Items a page, 1 to {LONGEST_PAGE}.", examples=[100])
]
Cursor = Annotated[
    str | None,
    Query(
        description="`next` of the page before, sent with the same other parameters; leave it out for the first page.",
        max_length=500,
        examples=["WyJzb2xhci0wMDciLCIxZjNkNWI3OTlhYmNkZWYwIl0"],
    ),
]


def provide(app: FastAPI, stores: ApiStores, now: Callable[[], datetime], access: Access) -> None:
    """Put into an app what its routes ask for below."""
    app.state.access = access
    app.state.stores = stores
    app.state.now = now


async def _stores(request: Request) -> ApiStores:
    stores: ApiStores = request.app.state.stores
    return stores


async def _now(request: Request) -> datetime:
    moment: datetime = request.app.state.now()
    return moment


async def _clock(request: Request) -> Callable[[], datetime]:
    clock: Callable[[], datetime] = request.app.state.now
    return clock


async def _who(request: Request) -> Caller:
    return caller_of(request.scope)


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


async def _json_body(request: Request) -> bytes:
    """Read a body of JSON, which says that it is: a form of another site's page can't.

    Raises:
        ProblemRaised: it has another type, or none; it is empty or too large.
    """
    require_json(request)
    return await _body(request)


def too_large(what: str) -> ProblemRaised:
    """Make the problem of a body that is too large."""
    return ProblemRaised(TOO_LARGE, f"{what}: send it in parts, or gzip it, or put the file into the bucket")


Stores = Annotated[ApiStores, Depends(_stores)]
Now = Annotated[datetime, Depends(_now)]
# For what comes after a store's answer, which may take a while.
TimeSource = Annotated[Callable[[], datetime], Depends(_clock)]
Who = Annotated[Caller, Depends(_who)]
Body = Annotated[bytes, Depends(_body)]
JsonBody = Annotated[bytes, Depends(_json_body)]


class Period(msgspec.Struct, frozen=True):
    """Times from `start`, included, to `end`, excluded: UTC text, or None where it is open."""

    start: str | None
    end: str | None

    def holds(self, timestamp: str) -> bool:
        """Return whether `timestamp` is one, and lies in the period."""
        begun = self.start is None or timestamp >= self.start
        return is_timestamp(timestamp) and begun and (self.end is None or timestamp < self.end)


def is_timestamp(text: str) -> bool:
    """Return whether `text` looks as readings' times are stored."""
    return _TIMESTAMP.fullmatch(text) is not None


def parse_period(start: str | None, end: str | None) -> Period:
    """Read a period.

    Raises:
        ProblemRaised: a bound can't be read, or the period holds nothing.
    """
    period = Period(_bound(start, "start"), _bound(end, "end"))
    if period.start is not None and period.end is not None and period.end <= period.start:
        raise invalid("end", f"it must be after start; this is {period.start} to {period.end}")
    return period


def parse_day(text: str) -> str:
    """Read a day as `YYYY-MM-DD`, or raise `ProblemRaised`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise invalid("day", f"{short(text)} isn't a date, such as 2026-11-22") from None


def parse_hour(text: str) -> str:
    """Read an hour as `YYYYMMDDTHH`, or raise `ProblemRaised`."""
    try:
        if _HOUR.fullmatch(text):
            return hour_of(datetime.fromisoformat(text))
    except ValueError:
        pass
    raise invalid("hour", f"{short(text)} isn't a UTC hour, such as 20261122T09") from None


def hour_of(moment: datetime) -> str:
    """Write the hour of a moment in UTC as `YYYYMMDDTHH`."""
    return moment.isoformat()[:13].replace("-", "")


def _bound(text: str | None, field: str) -> str | None:
    if text is None:
        return None
    try:
        return format_timestamp(_whole_second(_moment(text, field)))
    except OverflowError:
        raise invalid(field, f"{short(text)} is outside the years 1 to 9999 in UTC") from None


def _moment(text: str, field: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time.min, UTC)
    except ValueError:
        return parse_moment(text, field)  # not a date alone


def parse_moment(text: str, field: str) -> datetime:
    """Read a date and time with its offset, or raise `ProblemRaised` that names `field`."""
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except ValueError:
        wanted = "a date, or a date and time with its offset, such as 2026-11-22T09:00:00Z"
        raise invalid(field, f"{short(text)} isn't {wanted}") from None
    if moment.tzinfo is None:
        raise invalid(field, f"{short(text)} has no offset; add Z for UTC, or one like -08:00")
    return moment


def _whole_second(moment: datetime) -> datetime:
    """Round up to a whole second; readings lie on whole seconds, so the same ones are in the period."""
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment
