"""Who asks the API: nobody in particular, the owner of AWS credentials (SigV4), or the bearer of a token."""

import os
import re
from collections.abc import Generator
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import parse_qsl, quote, urlencode

import httpx2

from heliograph_client.errors import ApiUnavailable, CredentialsMissing, UnexpectedAnswer, address_of, error_of
from heliograph_client.resources import HEALTH

if TYPE_CHECKING:
    from botocore.credentials import Credentials

# What an API may ask for; `auto` finds out.
Scheme = Literal["auto", "none", "iam", "jwt"]
Asked = Literal["none", "iam", "jwt"]

TOKEN_VARIABLE: Final = "HELIOGRAPH_API_TOKEN"  # noqa: S105 - a variable's name

_API_HOST: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\Z")
_SIGNATURE: Final = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")


class Bearer(httpx2.Auth):
    """Sends a token with each request."""

    def __init__(self, token: str) -> None:
        """Keep the token; it goes into no message and no file."""
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Add the token to one request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class Signed(httpx2.Auth):
    """Signs each request with SigV4 for API Gateway."""

    requires_request_body = True

    def __init__(self, credentials: "Credentials", region: str) -> None:
        """Keep whose key signs, and for which region."""
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Sign one request as it stands now: botocore renews keys that expire between two requests."""
        from botocore.auth import SigV4Auth  # noqa: PLC0415 - a fifth of a second, for an API with IAM alone
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415

        request.url = _encoded(request.url)
        host = {"host": request.headers["Host"]}
        to_sign = AWSRequest(request.method, str(request.url), headers=host, data=request.content)
        SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(to_sign)
        request.headers.update({name: to_sign.headers[name] for name in _SIGNATURE if name in to_sign.headers})
        yield request


class Negotiated(httpx2.Auth):
    """Asks the API what it wants before the first request, and sends that with each."""

    requires_request_body = True
    requires_response_body = True  # an error's reason is in it

    def __init__(self, address: str, token: str | None = None) -> None:
        """Ask nothing yet. token: for an API that wants one."""
        self._address = address
        self._token = token
        self._chosen: httpx2.Auth | None = None

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Authorize one request; two threads that come first both ask, which changes nothing."""
        if self._chosen is None:
            answer = yield httpx2.Request("GET", f"{self._address}{HEALTH}", headers={"Accept": "application/json"})
            self._chosen = make_auth(self._address, scheme_of(answer), self._token)
        yield from self._chosen.auth_flow(request)


def make_auth(address: str, scheme: Scheme = "auto", token: str | None = None) -> httpx2.Auth:
    """Return what authorizes requests to an API. token: taken from HELIOGRAPH_API_TOKEN where it isn't given.

    Raises:
        CredentialsMissing: there is no token or no AWS credentials or region for what it asks.
    """
    token = token or os.environ.get(TOKEN_VARIABLE)
    if scheme == "auto":
        return Negotiated(address, token)
    if scheme == "none":
        return httpx2.Auth()
    if scheme == "iam":
        return _signed(address)
    if not token:
        raise CredentialsMissing(f"{address} wants a token: set {TOKEN_VARIABLE} to one of your identity provider's")
    return Bearer(token)


def scheme_of(health: httpx2.Response) -> Asked:
    """Return what an API asks for. health: its answer to GET /health without authorization.

    Raises:
        ApiUnavailable: it is too busy.
        UnexpectedAnswer: no Heliograph API answers so.
    """
    if health.is_success:
        return "none"
    if health.status_code == httpx2.codes.UNAUTHORIZED:
        return "jwt"
    if health.status_code == httpx2.codes.FORBIDDEN:
        return "iam"
    error = error_of(health)
    if isinstance(error, ApiUnavailable):
        raise error
    raise UnexpectedAnswer(f"{address_of(health)} answers {health.status_code}: is this the API's address?")


def region_of(address: str) -> str | None:
    """Return the region in the host of an API Gateway address; None for any other host."""
    match = _API_HOST.search(httpx2.URL(address).host)
    return match.group(1) if match else None


def _signed(address: str) -> Signed:
    from botocore.session import get_session  # noqa: PLC0415 - as above

    session = get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise CredentialsMissing(
            f"{address} wants a signature, and no AWS credentials are found: set AWS_PROFILE, or sign in, such as by "
            "`aws sso login`"
        )
    region = region_of(address) or session.get_config_variable("region")
    if not region:
        raise CredentialsMissing(f"no AWS region is set: set AWS_DEFAULT_REGION to where {address} is")
    return Signed(credentials, region)


def _encoded(url: httpx2.URL) -> httpx2.URL:
    """Encode the query as AWS does before it checks a signature: all but letters, digits and -._~."""
    if not url.query:
        return url
    pairs = parse_qsl(url.query.decode(), keep_blank_values=True)
    return url.copy_with(query=urlencode(pairs, quote_via=quote, safe="").encode())
