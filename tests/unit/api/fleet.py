"""A small fleet in memory: stores that page as the DynamoDB ones do, and a client that speaks HTTP API events."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, NoReturn, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from mangum import Mangum

from fakes.edits import FakeEdits
from fakes.stores import FakeFeeds, FakeReadings
from fakes.watch import FakeQueue, FakeWindows
from heliograph.checks.flag import Flag
from heliograph.errors import ObjectGone
from heliograph.fact import Fact
from heliograph.history import Assessed, Provenance, landing, merge
from heliograph.incidents.model import Incident, SiteState
from heliograph.ingestion import Ingestion, IngestionTotals
from heliograph.object_keys import KeysInOrder
from heliograph.reading import Reading, format_timestamp
from heliograph.site import Site
from heliograph.storage.incidents import listed_at
from heliograph.storage.objects import Line, QuarantinedRecord, SubmittedFile
from heliograph.storage.pages import Page
from heliograph.storage.queues import Depth
from heliograph.storage.sites import DayTotals
from heliograph.table_keys import incident_id, ingestion_hour, ingestion_id
from lambda_api.app import make_app
from lambda_api.handler import TEXT_TYPES
from lambda_api.ports import ApiStores
from lambda_api.roles import Access

T = TypeVar("T")
K = TypeVar("K", str, tuple[str, str])

NOW: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TOO_HIGH: Final = Flag("over_capacity", Decimal("19.2"), Decimal("4.58333"), "kWh", "critical", "more than 50 kW give")
# As on a laptop.
OPERATOR: Final = Access(anyone="operator")
AS_JSON: Final = {"content-type": "application/json"}
_NO_TOTALS: Final = IngestionTotals()
# More digits than a float holds, and a sum that a float gets wrong.
LONG: Final = "0.300000000000000000000004"


def assessed(
    site_id: str = "solar-1",
    timestamp: str = "2026-11-22T09:00:00Z",
    generated: str = "4.1",
    consumed: str = "0.3",
    flags: tuple[Flag, ...] = (),
) -> Assessed:
    """Make a reading that was landed once."""
    provenance = Provenance("2026-11-22T09:05:12Z", "raw/submit/day.json@v1", 1)
    return Assessed(landing(Reading(site_id, timestamp, Decimal(generated), Decimal(consumed)), provenance), flags)


def relanded(first: Assessed, generated: str, consumed: str) -> Assessed:
    """Land a reading again with other values, a minute later."""
    provenance = Provenance("2026-11-22T09:06:12Z", "raw/submit/day.json@v2", 1)
    reading = Reading(first.history.site_id, first.history.timestamp, Decimal(generated), Decimal(consumed))
    return Assessed(merge(first.history, landing(reading, provenance)), first.flags, 1)


def ingested(key: str, landed_at: str = "2026-11-22T09:05:12Z") -> Ingestion:
    """Make what became of a file of two records."""
    blank = Ingestion(object_key=key, version="v1", landed_at=landed_at, size_bytes=48, state="done")
    return msgspec.structs.replace(blank, records=2, stored=1, rejected=1)


def incident(
    site_id: str = "solar-1", rule: str = "stale", onset: str = "2026-11-22T08:00:00Z", recovery: str = ""
) -> Incident:
    """Make an incident that the watch found."""
    return Incident(
        id=incident_id(site_id, rule, onset),
        site_id=site_id,
        rule=rule,
        basis="reading",
        onset=onset,
        last=onset,
        recovery=recovery,
        severity="critical",
        message="the value is frozen",
        observed=Decimal("5.25"),
        limit=Decimal(6),
        unit="kWh",
        found_at="2026-11-22T08:10:00Z",
        closed_at=recovery,
        onset_notified_at="2026-11-22T08:42:00Z",
    )


def day(date: str = "2026-11-22", generated: str = "12.5", consumed: str = "2.25", flags: int = 0) -> DayTotals:
    """Make a UTC day of 5-minute readings that ended at 09:00 at the latest."""
    begins = int(datetime.fromisoformat(f"{date}T00:00Z").timestamp())
    last = begins + 9 * 3600
    return DayTotals(date, begins, begins + 86400, 108, 288, Decimal(generated), Decimal(consumed), flags, last)


class FakeReadingPages:
    """The readings of a fleet."""

    def __init__(self, readings: Iterable[Assessed]) -> None:
        """Keep some readings, in any order."""
        self.kept = sorted(readings, key=_place)

    def of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's readings."""
        return _page(self._between(site_id, start, end), _time, limit, after)

    def anomalies_of_site(
        self, site_id: str, start: str | None, end: str | None, limit: int, after: str | None
    ) -> Page[Assessed]:
        """Read a site's anomalous readings."""
        anomalous = [each for each in self._between(site_id, start, end) if each.anomaly]
        return _page(anomalous, _time, limit, after)

    def anomalies_of_day(self, day: str, limit: int, after: tuple[str, str] | None) -> Page[Assessed]:
        """Read a day's anomalous readings."""
        anomalous = [each for each in self.kept if each.anomaly and _time(each).startswith(day)]
        return _page(anomalous, _place, limit, after)

    def before(self, site_id: str, timestamp: str, limit: int) -> list[Assessed]:
        """Read the last readings before a time."""
        return self._between(site_id, None, timestamp)[-limit:]

    def first_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's earliest reading."""
        return next(iter(self._between(site_id, None, None)), None)

    def last_of_site(self, site_id: str) -> Assessed | None:
        """Read a site's latest reading."""
        return next(reversed(self._between(site_id, None, None)), None)

    def _between(self, site_id: str, start: str | None, end: str | None) -> list[Assessed]:
        mine = (each for each in self.kept if each.history.site_id == site_id)
        return [each for each in mine if (start or "") <= _time(each) < (end or "~")]


