"""How a request proves who sends it: not at all, with a bearer token, or signed for AWS IAM."""

import re
from collections.abc import Generator
from typing import Final

import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import get_session

from errors import ChartsError

_API_HOST: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\Z")


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

    def __init__(self, credentials: Credentials, region: str) -> None:
        """Keep whose key signs, and for which region."""
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Sign one request as it stands now: keys that expire are renewed by botocore between two pages."""
        to_sign = AWSRequest(method=request.method, url=str(request.url), headers={"host": request.url.netloc.decode()})
        SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(to_sign)
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            if name in to_sign.headers:
                request.headers[name] = to_sign.headers[name]
        yield request


def choose(auth: str, token: str | None, url: str) -> httpx2.Auth | None:
    """Return what signs the requests to `url`; None where the API asks for nothing.

    Raises:
        ChartsError: two ways at once, or IAM without keys or region.
    """
    if auth == "iam":
        if token:
            raise ChartsError("--auth iam signs with AWS keys: leave out --token and unset HELIOGRAPH_API_TOKEN")
        return _signed(url)
    return Bearer(token) if token else None


def _signed(url: str) -> Signed:
    session = get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise ChartsError("--auth iam found no AWS credentials: set AWS_PROFILE or sign in first (aws sso login)")
    region = region_of(url) or session.get_config_variable("region")
    if not region:
        raise ChartsError("--auth iam needs a region: set AWS_REGION to where the API runs")
    return Signed(credentials, region)


def region_of(url: str) -> str | None:
    """Read the region from an API Gateway address; None for any other host."""
    match = _API_HOST.search(httpx2.URL(url).host)
    return match.group(1) if match else None
