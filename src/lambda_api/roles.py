"""Who may do what: the roles, which of them each route needs, and how a request's caller comes by theirs.

API Gateway asks first, by method and route (terraform/api.tf). What it found out comes with the event:

- `iam`: the caller's policies let them call this very method and path, so the app asks nothing more. Terraform prints a
  policy for each role.
- `jwt`: the token's scopes name the role. The gateway asks for them on the routes that write, and so does the app:
  either alone suffices.
- nothing: no authorizer stands before the API, and all callers have one role. On a laptop that is the user of the run,
  the operator; the engine's guard has seen to it that nobody else writes.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Literal

import msgspec
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from lambda_api.openapi import problem_answers
from lambda_api.problems import ROLE_NEEDED, ProblemRaised

ApiRole = Literal["viewer", "logger", "operator"]
Entry = Literal["iam", "jwt", "none"]
# Each may do what those before it may.
ROLES: Final[tuple[ApiRole, ...]] = ("viewer", "logger", "operator")

# Every route; the API doesn't start with one that isn't here. What changes anything is the operator's, but for what
# loggers send. POST /detect keeps nothing.
NEEDED: Final[Mapping[str, ApiRole]] = {
    "GET /": "viewer",
    "GET /anomalies": "viewer",
    "GET /anomalies/{site_id}": "viewer",
    "GET /dashboard/{path:path}": "viewer",
    "GET /docs": "viewer",
    "GET /docs/{path:path}": "viewer",
    "POST /detect": "viewer",
    "GET /edits": "viewer",
    "POST /edits": "operator",
    "GET /edits/{edit_id}": "viewer",
    "DELETE /edits/{edit_id}": "operator",
    "GET /feeds": "viewer",
    "GET /feeds/{name}": "viewer",
    "PUT /feeds/{name}": "operator",
    "DELETE /feeds/{name}": "operator",
    "GET /fleet": "viewer",
    "GET /health": "viewer",
    "GET /incidents": "viewer",
    "GET /incidents/{incident_id}": "viewer",
    "GET /ingestions": "viewer",
    "GET /ingestions/{ingestion_id}": "viewer",
    "GET /ingestions/{ingestion_id}/rejected": "viewer",
    "GET /pipeline": "viewer",
    "GET /readings/{site_id}": "viewer",
    "POST /readings": "logger",
    "GET /rules": "viewer",
    "GET /sites": "viewer",
    "GET /sites/{site_id}": "viewer",
    "PUT /sites/{site_id}": "operator",
    "GET /summary": "viewer",
    "GET /totals/{site_id}": "viewer",
}


class Access(msgspec.Struct, frozen=True):
    """How callers come by their names and roles.

    user: who asks where no authorizer says it. anyone: the role of such a caller. operator_scope, logger_scope: what a
    token's scopes must name for that role; a token without either is a viewer's.
    """

    user: str = "anonymous"
    anyone: ApiRole = "viewer"
    operator_scope: str = "heliograph/operate"
    logger_scope: str = "heliograph/land"


class Caller(msgspec.Struct, frozen=True):
    """Who asks. name: an IAM principal's ARN, a token's issuer and subject, or a laptop's user. by: who let them in."""

    name: str
    role: ApiRole
    by: Entry = "none"

    def may(self, needed: ApiRole) -> bool:
        """Return whether their role is as high as one that is needed."""
        return ROLES.index(self.role) >= ROLES.index(needed)


def caller_of(scope: Scope) -> Caller:
    """Return who sends a request, by the word of the gateway's authorizer alone."""
    access: Access = scope["app"].state.access
    context = scope.get("aws.event", {}).get("requestContext", {})
    authorizer = context.get("authorizer") or {}
    if iam := authorizer.get("iam"):
        return Caller(str(iam["userArn"]), "operator", "iam")
    if jwt := authorizer.get("jwt"):
        claims = jwt["claims"]
        return Caller(f"{claims['iss']} {claims['sub']}", _role_of(claims, access), "jwt")
    return Caller(access.user, access.anyone)


def _role_of(claims: Mapping[str, Any], access: Access) -> ApiRole:
    """Return the role that a token's scopes name; identity providers have them in one of two claims."""
    given = {each for claim in ("scope", "scp") for each in _words(claims.get(claim))}
    if access.operator_scope in given:
        return "operator"
    return "logger" if access.logger_scope in given else "viewer"


def _words(claim: object) -> list[str]:
    """Return the words of a claim: text with spaces between them, or a list, which API Gateway writes as [a b]."""
    if isinstance(claim, str):
        return claim.removeprefix("[").removesuffix("]").split()
    return [str(each) for each in claim] if isinstance(claim, list) else []


def require_role(route: APIRoute) -> None:
    """Have a route refuse callers whose role is too low, and its document say which it needs.

    Raises:
        LookupError: `NEEDED` has no role for it.
    """
    (asked,) = [f"{method} {route.path}" for method in route.methods or ()]
    if asked not in NEEDED:
        raise LookupError(f"lambda_api/roles.py doesn't say which role {asked} needs; add it to NEEDED")
    needed = NEEDED[asked]
    route.app = _RoleOnly(route.app, asked, needed)
    if needed != "viewer":
        route.responses |= problem_answers(HTTPStatus.FORBIDDEN)
    if route.include_in_schema:
        route.openapi_extra = {**(route.openapi_extra or {}), "x-role": needed}


class _RoleOnly:
    """Serves a route to callers of its role. asked: the route, for the message."""

    def __init__(self, app: ASGIApp, asked: str, needed: ApiRole) -> None:
        self._app = app
        self._asked = asked
        self._needed = needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        if not caller.may(self._needed):
            advice = _advice(caller, self._needed, scope["app"].state.access)
            raise ProblemRaised(
                ROLE_NEEDED, f"{self._asked} needs the role {self._needed}, and yours is {caller.role}; {advice}"
            )
        await self._app(scope, receive, send)


def _advice(caller: Caller, needed: ApiRole, access: Access) -> str:
    """Say how to come by a role."""
    if caller.by == "jwt":
        scope = access.operator_scope if needed == "operator" else access.logger_scope
        return f"ask the identity provider for a token with the scope {scope}"
    return (
        "this API asks nobody who they are (api_auth = none), so that is everyone's role; whoever deploys it can have "
        f'it ask, or say api_anyone = "{needed}"'
    )