class FakeRegistry:
    """The sites of a fleet."""

    def __init__(self, sites: Iterable[Site]) -> None:
        """Keep some sites, in any order."""
        self.kept = {site.site_id: site for site in sorted(sites, key=lambda site: site.site_id)}

    def get(self, site_id: str) -> Site | None:
        """Read a site."""
        return self.kept.get(site_id)

    def page(self, limit: int, after: str | None) -> Page[Site]:
        """Read the sites by name."""
        return _page(list(self.kept.values()), lambda site: site.site_id, limit, after)

    def register(self, site: Site) -> bool:
        """Register a site."""
        added = site.site_id not in self.kept
        self.kept[site.site_id] = site
        return added


class FakeIngestionLog:
    """What became of a fleet's files."""

    def __init__(self, ingestions: Iterable[Ingestion], totals: IngestionTotals) -> None:
        """Keep some ingestions, in any order."""
        self.kept = {each.id: each for each in sorted(ingestions, key=lambda each: each.id, reverse=True)}
        self._totals = totals

    def get(self, ingestion: str) -> Ingestion | None:
        """Read an ingestion."""
        return self.kept.get(ingestion)

    def of_hour(self, hour: str, limit: int, after: str | None) -> Page[Ingestion]:
        """Read an hour's ingestions, latest first."""
        found = [each for each in self.kept.values() if ingestion_hour(each.id) == hour]
        behind = [each for each in found if after is None or each.id < after]
        return Page(behind[:limit], len(behind) > limit)

    def totals(self) -> IngestionTotals:
        """Read the totals."""
        return self._totals


class FakeIncidentLog:
    """The incidents of a fleet."""

    def __init__(self, incidents: Iterable[Incident]) -> None:
        """Keep some incidents, in any order."""
        self.kept = sorted(incidents, key=listed_at, reverse=True)

    def open(self, limit: int, after: str | None) -> Page[Incident]:
        """Read the open ones."""
        return self._page([each for each in self.kept if each.state == "open"], limit, after)

    def closed(self, day: str, limit: int, after: str | None) -> Page[Incident]:
        """Read a day's closed ones."""
        return self._page([each for each in self.kept if each.recovery.startswith(day)], limit, after)

    def open_of_site(self, site_id: str) -> list[Incident]:
        """Read a site's open ones."""
        return [each for each in self.kept if each.state == "open" and each.site_id == site_id]

    def closed_of_site(self, site_id: str, limit: int, after: str | None) -> Page[Incident]:
        """Read a site's closed ones, by the onset in their ids."""
        mine = [each for each in self.kept if each.state == "closed" and each.site_id == site_id]
        mine.sort(key=_name, reverse=True)
        behind = [each for each in mine if after is None or _name(each) < after.rpartition("~")[2]]
        return Page(behind[:limit], len(behind) > limit)

    def get(self, incident: str) -> Incident | None:
        """Read one."""
        return next((each for each in self.kept if each.id == incident), None)

    @staticmethod
    def _page(found: list[Incident], limit: int, after: str | None) -> Page[Incident]:
        behind = [each for each in found if after is None or listed_at(each) < after]
        return Page(behind[:limit], len(behind) > limit)


