"""The smoke test's requests: signed so that AWS finds the same signature, and sent where the address is."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

import httpx2
import msgspec
import pytest

import smoke

SECRET = "a-secret"  # noqa: S105 - of nobody
SETTINGS = smoke.SmokeSettings(bucket="data", api="https://abc.execute-api.eu-west-1.amazonaws.com")


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of nobody, in a region."""
    for name, value in {"ACCESS_KEY_ID": "AKEY", "SECRET_ACCESS_KEY": SECRET, "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def signature_as_aws_finds_it(request: httpx2.Request) -> str:
    """Work out the signature of a request as it arrives, by Signature Version 4: the query decoded, encoded, sorted."""
    pairs = (f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in request.url.params.items())
    query = "&".join(sorted(pairs))
    date = request.headers["X-Amz-Date"]
    scope = f"{date[:8]}/eu-west-1/execute-api/aws4_request"
    headers = f"host:{request.headers['Host']}\nx-amz-date:{date}\n"
    parts = ["GET", request.url.path, query, headers, "host;x-amz-date", hashlib.sha256(b"").hexdigest()]
    told = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256("\n".join(parts).encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    return hmac.digest(key, told.encode(), "sha256").hex()


@pytest.mark.usefixtures("_credentials")
def test_aws_finds_the_same_signature() -> None:
    """A time in the query, with its colons, is signed as AWS reads it."""
    sent = smoke.signed(smoke.asked(SETTINGS, "2026-06-01T12:00:00Z"))
    assert sent.url.params["start"] == "2026-06-01T12:00:00Z"
    assert sent.headers["Authorization"].endswith(f"Signature={signature_as_aws_finds_it(sent)}")


@pytest.mark.usefixtures("_credentials")
def test_a_token_goes_before_a_signature() -> None:
    """Where there is a token, it is sent and nothing is signed."""
    settings = smoke.SmokeSettings(bucket="data", api=SETTINGS.api, api_token="of-an-issuer")  # noqa: S106 - of nobody
    assert smoke.signed(smoke.asked(settings, "2026-06-01T12:00:00Z")).headers["Authorization"] == "Bearer of-an-issuer"


def test_a_name_under_localhost_is_this_machine() -> None:
    """It is sent to the loopback address under its own name; any other address is left alone."""
    sent = smoke.here(httpx2.Request("GET", "http://abc.execute-api.localhost:4566/readings/x?limit=1"))
    assert str(sent.url) == "http://127.0.0.1:4566/readings/x?limit=1"
    assert sent.headers["Host"] == "abc.execute-api.localhost:4566"
    other = httpx2.Request("GET", SETTINGS.api)
    assert smoke.here(other) is other


class Issuer(BaseHTTPRequestHandler):
    """Gives a token to whoever posts a client credentials grant, and refuses every reading."""

    def do_POST(self) -> None:
        """Answer with a token that tells what was posted."""
        posted = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(200, {"access_token": posted})

    def do_GET(self) -> None:
        """Answer as an authorizer does where there is no token."""
        self._answer(401, {"message": "Unauthorized"})

    def _answer(self, status: int, value: dict[str, str]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Print nothing."""


@pytest.fixture
def issuer() -> Iterator[str]:
    """The address of an issuer on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_token_is_asked_of_its_issuer(issuer: str) -> None:
    """The request's fields are posted as a client credentials grant, and the token that comes back is sent."""
    wanted = json.dumps({"url": f"{issuer}/token", "client_id": "smoke", "client_secret": "s"})
    settings = smoke.with_token(msgspec.structs.replace(SETTINGS, api_token_request=wanted))
    posted = "grant_type=client_credentials&client_id=smoke&client_secret=s"
    assert smoke.asked(settings, "2026-06-01T12:00:00Z").headers["Authorization"] == f"Bearer {posted}"


def test_no_token_is_asked_for_where_nothing_says_how() -> None:
    """An empty request asks for nothing, as where GitHub has no such secret."""
    assert smoke.with_token(SETTINGS) is SETTINGS


@pytest.mark.parametrize("request_text", ["[]", '{"client_id": "smoke"}'])
def test_a_token_request_that_is_none_is_named(request_text: str) -> None:
    """It is refused by its variable's name."""
    settings = msgspec.structs.replace(SETTINGS, api_token_request=request_text)
    with pytest.raises(smoke.NoTokenError, match="HELIOGRAPH_API_TOKEN_REQUEST"):
        smoke.with_token(settings)


def test_an_api_that_wants_a_token_is_not_waited_for(issuer: str) -> None:
    """It answers 401 for ever, so the smoke test ends at once and says what to set."""
    settings = smoke.SmokeSettings(bucket="data", api=issuer)
    with pytest.raises(smoke.NoTokenError, match="API_TOKEN_REQUEST"):
        smoke.wait_until_served(settings, "2026-06-01T12:00:00Z")
