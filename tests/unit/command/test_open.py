"""`heliograph open`: the address of an API that asks for nothing; a proxy that authorizes where it asks."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from heliograph_cli.commands import Exit
from heliograph_cli.open_dashboard import Proxy
from heliograph_client import Bearer, Signed
from heliograph_client.connection import find_scheme, make_http
from installed import HELIOGRAPH
from unit.command.conftest import Call, FakeServer, MakeServer

KEYS = Credentials("AKIDEXAMPLE", "secret", "session")
STAGE = "/_aws/execute-api/5e110000"


class Api:
    """An API behind an authorizer: the dashboard, its files and an echo of what was sent."""

    def __init__(self, wanted: Callable[[str, str, dict[str, str], bytes], int]) -> None:
        """Refuse with the status that `wanted` gives; let in where it is 0."""
        self._wanted = wanted
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def answer(self, *request: object) -> tuple[int, dict[str, str], bytes]:
        """Answer one request."""
        method, path, headers, body = request
        assert isinstance(method, str)
        assert isinstance(path, str)
        assert isinstance(headers, dict)
        assert isinstance(body, bytes)
        self.seen.append((method, path, headers, body))
        refused = self._wanted(method, path, headers, body)
        if refused:
            return refused, {"Content-Type": "application/json"}, b'{"message":"no"}'
        if path == f"{STAGE}/":
            page = b'<link href="dashboard/style.css"><script src="dashboard/main.js"></script>'
            return 200, {"Content-Type": "text/html", "Content-Security-Policy": "default-src 'self'"}, page
        if path == f"{STAGE}/old":
            return 303, {"Location": f"http://{headers['Host']}{STAGE}/sites"}, b""
        given = {"Access-Control-Allow-Origin": "*", "Set-Cookie": "a=b", "ETag": '"1"'}
        return 200, given, json.dumps({"method": method, "path": path, "body": body.decode()}).encode()


def signed(method: str, path: str, headers: dict[str, str], body: bytes) -> int:
    """Return whether a request is signed as AWS reckons: 0, or 403."""
    given = {name.lower(): value for name, value in headers.items()}
    to_sign = AWSRequest(method, f"http://{given['host']}{path}", headers={"host": given["host"]}, data=body)
    to_sign.context["timestamp"] = given.get("x-amz-date", "")
    to_sign.headers["X-Amz-Date"] = given.get("x-amz-date", "")
    to_sign.headers["X-Amz-Security-Token"] = given.get("x-amz-security-token", "")
    signer = SigV4Auth(KEYS, "execute-api", "eu-west-1")
    signature = signer.signature(signer.string_to_sign(to_sign, signer.canonical_request(to_sign)), to_sign)
    return 0 if signature in given.get("authorization", "") else 403


def with_token(_method: str, _path: str, headers: dict[str, str], _body: bytes) -> int:
    """Return whether a request brings the token: 0, or 401."""
    return 0 if headers.get("Authorization") == "Bearer t0ken" else 401


@contextmanager
def serving(upstream: str, auth: httpx2.Auth) -> Iterator[tuple[Proxy, httpx2.Client]]:
    """Run a proxy; yield it and a browser."""
    with make_http(upstream, auth) as client, Proxy(upstream, client) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            with httpx2.Client(trust_env=False, follow_redirects=True) as browser:
                yield proxy, browser
        finally:
            proxy.shutdown()
            thread.join()


@pytest.fixture
def behind_iam(make_server: MakeServer) -> tuple[Api, FakeServer]:
    """An API that lets in signed requests alone."""
    api = Api(signed)
    return api, make_server(api.answer)


def test_the_dashboard_works_behind_the_signing_proxy(behind_iam: tuple[Api, FakeServer]) -> None:
    """The key leads to the page; its relative paths, queries, posts and heads arrive signed, and come back whole."""
    api, server = behind_iam
    with serving(server.url + STAGE, Signed(KEYS, "eu-west-1")) as (proxy, browser):
        assert 'content="0; url=/"' in browser.get(proxy.url).text
        home = browser.get(f"http://127.0.0.1:{proxy.server_port}/")
        assert home.status_code == 200
        assert home.headers["Content-Security-Policy"] == "default-src 'self'"
        script = browser.get(home.url.join("dashboard/main.js"))
        assert script.json()["path"] == f"{STAGE}/dashboard/main.js"
        odd = browser.get(home.url.join("incidents?site=a+b&start=2026-11-22T00:00:00Z&empty=&x=%2F*~"))
        assert odd.status_code == 200
        assert odd.json()["path"].endswith("?site=a%20b&start=2026-11-22T00%3A00%3A00Z&empty=&x=%2F%2A~")
        assert browser.get(home.url.join("incidents/s~stale~20261122T090500Z")).status_code == 200
        assert browser.post(home.url.join("readings"), content=b'[{"a": 1}]').json()["body"] == '[{"a": 1}]'
        assert browser.head(home.url.join("health")).status_code == 200
        assert browser.get(home.url.join("old")).json()["path"] == f"{STAGE}/sites"
    assert all(name.lower() not in {"cookie", "referer", "origin"} for *_, headers, _ in api.seen for name in headers)


def test_only_the_browser_with_the_key_is_let_in(behind_iam: tuple[Api, FakeServer]) -> None:
    """Without the key, under another name, or from another page, nothing reaches the API."""
    api, server = behind_iam
    with serving(server.url + STAGE, Signed(KEYS, "eu-west-1")) as (proxy, browser):
        base = f"http://127.0.0.1:{proxy.server_port}"
        assert browser.get(f"{base}/sites").status_code == 403
        assert browser.get(f"{base}/?key=guess").status_code == 403
        browser.get(proxy.url)
        seen = len(api.seen)
        assert browser.get(f"{base}/sites", headers={"Host": "evil.example"}).status_code == 403
        for site in ("cross-site", "same-site"):
            assert browser.post(f"{base}/readings", headers={"Sec-Fetch-Site": site}).status_code == 403
        assert browser.post(f"{base}/readings", content=iter([b"a"])).status_code == 411
        assert len(api.seen) == seen
        answer = browser.get(f"{base}/sites", headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 200
        assert {"access-control-allow-origin", "set-cookie"} & answer.headers.keys() == set()
        assert answer.headers["ETag"] == '"1"'


def test_a_token_is_added(make_server: MakeServer) -> None:
    """With jwt each request brings the token, and the browser's own authorization is left out."""
    server = make_server(Api(with_token).answer)
    assert find_scheme(server.url + STAGE) == "jwt"
    with serving(server.url + STAGE, Bearer("t0ken")) as (proxy, browser):
        browser.get(proxy.url)
        assert browser.get(f"http://127.0.0.1:{proxy.server_port}/sites").status_code == 200


