"""The smoke test gets a token where one is wanted, and waits until the API serves the reading."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import msgspec
import pytest

import smoke

MOMENT = "2026-06-01T12:00:00Z"
GRANT = "grant_type=client_credentials&client_id=smoke&client_secret=s"
SETTINGS = smoke.SmokeSettings(bucket="data", api="https://abc.execute-api.eu-west-1.amazonaws.com")


class Issuer(BaseHTTPRequestHandler):
    """Gives a token to whoever posts a client credentials grant, and serves the reading with it, the second time.

    unserved: answers without the reading that are still to come.
    """

    unserved = 1

    def do_POST(self) -> None:
        """Answer with a token that tells what was posted."""
        posted = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(200, {"access_token": posted})

    def do_GET(self) -> None:
        """Answer as an authorizer does where there is no token, else as an API."""
        if self.headers.get("Authorization") != f"Bearer {GRANT}":
            self._answer(401, {"message": "Unauthorized"})
        elif Issuer.unserved:
            Issuer.unserved -= 1
            self._answer(404, {"title": "Unknown site"})
        else:
            self._answer(200, {"items": [{"timestamp": MOMENT, "net_energy_kwh": 1.25}]})

    def _answer(self, status: int, value: dict[str, object]) -> None:
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
    assert settings.api_token == GRANT


def test_the_reading_is_waited_for(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is sent; while the API doesn't have the reading yet, it is asked again, and not for ever."""
    monkeypatch.setattr(smoke, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(Issuer, "unserved", 1)
    settings = smoke.SmokeSettings(bucket="data", api=issuer, api_token=GRANT)
    assert smoke.wait_until_served(settings, MOMENT) < 60
    assert Issuer.unserved == 0
    with pytest.raises(smoke.NotServedError, match=MOMENT):
        smoke.wait_until_served(msgspec.structs.replace(settings, wait=0), "2026-06-01T12:05:00Z")


def test_an_api_that_isn_t_there_yet_is_waited_for() -> None:
    """A stack that was made a moment ago has no address yet; what it last said is in the message."""
    settings = smoke.SmokeSettings(bucket="data", api="http://127.0.0.1:9", wait=0)
    with pytest.raises(smoke.NotServedError, match="can't be reached"):
        smoke.wait_until_served(settings, MOMENT)


def test_no_token_is_asked_for_where_nothing_says_how() -> None:
    """An empty request asks for nothing, as where GitHub has no such secret."""
    assert smoke.with_token(SETTINGS) is SETTINGS


@pytest.mark.parametrize("request_text", ["[]", '{"client_id": "smoke"}'])
def test_a_token_request_that_is_none_is_named(request_text: str) -> None:
    """It is refused by its variable's name."""
    settings = msgspec.structs.replace(SETTINGS, api_token_request=request_text)
    with pytest.raises(smoke.NoTokenError, match="HELIOGRAPH_API_TOKEN_REQUEST"):
        smoke.with_token(settings)


def test_an_api_that_wants_a_token_is_not_waited_for(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It will answer 401 for ever, so the smoke test ends at once and says what to set."""
    monkeypatch.delenv("HELIOGRAPH_API_TOKEN", raising=False)
    settings = smoke.SmokeSettings(bucket="data", api=issuer)
    with pytest.raises(smoke.NoTokenError, match="API_TOKEN_REQUEST"):
        smoke.wait_until_served(settings, MOMENT)
