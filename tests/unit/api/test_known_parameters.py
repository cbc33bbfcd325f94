"""Query parameters that a route doesn't have are refused, with the nearest that it has."""

import re
from http import HTTPStatus
from typing import Final

import pytest
from fastapi.routing import APIRoute

from lambda_api.known_parameters import parameters_of
from lambda_api.routes import ROUTES
from unit.api.fleet import assessed, client_of, stores_of

CLIENT: Final = client_of(stores_of([assessed("solar-1")]))
DOCUMENTED: Final = [route for route in ROUTES if route.include_in_schema]


def method_of(route: APIRoute) -> str:
    """Return a route's method; where it has two, the first."""
    return min(route.methods or ())


@pytest.mark.parametrize("route", DOCUMENTED, ids=lambda route: f"{method_of(route)} {route.path}")
def test_every_route_refuses_what_it_does_not_have(route: APIRoute) -> None:
    """Whatever else is sent, the problem names the parameter and lists what there is."""
    path = re.sub(r"\{\w+\}", "solar-1", route.path)
    answer = CLIENT.ask(method_of(route), path, "nonsense=1", body=b"{}")
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
    (fault,) = answer.json()["errors"]
    assert fault["field"] == "nonsense"
    assert all(name in fault["message"] for name in parameters_of(route))


@pytest.mark.parametrize(
    ("sent", "meant"), [("from", "start"), ("until", "end"), ("limt", "limit"), ("page", "cursor"), ("Limit", "limit")]
)
def test_the_nearest_is_named(sent: str, meant: str) -> None:
    """By its letters, or by what other APIs call it."""
    said = CLIENT.get("/readings/solar-1", **{sent: "2026-11-01"}).json()["detail"]
    assert said == (
        f"{sent}: no parameter here has that name; perhaps {meant} is meant; there are cursor, end, limit, start"
    )


def test_several_are_named_and_long_ones_cut() -> None:
    """A hostile query makes no long answer."""
    query = "&".join(f"x{at}{'y' * 100}=1" for at in range(200))
    errors = CLIENT.ask("GET", "/readings/solar-1", query).json()["errors"]
    assert (len(errors), len(errors[0]["field"])) == (10, 60)


def test_a_parameter_without_a_name_is_of_the_query() -> None:
    """The problem's field is never empty."""
    assert CLIENT.ask("GET", "/rules", "=1").json()["errors"][0]["field"] == "query"


def test_a_signed_address_is_taken() -> None:
    """API Gateway checks a signature in the query, and hands it on."""
    query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&limit=1"
    assert CLIENT.ask("GET", "/readings/solar-1", query).status == HTTPStatus.OK


def test_a_page_s_address_may_carry_anything() -> None:
    """The dashboard opens from any link."""
    assert CLIENT.get("/", utm_source="mail").status == HTTPStatus.OK
