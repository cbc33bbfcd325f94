"""Whom the guard around the embedded AWS lets in: by Host, Origin and Sec-Fetch-Site, before any signature counts."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.app import _parse_execute_api_url as engine_api

from event_loop import run
from lambda_api import http_semantics
from local_engine import guard
from local_engine.chain import wrap
from local_engine.guard import Guard, GuardOptions
from local_engine.request import read_request
from unit.local_engine.asked import ACCOUNT, API, HOST, PORT, SECRET, Asked, as_scope, asked, put_to_guard, signed

READ = asked("GET", f"{API}/fleet")
WRITE = asked("POST", f"{API}/readings", b"[]")
# A signature holds for a quarter of an hour from here; whoever signs later in a long run has none of these.
SIGNED_AT = datetime.now(UTC)
AWS = signed(asked("POST", "/", b"{}", x_amz_target="DynamoDB_20120810.ListTables"))
ADMIN = signed(asked("POST", "/_ministack/reset"), "execute-api")
OWN = f"http://{HOST}"


@pytest.mark.parametrize("request_", [READ, AWS, ADMIN, asked("GET", "/_ministack/health")])
def test_the_user_of_this_machine_is_let_in(request_: Asked) -> None:
    """Reading the API and the health check need nothing; all else is signed."""
    answer = put_to_guard(request_, now=SIGNED_AT)
    assert (answer.status, answer.reached) == (200, request_.body)


@pytest.mark.parametrize("host", [f"localhost:{PORT}", f"LOCALHOST:{PORT}", f"[::1]:{PORT}"])
def test_it_has_the_names_of_this_machine(host: str) -> None:
    """Whatever this machine is called by itself, it answers to."""
    assert put_to_guard(READ.with_headers(host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        f"evil.example:{PORT}",
        "evil.example",
        f"127.0.0.1.evil.example:{PORT}",
        f"localhost.evil.example:{PORT}",
        f"localhost.:{PORT}",
        f"evillocalhost:{PORT}",
        f"127.0.0.1@evil.example:{PORT}",
        f"127.0.0.1:{PORT}, evil.example",
        f"{API}",
        "",
        "0.0.0.0",  # noqa: S104 - a name that leads to this machine and that pages may have
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE, AWS, ADMIN, asked("GET", "/_ministack/health")])
def test_no_other_name_for_this_machine_is_answered(request_: Asked, host: str) -> None:
    """A page whose name was made to lead here (DNS rebinding) says that name, and gets nowhere."""
    answer = put_to_guard(request_.with_headers(host=host))
    assert (answer.status, answer.reached) == (403, None)


@pytest.mark.parametrize("host", [f"evil.example:{PORT}", f"evillocalhost:{PORT}", f"localhost.evil.example:{PORT}"])
def test_a_signature_makes_no_name_this_machines(host: str) -> None:
    """Where a foreign name itself was signed, it is foreign still."""
    assert put_to_guard(signed(asked("GET", "/", host=host))).reached is None


def test_a_request_without_a_host_is_refused() -> None:
    """HTTP/1.0 needs none; here one is needed."""
    assert put_to_guard(Asked("GET", f"{API}/fleet")).reached is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:1",
        "http://localhost:4711",
        "https://evil.example",
        "null",
        f"https://{HOST}",
        f"{OWN}, {OWN}",
        "",
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE, AWS, ADMIN, asked("GET", "/_ministack/health")])
def test_a_page_of_another_origin_is_refused(request_: Asked, origin: str) -> None:
    """Another port of this machine, another name of it and a page without an origin are all other origins."""
    assert put_to_guard(request_.with_headers(origin=origin)).reached is None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense"])
@pytest.mark.parametrize("request_", [READ, WRITE, AWS, ADMIN, asked("GET", "/_ministack/health")])
def test_what_another_site_is_behind_is_refused(request_: Asked, site: str) -> None:
    """An image, a script or a form of another page has no Origin where it only reads; a browser tells of it still."""
    assert put_to_guard(request_.with_headers(sec_fetch_site=site)).reached is None


def test_a_link_to_the_dashboard_works() -> None:
    """Who follows a link in a mail sees the page; in a frame, or to anything but the API, it doesn't work."""
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert put_to_guard(READ.with_headers(**link)).status == 200
    assert put_to_guard(READ.with_headers(**{**link, "sec_fetch_dest": "iframe"})).status == 403
    assert put_to_guard(READ.with_headers(**{**link, "sec_fetch_mode": "no-cors"})).status == 403
    assert put_to_guard(asked("GET", "/_ministack/health").with_headers(**link)).status == 403
    assert put_to_guard(WRITE.with_headers(**link)).status == 403


