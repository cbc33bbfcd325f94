"""`heliograph open`: the dashboard in a browser, whatever authentication the API requires.

A proxy on this machine authorizes the browser's requests. Whoever reaches it acts with the user's credentials, so it
lets in only the browser that was given its key: a page of another origin, another name for this machine and another
user of it are all refused.
"""

import hmac
import secrets
import signal
import threading
import webbrowser
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Annotated, Final
from urllib.parse import parse_qs, urlsplit

import httpx2
import typer

from heliograph_cli.api_access import Address, Auth, Token, address_of, asked_scheme
from heliograph_cli.commands import Exit, WrongUse, command, make_app
from heliograph_cli.show import err, out, print_json, say
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir
from heliograph_client.auth import make_auth
from heliograph_client.connection import make_http

app = make_app()
_LIMIT_BYTES: Final = 16 * 1024 * 1024
_KEY: Final = "key"
_LEADS_ON: Final = b"""<!doctype html><meta http-equiv="refresh" content="0; url=/"><a href="/">Heliograph</a>"""
_LETTING_IN: Final = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
)
# Of one connection only (RFC 9110, 7.6.1), or about who asks, which is the proxy's own to say.
_NOT_SENT: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"),
        *("authorization", "content-length", "cookie", "host", "origin", "referer"),
    }
)
_NOT_GIVEN: Final = frozenset(
    {"connection", "content-length", "keep-alive", "set-cookie", "trailer", "transfer-encoding", "upgrade"}
)


@command(app, meanings={Exit.DONE: "opened; or, with iam or jwt, ended by Ctrl-C"})
def open_dashboard(
    api: Address = None,
    auth: Auth = "auto",
    token: Token = None,
    port: Annotated[int, typer.Option(help="Port of the proxy; a free one if 0.", min=0, max=65535)] = 0,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    as_json: AsJson = False,
) -> None:
    """Open the dashboard, with credentials if the API requires them.

    It prints the address. An API without authentication is opened directly. For one with iam or jwt, a proxy on this
    machine signs each request with your AWS credentials, or adds your token, until Ctrl-C; it lets in only the browser
    that opens the address printed.

    Example: heliograph open
    Example: heliograph open --api https://api.example.org --no-browser
    """
    address = address_of(api, state_dir)
    scheme = asked_scheme(address, auth)
    if scheme == "none":
        _show(f"{address}/", browser=browser, as_json=as_json)
        return
    with make_http(address, make_auth(address, scheme, token)) as http:
        _serve(_proxy(address, http, port), browser=browser, as_json=as_json)


class Proxy(ThreadingHTTPServer):
    """Serves an API at an address of this machine. upstream: the API's address. client: authorizes what it sends."""

    daemon_threads = True

    def __init__(self, upstream: str, client: httpx2.Client, port: int = 0) -> None:
        """Take the port, a free one where 0.

        Raises:
            OSError: the port is taken.
        """
        super().__init__(("127.0.0.1", port), _Handler)
        self.upstream = upstream
        self.client = client
        self.key = secrets.token_urlsafe(24)
        self.cookie = f"heliograph-{self.server_port}"

    @property
    def url(self) -> str:
        """The address that lets a browser in."""
        return f"http://127.0.0.1:{self.server_port}/?{_KEY}={self.key}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a browser go away in mid-answer, which is no error."""


def _proxy(address: str, client: httpx2.Client, port: int) -> Proxy:
    try:
        return Proxy(address, client, port)
    except OSError as error:
        raise WrongUse(f"port {port} can't be had: {error.strerror}; name another, or none, by --port") from None


def _serve(proxy: Proxy, *, browser: bool, as_json: bool) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    serving = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    serving.start()
    _show(proxy.url, browser=browser, as_json=as_json)
    err().print("each request is authorized as yours, from this machine only; Ctrl-C ends it")
    while not ended.wait(0.2):
        pass
    proxy.shutdown()
    proxy.server_close()