def test_an_api_that_goes_away_is_named() -> None:
    """The browser gets 502 and the reason."""
    with serving("http://127.0.0.1:9", Bearer("t0ken")) as (proxy, browser):
        browser.get(proxy.url)
        answer = browser.get(f"http://127.0.0.1:{proxy.server_port}/")
    assert answer.status_code == 502
    assert "http://127.0.0.1:9 can't be reached" in answer.text


def test_an_open_api_is_opened_as_it_is(make_server: MakeServer, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is printed, with the slash that relative paths need, and a browser started unless told not to."""
    opened: list[str] = []

    def browse(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    server = make_server(Api(lambda *_: 0).answer)
    assert call("open", "--api", server.url) == (Exit.DONE, f"{server.url}/\n", "")
    said = call("open", "--api", f"{server.url}/", "--no-browser", "--json")
    assert json.loads(said.out) == {"url": f"{server.url}/"}
    assert opened == [f"{server.url}/"]


def test_what_isn_t_an_api_is_said(make_server: MakeServer, call: Call) -> None:
    """Any other answer than that of an API or its authorizer leads back to the address."""
    said = call("open", "--api", make_server(lambda *_: (404, {}, b"")).url)
    assert said.code == Exit.UNREACHABLE
    assert "is this the API's address?" in said.err


def test_it_serves_until_ctrl_c(behind_iam: tuple[Api, FakeServer]) -> None:
    """The command finds out that the API wants signatures, prints where it is served, and ends with 0."""
    _, server = behind_iam
    keys = {"ACCESS_KEY_ID": KEYS.access_key, "SECRET_ACCESS_KEY": KEYS.secret_key, "SESSION_TOKEN": KEYS.token}
    environment = {**os.environ, **{f"AWS_{name}": value or "" for name, value in keys.items()}}
    command = [HELIOGRAPH, "open", "--no-browser", "--json", "--api", server.url + STAGE]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True, env={**environment, "AWS_DEFAULT_REGION": "eu-west-1"}
    ) as process:
        assert process.stdout
        try:
            url = json.loads(process.stdout.readline())["url"]
            with httpx2.Client(trust_env=False, follow_redirects=True) as browser:
                assert browser.get(url).status_code == 200
                assert "dashboard/main.js" in browser.get(url.partition("?")[0]).text
        finally:
            process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(10) == Exit.DONE
        assert time.monotonic() - began < 5
