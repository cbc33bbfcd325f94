"""What may be written: readings land, sites are registered, and each is refused where it can't be used."""

import gzip
import json
import tracemalloc
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final

import msgspec
import pytest
from botocore.exceptions import ClientError
from mangum import Mangum

from heliograph.errors import SiteError
from heliograph.site import Site
from heliograph.site_entries import parse_sites
from lambda_api import handler, parameters
from lambda_api.app import make_app
from lambda_api.routes.landing import UNPACKED_BYTES
from unit.api.fleet import (
    AS_JSON,
    NOW,
    OPERATOR,
    Answer,
    Failing,
    FakeFacts,
    FakeLanding,
    client_of,
    http_event,
    require_shape,
    stores_of,
)

RECORD: Final = {
    "site_id": "solar-1",
    "timestamp": "2026-11-22T09:05:00Z",
    "energy_generated_kwh": 4.125,
    "energy_consumed_kwh": 0.31,
}
JSON: Final = json.dumps([RECORD]).encode()
LINES: Final = b"\n".join([json.dumps(RECORD).encode()] * 2)
CSV: Final = b"site_id,timestamp,energy_generated_kwh,energy_consumed_kwh\nsolar-1,2026-11-22T09:05:00Z,4.125,0.31\n"


def post(body: bytes | None, headers: dict[str, str] | None = None) -> tuple[Answer, FakeLanding]:
    """Send readings; return the answer, and where they land."""
    stores = stores_of()
    landing = stores.landing
    assert isinstance(landing, FakeLanding)
    return client_of(stores).ask("POST", "/readings", body=body, headers=headers), landing


def put(body: object, site_id: str = "solar-1", known: tuple[Site, ...] = ()) -> Answer:
    """Register a site."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client_of(stores_of(sites=known)).ask("PUT", f"/sites/{site_id}", body=content, headers=AS_JSON)


def problem(answer: Answer) -> tuple[int, str, str]:
    """Return a problem's status, its type's name, and the field it names."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status, body["type"].rpartition("/")[2], body.get("errors", [{"field": ""}])[0]["field"]


