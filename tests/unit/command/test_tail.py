"""`heliograph tail`: each incident and file once, as it comes; an API that goes away is waited for."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from heliograph.reading import format_timestamp
from heliograph_cli import show
from heliograph_cli.commands import Exit, WrongUse
from heliograph_cli.tail import Follower, follow, since_of
from heliograph_client import ONCE, Client
from installed import HELIOGRAPH
from unit.command.conftest import FakeServer, MakeServer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(minutes: int) -> str:
    """Return a time so many minutes from noon."""
    return format_timestamp(NOON + timedelta(minutes=minutes))


def incident(name: str, found: int, closed: int | None = None) -> dict[str, Any]:
    """Return an incident as the API does."""
    over = None if closed is None else at(closed)
    text = {"severity": "warning", "message": "frozen", "recovery": over, "closed_at": over}
    return {"id": name, "state": "closed" if over else "open", "found_at": at(found), **text}


def ingestion(name: str, processed: int, **instead: object) -> dict[str, Any]:
    """Return an ingestion as the API does."""
    counts = dict.fromkeys(("already_stored", "revised", "rejected", "flagged"), 0)
    item = {"id": name, "object_key": f"raw/{name}", "state": "done", "error": "", "stored": 3, **counts}
    return {**item, "processed_at": at(processed), **instead}


class Api:
    """An API of lists, which can go away. Pages hold two items."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.open: list[dict[str, Any]] = []
        self.closed: dict[str, list[dict[str, Any]]] = {}
        self.ingestions: dict[str, list[dict[str, Any]]] = {}
        self.away = 0

    def answer(self, *request: object) -> tuple[int, dict[str, str], bytes]:
        """Answer one request."""
        if self.away:
            return self.away, {}, b'{"title": "no", "detail": "not now"}'
        url = urlsplit(str(request[1]))
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/health":
            return 200, {}, b"{}"
        begin = int(query.get("cursor", "0"))
        items = self._items(url.path, query)
        more = str(begin + 2) if begin + 2 < len(items) else None
        link = {"Link": f'<?cursor={more}>; rel="next"'} if more else {}
        return 200, link, json.dumps({"items": items[begin : begin + 2], "next": more}).encode()

    def _items(self, path: str, query: dict[str, str]) -> list[dict[str, Any]]:
        if path == "/ingestions":
            return self.ingestions.get(query["hour"], [])
        return self.open if query["state"] == "open" else self.closed.get(query["day"], [])


@pytest.fixture
def api() -> Api:
    """An API."""
    return Api()


@pytest.fixture
def server(api: Api, make_server: MakeServer) -> FakeServer:
    """Where it is."""
    return make_server(api.answer)


def client_of(server: FakeServer) -> Client:
    """Return a client as the command has it."""
    return Client(server.url, auth="none", retry=ONCE)


def test_each_thing_is_told_once_in_order(api: Api, server: FakeServer) -> None:
    """Of pages of incidents and files, what is older than the beginning is left out, and nothing comes twice."""
    api.open = [incident("old", -60), incident("b", 3), incident("c", 1)]
    api.ingestions = {
        "20261122T11": [ingestion("late", 2)],
        "20261122T12": [ingestion("f", 4, state="failed", error="broken")],
    }
    with client_of(server) as client:
        follower = Follower(client, NOON)
        first = follower.look(NOON + timedelta(minutes=5))
        assert [(each.item["id"], each.event) for each in first] == [
            *[("c", "opened"), ("late", "stored"), ("b", "opened"), ("f", "failed")]
        ]
        assert follower.look(NOON + timedelta(minutes=6)) == []
        api.open = [incident("old", -60)]
        api.closed = {"2026-11-22": [incident("b", 3, 6), incident("quick", 6, 7)]}
        api.ingestions["20261122T12"] = [ingestion("f", 7)]
        second = follower.look(NOON + timedelta(minutes=8))
    assert [(each.item["id"], each.event) for each in second] == [
        *[("b", "closed"), ("quick", "opened"), ("quick", "closed"), ("f", "stored")]
    ]


def test_a_long_watch_forgets_and_repeats_nothing(api: Api, server: FakeServer) -> None:
    """Hours later what was told is forgotten, and what still stands in the lists isn't told again."""
    api.open = [incident("a", 1)]
    with client_of(server) as client:
        follower = Follower(client, NOON)
        assert len(follower.look(NOON + timedelta(minutes=5))) == 1
        for hours in range(1, 8):
            assert follower.look(NOON + timedelta(hours=hours)) == []
        assert follower._shown == {}


def test_an_api_that_goes_away_is_waited_for(
    api: Api, server: FakeServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so once, goes on when it is back, and tells what happened meanwhile."""
    show.out.cache_clear()
    show.err.cache_clear()
    ended = threading.Event()
    states = iter([503, 503, 0, 0])

    def pass_time(_seconds: float) -> bool:
        api.away = next(states, -1)
        if api.away == -1:
            ended.set()
        return ended.is_set()

    monkeypatch.setattr(ended, "wait", pass_time)
    now = datetime.now(UTC)
    api.open = [{**incident("a", 0), "found_at": format_timestamp(now + timedelta(seconds=1))}]
    with client_of(server) as client:
        follow(Follower(client, now), 1.0, ended, as_json=True)
    said = capsys.readouterr()
    assert [json.loads(line)["incident"]["id"] for line in said.out.splitlines()] == ["a"]
    assert said.err.splitlines() == [
        f"{server.url}/incidents answers 503: not now; waiting for it",
        "the API answers again",
    ]


def wait_for_line(read: Callable[[], str]) -> dict[str, Any]:
    """Read a line of JSON."""
    text = read()
    assert text, "it ended by itself; why stands on standard error"
    line: dict[str, Any] = json.loads(text)
    return line


def test_it_follows_until_ctrl_c(api: Api, server: FakeServer) -> None:
    """The command tells what comes, a line each at once, and Ctrl-C ends it with 0 within a moment."""
    # Without the question how to sign: after 30 seconds without an answer it ends, as where there is no API.
    asked = ["--every", "0.2", "--api", server.url, "--auth", "none"]
    command = [HELIOGRAPH, "tail", "--json", "--since", "1h", *asked]
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}
    soon = format_timestamp(datetime.now(UTC))
    api.open = [{**incident("a", 0), "found_at": soon}]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603 - our own
        assert process.stdout
        try:
            assert wait_for_line(process.stdout.readline)["incident"]["id"] == "a"
            api.open = [*api.open, {**incident("b", 0), "found_at": soon}]
            line = wait_for_line(process.stdout.readline)
            assert (line["event"], line["incident"]["id"]) == ("opened", "b")
        finally:
            process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(10) == Exit.DONE
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("text", "since"),
    [
        (None, NOON),
        ("90s", NOON - timedelta(seconds=90)),
        ("2h", NOON - timedelta(hours=2)),
        ("1d", NOON - timedelta(days=1)),
        ("2026-11-22T12:30:00+01:00", NOON - timedelta(minutes=30)),
    ],
)
def test_since_is_how_long_ago_or_when(text: str | None, since: datetime) -> None:
    """A number with its unit, or a moment with its offset."""
    assert since_of(text, NOON) == since


@pytest.mark.parametrize("text", ["", "15", "m", "2026-11-22", "٣m", "99999d", "2d"])
def test_any_other_since_is_refused(text: str) -> None:
    """So that nobody waits for what doesn't come."""
    with pytest.raises(WrongUse, match="--since"):
        since_of(text, NOON)
