"""Who may do what: every route of the app, asked by every role, however the caller came by it."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from lambda_api.app import make_app
from lambda_api.roles import NEEDED, ROLES, Access, ApiRole, Entry, require_role
from lambda_api.routes import ROUTES
from local_stack.resources import API_ROUTES
from unit.api.fleet import NOW, Answer, Client, client_of, stores_of

_FILLED: Final = {"site_id": "solar-1", "name": "portal", "path:path": "x", "incident_id": "a~b~c", "edit_id": "e-1"}
_CLAIMS: Final = {"iss": "https://id.example.com/", "sub": "ada"}
_SCOPES: Final[dict[ApiRole, str]] = {
    "viewer": "openid",
    "logger": "openid heliograph/land",
    "operator": "heliograph/operate openid",
}
_SIGNED: Final = {"iam": {"userArn": "arn:aws:iam::123456789012:user/ada"}}
EVERY: Final = sorted(f"{method} {route.path}" for route in ROUTES for method in route.methods or ())
# However a caller comes by each role. Where requests are signed the gateway asks, and whoever gets here may.
CALLERS: Final[list[tuple[Entry, ApiRole]]] = [
    *(("none", role) for role in ROLES),
    *(("jwt", role) for role in ROLES),
    ("iam", "operator"),
]


def ask(asked: str, by: Entry, role: ApiRole, **more: Any) -> Answer:  # noqa: ANN401 - of a request
    """Ask for a route in a role that a caller came by in one of the ways."""
    method, _, path = asked.partition(" ")
    for name, value in {**_FILLED, "ingestion_id": "20261122T093000Z-0123456789abcdef0123"}.items():
        path = path.replace(f"{{{name}}}", value)
    access = Access(anyone=role) if by == "none" else Access()
    authorizers: dict[str, Mapping[str, Any]] = {"jwt": token(_SCOPES[role]), "iam": _SIGNED, "none": {}}
    return client_of(stores_of(), access=access).ask(method, path, authorizer=authorizers[by], **more)


def token(scope: object, claim: str = "scope") -> Mapping[str, Any]:
    """Return what the gateway says of a token."""
    return {"jwt": {"claims": {**_CLAIMS, claim: scope}, "scopes": None}}


def is_refused(answer: Answer) -> bool:
    """Return whether the answer is that the role is too low."""
    return answer.status == 403 and answer.json()["type"] == "/problems/role-needed"


@pytest.mark.parametrize(("by", "role"), CALLERS, ids=[" ".join(each) for each in CALLERS])
@pytest.mark.parametrize("asked", EVERY)
def test_a_route_serves_its_role_and_those_above(asked: str, by: Entry, role: ApiRole) -> None:
    """The whole matrix of routes, roles and ways: a role that is too low is refused, and no other."""
    assert is_refused(ask(asked, by, role)) == (ROLES.index(role) < ROLES.index(NEEDED[asked]))


def test_the_table_has_every_route_and_no_other() -> None:
    """What is gone from the app is gone from the table."""
    assert sorted(NEEDED) == EVERY


def test_what_writes_is_the_operator_s() -> None:
    """Viewers read, and have a file looked at that nobody keeps; loggers land readings; all else is the operator's."""
    writes = {asked: NEEDED[asked] for asked in EVERY if not asked.startswith("GET ")}
    assert {asked for asked, role in writes.items() if role != "operator"} == {"POST /detect", "POST /readings"}
    assert (NEEDED["POST /detect"], NEEDED["POST /readings"]) == ("viewer", "logger")
    assert {NEEDED[asked] for asked in EVERY if asked.startswith("GET ")} == {"viewer"}


def test_a_route_without_a_role_does_not_start() -> None:
    """Whoever adds a route is made to say who may call it."""
    router = APIRouter()

    @router.delete("/everything")
    async def delete_everything() -> None:
        """Delete all."""

    (route,) = router.routes
    assert isinstance(route, APIRoute)
    with pytest.raises(LookupError, match="DELETE /everything"):
        require_role(route)


def test_a_refusal_says_what_is_needed_and_how_to_get_it() -> None:
    """The role that is needed and the one that is there; the scope to ask for, or what to deploy."""
    by_token = ask("DELETE /feeds/{name}", "jwt", "logger").json()["detail"]
    assert "needs the role operator, and yours is logger" in by_token
    assert "scope heliograph/operate" in by_token
    assert "scope heliograph/land" in ask("POST /readings", "jwt", "viewer").json()["detail"]
    unasked = ask("POST /readings", "none", "viewer").json()["detail"]
    assert 'api_anyone = "logger"' in unasked


def test_nobody_is_an_operator_unless_it_is_said() -> None:
    """An app that is told nothing of roles lets everyone read, and nobody write."""
    assert is_refused(Client(make_app(stores_of(), lambda: NOW)).ask("POST", "/readings", body=b"[]"))


@pytest.mark.parametrize(
    ("authorizer", "serves"),
    [
        (token("heliograph/operate"), True),
        (token("heliograph/operate", "scp"), True),
        (token(["openid", "heliograph/operate"], "scp"), True),
        (token("[openid heliograph/operate]", "scp"), True),
        (token("heliograph/operated"), False),
        (token("xheliograph/operate"), False),
        (token("HELIOGRAPH/OPERATE"), False),
        (token("heliograph/operate", "roles"), False),
        (token(None), False),
        (token({"heliograph/operate": True}), False),
    ],
)
def test_a_scope_is_a_whole_word_of_its_claim(authorizer: Mapping[str, Any], *, serves: bool) -> None:
    """Text or a list, in either claim; nothing that only looks alike."""
    answer = client_of(stores_of(), access=Access()).ask("DELETE", "/feeds/portal", authorizer=authorizer)
    assert is_refused(answer) != serves


def test_the_scopes_are_the_deployment_s() -> None:
    """A token's scope counts under the name that Terraform gave it, and no more under another."""
    access = Access(operator_scope="https://id.example.com/admin", logger_scope="push")
    client = client_of(stores_of(), access=access)
    for scope, refused in (("https://id.example.com/admin", False), ("push", True), ("heliograph/operate", True)):
        assert is_refused(client.ask("DELETE", "/feeds/portal", authorizer=token(scope))) == refused
    assert not is_refused(client.ask("POST", "/readings", body=b"[]", authorizer=token("push")))


def test_nothing_of_a_request_makes_an_operator() -> None:
    """Headers, query and body say nothing of a role; where an authorizer answers, the laptop's role is nobody's."""
    client = client_of(stores_of(), access=Access())
    said = {"x-role": "operator", "authorization": "Bearer heliograph/operate", "x-amzn-role": "operator"}
    assert is_refused(client.ask("DELETE", "/feeds/portal", "role=operator", b'{"role": "operator"}', said))
    laptop = client_of(stores_of(), access=Access(anyone="operator"))
    assert is_refused(laptop.ask("DELETE", "/feeds/portal", authorizer=token("openid")))


def test_the_document_says_which_role_an_operation_needs() -> None:
    """`x-role` of each operation; what a viewer may not do has an answer 403."""
    paths = make_app(stores_of()).openapi()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            needed = NEEDED[f"{method.upper()} {path}"]
            assert operation["x-role"] == needed
            assert needed == "viewer" or "403" in operation["responses"]


def test_the_gateway_has_a_route_for_each_method() -> None:
    """A policy or a scope is of a gateway's route; a method that only `$default` takes could have neither."""
    for asked in EVERY:
        method, _, path = asked.partition(" ")
        assert asked in API_ROUTES or (f"{method} /{{proxy+}}" in API_ROUTES and path != "/")
