"""What an API asks of a request: nothing, an AWS signature, or a token; found out by asking it."""

import re
from collections.abc import Generator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, quote, urlencode

import httpx2
import typer

from heliograph_cli.exits import WrongUse
from heliograph_cli.reach import NotAllowed, NotReached
from heliograph_cli.target import find_target

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from local_stack import Stack

Way = Literal["auto", "none", "iam", "jwt"]

_SECONDS: Final = 30.0
_API_HOST: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\Z")
_HERE: Final = frozenset({"localhost", "127.0.0.1"})

Address = Annotated[
    str | None,
    typer.Option("--api", help="Address of the API; the local stack's if not given.", envvar="HELIOGRAPH_API"),
]
Auth = Annotated[
    Way, typer.Option(help="What the API asks for: an AWS signature (iam), a token (jwt), nothing; auto: it is asked.")
]
Token = Annotated[
    str | None,
    typer.Option(help="Bearer token for jwt.", envvar=["HELIOGRAPH_API_TOKEN", "HELIOGRAPH_TOKEN"], show_default=False),
]


class Bearer(httpx2.Auth):
    """Sends a token with each request."""

    def __init__(self, token: str) -> None:
        """Keep the token; it goes into no message."""
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

        request.url = _as_signed(request.url)
        host = {"host": request.headers["Host"]}
        to_sign = AWSRequest(request.method, str(request.url), headers=host, data=request.content)
        SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(to_sign)
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            if name in to_sign.headers:
                request.headers[name] = to_sign.headers[name]
        yield request


def address_of(api: str | None, state_dir: Path) -> str:
    """Return the API's address, without a slash at its end.

    Raises:
        NothingRuns: none is given and no local stack runs.
        WrongUse: it isn't an address.
    """
    address = (api or find_target(state_dir)[0].api).rstrip("/")
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise WrongUse(f"--api {address!r} isn't an address: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment or url.userinfo:
        raise WrongUse(f"--api {address!r} isn't an address like https://api.example.org")
    return address


def make_client(address: str, auth: httpx2.Auth | None) -> httpx2.Client:
    """Make a client for the API; no proxy stands between this machine and itself."""
    settings: dict[str, Any] = {
        "auth": auth,
        "headers": {"User-Agent": "heliograph"},
        "timeout": _SECONDS,
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none is kept, so none is sent
    }
    if _is_here(httpx2.URL(address)):
        settings |= {"trust_env": False, "transport": _Here()}
    return httpx2.Client(**settings)


def find_way(address: str) -> Way:
    """Ask the API without any authorization, and tell from its answer what it wants.

    Raises:
        NotReached: it can't be reached, or isn't a Heliograph API.
    """
    try:
        with make_client(address, None) as client:
            answer = client.get(f"{address}/health")
    except httpx2.TransportError as error:
        raise NotReached(f"{address} can't be reached: {error}; check --api and the network") from None
    if answer.is_success:
        return "none"
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        return "jwt"
    if answer.status_code == httpx2.codes.FORBIDDEN:
        return "iam"
    raise NotReached(f"{address}/health answers {answer.status_code}: is this the API's address? see --api")


def sign_for(stack: "Stack") -> "Signed":
    """Return what signs requests to a local stack's API: there reading is free, and writing is its user's.

    Raises:
        StackError: its secret can't be read, as it is another user's.
    """
    from local_stack.clients import credentials_of  # noqa: PLC0415 - for a laptop only

    return Signed(credentials_of(stack), stack.region)


def choose_auth(address: str, way: Way, token: str | None, state_dir: Path | None = None) -> httpx2.Auth | None:
    """Return what authorizes requests to the API; None where it asks for nothing.

    state_dir: for who writes; where the address is that of this folder's stack, requests are signed for it.

    Raises:
        NotReached: what it wants is to be found out, and it can't be reached.
        NotAllowed: the token or the credentials that it wants aren't there.
    """
    if state_dir is not None and way in {"auto", "none"} and (stack := _stack_at(address, state_dir)):
        return sign_for(stack)
    found = find_way(address) if way == "auto" else way
    if found == "none":
        return None
    if found == "iam":
        return _signed(address)
    if not token:
        raise NotAllowed(f"{address} wants a token: set HELIOGRAPH_API_TOKEN to one of your identity provider's")
    return Bearer(token)


def region_of(address: str) -> str | None:
    """Read the region from an API Gateway address; None for any other host."""
    match = _API_HOST.search(httpx2.URL(address).host)
    return match.group(1) if match else None


def _stack_at(address: str, state_dir: Path) -> "Stack | None":
    from local_stack import find  # noqa: PLC0415 - for a laptop only

    stack = find(state_dir)
    return stack if stack is not None and stack.api == address else None


def _signed(address: str) -> Signed:
    from botocore.session import get_session  # noqa: PLC0415 - as above

    session = get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise NotAllowed(f"{address} wants a signature, and no AWS credentials are found: set AWS_PROFILE or sign in")
    region = region_of(address) or session.get_config_variable("region")
    if not region:
        raise WrongUse("no AWS region is set: set AWS_DEFAULT_REGION to where the API is")
    return Signed(credentials, region)


def _as_signed(url: httpx2.URL) -> httpx2.URL:
    """Encode the query as AWS does before it checks a signature: all but letters, digits and -._~."""
    if not url.query:
        return url
    pairs = parse_qsl(url.query.decode(), keep_blank_values=True)
    return url.copy_with(query=urlencode(pairs, quote_via=quote, safe="").encode())


def _is_here(url: httpx2.URL) -> bool:
    return url.host in _HERE or url.host.endswith(".localhost")


class _Here(httpx2.HTTPTransport):
    """Sends what is asked of a name under localhost to this machine: not every resolver knows that rule (RFC 6761)."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; its Host header goes on naming the host."""
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)
