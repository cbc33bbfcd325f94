"""Answers that needn't be sent twice: ETag, 304, and compression that doesn't change what an ETag stands for."""

import gzip
from base64 import b64decode
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

import pytest

from lambda_api import handler
from lambda_api.app import make_app
from unit.api.fleet import NOW, TOO_HIGH, assessed, http_event, stores_of

CONTEXT: Final[Any] = SimpleNamespace(aws_request_id="1")
READINGS: Final = [assessed(flags=(TOO_HIGH,))]


@pytest.fixture(autouse=True)
def _wired(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the handler serve a small fleet."""
    app = make_app(stores_of(READINGS), lambda: NOW)
    monkeypatch.setattr(handler, "api", lambda: app)
    handler.adapter.cache_clear()
    yield
    handler.adapter.cache_clear()


def ask(path: str = "/readings/solar-1", **headers: str) -> dict[str, Any]:
    """Ask the Lambda."""
    event = http_event("GET", path, "")
    event["headers"] = {**event.get("headers", {}), **headers}
    return handler.handler(event, CONTEXT)


def test_an_answer_has_a_tag_and_must_be_asked_for_again() -> None:
    """The same answer has the same tag, another one another."""
    first, again, other = ask(), ask(), ask("/sites")
    assert first["headers"]["etag"] == again["headers"]["etag"] != other["headers"]["etag"]
    assert first["headers"]["cache-control"] == "no-cache"


@pytest.mark.parametrize("written", ["{tag}", '"x", {tag}', "*", "{strong}"])
def test_what_is_known_isn_t_sent_again(written: str) -> None:
    """304 without a body, whichever way the tag is sent back; the tag goes along."""
    tag = ask()["headers"]["etag"]
    answer = ask(**{"if-none-match": written.format(tag=tag, strong=tag.removeprefix("W/"))})
    assert (answer["statusCode"], answer["body"]) == (304, "")
    assert answer["headers"]["etag"] == tag
    assert "content-length" not in answer["headers"]


def test_what_has_changed_is_sent() -> None:
    """An older tag brings the whole answer."""
    answer = ask(**{"if-none-match": 'W/"0123"'})
    assert answer["statusCode"] == 200
    assert answer["body"] == ask()["body"]


def test_a_problem_has_no_tag() -> None:
    """What went wrong isn't kept."""
    answer = ask("/readings/nobody", **{"if-none-match": "*"})
    assert answer["statusCode"] == 404
    assert "etag" not in answer["headers"]


def test_a_compressed_answer_is_the_same_answer() -> None:
    """Who takes gzip gets it, with the tag of the plain answer; a 304 is empty either way."""
    plain, packed = ask("/openapi.json"), ask("/openapi.json", **{"accept-encoding": "gzip, br"})
    assert packed["isBase64Encoded"]
    assert packed["headers"]["content-encoding"] == "gzip"
    assert "accept-encoding" in packed["headers"]["vary"].lower()
    assert gzip.decompress(b64decode(packed["body"])).decode() == plain["body"]
    assert packed["headers"]["etag"] == plain["headers"]["etag"]
    known = {"accept-encoding": "gzip", "if-none-match": plain["headers"]["etag"]}
    assert ask("/openapi.json", **known)["statusCode"] == 304
