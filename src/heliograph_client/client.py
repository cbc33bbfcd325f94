"""What can be asked of the API: readings as a table, sites, incidents, and any route page by page."""

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import msgspec

from heliograph_client.auth import Scheme, make_auth
from heliograph_client.connection import TIMEOUT_SECONDS, RetryPolicy, check_address, make_http, send
from heliograph_client.errors import InvalidAddress, UnexpectedAnswer, address_of, error_of
from heliograph_client.resources import (
    ANOMALIES,
    EDITS,
    INCIDENTS,
    READINGS,
    SITES,
    ApiEdit,
    ApiIncident,
    ApiReading,
    ApiSite,
    NewEdit,
)

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
# A moment with its offset, or a day, which begins at 00:00 UTC; as text or as a value. None: no bound.
Bound = str | date | None
Value = str | int | None
Query = Mapping[str, Value]

ADDRESS_VARIABLE: Final = "HELIOGRAPH_API"
# As many as the API gives a page.
LONGEST_PAGE: Final = 1000
_LONGEST_TABLE: Final = 10_000
_JSON: Final = "application/json"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_ARROW: Final = "application/vnd.apache.arrow.stream"


class Client:
    """One API. It opens its connection with the first request, may be used by several threads, and closes as `with`."""

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        api: str | None = None,
        *,
        auth: Scheme | httpx2.Auth = "auto",
        token: str | None = None,
        retry: RetryPolicy | None = None,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Ask nothing yet.

        api: its address; HELIOGRAPH_API where it isn't given. auth: what it asks for, found out where `auto`; or what
        authorizes each request. token: for `jwt`, HELIOGRAPH_API_TOKEN where it isn't given. timeout: seconds for each
        step of a request. transport: what carries requests, such as one that answers in this process.

        Raises:
            InvalidAddress: there is none, or it isn't one.
            CredentialsMissing: there is nothing to ask with as `auth` says.
        """
        address = api or os.environ.get(ADDRESS_VARIABLE)
        if not address:
            raise InvalidAddress(f"no API is named: give its address, or set {ADDRESS_VARIABLE}")
        self.address = check_address(address)
        chosen = auth if isinstance(auth, httpx2.Auth) else make_auth(self.address, auth, token)
        self._http = make_http(self.address, chosen, timeout, transport)
        self._retry = retry or RetryPolicy()

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close what is open."""
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    def readings(self, site_id: str, start: Bound = None, end: Bound = None, *, floats: bool = False) -> "pa.Table":
        """Return a site's readings in time order as an Arrow table.

        Its columns: site_id, timestamp (END of the interval, UTC), energy_generated_kwh, energy_consumed_kwh,
        net_energy_kwh, anomaly, flags (the rules' names), source, landed_at, interval_seconds, quality. An energy is
        null where its side has no measured value.

        start: included. end: not included. floats: give energies as floats, in place of exact decimals of 38 digits,
        which pandas keeps as objects.

        Raises:
            ApiError: the API can't be asked, or says no.
            ModuleNotFoundError: pyarrow isn't installed.
        """
        return self._table(READINGS, site_id, start, end, floats=floats)

    def anomalies(self, site_id: str, start: Bound = None, end: Bound = None, *, floats: bool = False) -> "pa.Table":
        """Return a site's anomalous readings, otherwise as `readings`."""
        return self._table(ANOMALIES, site_id, start, end, floats=floats)

    def each_reading(self, site_id: str, start: Bound = None, end: Bound = None) -> Iterator[ApiReading]:
        """Yield a site's readings one by one, their flags explained; otherwise as `readings`."""
        path = f"{READINGS}/{quoted(site_id)}"
        return self.items(path, ApiReading, start=_bound(start), end=_bound(end), limit=LONGEST_PAGE)

    def sites(self) -> Iterator[ApiSite]:
        """Yield every site in the order of their ids, without first and last reading."""
        return self.items(SITES, ApiSite, limit=LONGEST_PAGE)

    def site(self, site_id: str) -> ApiSite:
        """Return one site with its first and last reading.

        Raises:
            RequestRejected: there is no such site.
        """
        return self.get(f"{SITES}/{quoted(site_id)}", ApiSite)

    def incidents(self, site_id: str) -> Iterator[ApiIncident]:
        """Yield a site's incidents, the open ones first."""
        for state in ("open", "closed"):
            yield from self.items(INCIDENTS, ApiIncident, state=state, site_id=site_id, limit=LONGEST_PAGE)

    def edits(self, site_id: str) -> Iterator[ApiEdit]:
        """Yield a site's edits in the order in which they were made and apply, those that were undone among them.

        Raises:
            RequestRejected: there is no such site.
        """
        return self.items(EDITS, ApiEdit, site_id=site_id, limit=LONGEST_PAGE)

    def edit(self, edit_id: str) -> ApiEdit:
        """Return one edit.

        Raises:
            RequestRejected: there is no such edit.
        """
        return self.get(f"{EDITS}/{quoted(edit_id)}", ApiEdit)

    def make_edit(self, edit: NewEdit, *, dry_run: bool = False) -> ApiEdit:
        """Make an edit, once however often it is sent. dry_run: only say what it would change.

        Raises:
            RequestRejected: it can't be made, or its id is another edit's; the message says what to do.
        """
        query = {"dry_run": "true"} if dry_run else None
        return decoded(self.request("POST", EDITS, query, json=edit), ApiEdit)

    def undo_edit(self, edit_id: str) -> ApiEdit:
        """Undo an edit; one that was undone stays as it is.

        Raises:
            RequestRejected: there is no such edit.
        """
        return decoded(self.request("DELETE", f"{EDITS}/{quoted(edit_id)}"), ApiEdit)

    def items(self, path: str, type_: type[T], **query: Value) -> Iterator[T]:
        """Yield a list's items, page after page, each as a `type_`; dict[str, Any] leaves them as they come."""
        for response in self.pages(path, query):
            yield from decoded(response, _Page[type_]).items  # type: ignore[valid-type]

    def get(self, path: str, type_: type[T], **query: Value) -> T:
        """Return one answer as a `type_`."""
        return decoded(self.request("GET", path, query), type_)

    def pages(self, path: str, query: Query, accept: str = _JSON) -> Iterator[httpx2.Response]:
        """Yield the pages of a list. Each names the next in its `Link` header (RFC 8288), whatever its format."""
        cursor: str | None = None
        while True:
            response = self.request("GET", path, {**query, "cursor": cursor}, accept=accept)
            yield response
            following = _next_cursor(response)
            if following is None:
                return
            if following == cursor:
                raise UnexpectedAnswer(f"{address_of(response)} gives one page for ever; its cursor does not move")
            cursor = following

    def request(
        self, method: str, path: str, query: Query | None = None, *, json: object = None, accept: str = _JSON
    ) -> httpx2.Response:
        """Send a request, again where a failure may pass, and return its answer. path: begins with a slash.

        json: plain values or a struct, sent as JSON; decimals as numbers with all their digits.

        Raises:
            ApiUnavailable: the API can't be reached or is too busy, after all attempts.
            AccessDenied: it doesn't let us; CredentialsMissing where there is nothing to ask with.
            RequestRejected: it says no, and why.
        """
        body = None if json is None else _ENCODER.encode(json)
        headers = {"Accept": accept} | ({} if body is None else {"Content-Type": _JSON})
        params = {name: value for name, value in (query or {}).items() if value is not None}

        def attempt() -> httpx2.Response:
            request = self._http.build_request(
                method, f"{self.address}{path}", params=params or None, content=body, headers=headers
            )
            response = send(self._http, request)
            if not response.is_success:
                raise error_of(response)
            return response

        return self._retry.run(attempt)

    def _table(self, path: str, site_id: str, start: Bound, end: Bound, *, floats: bool) -> "pa.Table":
        try:
            import pyarrow as pa  # noqa: PLC0415 - a second, for tables alone
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError("tables need pyarrow: pip install '.[analysis]' in the clone") from missing

        query = {"start": _bound(start), "end": _bound(end), "limit": _LONGEST_TABLE}
        pages = self.pages(f"{path}/{quoted(site_id)}", query, _ARROW)
        table = pa.concat_tables([_arrow(pa, response) for response in pages])
        if not floats:
            return table
        kinds = [pa.float64() if pa.types.is_decimal(field.type) else field.type for field in table.schema]
        return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


