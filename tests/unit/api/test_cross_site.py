"""What another site's page can have a browser send, tried on every route that writes: nothing of it is done."""

from typing import Any, Final

import pytest

from lambda_api.routes import ROUTES
from unit.api.fleet import OPERATOR, Answer, client_of, stores_of
from unit.api.test_roles import ask

WRITES: Final = sorted(
    f"{method} {route.path}" for route in ROUTES for method in route.methods or () if method not in {"GET", "HEAD"}
)
# Files of any type: they rest on where a request comes from.
FILES: Final = frozenset({"POST /readings", "POST /detect"})
_JSON: Final = b'{"reason": "none", "kind": "solar"}'
_ELSEWHERE: Final[dict[str, dict[str, str]]] = {
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "an old browser": {"origin": "https://evil.example"},
    "a sandboxed frame": {"origin": "null", "sec-fetch-site": "cross-site"},
    "a link's download": {"sec-fetch-site": "cross-site"},
    "a neighbour's name": {"origin": "https://evil.api.example.com", "sec-fetch-site": "same-site"},
    "another port": {"origin": "https://api.example.com:8443", "sec-fetch-site": "same-site"},
    "no TLS": {"origin": "http://api.example.com", "sec-fetch-site": "cross-site"},
}
# What a page sends without asking first (Fetch, "simple requests"): a form's three types, and none.
_SIMPLE: Final[list[dict[str, str]]] = [
    {"content-type": "application/x-www-form-urlencoded"},
    {"content-type": "multipart/form-data; boundary=x"},
    {"content-type": "text/plain;charset=UTF-8"},
    {"content-type": "text/plain; application/json"},
    {},
]


def send(asked: str, headers: dict[str, str]) -> Answer:
    """Send a route a body of JSON as an operator."""
    return ask(asked, "none", "operator", body=_JSON, headers=headers)


def is_problem(answer: Answer, status: int, kind: str) -> bool:
    """Return whether an answer is a problem of this kind."""
    return answer.status == status and answer.json()["type"] == f"/problems/{kind}"


@pytest.mark.parametrize("elsewhere", _ELSEWHERE)
@pytest.mark.parametrize("asked", WRITES)
def test_what_a_page_elsewhere_sends_is_refused(asked: str, elsewhere: str) -> None:
    """Whatever the browser says of the page, and in whichever role the user is, before anything else counts."""
    for kind in (*_SIMPLE, {"content-type": "application/json"}):
        assert is_problem(send(asked, {**_ELSEWHERE[elsewhere], **kind}), 403, "cross-site")


@pytest.mark.parametrize("asked", [each for each in WRITES if each not in FILES and not each.startswith("DELETE ")])
def test_what_writes_by_json_takes_nothing_that_a_form_can_send(asked: str) -> None:
    """Not even where a browser says nothing of the page; JSON that says so isn't refused for its type."""
    for headers in _SIMPLE:
        answer = send(asked, headers)
        assert is_problem(answer, 415, "unsupported-media-type")
        assert "Content-Type: application/json" in answer.json()["detail"]
    for kind in ("application/json", "Application/JSON; charset=utf-8"):
        assert send(asked, {"content-type": kind}).status != 415


def test_no_preflight_is_answered() -> None:
    """The app itself lets no page of another origin send what a browser asks about; the gateway does where named."""
    preflight = {"origin": "https://evil.example", "access-control-request-method": "DELETE"}
    answer: Any = client_of(stores_of(), access=OPERATOR).ask("OPTIONS", "/feeds/portal", headers=preflight)
    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