def _show(url: str, *, browser: bool, as_json: bool) -> None:
    """Print the address, then open it: a browser may not come up, or on another screen."""
    if as_json:
        print_json({"url": url})
    else:
        say(url)
    out().file.flush()
    if browser and not webbrowser.open(url):
        err().print("no browser can be started here; open the address yourself")


class _Handler(BaseHTTPRequestHandler):
    """Handles one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms behind its head
    server: Proxy

    def _handle(self) -> None:
        key = parse_qs(urlsplit(self.path).query).get(_KEY, [""])[0]
        if not self.path.startswith("/") or not self._is_named_right():
            self._say(HTTPStatus.FORBIDDEN, "open the address that `heliograph open` printed")
        elif key and hmac.compare_digest(key.encode(), self.server.key.encode()):
            self._let_in()
        elif not self._is_let_in():
            self._say(HTTPStatus.FORBIDDEN, "open the address that `heliograph open` printed")
        else:
            self._forward()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _handle  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing: the browser shows what fails."""

    def _is_named_right(self) -> bool:
        """Return whether the browser asks for this machine by name: another page's name may lead here, too."""
        port = self.server.server_port
        return self.headers.get("Host") in {f"127.0.0.1:{port}", f"localhost:{port}"}

    def _is_let_in(self) -> bool:
        pairs = (part.strip().partition("=") for part in self.headers.get("Cookie", "").split(";"))
        given = next((value for name, _, value in pairs if name == self.server.cookie), "")
        of_own_page = self.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
        return of_own_page and hmac.compare_digest(given.encode(), self.server.key.encode())

    def _let_in(self) -> None:
        """Hand the browser the key as a cookie, and take it out of the address.

        A page that leads on, no redirect: where another page's link led here, the cookie goes with the next step only.
        """
        cookie = f"{self.server.cookie}={self.server.key}; HttpOnly; SameSite=Strict; Path=/"
        self._answer(HTTPStatus.OK, [*_LETTING_IN, ("Set-Cookie", cookie)], _LEADS_ON)

    def _forward(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self._say(HTTPStatus.LENGTH_REQUIRED, "say how long the body is")
            return
        if int(length) > _LIMIT_BYTES:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {_LIMIT_BYTES} bytes here")
            return
        body = self.rfile.read(int(length))
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _NOT_SENT]
        try:
            status, given, content = self._ask(headers, body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            self._say(HTTPStatus.BAD_GATEWAY, f"{self.server.upstream} can't be reached: {error}")
            return
        self._answer(status, given, content)

    def _ask(self, headers: list[tuple[str, str]], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Send the request on; return status, headers and the body as it came, packed or not."""
        url = self.server.upstream + self.path
        with self.server.client.stream(self.command, url, headers=headers, content=body) as answer:
            given = [(name, self._brought_home(name, value)) for name, value in _passed_on(answer)]
            return answer.status_code, given, b"".join(answer.iter_raw())

    def _brought_home(self, name: str, value: str) -> str:
        """Have a redirect within the API stay within the proxy."""
        return value.removeprefix(self.server.upstream) or "/" if name.lower() == "location" else value

    def _say(self, status: HTTPStatus, text: str) -> None:
        self.close_connection = True
        body = f"heliograph open: {text}\n".encode()
        self._answer(status, [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")], body)

    def _answer(self, status: int, headers: Iterable[tuple[str, str]], content: bytes) -> None:
        # The browser may have gone away.
        with suppress(ConnectionError):
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)


def _passed_on(answer: httpx2.Response) -> Iterable[tuple[str, str]]:
    """Return the headers that go on to the browser; none that lets pages of other origins read."""
    return (
        (name, value)
        for name, value in answer.headers.multi_items()
        if name.lower() not in _NOT_GIVEN and not name.lower().startswith("access-control-")
    )