class FakeDays:
    """The days of a fleet."""

    def __init__(self, days: Mapping[str, Iterable[DayTotals]]) -> None:
        """Keep some days, by site."""
        self.kept = {site_id: sorted(each, key=lambda day: day.date) for site_id, each in days.items()}

    def of_site(self, site_id: str, first: str, last: str) -> list[DayTotals]:
        """Read a site's days."""
        return [day for day in self.kept.get(site_id, ()) if first <= day.date <= last]

    def of_sites(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], DayTotals]:
        """Read days of many sites."""
        return {(site_id, date): day for site_id, date in wanted for day in self.of_site(site_id, date, date)}


class FakeStates:
    """Where a fleet's rules stand."""

    def __init__(self, states: Iterable[SiteState]) -> None:
        """Keep some states."""
        self.kept = {state.site_id: state for state in states}

    def states(self, site_ids: Iterable[str], *, consistent: bool) -> dict[str, SiteState]:
        """Read the states of the sites that have one."""
        assert not consistent, "it costs twice as much"
        return {site_id: self.kept[site_id] for site_id in site_ids if site_id in self.kept}


class FakeDepths:
    """Queues that hold something."""

    def read(self) -> dict[str, Depth]:
        """Count their messages."""
        return {
            "ingest": Depth(3, 2),
            "dead_letters": Depth(1, 0),
            "watch": Depth(5, 4),
            "watch_dead_letters": Depth(0, 0),
        }


class FakeQuarantine:
    """The records that were rejected, by their file's key; a byte each."""

    def __init__(self, rejected: Mapping[str, list[QuarantinedRecord]]) -> None:
        """Keep some records."""
        self.kept = rejected

    def page(self, key: str, limit: int, after: int = 0) -> Page[Line]:
        """Read records of a file."""
        if key not in self.kept:
            raise ObjectGone(key)
        lines = [Line(each, place) for place, each in enumerate(self.kept[key], 1)][after:]
        return Page(lines[:limit], len(lines) > limit)


class FakeLanding:
    """Files that landed, by key."""

    def __init__(self) -> None:
        """Begin with none."""
        self.kept: dict[str, bytes] = {}
        self._keys = KeysInOrder()

    def land(self, feed: str, now: datetime, name: str, body: bytes) -> SubmittedFile:
        """Keep a file."""
        key = self._keys.key(feed, now, name)
        self.kept[key] = body
        return SubmittedFile(key, "v1", ingestion_id(key, "v1", format_timestamp(NOW)))


class FakeFacts:
    """What people added, in order."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.kept: list[Fact] = []

    def add(self, fact: Fact) -> None:
        """Keep a fact."""
        self.kept.append(fact)


class Failing:
    """A store that answers every call with an error."""

    def __init__(self, error: Exception) -> None:
        """Keep the error."""
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        """Return a method that raises."""

        def fail(*_: object, **__: object) -> NoReturn:
            raise self._error

        return fail


class Answer(NamedTuple):
    """An answer as the gateway would send it. lambda_bytes: its size as the Lambda hands it over."""

    status: int
    headers: dict[str, str]
    content: bytes
    lambda_bytes: int = 0

    @property
    def body(self) -> str:
        """The body as text."""
        return self.content.decode()

    def json(self) -> Any:  # noqa: ANN401 - an answer's body has any shape
        """Read the body with its numbers exact."""
        return json.loads(self.body, parse_float=Decimal)


class Client:
    """Asks an app through Mangum, with the events that an HTTP API sends."""

    def __init__(self, app: FastAPI) -> None:
        """Keep an app; the adapter is made with the first request, when the tests' event loop is there."""
        self._app = app

    @cached_property
    def _adapter(self) -> Mangum:
        return Mangum(self._app, lifespan="off", text_mime_types=TEXT_TYPES)

    def get(self, path: str, **query: object) -> Answer:
        """Ask for a path; None leaves a parameter out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.ask("GET", path, urlencode(given))

    def ask(  # noqa: PLR0913, PLR0917 - each a part of a request
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        authorizer: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Ask with any method, a raw query, a body. authorizer: what the gateway's says of who asks."""
        event = http_event(method, path, query)
        if authorizer:
            event["requestContext"]["authorizer"] = authorizer
        event["headers"] |= headers or {}
        if body is not None:
            event |= {"body": b64encode(body).decode(), "isBase64Encoded": True}
        answer = self._adapter(event, SimpleNamespace())
        content = b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
        return Answer(answer["statusCode"], answer["headers"], content, len(json.dumps(answer)))


