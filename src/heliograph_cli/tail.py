"""`heliograph tail`: incidents and landed files as they come."""

import re
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Final, Literal

import msgspec
import typer

from heliograph.errors import ReadingError
from heliograph.reading import format_timestamp, moment_of, parse_timestamp
from heliograph_cli.api_access import Address, Auth, Token, address_of, asked_scheme
from heliograph_cli.commands import Exit, WrongUse, command, make_app
from heliograph_cli.show import err, out, print_json, say, warn
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir
from heliograph_client import ONCE, ApiUnavailable, Client
from heliograph_client.resources import INCIDENTS, INGESTIONS

_LONGEST_WAIT_SECONDS = 30.0
app = make_app()
_PAGE: Final = 500
_MOST: Final = 2000  # the latest of a list; a look costs four pages of each at most
# A file may be on its way this long before it shows in the list of the hour it landed in.
_ON_ITS_WAY: Final = timedelta(minutes=30)
_HOUR: Final = timedelta(hours=1)
_Kind = Literal["incident", "ingestion"]
_AGO: Final = re.compile(r"(\d{1,5})([smhd])\Z", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = timedelta(days=1)


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


class News(msgspec.Struct, frozen=True):
    """Something that happened. event: opened, closed, stored or failed. at: UTC text. item: as the API gives it."""

    at: str
    kind: _Kind
    event: str
    text: str
    item: dict[str, Any]

    @property
    def name(self) -> tuple[str, str]:
        """Return what identifies it: one thing happens to each incident and file once."""
        return str(self.item["id"]), self.event


class Follower:
    """Looks at an API again and again; gives each piece of news once, oldest first."""

    def __init__(self, api: Client, since: datetime) -> None:
        """Begin at `since`; nothing is called yet."""
        self._api = api
        self._since = format_timestamp(since)
        self._shown: dict[tuple[str, str], str] = {}

    def look(self, now: datetime) -> list[News]:
        """Return what is new by `now`.

        Raises:
            ApiUnavailable: the API is away; what was missed comes with the next look.
        """
        begin = moment_of(self._since)
        found = [*self._incidents(begin, now), *self._ingestions(begin, now)]
        new = {each.name: each for each in found if each.at >= self._since and each.name not in self._shown}
        self._shown |= {name: each.at for name, each in new.items()}
        self._forget(now)
        return sorted(new.values(), key=lambda each: each.at)

    def _incidents(self, begin: datetime, now: datetime) -> Iterator[News]:
        for item in self._latest(INCIDENTS, state="open"):
            yield _opened(item)
        for day in _steps(begin - timedelta(days=1), now, timedelta(days=1), "%Y-%m-%d"):
            for item in self._latest(INCIDENTS, state="closed", day=day):
                yield _opened(item)
                yield _closed(item)

    def _ingestions(self, begin: datetime, now: datetime) -> Iterator[News]:
        for hour in _steps(begin - _ON_ITS_WAY, now, _HOUR, "%Y%m%dT%H"):
            for item in self._latest(INGESTIONS, hour=hour):
                yield _landed(item)

    def _latest(self, route: str, **query: str) -> Iterator[dict[str, Any]]:
        return islice(self._api.items(route, dict[str, Any], **query, limit=_PAGE), _MOST)

    def _forget(self, now: datetime) -> None:
        """Move the beginning on, two hours behind the clock, so that a look costs the same all day."""
        self._since = max(self._since, format_timestamp(now - 2 * _HOUR))
        self._shown = {name: at for name, at in self._shown.items() if at >= self._since}


def follow(follower: Follower, every: float, ended: threading.Event, *, as_json: bool) -> None:
    """Look again and again, every so many seconds, and print what is new, until it is to end."""
    wait, away = every, False
    while not ended.is_set():
        try:
            found = follower.look(datetime.now(UTC))
        except ApiUnavailable as error:
            if not away:
                warn(f"{error}; waiting for it", style="yellow")
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
    say(f"{news.at}  {news.event:<6}  {news.text}", style=style)


def _steps(begin: datetime, end: datetime, step: timedelta, form: str) -> list[str]:
    """Name every hour or day from `begin` to `end`."""
    names = {f"{end:{form}}": None}
    while begin <= end:
        names[f"{begin:{form}}"] = None
        begin += step
    return sorted(names)


def _opened(item: dict[str, Any]) -> News:
    return News(item["found_at"], "incident", "opened", f"{item['severity']} {item['id']}: {item['message']}", item)


def _closed(item: dict[str, Any]) -> News:
    text = f"{item['id']}: recovered {item['recovery']}"
    return News(item["closed_at"] or item["recovery"] or "", "incident", "closed", text, item)


def _landed(item: dict[str, Any]) -> News:
    if item["state"] == "failed":
        return News(item["processed_at"], "ingestion", "failed", f"{item['object_key']}: {item['error']}", item)
    counts = ", ".join(
        f"{item[name]} {name}" for name in ("stored", "already_stored", "revised", "rejected", "flagged") if item[name]
    )
    return News(item["processed_at"], "ingestion", "stored", f"{item['object_key']}: {counts or 'nothing'}", item)


def since_of(text: str | None, now: datetime) -> datetime:
    """Read how long ago, as `15m`, or a moment with offset; `now` where there's nothing to read.

    Raises:
        WrongUse: it is neither, or longer ago than a day.
    """
    if text is None:
        return now
    ago = _AGO.match(text)
    try:
        since = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else moment_of(parse_timestamp(text))
    except ReadingError:
        raise WrongUse(f"--since: {text} is neither 15m, 2h or the like nor ISO 8601 with offset") from None
    if since < now - _LONGEST:
        raise WrongUse("--since: it begins a day ago at most; `heliograph incidents` and `audit` go back further")
    return since
