"""The API's authorizations, as Terraform makes them, with requests: who is served and who is refused."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import get_session

from heliograph_client.auth import Bearer, make_auth
from heliograph_client.connection import make_http
from local_stack.resources import REGION
from terraform.cloud import Cloud
from terraform.embedded import EmbeddedAws
from terraform.guarded import Caller

PASSWORD = "Sunny-days-2026"  # noqa: S105 - of a user that is gone with the test
MAY_CALL = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
_PARTS = ("-target=aws_apigatewayv2_route.default", "-target=aws_apigatewayv2_authorizer.jwt")


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


def send(api: str, headers: dict[str, str] | None = None) -> int:
    """Send readings that are none; return the status, which is 422 where the API itself answers."""
    with make_http(api) as client:
        return client.post(f"{api}/readings", content=b"{", headers=headers).status_code


def signature(api: str, body: bytes = b"{") -> dict[str, str]:
    """Sign a POST of readings with the environment's key; return its headers."""
    aws = AWSRequest("POST", f"{api}/readings", data=body)
    keys = get_session().get_credentials()
    assert keys is not None
    SigV4Auth(keys, "execute-api", REGION).add_auth(aws)
    return dict(aws.headers.items())


def test_signed_calls_are_served_and_others_refused(
    cloud: Cloud, embedded: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `iam`, who signs and may call is served; unsigned, wrongly signed and not allowed is refused."""
    with authorized(cloud, "api_auth=iam") as api, embedded.enforcing(tmp_path / "state") as copy:
        aws = Caller(copy.endpoint)
        use(monkeypatch, user(aws, "analyst", MAY_CALL))
        assert ask(api) == HTTPStatus.FORBIDDEN
        assert ask(api, make_auth(api, "iam")) == HTTPStatus.NOT_FOUND
        assert ask(api, Forged(make_auth(api, "iam"))) == HTTPStatus.FORBIDDEN
        assert send(api) == HTTPStatus.FORBIDDEN
        assert send(api, signature(api)) == HTTPStatus.UNPROCESSABLE_ENTITY
        use(monkeypatch, user(aws, "stranger", None))
        assert ask(api, make_auth(api, "iam")) == HTTPStatus.FORBIDDEN


def test_tokens_of_the_issuer_are_served_and_others_refused(cloud: Cloud) -> None:
    """With `jwt`, a token of the issuer for the audience is served; none, a forged one, or for others is refused."""
    cognito = Caller(cloud.endpoint).cognito
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    ours, theirs = (client_of(cognito, pool, name) for name in ("heliograph", "another"))
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"
    with authorized(cloud, "api_auth=jwt", f"jwt={json.dumps({'issuer': issuer, 'audience': [ours]})}") as api:
        token = token_of(cognito, pool, ours)
        assert ask(api) == HTTPStatus.UNAUTHORIZED
        assert ask(api, Bearer(token)) == HTTPStatus.NOT_FOUND
        assert ask(api, Bearer(token[:-8] + "AAAAAAAA")) == HTTPStatus.UNAUTHORIZED
        assert ask(api, Bearer(token_of(cognito, pool, theirs))) == HTTPStatus.UNAUTHORIZED
        assert send(api) == HTTPStatus.UNAUTHORIZED
        assert send(api, {"Authorization": f"Bearer {token}"}) == HTTPStatus.UNPROCESSABLE_ENTITY
    cognito.delete_user_pool(UserPoolId=pool)


def use(monkeypatch: pytest.MonkeyPatch, key: dict[str, str]) -> None:
    """Sign with a key, as a person's environment says it."""
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def user(aws: Caller, name: str, statement: dict[str, str] | None) -> dict[str, str]:
    """Make a user who may do what a statement says; return the key."""
    aws.roles.create_user(UserName=name)
    if statement:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
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


def token_of(cognito: Any, pool: str, client: str) -> str:  # noqa: ANN401 - its types aren't installed
    """Sign a new user in; return the token that says who it is."""
    name = f"of-{client}".lower()
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    return str(answer["AuthenticationResult"]["IdToken"])
