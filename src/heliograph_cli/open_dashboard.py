"""`heliograph open`: the dashboard in a browser, whatever authentication the API requires."""

import signal
import threading
import webbrowser
from types import FrameType
from typing import Annotated

import httpx2
import typer

from heliograph_cli.api_access import Address, Auth, Token, address_of, asked_scheme
from heliograph_cli.commands import Exit, WrongUse, command, make_app
from heliograph_cli.proxy import Proxy
from heliograph_cli.show import err, out, print_json
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir
from heliograph_client.auth import make_auth
from heliograph_client.connection import make_http

app = make_app()


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
        out().print(url, markup=False, highlight=False)
    out().file.flush()
    if browser and not webbrowser.open(url):
        err().print("no browser can be started here; open the address yourself")
