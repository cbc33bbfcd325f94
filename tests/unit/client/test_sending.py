"""Requests prove who sends them, go where the address leads, and are sent again where a failure may pass."""

import hashlib
import hmac
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import httpx2
import pytest

from heliograph_client import (
    ONCE,
    AccessDenied,
    ApiUnavailable,
    Bearer,
    Client,
    CredentialsMissing,
    RequestRejected,
    RetryPolicy,
)
from heliograph_client.auth import make_auth, region_of
from heliograph_client.connection import find_scheme, make_http
from heliograph_client.errors import UnexpectedAnswer
from unit.client.conftest import ADDRESS, Handler, always, client_for
from unit.command.conftest import FakeServer

CLOUD = "https://abc123.execute-api.eu-west-1.amazonaws.com"
SECRET = "a-secret"  # noqa: S105 - of nobody
PAGE: dict[str, list[object]] = {"items": []}


@pytest.fixture
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign with the keys of nobody, whatever the machine holds."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    for name in ("AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find no credentials anywhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "HELIOGRAPH_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def sent_by(auth: httpx2.Auth, url: str) -> httpx2.Request:
    """Return the request as it goes out."""
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    make_http(CLOUD, auth, transport=httpx2.MockTransport(handle)).get(url)
    return seen[0]


def signature_as_aws_finds_it(request: httpx2.Request) -> str:
    """Work out the signature of a request as it arrives, by Signature Version 4: the query decoded, encoded, sorted."""
    pairs = (f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in request.url.params.items())
    query = "&".join(sorted(pairs))
    date = request.headers["X-Amz-Date"]
    scope = f"{date[:8]}/eu-west-1/execute-api/aws4_request"
    headers = f"host:{request.headers['Host']}\nx-amz-date:{date}\n"
    parts = ["GET", request.url.path, query, headers, "host;x-amz-date", hashlib.sha256(b"").hexdigest()]
    to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256("\n".join(parts).encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


@pytest.mark.usefixtures("_keys")
@pytest.mark.parametrize("query", ["", "?start=2026-06-01T12:00:00Z&limit=1", "?cursor=a+b%2F*~&empty="])
def test_aws_finds_the_same_signature(query: str) -> None:
    """Times with colons, spaces and signs in the query are signed as AWS reads them, for the region of the address."""
    sent = sent_by(make_auth(CLOUD, "iam"), f"{CLOUD}/sites{query}")
    assert sent.headers["Authorization"].endswith(f"Signature={signature_as_aws_finds_it(sent)}")


@pytest.mark.usefixtures("_keys")
def test_a_session_s_token_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of a role are three: the token is sent and signed."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    headers = sent_by(make_auth(CLOUD, "iam"), CLOUD).headers
    assert headers["X-Amz-Security-Token"] == "session"
    assert "x-amz-security-token" in headers["Authorization"]


def test_a_token_is_sent_as_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is given, else the environment's."""
    monkeypatch.setenv("HELIOGRAPH_API_TOKEN", "of-the-environment")
    assert sent_by(make_auth(CLOUD, "jwt", "given"), CLOUD).headers["Authorization"] == "Bearer given"
    assert sent_by(make_auth(CLOUD, "jwt"), CLOUD).headers["Authorization"] == "Bearer of-the-environment"


@pytest.mark.usefixtures("_no_keys")
def test_nothing_is_sent_where_nothing_is_asked_for() -> None:
    """An open API gets no credentials, and none are looked for."""
    assert "Authorization" not in sent_by(make_auth(CLOUD, "none"), CLOUD).headers


@pytest.mark.usefixtures("_no_keys")
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials, a region or a token the message says what to set."""
    with pytest.raises(CredentialsMissing, match="set HELIOGRAPH_API_TOKEN"):
        make_auth(CLOUD, "jwt")
    with pytest.raises(CredentialsMissing, match="no AWS credentials are found: set AWS_PROFILE"):
        make_auth(CLOUD, "iam")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with pytest.raises(CredentialsMissing, match="set AWS_DEFAULT_REGION"):
        make_auth("https://api.example.org", "iam")


@pytest.mark.usefixtures("_keys")
@pytest.mark.parametrize(("status", "begins"), [(200, ""), (401, "Bearer t0ken"), (403, "AWS4-HMAC-SHA256 ")])
def test_the_api_is_asked_what_it_wants(status: int, begins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With auto the first request asks once, without credentials; those that follow bring what it wants."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    seen: list[tuple[str, str]] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append((request.url.path, request.headers.get("Authorization", "")))
        return httpx2.Response(200 if "Authorization" in request.headers else status, json=PAGE)

    client = Client(ADDRESS, token="t0ken", transport=httpx2.MockTransport(handle))  # noqa: S106 - of nobody
    list(client.sites())
    list(client.sites())
    assert [path for path, _ in seen] == ["/v1/health", "/v1/sites", "/v1/sites"]
    assert seen[0][1] == ""
    assert all(sent.startswith(begins) and bool(sent) == bool(begins) for _, sent in seen[1:])


@pytest.mark.usefixtures("_no_keys")
def test_an_api_that_wants_a_token_isn_t_asked_in_vain() -> None:
    """Without one, the first request says what to set, and isn't repeated."""
    waits: list[float] = []
    with pytest.raises(CredentialsMissing, match="wants a token: set HELIOGRAPH_API_TOKEN"):
        list(client_for(always(401), waits, auth="auto").sites())
    assert waits == []


def test_what_isn_t_an_api_is_named() -> None:
    """Any other answer than that of an API or its authorizer leads back to the address."""
    with pytest.raises(UnexpectedAnswer, match="/health answers 404: is this the API's address"):
        list(client_for(always(404), auth="auto").sites())


def test_only_aws_hosts_name_a_region() -> None:
    """A host that only looks like API Gateway's gives no region."""
    assert region_of(CLOUD) == "eu-west-1"
    assert region_of(f"{CLOUD}.evil.example") is None
    assert region_of("https://api.example.org") is None


def test_a_name_under_localhost_is_this_machine() -> None:
    """It is asked at the loopback address under its own name, which errors repeat; no proxy is asked."""
    hosts: list[str] = []

    def answer(_method: str, _path: str, headers: dict[str, str], _body: bytes) -> tuple[int, dict[str, str], bytes]:
        hosts.append(headers["Host"])
        return 404, {}, b""

    server = FakeServer(answer)
    try:
        address = f"http://abc.execute-api.localhost:{server.port}"
        with Client(address, auth="none") as client, pytest.raises(RequestRejected, match=f"{address}/sites/a answers"):
            client.site("a")
        with Client(address) as client, pytest.raises(UnexpectedAnswer, match=f"{address}/health answers 404"):
            client.site("a")
    finally:
        server.stop()
    assert hosts == 2 * [address.removeprefix("http://")]


def answering(*answers: httpx2.Response) -> Handler:
    """Return what gives one answer after the other."""
    left = iter(answers)
    return lambda _request: next(left)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int) -> None:
    """Load and short outages don't end the reading, and each wait is longer."""
    waits: list[float] = []
    handle = answering(httpx2.Response(status), httpx2.Response(status), httpx2.Response(200, json=PAGE))
    assert list(client_for(handle, waits).sites()) == []
    assert len(waits) == 2
    assert 0.2 <= waits[0] <= 0.4 <= waits[1] <= 0.8


