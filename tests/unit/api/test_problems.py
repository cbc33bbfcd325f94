"""Every failure is an RFC 9457 problem that says what to do and tells nothing of the inside."""

import io
import json
from http import HTTPStatus
from typing import Any, Final

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from fastapi import HTTPException

from heliograph.errors import StillThrottled
from lambda_api.app import make_app
from lambda_api.problems import KINDS
from unit.api.fleet import NOW, Answer, Client, Failing, assessed, client_of, every_store, require_shape, stores_of

CLIENT: Final = client_of(stores_of([assessed()]))


def _problem(answer: Answer, status: int, kind: str = "about:blank") -> dict[str, Any]:
    """Return a problem's members after checking what all problems have."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    body: dict[str, Any] = answer.json()
    require_shape(answer.body, "Problem")
    assert (body["status"], body["type"]) == (status, kind)
    return body


def _failing(error: Exception) -> Client:
    store: Any = Failing(error)
    return Client(make_app(every_store(store), lambda: NOW))


def _client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "arn:aws:dynamodb:secret"}}, "Query")


@pytest.mark.parametrize("path", ["/sites/nobody", "/readings/nobody", "/anomalies/nobody"])
def test_an_unknown_site_is_named(path: str) -> None:
    """The problem names the site and where to find those there are."""
    problem = _problem(CLIENT.get(path), 404, "/problems/unknown-site")
    assert "nobody" in problem["detail"]
    assert problem["instance"] == path


def test_a_page_with_readings_costs_no_second_look() -> None:
    """The registry is asked only where a page is empty, so a page of readings is one Query."""
    stores = stores_of([assessed()])
    registry: Any = Failing(RuntimeError("asked"))
    client = client_of(msgspec.structs.replace(stores, sites=registry))
    assert client.get("/readings/solar-1").status == 200
    assert client.get("/readings/other").status == 500


def test_an_unknown_incident_is_named() -> None:
    """An id that is well formed but not there is its own problem."""
    path = "/incidents/solar-1~stale~20261122T080000Z"
    assert _problem(CLIENT.get(path), 404, "/problems/unknown-incident")["instance"] == path


def test_an_unknown_sites_incidents_are_not_an_empty_list() -> None:
    """A site that was mistyped must not look healthy."""
    for state in ("open", "closed"):
        problem = _problem(CLIENT.get("/incidents", state=state, site_id="nobody"), 404, "/problems/unknown-site")
        assert "nobody" in problem["detail"]


def test_an_unknown_ingestion_is_named() -> None:
    """An id that is well formed but not there is its own problem."""
    path = "/ingestions/20261121T090512Z-0123456789abcdef0123"
    assert _problem(CLIENT.get(path), 404, "/problems/unknown-ingestion")["instance"] == path


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/readings/solar-1", {"limit": "0"}, "limit"),
        ("/readings/solar-1", {"limit": "10001"}, "limit"),
        ("/sites", {"limit": "many"}, "limit"),
        ("/readings/solar-1", {"start": "yesterday"}, "start"),
        ("/readings/solar-1", {"end": "2026-11-22T09:00:00"}, "end"),
        ("/readings/solar-1", {"start": "2026-11-22", "end": "2026-11-22"}, "end"),
        ("/anomalies", {"day": "2026-13-01"}, "day"),
        ("/ingestions", {"hour": "20261122T25"}, "hour"),
        ("/ingestions", {"hour": "totals"}, "hour"),
        ("/ingestions/totals", {}, "ingestion_id"),
        ("/incidents/solar-1", {}, "incident_id"),
        ("/incidents", {"state": "both"}, "state"),
        ("/incidents", {"site_id": "a b"}, "site_id"),
        ("/incidents", {"day": "2026-11-22"}, "day"),
        ("/incidents", {"state": "closed", "day": "2026-11-22", "site_id": "a"}, "day"),
        ("/incidents", {"state": "closed", "day": "yesterday"}, "day"),
        ("/sites/-x", {}, "site_id"),
        ("/sites/a b", {}, "site_id"),
        ("/readings/" + "x" * 65, {}, "site_id"),
        ("/sites", {"cursor": "x" * 501}, "cursor"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(path: str, query: dict[str, str], field: str) -> None:
    """Validation problems list the fields, and the detail names them too."""
    problem = _problem(CLIENT.get(path, **query), 422, "/problems/invalid-request")
    assert [fault["field"] for fault in problem["errors"]] == [field]
    assert problem["detail"] == f"{field}: {problem['errors'][0]['message']}"


def test_every_bad_field_is_named_in_one_answer() -> None:
    """Two mistakes don't take two tries."""
    problem = _problem(CLIENT.get("/sites/-x/", limit=0), 404)
    assert problem["title"] == "Not Found"
    problem = _problem(CLIENT.get("/readings/-x", limit=0), 422, "/problems/invalid-request")
    assert {fault["field"] for fault in problem["errors"]} == {"site_id", "limit"}


