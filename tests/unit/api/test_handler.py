"""The Lambda itself: real events in, answers a gateway can send out, one log line a call, nothing made on import."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

import msgspec
import pytest
from botocore.session import Session
from starlette.testclient import TestClient

from heliograph.errors import SettingsError
from heliograph.settings import load
from heliograph.storage.clients import Clients
from heliograph.storage.incidents import DynamoIncidentPages
from heliograph.storage.ingestions import DynamoIngestions
from heliograph.storage.reading_pages import CountedPages
from heliograph.storage.sites import DynamoSites
from lambda_api import handler, wiring
from lambda_api.app import make_app
from lambda_api.roles import Access
from unit.api.fleet import NOW, TOO_HIGH, assessed, http_event, stores_of

CONTEXT: Final[Any] = SimpleNamespace(aws_request_id="1")


@pytest.fixture
def _wired(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the handler serve a small fleet."""
    app = make_app(stores_of([assessed(flags=(TOO_HIGH,))]), lambda: NOW)
    monkeypatch.setattr(handler, "api", lambda: app)
    handler.adapter.cache_clear()
    yield
    handler.adapter.cache_clear()


def _ask(path: str, query: str = "", method: str = "GET") -> dict[str, Any]:
    return handler.handler(http_event(method, path, query), CONTEXT)


@pytest.mark.usefixtures("_wired")
@pytest.mark.parametrize(
    ("path", "status", "media_type"),
    [
        ("/readings/solar-1", 200, "application/json"),
        ("/readings/nobody", 404, "application/problem+json"),
        ("/nope", 404, "application/problem+json"),
        ("/docs", 200, "text/html; charset=utf-8"),
        ("/openapi.json", 200, "application/json"),
    ],
)
def test_an_answer_is_what_a_gateway_sends_as_it_is(path: str, status: int, media_type: str) -> None:
    """Status, headers and a body of text, never base64; all of it plain JSON."""
    answer = _ask(path)
    assert json.loads(json.dumps(answer)) == answer
    assert type(answer["statusCode"]) is int
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (status, media_type)
    assert answer["isBase64Encoded"] is False
    assert answer["headers"]["content-length"] == str(len(answer["body"].encode()))


@pytest.mark.usefixtures("_wired")
def test_a_raw_query_reaches_the_route() -> None:
    """Escapes are read, and an offset whose plus wasn't escaped is understood."""
    escaped = _ask("/readings/solar-1", "start=2026-11-22T10%3A00%3A00%2B01%3A00&limit=1")
    careless = _ask("/readings/solar-1", "start=2026-11-22T10:00:00+01:00&limit=1")
    assert escaped["body"] == careless["body"]
    assert len(json.loads(escaped["body"])["items"]) == 1


@pytest.mark.usefixtures("_wired")
def test_a_call_prints_one_line(log: io.StringIO) -> None:
    """The line says what was asked and answered, and in which time."""
    _ask("/readings/nobody", "limit=3")
    (line,) = [json.loads(each) for each in log.getvalue().splitlines()]
    assert (line["level"], line["method"], line["path"], line["status"]) == ("INFO", "GET", "/readings/nobody", 404)
    assert line["milliseconds"] > 0
    assert line["request"] == "r-1"


def test_another_server_gets_the_same_answers() -> None:
    """The app is plain ASGI: Starlette's own client reads what the gateway would."""
    app = make_app(stores_of([assessed(flags=(TOO_HIGH,))]), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/anomalies", params={"limit": 1})
        assert answer.json()["items"][0]["site_id"] == "solar-1"
        assert client.get("/sites/nobody").headers["content-type"] == "application/problem+json"


def test_stores_are_made_from_settings() -> None:
    """Each store reads the table its setting names; nothing is called while they are made."""
    names = wiring.ApiSettings.__struct_fields__
    said = {name: "operator" if name == "api_anyone" else f"h-{name}" for name in names}
    chosen = load(wiring.ApiSettings, {f"HELIOGRAPH_{name.upper()}": text for name, text in said.items()})
    assert msgspec.structs.astuple(chosen) == tuple(said.values())
    assert chosen.access == Access("h-user", "operator", "h-api_operator_scope", "h-api_logger_scope")
    session = Session()
    session.set_credentials("key", "secret")
    session.set_config_variable("region", "eu-west-1")
    stores = wiring.make_stores(chosen, Clients(session, "http://127.0.0.1:9"))
    assert isinstance(stores.readings, CountedPages)
    assert isinstance(stores.sites, DynamoSites)
    assert isinstance(stores.ingestions, DynamoIngestions)
    assert isinstance(stores.incidents, DynamoIncidentPages)


def test_a_missing_setting_is_named() -> None:
    """An operator reads which variable to set."""
    with pytest.raises(SettingsError, match="HELIOGRAPH_SITES_TABLE"):
        load(wiring.ApiSettings, {"HELIOGRAPH_READINGS_TABLE": "r", "HELIOGRAPH_INGESTIONS_TABLE": "i"})


def test_importing_the_handler_opens_nothing_and_stays_lean() -> None:
    """No settings are read, no client is made; nothing heavy or foreign is imported."""
    heavy = ["boto3", "pandas", "numpy", "astral", "httpx2", "jinja2", "nanoarrow", "heliograph.feed", "rich", "typer"]
    script = (
        "import lambda_api.handler, sys; assert not lambda_api.handler.adapter.cache_info().currsize; "
        f"print([name for name in {heavy} if name in sys.modules]); "
        "import gc; assert gc.isenabled(); assert gc.get_freeze_count() > 50_000"  # made without looking for garbage
    )
    done = subprocess.run([sys.executable, "-c", script], env={}, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
