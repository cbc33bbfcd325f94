"""Asks the Heliograph API, page by page, with patience for what passes.

A refused connection, a 429 or a 5xx is asked again a few times, each wait longer; anything else is an `ApiError` that
names the address and the API's own reason.
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from errors import ApiError
from resources import Incident, Page, Problem, Reading, Site

PAGE_LIMIT: Final = 1000
ATTEMPTS: Final = 5
LONGEST_WAIT_SECONDS: Final = 20.0

_FIRST_WAIT_SECONDS: Final = 0.4
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500

T = TypeVar("T")


class ApiClient:
    """One API at one address.

    http: the client to send with; its auth, time limits and transport are the caller's.
    sleep: how to wait between attempts, seconds.
    """

    def __init__(self, url: str, http: httpx2.Client, sleep: Callable[[float], None] = time.sleep) -> None:
        """Open nothing yet."""
        self._base = url.rstrip("/")
        self._http = http
        self._sleep = sleep

    def sites(self) -> Iterator[Site]:
        """List every site, as the API orders them; without first and last reading."""
        return self._listed("/sites", {}, Page[Site])

    def site(self, site_id: str) -> Site:
        """Return one site with its first and last reading. An unknown one is an `ApiError`."""
        return _decoded(self._get(f"/sites/{quote(site_id, safe='')}", {}), Site, self._base)

    def readings(self, site_id: str, start: str | None, end: str | None) -> Iterator[Reading]:
        """Return a site's readings in time order, `start` inclusive, `end` exclusive (UTC text; None: no bound)."""
        bounds = {"start": start, "end": end, "limit": str(PAGE_LIMIT)}
        query = {name: value for name, value in bounds.items() if value is not None}
        return self._listed(f"/readings/{quote(site_id, safe='')}", query, Page[Reading])

    def incidents(self, site_id: str) -> Iterator[Incident]:
        """Yield a site's incidents, open ones first."""
        for state in ("open", "closed"):
            query = {"state": state, "site_id": site_id, "limit": str(PAGE_LIMIT)}
            yield from self._listed("/alerts", query, Page[Incident])

    def _listed(self, path: str, query: dict[str, str], page_type: type[Page[T]]) -> Iterator[T]:
        cursor: str | None = None
        while True:
            asked = query if cursor is None else {**query, "cursor": cursor}
            page = _decoded(self._get(path, asked), page_type, self._base)
            yield from page.items
            if page.next is None:
                return
            if page.next == cursor:
                raise ApiError(f"{self._base}{path} gives the same page again and again; its cursor does not move")
            cursor = page.next

    def _get(self, path: str, query: dict[str, str]) -> bytes:
        # Encoded here, all but the unreserved characters, because that is the form a SigV4 signature is reckoned on.
        url = self._base + path + ("?" + urlencode(query, quote_via=quote, safe="") if query else "")
        for attempt in range(ATTEMPTS):
            response = self._try(url, last=attempt == ATTEMPTS - 1)
            if response is not None and not _passing(response):
                return _content(response)
            self._sleep(_wait(attempt, response))
        raise AssertionError("the last attempt returns or raises")

    def _try(self, url: str, *, last: bool) -> httpx2.Response | None:
        try:
            response = self._http.get(url)
        except httpx2.TransportError as error:
            if not last:
                return None
            raise ApiError(f"{self._base} can't be reached: {str(error) or type(error).__name__}") from error
        except httpx2.InvalidURL as error:
            raise ApiError(f"{self._base} isn't an address the API can have: {error}") from error
        if last and _passing(response):
            raise ApiError(_refusal(response))
        return response


def _passing(response: httpx2.Response) -> bool:
    return response.status_code == _TOO_MANY or response.status_code >= _SERVER_ERROR


def _wait(attempt: int, response: httpx2.Response | None) -> float:
    """Return the seconds to wait: what the API asks for where it says so, else jitter that grows with the attempts."""
    asked = "" if response is None else response.headers.get("Retry-After", "")
    if asked.isdigit():
        return min(float(asked), LONGEST_WAIT_SECONDS)
    ceiling: float = min(LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**attempt)
    return ceiling * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing


def _content(response: httpx2.Response) -> bytes:
    if not response.is_success:
        raise ApiError(_refusal(response))
    return response.content


def _refusal(response: httpx2.Response) -> str:
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.MsgspecError:
        problem = Problem()
    reason = problem.detail or problem.title or response.reason_phrase
    return f"{response.url.copy_with(query=None)} answers {response.status_code}: {reason}"


def _decoded(content: bytes, type_: type[T], base: str) -> T:
    try:
        return msgspec.json.decode(content, type=type_)
    except msgspec.MsgspecError as error:
        raise ApiError(f"{base} doesn't answer like a Heliograph API: {error}") from error
