"""`heliograph tail`: incidents and landed files as they come."""

import signal
import threading
from datetime import UTC, datetime
from typing import Annotated

import typer

from heliograph_cli.api_access import Address, Auth, Token, address_of, asked_scheme
from heliograph_cli.commands import command, make_app
from heliograph_cli.exits import Exit
from heliograph_cli.following import Follower, News
from heliograph_cli.show import err, harmless, out, print_json
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir
from heliograph_cli.time_parsing import since_of
from heliograph_client import ONCE, ApiUnavailable, Client

_LONGEST_WAIT_SECONDS = 30.0

app = make_app()


@command(app, meanings={Exit.DONE: "ended by Ctrl-C", Exit.INTERRUPTED: "interrupted before it began"})
def tail(
    since: Annotated[
        str | None, typer.Option(help="Begin so long ago (15m, 2h, 1d at most), or at this moment; now if not given.")
    ] = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.2)] = 5.0,
    api: Address = None,
    auth: Auth = "auto",
    token: Token = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Follow incidents and landed files as they come, until Ctrl-C.

    Prints a line for each incident that is found or over, and each file that is stored or failed; with --json a
    line of JSON. If the API can't be reached, it says so, waits, and continues.

    Example: heliograph tail
    Example: heliograph tail --since 2h --json
    """
    begin = since_of(since, datetime.now(UTC))
    address = address_of(api, state_dir)
    client = Client(address, auth=asked_scheme(address, auth), token=token, retry=ONCE)
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with client:
        follow(Follower(client, begin), every, ended, as_json=as_json)


def follow(follower: Follower, every: float, ended: threading.Event, *, as_json: bool) -> None:
    """Look again and again, every so many seconds, and print what is new, until told to end."""
    wait, away = every, False
    while not ended.is_set():
        try:
            found = follower.look(datetime.now(UTC))
        except ApiUnavailable as error:
            if not away:
                err().print(harmless(f"{error}; waiting for it"), style="yellow", markup=False, highlight=False)
            wait, away = min(max(1.0, wait * 2), _LONGEST_WAIT_SECONDS), True
        else:
            if away:
                err().print("the API answers again")
            wait, away = every, False
            for news in found:
                _print(news, as_json=as_json)
            out().file.flush()
        ended.wait(wait)


def _print(news: News, *, as_json: bool) -> None:
    if as_json:
        print_json({"event": news.event, "at": news.at, news.kind: news.item})
        return
    style = {"failed": "red", "opened": "yellow", "closed": "green"}.get(news.event, "")
    out().print(harmless(f"{news.at}  {news.event:<6}  {news.text}"), style=style, markup=False, highlight=False)
