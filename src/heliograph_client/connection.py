"""How a request is sent: to a checked address, with time limits, and again where a failure may pass.

Every request of this API may be sent again: what is written names itself, so that a repeat changes nothing.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from heliograph_client.auth import Asked, scheme_of
from heliograph_client.errors import ApiUnavailable, InvalidAddress
from heliograph_client.resources import HEALTH

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 30.0  # as long as API Gateway lets an answer take
_HERE: Final = frozenset({"localhost", "127.0.0.1"})


class RetryPolicy(msgspec.Struct, frozen=True):
    """How often a request is sent, and how long the waits between are.

    attempts: the most requests sent, one or more. first_wait, longest_wait: seconds; each wait is twice the one before,
    less up to a half by chance, so that many clients don't come back at once. sleep: waits so many seconds.
    """

    attempts: int = 5
    first_wait: float = 0.4
    longest_wait: float = 20.0
    sleep: Callable[[float], None] = time.sleep

    def run(self, send: Callable[[], T]) -> T:
        """Send until it works.

        Raises:
            ApiUnavailable: that of the last attempt. Any other error of `send` comes at once.
        """
        for attempt in range(self.attempts - 1):
            try:
                return send()
            except ApiUnavailable as error:
                self.sleep(self._wait(attempt, error.retry_after))
        return send()

    def _wait(self, attempt: int, retry_after: str) -> float:
        """Return the seconds to wait: what the API asks for where it does (RFC 9110, 10.2.3), bounded."""
        asked = _seconds(retry_after, datetime.now(UTC))
        if asked is not None:
            return min(asked, self.longest_wait)
        ceiling: float = min(self.longest_wait, self.first_wait * 2**attempt)
        return ceiling * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing


ONCE: Final = RetryPolicy(attempts=1)


def check_address(text: str) -> str:
    """Return an API's address without a slash at its end.

    Raises:
        InvalidAddress: it isn't one, or holds a password.
    """
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise InvalidAddress(f"{text!r} isn't an address: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
        raise InvalidAddress(f"{text!r} isn't an address like http://127.0.0.1:8000 or https://api.example.org/v1")
    if url.userinfo:
        raise InvalidAddress("the API's address holds a password, which would be shown: leave it out and use a token")
    return text.rstrip("/")


def make_http(
    address: str,
    auth: httpx2.Auth | None = None,
    timeout: float = TIMEOUT_SECONDS,
    transport: httpx2.BaseTransport | None = None,
) -> httpx2.Client:
    """Make what sends requests to `address` and keeps its connections. timeout: seconds. transport: what carries them.

    No proxy stands between this machine and itself, and no cookie is kept.
    """
    settings: dict[str, Any] = {
        "auth": auth,
        "headers": {"User-Agent": "heliograph"},
        "timeout": timeout,
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }
    if transport is not None:
        settings |= {"transport": transport}
    elif _is_here(httpx2.URL(address)):
        settings |= {"trust_env": False, "transport": _Here()}
    return httpx2.Client(**settings)


def find_scheme(address: str) -> Asked:
    """Ask an API without any authorization, and return what it wants.

    Raises:
        ApiUnavailable: it can't be reached or is too busy.
        UnexpectedAnswer: it isn't a Heliograph API.
    """
    with make_http(address) as http:
        return scheme_of(send(http, httpx2.Request("GET", f"{address}{HEALTH}")))


def send(http: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
    """Send one request.

    Raises:
        ApiUnavailable: no answer came.
    """
    address = str(request.url.copy_with(query=None))
    try:
        return http.send(request)
    except httpx2.RequestError as error:
        reason = str(error) or type(error).__name__
        raise ApiUnavailable(f"{address} can't be reached: {reason}; check the address and the network") from error


def _seconds(retry_after: str, now: datetime) -> float | None:
    """Read a `Retry-After` header, seconds or a date; None where it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (TypeError, ValueError):  # no date, or one without its zone
        return None


def _is_here(url: httpx2.URL) -> bool:
    return url.host in _HERE or url.host.endswith(".localhost")


class _Here(httpx2.HTTPTransport):
    """Sends what is asked of a name under localhost to this machine: not every resolver knows that rule (RFC 6761)."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; its Host header goes on naming the host, and the answer's address too."""
        url = request.url
        request.url = url.copy_with(host="127.0.0.1")
        try:
            return super().handle_request(request)
        finally:
            request.url = url