def test_a_link_leads_to_no_call_of_aws() -> None:
    """Beside an API's own addresses the engine reads calls of AWS from the query: a page could link to one."""
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    for path in ("/_aws/execute-api/", "/_aws/execute-api/x", "/_aws/execute-api//x/y"):
        assert put_to_guard(asked("GET", path).with_headers(**link)).reached is None


@given(st.lists(st.sampled_from(["/", "//", "x", ".", "..", "$default", "%2f", "\n"]), max_size=5).map("".join))
def test_what_the_guard_takes_for_the_api_the_engine_does_too(path: str) -> None:
    """What passes unsigned as the API's reaches an API's Lambda and no service of AWS."""
    request = read_request(as_scope(asked("GET", f"/_aws/execute-api/{path}")))
    assert request.is_api == (engine_api(HOST, request.path) is not None)


def test_a_write_to_the_api_is_its_own_pages_or_signed() -> None:
    """A browser names the page's origin; a program has the run's secret."""
    assert put_to_guard(WRITE).status == 403
    assert put_to_guard(WRITE.with_headers(sec_fetch_site="none")).status == 403
    assert put_to_guard(WRITE.with_headers(origin=OWN)).reached == b"[]"
    assert put_to_guard(WRITE.with_headers(sec_fetch_site="same-origin")).reached == b"[]"
    assert put_to_guard(WRITE.with_headers(origin=OWN, sec_fetch_site="cross-site")).status == 403
    assert put_to_guard(signed(WRITE, "execute-api")).reached == b"[]"


@pytest.mark.parametrize(
    "request_",
    [
        asked("POST", "/_ministack/reset"),
        asked("POST", "/_ministack/reset", origin=OWN, sec_fetch_site="same-origin"),
        asked("POST", "/_ministack/health"),
        asked("GET", "/_ministack/ready"),
        asked("GET", "/_localstack/health"),
        asked("GET", "/_aws/sqs/messages"),
        asked("GET", "/restapis/5e110000/x/_user_request_/y"),
        asked("POST", "/", b"{}", x_amz_target="DynamoDB_20120810.ListTables"),
        asked("PUT", "/heliograph-local-data/raw/x", b"[]", origin=OWN),
        asked("POST", "/2015-03-31/functions", b"{}", content_type="text/plain"),
        # Under its own name an API would be told from the engine's paths by the path alone.
        asked("GET", "/_ministack/health", host=f"5e110000.execute-api.localhost:{PORT}"),
        asked("GET", "/fleet", host=f"5e110000.execute-api.localhost:{PORT}"),
        # A bucket's name in the Host decides before the path does.
        asked("GET", f"{API}/fleet", host=f"bucket.s3.localhost:{PORT}"),
        asked("GET", "//_aws/execute-api/5e110000/fleet"),
        # Without an API's id, or what follows it, the engine takes it for a call of AWS.
        asked("GET", "/_aws/execute-api/", b"{}", x_amz_target="DynamoDB_20120810.ListTables"),
        asked("GET", "/_aws/execute-api/5e110000", b"{}", x_amz_target="DynamoDB_20120810.ListTables"),
        asked("GET", "/_aws/execute-api//5e110000/fleet"),
        asked("POST", "/_aws/execute-api/5e110000", origin=OWN, sec_fetch_site="same-origin"),
        # Another port is another program's: a browser that asks for it has another page's.
        asked("GET", f"{API}/fleet", host="127.0.0.1:1"),
    ],
)
def test_all_else_needs_a_signature(request_: Asked) -> None:
    """Whatever isn't the API under a plain name is refused unsigned and let in signed, the engine's own paths too."""
    assert put_to_guard(request_).reached is None
    assert put_to_guard(signed(request_, "execute-api")).status == 200


