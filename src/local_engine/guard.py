"""Admits this machine's user and the pages of the stack's own API, and nobody else.

Any web page may send requests to a port of this machine, and a name of its own may lead here (DNS rebinding). So:

* the Host header names this machine, the Origin header is absent or this very address, and Sec-Fetch-Site, which
  browsers set and pages can't, says that no other site is behind the request;
* all that is AWS, the engine's own paths included, carries a signature by the run's secret;
* of the API everything can be read, and its own pages write; whoever else writes signs.

What is refused the engine never sees, and no answer lets a page of another origin read it.
"""

from typing import Final

import msgspec

from local_engine.request import App, Message, Receive, Refused, Request, Scope, Send, read_request, refuse
from local_engine.signature import Gone, Signatures

# lambda_api/http_semantics.py has the same two: neither may import the other, as one isn't in the Lambda's zip and the
# other isn't in the engine's process. A test compares them.
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEALTH: Final = "/_ministack/health"
_OWN_SITES: Final = frozenset({"none", "same-origin"})
# An object is no page: opened in a browser it would have the API's own origin.
_NO_PAGE: Final = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))


class GuardOptions(msgspec.Struct, frozen=True):
    """What the guard goes by. port: the engine's. account: the key id. secret: the run's; None asks for no signature.

    Without a secret the engine itself may check signatures, and does where it enforces IAM.
    """

    port: int
    account: str
    secret: str | None


class Guard:
    """The guard around an engine."""

    def __init__(self, app: App, options: GuardOptions) -> None:
        """Stand before the application."""
        self._app = app
        self._port = options.port
        self._signatures = Signatures(options.account, options.secret) if options.secret else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # Nothing of ours speaks WebSocket, to which a page of any origin may connect.
            await send({"type": "websocket.close", "code": 1008})
            return
        request = read_request(scope)
        try:
            check_caller(request)
            if self._signatures and not self._is_free(request):
                receive = await self._signatures.check(request, receive)
        except Refused as refused:
            await refuse(request, refused, send)
        except Gone:
            return
        else:
            await self._app(scope, receive, _closed(request, send))

    def _is_free(self, request: Request) -> bool:
        """Return whether a request needs no signature."""
        if request.port != self._port:
            return False
        if request.is_api:
            return request.method in _READS or _is_of_own_page(request)
        # Whoever started the engine waits for it, before it has anything to sign with.
        return request.method == "GET" and request.path == _HEALTH and request.is_plain


def check_caller(request: Request) -> None:
    """Check where a request comes from, by what a browser says of it.

    A signed request may name another port of this machine: it came through a proxy or a tunnel.

    Raises:
        Refused: a page of another site, or one under a name of its own, sent it.
    """
    if not request.is_local:
        raise Refused("AccessDenied", "this Host isn't this machine: ask for 127.0.0.1 or localhost")
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{request.headers['host'].lower()}":
        raise Refused("AccessDenied", "a page of another origin sent this; only the API's own pages are let in")
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITES and not _leads_to_page(request):
        raise Refused("AccessDenied", "a page of another site sent this; only the API's own pages are let in")


def _is_of_own_page(request: Request) -> bool:
    """Return whether a browser says that the API's own page sent it; `check_caller` has refused every other page's."""
    return "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"


def _leads_to_page(request: Request) -> bool:
    """Return whether a person follows a link to the API's pages, as from a mail: no other page sees the answer."""
    how = (request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest"))
    return request.is_api and request.method == "GET" and how == ("navigate", "document")


def _closed(request: Request, send: Send) -> Send:
    """Return what sends an answer without a word that lets pages of other origins read or use it."""
    more = () if request.is_api else _NO_PAGE

    async def send_closed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": [*headers, (b"cross-origin-resource-policy", b"same-origin"), *more]}
        await send(message)

    return send_closed