@pytest.mark.parametrize(
    "body",
    [JSON, json.dumps(RECORD).encode(), json.dumps({"readings": [RECORD, {}]}).encode(), LINES, CSV, b" [] "],
    ids=["array", "object", "envelope", "lines", "csv", "nothing in it"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_readings_land_as_they_are(body: bytes, pack: Any) -> None:  # noqa: ANN401 - bytes to bytes
    """In any format of a feed, byte by byte under raw/api/; the answer says where to ask."""
    sent = pack(body)
    answer, landing = post(sent)
    assert answer.status == 202
    require_shape(answer.body, "ReadingsLanded")
    told = answer.json()
    assert landing.kept == {told["object_key"]: sent}
    assert told["object_key"].startswith("raw/api/2026/11/22/093000-")
    assert told["status"] == f"/ingestions/{told['ingestion_id']}"
    assert answer.headers["location"] == f"ingestions/{told['ingestion_id']}"


def test_where_it_says_to_ask_says_to_wait() -> None:
    """Until they are processed, the address answers that they aren't yet."""
    stores = stores_of()
    client = client_of(stores)
    status = client.ask("POST", "/readings", body=JSON).json()["status"]
    answer = client.get(status)
    assert (problem(answer)[1], "retry-after" in answer.headers) == ("not-processed-yet", True)


@pytest.mark.parametrize(
    "body", [None, b"", b"  \n", b"\x00\x01", b"PK\x03\x04zip", b'[{"a": 1}', gzip.compress(b"", mtime=0)]
)
def test_what_is_no_feed_does_not_land(body: bytes | None) -> None:
    """Nothing, or what no processor could read, is refused with the reason."""
    answer, landing = post(body)
    assert problem(answer) == (422, "invalid-request", "body")
    assert landing.kept == {}


@pytest.mark.parametrize(("size", "pack"), [(parameters.LIMIT_BYTES, bytes), (UNPACKED_BYTES, gzip.compress)])
def test_too_much_is_refused(size: int, pack: Callable[[bytes], bytes]) -> None:
    """More than 4 MiB, or than 64 MiB when unpacked; the problem says what to do."""
    answer, landing = post(pack(b"[" + b" " * size + b"]"))
    assert problem(answer) == (413, "too-large", "")
    assert "in parts" in answer.json()["detail"]
    assert landing.kept == {}


@pytest.mark.parametrize(
    ("unit", "head", "tail", "status"),
    [(b"{},", b"[", b"{}]", 413), (b"{}\n", b"{}\n", b"", 413), (b"[", b"", b"", 422), (b"x", b'["', b'"', 422)],
)
def test_what_no_processor_would_read_does_not_land(unit: bytes, head: bytes, tail: bytes, status: int) -> None:
    """16 MiB, small when packed: too many records, or JSON that is broken, are refused, however large it is."""
    body = gzip.compress(head + unit * (16 * 2**20 // len(unit)) + tail, 1)
    answer, landing = post(body)
    assert (answer.status, landing.kept) == (status, {})


def test_looking_at_a_body_takes_no_memory() -> None:
    """An array of millions of records takes hardly more than its text, and lands."""
    body = gzip.compress(b"[" + b"{}," * (2 * 2**20 // 3) + b"{}]", 1)
    tracemalloc.start()
    answer, _ = post(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status, peak < 24 * 2**20) == (202, True)


@pytest.mark.parametrize("media_type", ["application/json", "text/csv; charset=utf-8"])
@pytest.mark.parametrize("spoilt", [True, False])
def test_gzip_sent_as_text_is_refused(media_type: str, *, spoilt: bool) -> None:
    """An HTTP API hands bodies of these types on as UTF-8; 415 says which type to send, on a laptop as on AWS."""
    packed = gzip.compress(JSON, mtime=0)
    stores = stores_of()
    event = http_event("POST", "/readings")
    event["headers"] |= {"content-type": media_type, "content-encoding": "gzip"}
    if spoilt:
        event |= {"body": packed.decode("utf-8", "replace"), "isBase64Encoded": False}
    else:
        event |= {"body": b64encode(packed).decode(), "isBase64Encoded": True}
    answer = Mangum(make_app(stores, lambda: NOW, OPERATOR), lifespan="off", text_mime_types=handler.TEXT_TYPES)(
        event, SimpleNamespace()
    )
    told = json.loads(answer["body"])
    assert (answer["statusCode"], told["type"]) == (415, "/problems/unsupported-media-type")
    assert "application/gzip" in told["detail"]
    assert stores.landing.kept == {}  # type: ignore[attr-defined]


def test_gzip_s_own_types_and_encodings() -> None:
    """Gzip lands as application/gzip or application/octet-stream, also if the encoding is named; others are 415."""
    packed = gzip.compress(JSON, mtime=0)
    for headers in ({"content-type": "application/gzip"}, {"content-type": "application/octet-stream"}, {}):
        assert post(packed, headers)[0].status == 202
        assert post(packed, headers | {"content-encoding": "gzip"})[0].status == 202
    answer, landing = post(JSON, {"content-encoding": "br"})
    assert (answer.status, answer.headers["accept-encoding"], landing.kept) == (415, "gzip", {})


def test_as_much_as_is_allowed_lands() -> None:
    """The limit itself is within it."""
    assert post(b"[" + b" " * (parameters.LIMIT_BYTES - 2) + b"]")[0].status == 202


OTHER: Final = {"origin": "https://dashboard.example", "sec-fetch-site": "cross-site"}


@pytest.mark.parametrize(
    "headers",
    [
        OTHER,
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://abc.execute-api.eu-west-1.amazonaws.com"},
        {"origin": "https://abc.execute-api.eu-west-1.amazonaws.com.evil.example"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/readings"), ("PUT", "/sites/solar-1"), ("DELETE", "/nothing")])
def test_another_site_s_page_can_t_write(headers: dict[str, str], method: str, path: str) -> None:
    """Whatever a browser says another origin's page sent is refused, before anything else of it counts."""
    stores = stores_of()
    host = {"host": "abc.execute-api.eu-west-1.amazonaws.com"}
    answer = client_of(stores).ask(method, path, body=JSON, headers={**host, **headers})
    assert problem(answer) == (403, "cross-site", "")
    assert isinstance(stores.landing, FakeLanding)
    assert stores.landing.kept == {}


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("abc.execute-api.eu-west-1.amazonaws.com", {}),
        ("abc.execute-api.eu-west-1.amazonaws.com", {"sec-fetch-site": "same-origin"}),
        ("api.example.org", {"origin": "https://api.example.org", "sec-fetch-site": "same-origin"}),
        ("127.0.0.1:4711", {"origin": "http://127.0.0.1:4711", "sec-fetch-site": "same-origin"}),
    ],
)
def test_programs_and_own_pages_write(host: str, headers: dict[str, str]) -> None:
    """A program says nothing of an origin; a page of the API's own says the API's."""
    assert post(JSON, {"host": host, **headers})[0].status == 202


@pytest.mark.parametrize(
    ("origins", "status"),
    [("https://dashboard.example", 202), ("https://a.example,https://dashboard.example", 202), ("*", 202), ("", 403)],
)
def test_pages_of_named_origins_write(origins: str, status: int) -> None:
    """`api_origins` names those whose pages may, as it does for reading."""
    client = client_of(stores_of(), origins=origins)
    assert client.ask("POST", "/readings", body=JSON, headers=OTHER).status == status


def test_a_link_from_another_site_is_read() -> None:
    """Reading changes nothing, and no page sees the answer unless CORS lets it."""
    assert client_of(stores_of()).ask("GET", "/health", headers=OTHER).status == 200


def test_a_site_is_registered_and_replaced() -> None:
    """201 with the site where it wasn't known, 200 where it was; what isn't sent isn't known."""
    first = put({"kind": "solar", "capacity_kw": 50, "timezone": "Europe/Berlin"})
    require_shape(first.body, "Site")
    assert (first.status, first.json()["capacity_kw"], first.json()["site_id"]) == (201, 50, "solar-1")
    again = put({"site_id": "solar-1", "kind": None, "interval_minutes": 5.0}, known=(Site("solar-1", "solar", 50.0),))
    assert (again.status, again.json()["kind"], again.json()["interval_minutes"]) == (200, None, 5)


def test_what_is_registered_is_served() -> None:
    """GET gives what PUT was given."""
    client = client_of(stores_of())
    client.ask("PUT", "/sites/wind-1", body=b'{"kind": "wind", "longitude": -1.5}', headers=AS_JSON)
    found = client.get("/sites/wind-1").json()
    assert (found["kind"], float(found["longitude"]), found["latitude"]) == ("wind", -1.5, None)


def test_all_that_a_site_may_say_of_itself_is_kept_and_served() -> None:
    """GET gives each field as PUT was given it."""
    client = client_of(stores_of())
    said = {
        "kind": "chp",
        "delivered_within": "PT30H",
        "measures": "both",
        "ac_capacity_kw": 8,
        "meter_step_kwh": Decimal("0.01"),
        "commissioned": "2024-05-01",
        "decommissioned": "2039-04-30T10:00:00+02:00",
        "groups": ["north", "rio"],
        "tags": ["contract=2031"],
        "price_per_kwh": Decimal("0.082"),
    }
    sent = client.ask("PUT", "/sites/chp-1", body=json.dumps(said, default=float).encode(), headers=AS_JSON)
    assert sent.status == 201
    require_shape(sent.body, "Site")
    found = client.get("/sites/chp-1").json()
    assert {name: found[name] for name in said} == said


@pytest.mark.parametrize(
    ("authorizer", "who"),
    [
        (None, "anonymous"),
        ({"iam": {"userArn": "arn:aws:iam::123456789012:user/ada"}}, "arn:aws:iam::123456789012:user/ada"),
        (
            {"jwt": {"claims": {"iss": "https://id.example.com/", "sub": "ada", "scope": "heliograph/operate"}}},
            "https://id.example.com/ ada",
        ),
    ],
)
def test_what_is_registered_is_a_fact(authorizer: dict[str, Any] | None, who: str) -> None:
    """Who and when are the gateway's and the clock's word, whatever the body says."""
    stores = stores_of()
    answer = client_of(stores).ask(
        "PUT", "/sites/wind-1", body=b'{"kind": "wind"}', headers=AS_JSON, authorizer=authorizer
    )
    assert answer.status == 201
    assert isinstance(stores.facts, FakeFacts)
    (fact,) = stores.facts.kept
    assert (fact.kind, fact.who, fact.sites) == ("sites", who, (Site("wind-1", "wind"),))
    assert fact.at == f"{NOW:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_nothing_is_registered_that_is_no_fact() -> None:
    """A fact is written first: what the bucket refuses isn't in the registry, and the answer says what to do."""
    full = ClientError({"Error": {"Code": "InsufficientStorage", "Message": "3 MiB are free; free some"}}, "PutObject")
    stores = stores_of()
    answer = client_of(msgspec.structs.replace(stores, facts=Failing(full))).ask(
        "PUT", "/sites/a", body=b"{}", headers=AS_JSON
    )
    assert problem(answer) == (507, "disk-full", "")
    assert "free some" in answer.json()["detail"]
    assert stores.sites.get("a") is None


def test_a_full_disk_takes_no_readings() -> None:
    """202 is said of what is kept, and of nothing else."""
    full = ClientError({"Error": {"Code": "InsufficientStorage", "Message": "3 MiB are free; free some"}}, "PutObject")
    stores = msgspec.structs.replace(stores_of(), landing=Failing(full))
    assert problem(client_of(stores).ask("POST", "/readings", body=JSON)) == (507, "disk-full", "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "tidal"}, "kind"),
        ({"measures": "net"}, "measures"),
        ({"delivered_within": "tomorrow"}, "delivered_within"),
        ({"ac_capacity_kw": 0}, "ac_capacity_kw"),
        ({"meter_step_kwh": -0.01}, "meter_step_kwh"),
        ({"commissioned": "soon"}, "commissioned"),
        ({"commissioned": 2024}, "commissioned"),
        ({"commissioned": "2024-05-02", "decommissioned": "2024-05-01"}, "decommissioned"),
        ({"groups": "north"}, "groups"),
        ({"tags": [""]}, "tags"),
        ({"price_per_kwh": -0.01}, "price_per_kwh"),
        ({"capacity_kw": 0}, "capacity_kw"),
        ({"capacity_kw": "50"}, "capacity_kw"),
        ({"latitude": 90.1}, "latitude"),
        ({"longitude": -181}, "longitude"),
        ({"interval_minutes": 1441}, "interval_minutes"),
        ({"interval_minutes": 1.5}, "interval_minutes"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../secret"}, "timezone"),
        ({"timezone": 5}, "timezone"),
        ({"timezone": "Asia/Calcutta"}, "timezone"),
        ({"timezone": "europe/berlin"}, "timezone"),
        ({"note": "x"}, "note"),
        ({"capacity_kW": 5}, "capacity_kW"),
        ({"capacity_kw": 1e-320}, "capacity_kw"),
        (b'{"capacity_kw": 1e126}', "capacity_kw"),
        (b'{"longitude": -1e-131}', "longitude"),
        (b'{"latitude": 1.%s}' % (b"1" * 40), "latitude"),
        ({"site_id": "another"}, "site_id"),
        ([{"kind": "solar"}], "body"),
        (b"{", "body"),
        (b'{"\xff": 1}', "body"),
        (b"null", "body"),
        (b"", "body"),
        (b"[" * 100_000, "body"),
    ],
)
def test_a_site_that_can_t_be_used_is_refused_by_field(body: object, field: str) -> None:
    """By the rules of `heliograph sites load`, with the field that is wrong."""
    assert problem(put(body)) == (422, "invalid-request", field)
    if isinstance(body, dict) and field != "site_id":
        with pytest.raises(SiteError):
            parse_sites(json.dumps({**body, "site_id": "solar-1"}).encode())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"kind": "solar", "capacity_kw": 50, "kind": "wind"}', "kind"),
        (b'{"kind": "solar", "kind": "solar"}', "kind"),
        (b'{"kind": "solar", "\\u006bind": "wind"}', "kind"),
        (b'{"site_id": "solar-1", "site_id": "solar-1"}', "site_id"),
    ],
)
def test_a_member_that_stands_twice_is_refused(body: bytes, field: str) -> None:
    """Neither value wins in silence, however the name is spelt; `heliograph sites load` has the same rule."""
    answer = put(body)
    assert problem(answer) == (422, "invalid-request", field)
    assert f"{field} stands twice" in answer.json()["detail"]
    with pytest.raises(SiteError, match="stands twice"):
        parse_sites(b"[%s]" % body)


@pytest.mark.parametrize(
    "body", [rb'{"kind": "\ud800"}', rb'{"\udfff": 1}', rb'{"site_id": "\ud83d"}', rb'{"timezone": "\ude00\ud83d"}']
)
def test_half_a_character_is_refused(body: bytes) -> None:
    """JSON can escape half of a surrogate pair, which no text that is sent or kept can hold."""
    answer = put(body)
    assert problem(answer) == (422, "invalid-request", "body")
    assert "surrogates not allowed" in answer.json()["detail"]
    with pytest.raises(SiteError, match="surrogates not allowed"):
        parse_sites(b"[%s]" % body)


def test_a_site_s_name_is_checked() -> None:
    """As everywhere."""
    assert problem(put({}, "-x")) == (422, "invalid-request", "site_id")
