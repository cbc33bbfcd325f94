"""ETags: a client that sends one back gets 304 if nothing has changed.

Late data may change any day, however long ago, so no answer may be used unasked (`Cache-Control: no-cache`). What is
saved is its way, not its making.
"""

from hashlib import blake2b
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS: Final = frozenset({"GET", "HEAD"})
_DIGEST_BYTES: Final = 12
# What a 304 leaves out, since it describes a body.
_OF_A_BODY: Final = ("content-length", "content-type")


class Revalidation:
    """Returns every good answer of an app an ETag."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in _METHODS:
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