def http_event(method: str, path: str, query: str = "") -> dict[str, Any]:
    """Make an HTTP API event, payload version 2.0."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example.com", "x-forwarded-proto": "https"},
        "requestContext": {"http": http, "requestId": "r-1", "stage": "$default", "domainName": "api.example.com"},
        "isBase64Encoded": False,
    }


def stores_of(  # noqa: PLR0913, PLR0917 - each a part of the fleet
    readings: Iterable[Assessed] = (),
    sites: Iterable[Site] = (),
    ingestions: Iterable[Ingestion] = (),
    totals: IngestionTotals = _NO_TOTALS,
    incidents: Iterable[Incident] = (),
    days: Mapping[str, Iterable[DayTotals]] | None = None,
    states: Iterable[SiteState] = (),
    rejected: Mapping[str, list[QuarantinedRecord]] | None = None,
) -> ApiStores:
    """Make stores that hold this; the readings' sites are known, as the processor makes sure."""
    kept = list(readings)
    known = {each.history.site_id: Site(each.history.site_id) for each in kept} | {site.site_id: site for site in sites}
    return ApiStores(
        FakeReadingPages(kept),
        FakeRegistry(known.values()),
        FakeIngestionLog(ingestions, totals),
        FakeIncidentLog(incidents),
        FakeDays(days or {}),
        FakeStates(states),
        FakeDepths(),
        FakeQuarantine(rejected or {}),
        FakeLanding(),
        FakeFacts(),
        FakeFeeds(),
        FakeWindows(_stored(kept)),
        FakeEdits(),
        FakeQueue(),
    )


def _stored(readings: Iterable[Assessed]) -> FakeReadings:
    stored = FakeReadings()
    stored.kept = {_place(each): each for each in readings}
    return stored


def every_store(store: Any) -> ApiStores:  # noqa: ANN401 - it stands for all of them
    """Make stores that are all this one."""
    return ApiStores(*[store] * len(ApiStores.__struct_fields__))


def client_of(stores: ApiStores, origins: str = "", access: Access = OPERATOR) -> Client:
    """Make a client of an API over these stores, at `NOW`. origins: whose pages may write. access: who may do what."""
    return Client(make_app(stores, lambda: NOW, access, origins))


def require_shape(body: str | bytes, shape: str) -> None:
    """Require that an answer is what the OpenAPI document says of a shape, no field more and none less."""
    described = make_app(stores_of()).openapi()["components"]["schemas"]
    closed = {name: {**schema, "additionalProperties": False} for name, schema in described.items()}
    schema = {"$ref": f"#/components/schemas/{shape}", "components": {"schemas": closed}}
    Draft202012Validator(schema).validate(json.loads(body))


def all_pages(client: Client, path: str, **query: object) -> list[Mapping[str, Any]]:
    """Read a whole list, page after page."""
    items: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while True:
        body = client.get(path, **query, cursor=cursor).json()
        items += body["items"]
        cursor = body["next"]
        if cursor is None:
            return items


def _page(found: list[T], key: Callable[[T], K], limit: int, after: K | None) -> Page[T]:
    behind = [each for each in found if after is None or key(each) > after]
    return Page(behind[:limit], len(behind) > limit)


def _name(each: Incident) -> str:
    return each.id.rpartition("~")[2]


def _time(each: Assessed) -> str:
    return each.history.timestamp


def _place(each: Assessed) -> tuple[str, str]:
    return each.history.site_id, each.history.timestamp