def test_the_api_may_say_how_long_to_wait() -> None:
    """Retry-After is followed, in seconds or as a date, up to a bound; nonsense isn't."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    asked = ["3", "86400", soon, past, "٣", "soon"]
    waits: list[float] = []
    policy = RetryPolicy(attempts=9, sleep=waits.append)
    errors = iter([*(ApiUnavailable("busy", after) for after in asked), None])

    def send() -> str:
        error = next(errors)
        if error is not None:
            raise error
        return "done"

    assert policy.run(send) == "done"
    assert waits[:2] == [3.0, 20.0]
    assert 7 < waits[2] <= 10
    assert waits[3] == 0
    assert all(3.2 <= wait <= 12.8 for wait in waits[4:])


def test_an_outage_that_lasts_ends_with_its_reason() -> None:
    """After the last attempt comes the error, and no wait behind it."""
    waits: list[float] = []
    with pytest.raises(ApiUnavailable, match="the store is being moved"):
        list(client_for(always(503, json={"detail": "the store is being moved"}), waits).sites())
    assert len(waits) == RetryPolicy().attempts - 1


def test_an_api_that_is_not_there_is_named() -> None:
    """A refused connection is tried again, then told with the address and what to look at."""
    waits: list[float] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with (
            Client(address, retry=RetryPolicy(attempts=3, sleep=waits.append)) as client,
            pytest.raises(ApiUnavailable, match=f"{address}/sites can't be reached: .*; check the address"),
        ):
            list(client.sites())
        with pytest.raises(ApiUnavailable, match="can't be reached"):
            find_scheme(address)
    assert len(waits) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_rejection_is_not_asked_again(status: int) -> None:
    """What won't pass by waiting comes at once."""
    waits: list[float] = []
    with pytest.raises((RequestRejected, AccessDenied), match=f"answers {status}"):
        client_for(always(status), waits).site("home-01")
    assert waits == []


def test_once_is_once() -> None:
    """Who waits in a way of their own has each failure at once."""
    with pytest.raises(ApiUnavailable):
        Client(ADDRESS, auth=Bearer("a"), retry=ONCE, transport=httpx2.MockTransport(always(503))).site("a")