def quoted(name: str) -> str:
    """Return a name as one part of a path."""
    return quote(name, safe="")


def decoded(response: httpx2.Response, type_: type[T]) -> T:
    """Return an answer's JSON as a `type_`.

    Raises:
        UnexpectedAnswer: it isn't one, so another service is at this address, or another version.
    """
    try:
        return msgspec.json.decode(response.content, type=type_)
    except msgspec.MsgspecError as error:
        raise UnexpectedAnswer(f"{address_of(response)} doesn't answer like a Heliograph API: {error}") from error


class _Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list."""

    items: list[T]


def _next_cursor(response: httpx2.Response) -> str | None:
    address = response.links.get("next", {}).get("url", "")
    return parse_qs(urlsplit(address).query).get("cursor", [None])[0]


def _arrow(pa: Any, response: httpx2.Response) -> Any:  # noqa: ANN401 - pyarrow's own
    try:
        return pa.ipc.open_stream(response.content).read_all()
    except pa.ArrowInvalid as error:
        raise UnexpectedAnswer(f"{address_of(response)} doesn't answer with an Arrow stream: {error}") from error


def _bound(bound: Bound) -> str | None:
    """Return a bound as the API reads it.

    Raises:
        ValueError: it is a time without its offset, which could mean two things.
    """
    if isinstance(bound, datetime) and bound.utcoffset() is None:
        raise ValueError(f"{bound} has no offset: add one, such as tzinfo=datetime.UTC")
    return bound if bound is None or isinstance(bound, str) else bound.isoformat()
