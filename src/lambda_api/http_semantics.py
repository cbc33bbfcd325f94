"""What HTTP itself asks of an API: content negotiation, revalidation, and no writing by other sites' pages.

Negotiation (RFC 9110, 12): the media type that a request prefers of those offered.

Revalidation (RFC 9110, 13): each good answer has an ETag, and a client that sends it back gets 304 if nothing has
changed. Late data may change any day, however long ago, so no answer may be used unasked (`Cache-Control: no-cache`).
What is saved is its way, not its making.

Cross-site requests: a browser lets any page send a request whose answer that page can't read, with what the browser
holds of the user. It says where each request comes from: in Origin, on whatever isn't a GET, and in Sec-Fetch-Site
(Fetch, sections 3.1 and 4.6). The API's own pages may write, and those of the origins in `api_origins`. A program says
neither, and is the authorizer's business. On a laptop the guard of the local engine refuses such pages already, and
reading as well.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from hashlib import blake2b
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lambda_api.problems import CROSS_SITE, NOT_ACCEPTABLE, ProblemRaised, problem_response

_ANYTHING: Final = "*/*"
_REVALIDATED: Final = frozenset({"GET", "HEAD"})
_DIGEST_BYTES: Final = 12
# What a 304 leaves out, since it describes a body.
_OF_A_BODY: Final = ("content-length", "content-type")
# local_engine/guard.py has the same two, and says why; a test compares them.
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES: Final = frozenset({"none", "same-origin"})
_HERE: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_SAID: Final = "a page of another site can't write; send it from a program, or name the page's origin in api_origins"


class _Range(msgspec.Struct, frozen=True):
    """A media range, such as text/*, and how much it is liked, 0 to 1."""

    kind: str
    subkind: str
    quality: float

    def exactness(self, media_type: str) -> int:
        """Return how exactly it names a media type; 0 where it doesn't."""
        kind, _, subkind = media_type.partition("/")
        return {(kind, subkind): 3, (kind, "*"): 2, ("*", "*"): 1}.get((self.kind, self.subkind), 0)


def choose(accept: str, offered: Sequence[str]) -> str:
    """Return the media type to answer with; the first that is offered where all are liked alike.

    Raises:
        ProblemRaised: it accepts none of them.
    """
    ranges = [_range(each) for each in accept.split(",") if each.strip()] or [_range(_ANYTHING)]
    best = max(offered, key=lambda each: _liked(each, ranges))
    if not _liked(best, ranges):
        raise ProblemRaised(NOT_ACCEPTABLE, f"Accept: {accept[:100]} can't be given; ask for {', '.join(offered)}")
    return best


def _liked(media_type: str, ranges: Sequence[_Range]) -> float:
    """Return how much a media type is liked, as the range says that names it most exactly."""
    best = max(ranges, key=lambda each: each.exactness(media_type))
    return best.quality if best.exactness(media_type) else 0.0


def _range(text: str) -> _Range:
    media_range, *parameters = (each.strip().lower() for each in text.split(";"))
    kind, _, subkind = media_range.partition("/")
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        liked = float(quality)
    except ValueError:
        liked = 1.0
    return _Range(kind, subkind, liked)


class Revalidation:
    """Gives every good answer of an app an ETag."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in _REVALIDATED:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Held(send, Headers(scope=scope).get("if-none-match", "")))


class _Held:
    """Holds an answer's start back until its body is known."""

    def __init__(self, send: Send, known: str) -> None:
        self._send = send
        self._known = known
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body.append(message.get("body", b""))
            if not message.get("more_body"):
                await self._finish(self._start, b"".join(self._body))

    async def _finish(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(raw=start["headers"])
        # Weak, as the same answer may come compressed.
        headers["etag"] = tag = f'W/"{blake2b(body, digest_size=_DIGEST_BYTES).hexdigest()}"'
        headers.setdefault("cache-control", "no-cache")
        if _names(self._known, tag):
            for name in _OF_A_BODY:
                del headers[name]
            start["status"], body = int(HTTPStatus.NOT_MODIFIED), b""
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _names(known: str, tag: str) -> bool:
    """Return whether an If-None-Match names a tag, by the weak comparison of RFC 9110."""
    given = {each.strip().removeprefix("W/") for each in known.split(",")}
    return tag.removeprefix("W/") in given or "*" in given


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
