"""Which web pages may write: the API's own, and those of the origins in `api_origins`. Programs always may.

A browser lets any page send a request whose answer that page can't read, with what the browser holds of the user. It
says where each request comes from: in Origin, on whatever isn't a GET, and in Sec-Fetch-Site (Fetch, sections 3.1 and
4.6). A program says neither, and is the authorizer's business. On a laptop the guard of the local engine refuses such
pages already, and reading as well.
"""

from collections.abc import Set as AbstractSet
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lambda_api.problems import CROSS_SITE, problem_response

# local_engine/guard.py has the same two, and says why; a test compares them.
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES: Final = frozenset({"none", "same-origin"})
_HERE: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_SAID: Final = "a page of another site can't write; send it from a program, or name the page's origin in api_origins"


class OwnPages:
    """Refuses what another site's page would write."""

    def __init__(self, app: ASGIApp, origins: str) -> None:
        """Stand before the app. origins: those whose pages may write, with commas between them; * is any."""
        self._app = app
        self._origins = frozenset(origin for origin in origins.split(",") if origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (
            scope["type"] == "http"
            and scope["method"] not in _READS
            and is_foreign(Headers(scope=scope), self._origins)
        ):
            await problem_response(CROSS_SITE, _SAID, scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_foreign(headers: Headers, origins: AbstractSet[str]) -> bool:
    """Return whether a page that may not write sent a request with these headers."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") not in _OWN_SITES
    return not (origin in origins or "*" in origins or _is_own(origin, headers.get("host", "")))


def _is_own(origin: str, host: str) -> bool:
    """Return whether an origin is the API's own address; API Gateway answers to its own names only, and by TLS."""
    name = host.rpartition(":")[0] or host
    plain = name in _HERE or name.endswith(".localhost")
    return bool(host) and origin in {f"https://{host}", *([f"http://{host}"] if plain else [])}
