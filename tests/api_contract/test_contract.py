"""The API keeps what its OpenAPI document says, whatever is asked: schemathesis, with all its checks, in process.

`make test` tries each operation with a few requests; `make contract` with many.
"""

import os
from typing import TYPE_CHECKING, Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from lambda_api.app import make_app
from unit.api.fleet import NOW, OPERATOR, TOO_HIGH, assessed, day, incident, ingested, stores_of

if TYPE_CHECKING:
    from schemathesis.schemas import APIOperation, BaseSchema

schemathesis.openapi.format("iana-time-zone", st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kolkata"]))
load_all_checks()


@schemathesis.serializer("application/x-ndjson", "application/gzip")
def _as_it_is(_: object, value: object) -> bytes:
    """Send a body that isn't JSON as it was made."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


EXAMPLES: Final = int(os.environ.get("CONTRACT_EXAMPLES", "12"))
STORES: Final = stores_of(
    [assessed("solar-007"), assessed("solar-007", "2026-11-22T09:05:00Z", flags=(TOO_HIGH,))],
    ingestions=[ingested("raw/submit/day.json")],
    incidents=[incident("solar-007")],
    days={"solar-007": [day()]},
)
# The document's server is ".", where it lies, which schemathesis doesn't resolve. And it would take words out of the
# routes' source for values, whatever their format: one of them for a time zone.
CONFIG: Final = SchemathesisConfig.from_dict(
    {"base-url": "http://testserver", "analysis": {"constants": {"enabled": False}}}
)
# A fixture, and so read by the one worker that runs the test: making its requests takes seconds.
SCHEMA: Final = schemathesis.pytest.from_fixture("document")

# A schema can't say that a cursor belongs to its list, that a date is one there is, or that it goes with another
# parameter: a request with one of these may be refused, if the answer names the field or is about the cursor.
REFUSABLE: Final = frozenset({"cursor", "day", "end", "hour", "start"})


@pytest.fixture
def document(request: pytest.FixtureRequest) -> "BaseSchema":
    """The API's document, with the API behind it."""
    request.node._nodeid = request.node.nodeid  # schemathesis 4.32 looks for a name that pytest 9.2 has no more
    return schemathesis.openapi.from_asgi("/openapi.json", make_app(STORES, lambda: NOW, OPERATOR), config=CONFIG)


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES < 100)
def test_the_api_keeps_its_word(case: "schemathesis.Case[APIOperation[Any, Any, Any, Any]]") -> None:
    """Every answer is one that the document declares, and what the document forbids is refused."""
    response = case.call()
    case.validate_response(response, excluded_checks=left_out(case))
    if response.status_code in {400, 422}:
        told = response.json()
        assert told["type"] == "/problems/bad-cursor" or told["errors"][0]["field"]


def left_out(case: "schemathesis.Case[APIOperation[Any, Any, Any, Any]]") -> list[Any]:
    """Return the checks that don't hold of a request, and why."""
    if case.path in {"/readings", "/detect"}:
        # Its format is found from the body itself, whatever media type it is said to have.
        return CHECKS.get_by_names(["positive_data_acceptance", "negative_data_rejection"])
    if case.path == "/feeds/{name}" and case.method == "PUT":
        # A profile's own schema says what its parts hold, and no schema that they go together.
        return CHECKS.get_by_names(["positive_data_acceptance"])
    if case.path == "/edits" and case.method == "POST":
        # Which fields an edit has depends on its action, its times on the time that it is, and a shift on its readings.
        return CHECKS.get_by_names(["positive_data_acceptance"])
    refusable = REFUSABLE & set(case.query or ()) or beyond_a_schema(case.body)
    return CHECKS.get_by_names(["positive_data_acceptance"]) if refusable else []


def beyond_a_schema(body: object) -> bool:
    """Return whether a body has a fault that a schema can't tell.

    A number that DynamoDB can't keep, a span of time out of its range, or an end before its beginning.
    """
    if not isinstance(body, dict):
        return False
    spans = body.get("delivered_within") is not None
    both_ends = body.get("commissioned") is not None and body.get("decommissioned") is not None
    too_near_zero = any(isinstance(value, float) and 0 < abs(value) < 1e-130 for value in body.values())
    return spans or both_ends or too_near_zero
