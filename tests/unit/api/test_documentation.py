"""The OpenAPI document says everything a client needs."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from heliograph import __version__
from heliograph.table_keys import TABLES
from lambda_api.app import make_app
from lambda_api.problems import Problem
from lambda_api.routes import ROUTES
from lambda_api.routes.readings import ReadingPage
from unit.api.fleet import client_of, stores_of

CLIENT: Final = client_of(stores_of())
DOCUMENT: Final[dict[str, Any]] = make_app(stores_of()).openapi()
SCHEMAS: Final[dict[str, Any]] = DOCUMENT["components"]["schemas"]
OPERATIONS: Final = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
API: Final = Path(__file__).resolve().parents[3] / "terraform" / "api.tf"
READS: Final = {path: operation for (method, path), operation in OPERATIONS.items() if method == "GET"}


def test_the_document_says_what_it_is_of() -> None:
    """Title, version, description, tags; every tag is described and every described tag used."""
    info = DOCUMENT["info"]
    assert (info["title"], info["version"]) == ("Heliograph", __version__)
    assert "problem" in info["description"]
    assert {tag["name"] for tag in DOCUMENT["tags"]} == {tag for each in OPERATIONS.values() for tag in each["tags"]}
    assert all(tag["description"] for tag in DOCUMENT["tags"])


def test_pages_of_named_origins_may_ask_for_all_that_is_served() -> None:
    """The methods that API Gateway tells a browser of are those of the routes; the headers are those that these read.

    `*` won't do for the headers: to a browser it doesn't mean Authorization.
    """
    text = API.read_text()
    (methods,) = re.findall(r"allow_methods += (\[.+\])", text)
    (headers,) = re.findall(r"api_request_headers = (\[[^\]]+\])", text)
    assert set(re.findall(r'"(\w+)"', methods)) == {method for method, _ in OPERATIONS}
    named = set(re.findall(r'"([\w-]+)"', headers))
    assert {"accept", "content-encoding", "content-type", "if-none-match"} <= named
    assert {"authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} <= named


def test_the_document_holds_behind_any_path() -> None:
    """The API is where its document lies, so that what reads it there asks the right address."""
    assert [each["url"] for each in DOCUMENT["servers"]] == ["."]


def test_the_document_says_how_a_token_is_sent() -> None:
    """Each operation takes a bearer token, and none where the API asks for none."""
    assert DOCUMENT["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert DOCUMENT["security"] == [{}, {"token": []}]


def test_every_route_is_there_under_its_functions_name() -> None:
    """Operation ids are unique, and stay when a path changes."""
    assert {" ".join(asked): each["operationId"] for asked, each in OPERATIONS.items()} == {
        "GET /summary": "get_summary",
        "GET /fleet": "list_fleet",
        "GET /sites": "list_sites",
        "GET /sites/{site_id}": "get_site",
        "PUT /sites/{site_id}": "put_site",
        "POST /detect": "detect_feed",
        "GET /feeds": "list_feeds",
        "GET /feeds/{name}": "get_feed",
        "PUT /feeds/{name}": "put_feed",
        "DELETE /feeds/{name}": "delete_feed",
        "GET /readings/{site_id}": "list_readings",
        "POST /readings": "post_readings",
        "GET /totals/{site_id}": "get_totals",
        "GET /anomalies/{site_id}": "list_anomalies_of_site",
        "GET /anomalies": "list_anomalies",
        "GET /edits": "list_edits",
        "POST /edits": "make_edit",
        "GET /edits/{edit_id}": "get_edit",
        "DELETE /edits/{edit_id}": "undo_edit",
        "GET /incidents": "list_incidents",
        "GET /incidents/{incident_id}": "get_incident",
        "GET /ingestions": "list_ingestions",
        "GET /ingestions/{ingestion_id}": "get_ingestion",
        "GET /ingestions/{ingestion_id}/rejected": "list_rejected",
        "GET /pipeline": "get_pipeline",
        "GET /health": "get_health",
        "GET /rules": "get_rules",
        "GET /docs": "get_docs",
    }


@pytest.mark.parametrize("asked", OPERATIONS, ids=" ".join)
def test_every_parameter_is_described_with_an_example(asked: tuple[str, str]) -> None:
    """Nobody has to guess what a parameter means or looks like."""
    for parameter in OPERATIONS[asked].get("parameters", []):
        assert parameter["description"]
        assert parameter["schema"]["examples"]


def test_a_parameters_example_is_taken() -> None:
    """What the document shows works, but for the cursor, which belongs to a query, and a day beside a site."""
    for path, operation in READS.items():
        shown = {(each["in"], each["name"]): each["schema"]["examples"][0] for each in operation.get("parameters", [])}
        asked = {name: example for (place, name), example in shown.items() if place == "query" and name != "cursor"}
        if "day" in asked:
            asked.pop("site_id", None)
        answer = CLIENT.get(path.format(**{name: example for (_, name), example in shown.items()}), **asked)
        assert answer.status in {200, 404}, answer.body


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described(name: str) -> None:
    """No field without its meaning."""
    assert all(field.get("description") for field in SCHEMAS[name]["properties"].values())


def test_energies_are_numbers_in_kwh() -> None:
    """Each energy's description gives its unit, and its type is a number, not text."""
    energies = [
        field
        for schema in SCHEMAS.values()
        for name, field in schema["properties"].items()
        if name.endswith("_kwh") and not name.endswith("_per_kwh")
    ]
    assert len(energies) == 30
    assert all("kWh" in field["description"] and "number" in types_of(field) for field in energies)
    assert not any("string" in types_of(field) for field in energies)