def test_no_answer_lets_other_pages_read_it() -> None:
    """No CORS header leaves, whoever wrote it; and an object that is opened in a browser is no page of the API's."""
    for request_ in (READ, AWS):
        headers = put_to_guard(request_).headers
        assert not [name for name in headers if name.startswith("access-control-")]
        assert headers["etag"] == "1"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert put_to_guard(AWS, now=SIGNED_AT).headers["content-security-policy"] == "sandbox"
    assert "content-security-policy" not in put_to_guard(READ).headers


def test_without_a_secret_only_pages_are_kept_out() -> None:
    """An engine that enforces IAM checks signatures itself; web pages it would let in."""
    plain = asked("POST", "/_ministack/reset")
    assert put_to_guard(plain, secret=None).status == 200
    for more in ({"origin": "http://127.0.0.1:1"}, {"sec_fetch_site": "same-site"}, {"host": "evil.example"}):
        assert put_to_guard(plain.with_headers(**more), secret=None).status == 403


def test_no_socket_is_opened() -> None:
    """A page may open a WebSocket to any origin; nothing here speaks it, so it is closed."""
    sent: list[Any] = []

    async def send(message: Any) -> None:  # noqa: ANN401 - a message of ASGI
        sent.append(message)

    guard = Guard(_never, GuardOptions(PORT, ACCOUNT, SECRET))
    run(guard({"type": "websocket", "headers": []}, _never, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def _never(*_: Any) -> Any:  # noqa: ANN401 - stands for any part of ASGI
    raise AssertionError("this was called")


def test_a_refusal_is_in_the_words_of_the_service() -> None:
    """S3 and the Query services answer XML, the others JSON, and the API problem details; each says what to do."""
    s3 = put_to_guard(asked("GET", "/bucket/key"))
    assert s3.headers["content-type"] == "application/xml"
    assert b"<Error><Code>MissingAuthenticationToken</Code><Message>the request isn" in s3.body
    json = put_to_guard(asked("POST", "/", x_amz_target="AmazonSQS.SendMessage"))
    assert b'"__type": "MissingAuthenticationToken"' in json.body
    form = asked("POST", "/", b"Action=ListTopics", content_type="application/x-www-form-urlencoded")
    assert put_to_guard(form).body.startswith(b"<ErrorResponse><Error>")
    problem = put_to_guard(WRITE)
    assert problem.headers["content-type"] == "application/problem+json"
    assert all(b"`heliograph env` prints the credentials" in each.body for each in (s3, json, problem))
    assert put_to_guard(asked("HEAD", "/bucket/key")).body == b""


def test_the_chain_is_in_order() -> None:
    """The first middleware sees a request first; the engine's own environment says what the guard goes by."""

    def named(name: str) -> Any:  # noqa: ANN401 - a middleware over names instead of applications
        return lambda inner: f"{name}({inner})"

    assert wrap("engine", (named("a"), named("b"))) == "a(b(engine))"  # type: ignore[arg-type,comparison-overlap]


def test_the_cloud_knows_the_same_methods_and_sites() -> None:
    """The API on AWS and the guard go by the same two sets; neither may import the other."""
    assert (guard._READS, guard._OWN_SITES) == (http_semantics._READS, http_semantics._OWN_SITES)
