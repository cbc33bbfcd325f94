"""The API's authorizations, as Terraform makes them, with requests: who is served and who is refused."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest

from heliograph_client.auth import Bearer, make_auth
from heliograph_client.connection import make_http
from local_stack.resources import REGION
from terraform.cloud import Cloud
from terraform.embedded import EmbeddedAws
from terraform.guarded import Caller

PASSWORD = "Sunny-days-2026"  # noqa: S105 - of a user that is gone with the test
# What an access token of Cognito's own sign-in names; a scope like any other.
SCOPE = "aws.cognito.signin.user.admin"
# Reading, looking at a file, landing, asking what became of it, removing a feed.
ROLES_BY_TOKEN = {
    "viewer": (True, True, False, True, False),
    "logger": (True, True, True, True, False),
    "operator": (True,) * 5,
}
# Where requests are signed a logger reads nothing else.
ROLES = {**ROLES_BY_TOKEN, "logger": (False, False, True, True, False)}
_PARTS = (
    "-target=aws_apigatewayv2_route.default",
    "-target=aws_apigatewayv2_route.role",
    "-target=aws_apigatewayv2_authorizer.jwt",
    "-target=module.api",
)


@contextmanager
def authorized(cloud: Cloud, *variables: str) -> Iterator[str]:
    """Have Terraform change who may call the API; yield its address, and undo it at the end."""

    def apply(*more: str) -> None:
        quickly = ("-input=false", "-lock=false", "-refresh=false")
        cloud.workspace.run("apply", "-auto-approve", *quickly, *_PARTS, *more)

    apply(*(f"-var={each}" for each in variables))
    try:
        yield cloud.workspace.outputs()["api"]
    finally:
        apply()


def ask(api: str, auth: httpx2.Auth | None = None) -> int:
    """Ask for a site nobody knows; return the status, which is 404 where the API itself answers."""
    with make_http(api, auth) as client:
        return client.get(f"{api}/readings/nobody", params={"limit": "1"}).status_code


def send(api: str, auth: httpx2.Auth | None = None) -> int:
    """Send readings that are none; return the status, which is 422 where the API itself answers."""
    with make_http(api, auth) as client:
        return client.post(f"{api}/readings", content=b"{").status_code


def remove(api: str, auth: httpx2.Auth | None = None) -> int:
    """Remove a feed nobody knows; return the status, which is 404 where the API itself answers."""
    with make_http(api, auth) as client:
        return client.delete(f"{api}/feeds/nobody").status_code


def served(api: str, auth: httpx2.Auth | None = None) -> tuple[bool, ...]:
    """Return whether the API itself serves reading, looking at a file, landing, asking after that, and an operator."""
    with make_http(api, auth) as client:
        looked = client.post(f"{api}/detect", content=b"{").status_code
        asked = client.get(f"{api}/ingestions/20261122T093000Z-0123456789abcdef0123").status_code
    own = (
        (ask(api, auth), HTTPStatus.NOT_FOUND),
        (looked, HTTPStatus.UNPROCESSABLE_ENTITY),
        (send(api, auth), HTTPStatus.UNPROCESSABLE_ENTITY),
        (asked, HTTPStatus.NOT_FOUND),
        (remove(api, auth), HTTPStatus.NOT_FOUND),
    )
    assert all(status in {HTTPStatus.FORBIDDEN, expected} for status, expected in own), own
    return tuple(status == expected for status, expected in own)


def test_signed_calls_are_served_and_others_refused(
    cloud: Cloud, embedded: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `iam`, each role's policy serves what is its own; unsigned, wrongly signed and not allowed is refused."""
    with authorized(cloud, "api_auth=iam") as api, embedded.enforcing(tmp_path / "state") as copy:
        aws = Caller(copy.endpoint)
        for role, may in ROLES.items():
            use(monkeypatch, user(aws, role, cloud.workspace.outputs()["api_policies"][role]))
            assert served(api, make_auth(api, "iam")) == may, role
        assert served(api) == (False,) * 5
        assert ask(api, Forged(make_auth(api, "iam"))) == HTTPStatus.FORBIDDEN
        use(monkeypatch, user(aws, "stranger", ""))
        assert served(api, make_auth(api, "iam")) == (False,) * 5


def test_tokens_of_the_issuer_are_served_and_others_refused(cloud: Cloud) -> None:
    """With `jwt`, a token for the audience reads, and one with a role's scope writes; any other is refused."""
    cognito = Caller(cloud.endpoint).cognito
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    ours, theirs = (client_of(cognito, pool, name) for name in ("heliograph", "another"))
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"
    told = {"issuer": issuer, "audience": [ours]}
    with authorized(cloud, "api_auth=jwt", f"jwt={json.dumps({**told, 'operator_scope': SCOPE})}") as api:
        token, access = tokens_of(cognito, pool, ours)
        assert served(api, Bearer(token)) == ROLES_BY_TOKEN["viewer"]
        assert served(api, Bearer(access)) == ROLES_BY_TOKEN["operator"]
        assert ask(api) == HTTPStatus.UNAUTHORIZED
        assert ask(api, Bearer(token)) == HTTPStatus.NOT_FOUND
        assert ask(api, Bearer(token[:-8] + "AAAAAAAA")) == HTTPStatus.UNAUTHORIZED
        assert ask(api, Bearer(tokens_of(cognito, pool, theirs)[0])) == HTTPStatus.UNAUTHORIZED
        assert (send(api), remove(api)) == (HTTPStatus.UNAUTHORIZED,) * 2
    with authorized(cloud, "api_auth=jwt", f"jwt={json.dumps({**told, 'logger_scope': SCOPE})}") as api:
        assert served(api, Bearer(access)) == ROLES_BY_TOKEN["logger"]
    cognito.delete_user_pool(UserPoolId=pool)


def use(monkeypatch: pytest.MonkeyPatch, key: dict[str, str]) -> None:
    """Sign with a key, as a person's environment says it."""
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def user(aws: Caller, name: str, document: str) -> dict[str, str]:
    """Make a user who may do what a policy says, nothing where it is empty; return the key."""
    aws.roles.create_user(UserName=name)
    if document:
        aws.roles.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=document)
    key: Any = aws.roles.create_access_key(UserName=name)["AccessKey"]
    found: dict[str, str] = key
    return found


class Forged(httpx2.Auth):
    """Signs as another does, and changes the last digits."""

    requires_request_body = True

    def __init__(self, signed: httpx2.Auth) -> None:
        """Keep who signs."""
        self._signed = signed

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Forge one request's signature."""
        for each in self._signed.auth_flow(request):
            each.headers["authorization"] = each.headers["authorization"][:-4] + "0000"
            yield each


def client_of(cognito: Any, pool: str, name: str) -> str:  # noqa: ANN401 - its types aren't installed
    """Make a client of a user pool; its id is the audience of its tokens."""
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName=name, ExplicitAuthFlows=flows)
    return str(made["UserPoolClient"]["ClientId"])


def tokens_of(cognito: Any, pool: str, client: str) -> tuple[str, str]:  # noqa: ANN401 - its types aren't installed
    """Sign a new user in; return the token that says who it is, and the one that has a scope."""
    name = f"of-{client}".lower()
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    given = answer["AuthenticationResult"]
    return str(given["IdToken"]), str(given["AccessToken"])