def types_of(field: dict[str, Any]) -> set[str]:
    """Return the types that a field may have."""
    return {each["type"] for each in field.get("anyOf", [field])}


@pytest.mark.parametrize(
    ("ending", "unit"),
    [("_kw", "kW"), ("_minutes", "minutes"), ("_bytes", "bytes"), ("_at", "UTC"), ("itude", "Degrees")],
)
def test_other_quantities_have_units_too(ending: str, unit: str) -> None:
    """Power, durations, sizes, times and places say what they are in."""
    found = [
        field["description"]
        for schema in SCHEMAS.values()
        for name, field in schema["properties"].items()
        if name.endswith(ending)
    ]
    assert found
    assert all(unit in description for description in found)


def test_integers_are_counts_or_have_a_unit() -> None:
    """A whole number says what it counts."""
    for schema in SCHEMAS.values():
        for field in schema["properties"].values():
            if field.get("type") == "integer":
                assert re.search(r"a count|bytes|HTTP status", field["description"])


@pytest.mark.parametrize("asked", OPERATIONS, ids=" ".join)
def test_every_problem_is_declared_as_one(asked: tuple[str, str]) -> None:
    """Routes that read stores declare 500 and 503, all of them 422; each in the problem's own media type."""
    operation = OPERATIONS[asked]
    problems = {status: each for status, each in operation["responses"].items() if status >= "400"}
    if operation["tags"] != ["service"]:
        assert {"500", "503"} <= problems.keys()
    assert "422" in problems  # a query parameter that it doesn't have
    assert ("400" in problems) == any(each["name"] == "cursor" for each in operation.get("parameters", []))
    for each in problems.values():
        assert each["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_the_document_is_served() -> None:
    """Asking for it gives all of it."""
    assert CLIENT.get("/openapi.json").json() == json.loads(json.dumps(DOCUMENT), parse_float=Decimal)


def test_every_reference_leads_somewhere() -> None:
    """All schemas that are named are there."""
    named = set(re.findall(r'"#/components/schemas/(\w+)"', CLIENT.get("/openapi.json").body))
    assert named <= SCHEMAS.keys()
    assert {Problem.__name__, ReadingPage.__name__} <= SCHEMAS.keys()


def test_no_route_is_made_twice() -> None:
    """The app has the routes themselves: what FastAPI includes it makes again, with the first request of a process."""
    mine = make_app(stores_of()).routes
    assert mine[: len(ROUTES)] == list(ROUTES)


def test_the_document_names_no_table() -> None:
    """Clients see what there is, not where it is kept."""
    assert not [each for each in TABLES if f"{each.role} table" in str(DOCUMENT)]