def test_a_bad_cursor_says_what_to_send() -> None:
    """The client learns to send `next` back or begin again."""
    problem = _problem(CLIENT.get("/sites", cursor="nonsense"), 400, "/problems/bad-cursor")
    assert "next" in problem["detail"]


@pytest.mark.parametrize("path", ["/nope", "/sites/", "/reading", "/readings/a/b"])
def test_a_path_that_is_not_there_leads_to_the_docs(path: str) -> None:
    """No redirect, no HTML: a problem."""
    assert "/docs" in _problem(CLIENT.get(path), 404)["detail"]


def test_the_instance_is_a_uri_reference() -> None:
    """Signs that a URI doesn't have are escaped in it."""
    assert _problem(CLIENT.get("/no such?#/\u00fc"), 404)["instance"] == "/no%20such%3F%23/%C3%BC"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_method_that_is_not_allowed_says_which_are(method: str) -> None:
    """The Allow header stays."""
    answer = CLIENT.ask(method, "/sites")
    assert _problem(answer, 405)["title"] == "Method Not Allowed"
    assert answer.headers["allow"] == "GET"


def test_all_methods_of_a_path_are_named() -> None:
    """A path's routes may be several."""
    assert CLIENT.ask("DELETE", "/sites/solar-1").headers["allow"] == "GET, PUT"


def test_an_exception_of_the_framework_keeps_its_detail() -> None:
    """Statuses without words of ours say what raised them."""
    answer = _failing(HTTPException(HTTPStatus.GONE, "it was here")).get("/summary")
    assert _problem(answer, 410)["detail"] == "it was here"


@pytest.mark.parametrize(
    "error",
    [
        StillThrottled("read: still throttled"),
        _client_error("ProvisionedThroughputExceededException"),
        _client_error("ThrottlingException"),
        _client_error("InternalServerError"),
        EndpointConnectionError(endpoint_url="http://inside.example"),
        ReadTimeoutError(endpoint_url="http://inside.example"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("path", ["/summary", "/sites", "/sites/a", "/readings/a", "/anomalies/a", "/anomalies"])
def test_a_store_in_trouble_asks_to_come_back(error: Exception, path: str) -> None:
    """What may pass is 503 with the seconds to wait, without a word of the inside."""
    answer = _failing(error).get(path)
    problem = _problem(answer, 503, "/problems/busy")
    assert int(answer.headers["retry-after"]) > 0
    assert "example" not in problem["detail"]
    assert "arn:" not in problem["detail"]


@pytest.mark.parametrize(
    "error",
    [
        _client_error("ValidationException"),
        _client_error("AccessDeniedException"),
        NoCredentialsError(),
        KeyError("s3cret"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_our_own_failure_is_logged_and_tells_nothing(error: Exception, log: io.StringIO) -> None:
    """The client sees a plain 500; the log has the exception."""
    answer = _failing(error).get("/summary")
    _problem(answer, 500)
    assert "s3cret" not in answer.body
    assert "arn:" not in answer.body
    (line,) = [json.loads(each) for each in log.getvalue().splitlines()]
    assert (line["level"], line["path"], line["exception_name"]) == ("ERROR", "/summary", type(error).__name__)


def test_health_and_docs_answer_without_stores() -> None:
    """A store that fails doesn't fail the routes that need none."""
    client = _failing(RuntimeError("touched"))
    assert [client.get(path).status for path in ("/health", "/docs", "/openapi.json")] == [200, 200, 200]


def test_kinds_are_told_apart_by_type() -> None:
    """Each kind has a type of its own."""
    assert len({kind.type for kind in KINDS}) == len(KINDS)
