"""A page of another origin attacks the embedded AWS, in Chromium: with the guard nothing works, without it all does.

The page is at another port of this machine, under both of its names, or under a name of its own that was made to lead
here (DNS rebinding). What worked is seen in the engine itself, and in what the page could read.
"""

import base64
import io
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from browser.conftest import _ARGUMENTS, chromium
from lambda_api.roles import NEEDED
from local_stack import engine as engine_module
from local_stack.clients import LocalClients
from local_stack.create import ensure_api
from local_stack.engine import Engine, run_engine
from local_stack.resources import ACCOUNT, REGION, HttpApi
from local_stack.stack import Place
from local_stack.state_folder import StateFolder

# Every route that writes, with its names filled in.
WRITES: Final = [
    (method, re.sub(r"{[^}]*}", "x", path))
    for method, _, path in (asked.partition(" ") for asked, role in NEEDED.items() if role != "viewer")
]
_HERE: Final = Path(__file__).resolve().parent
_EVIL: Final = "evil.example"
_API: Final = "0a1b2c3d"
_KEPT: Final = b'{"kept": true}'
# The engine as it is without us; it ends when it is told to.
_ALONE: Final = """import runpy, sys
sys.argv = ["ministack"]
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
"""
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/any"


class Target:
    """An engine with a bucket, and an API whose Lambda notes in a file what it was called for."""

    def __init__(self, engine: Engine, called: Path) -> None:
        """Make what is attacked."""
        self.endpoint = engine.endpoint
        self.api = f"{engine.endpoint}/_aws/execute-api/{_API}"
        self.aws = LocalClients(engine.endpoint, REGION, engine.secret)
        self._called = called
        self.aws.s3().create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
        for name, body, kind in (("kept.json", _KEPT, "text/json"), ("code.js", b"leaked = 1", "text/javascript")):
            self.aws.s3().put_object(Bucket="data", Key=f"raw/{name}", Body=body, ContentType=kind)
        self.aws.functions.create_function(
            FunctionName="api",
            Runtime="python3.13",
            Role=_ROLE,
            Handler="code.handler",
            Code={"ZipFile": self.code("api")},
        )
        place = Place(engine.endpoint, REGION, ACCOUNT)
        ensure_api(self.aws.apis, self.aws.functions, HttpApi("api", _API, "api"), place)

    def code(self, name: str) -> bytes:
        """Zip a Lambda's code that notes its name when it is called."""
        kept = io.BytesIO()
        with zipfile.ZipFile(kept, "w") as zipped:
            note = f"open({str(self._called)!r}, 'a').write('{name}\\n')"
            zipped.writestr("code.py", f"def handler(event, context):\n    {note}\n    return {{'statusCode': 200}}\n")
        return kept.getvalue()

    def called(self) -> list[str]:
        """Tell which Lambdas were called."""
        return self._called.read_text().split() if self._called.exists() else []

    def done(self) -> dict[str, bool]:
        """Tell what was done to the engine."""
        functions = [each["FunctionName"] for each in self.aws.functions.list_functions()["Functions"]]
        topics = self.aws.sns().list_topics().get("Topics", [])
        return {
            "created a Lambda": "evil" in functions,
            "called it": "evil" in self.called(),
            "wrote through the API": "api" in self.called(),
            "overwrote raw/": self.aws.s3().get_object(Bucket="data", Key="raw/kept.json")["Body"].read() != _KEPT,
            "made a topic by a form": any(each["TopicArn"].endswith(":by-form") for each in topics),
        }

    def is_wiped(self) -> bool:
        """Return whether all is gone."""
        return not self.aws.s3().list_buckets()["Buckets"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser whose resolver leads the attacker's name to this machine, as a name server of theirs would."""
    rules = f"--host-resolver-rules=MAP {_EVIL} 127.0.0.1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=[*_ARGUMENTS, rules])
        yield running
        running.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Target]]:
    """Starts an engine with what is attacked, and stops it."""
    running: list[Engine] = []

    def one() -> Target:
        settings = {"MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT}
        running.append(run_engine(StateFolder(tmp_path / "state"), settings))
        return Target(running[0], tmp_path / "called")

    yield one
    for engine in running:
        engine.stop()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine run without the guard."""
    script = tmp_path / "alone.py"
    script.write_text(_ALONE)
    monkeypatch.setattr(engine_module, "_PROCESS", script)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """The port of another server of this machine, which has the attacker's page."""
    handler = partial(_Quiet, directory=str(_HERE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server.server_port
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - http.server's own
        """Log nothing."""


def attack(browser: Browser, address: str, target: Target) -> dict[str, bool]:
    """Open the attacker's page, let it try all it can, and tell what worked; the last is to wipe all."""
    page = browser.new_page()
    page.goto(address)
    zipped = base64.b64encode(target.code("evil")).decode()
    page.evaluate("given => simple(...given)", [target.endpoint, target.api, zipped, WRITES])
    page.evaluate("given => preflighted(...given)", [target.endpoint, target.api, WRITES])
    page.evaluate("engine => embedded(engine)", target.endpoint)
    page.evaluate("engine => form(engine + '/', {Action: 'CreateTopic', Name: 'by-form'})", target.endpoint)
    page.evaluate("api => form(api + '/edits', {id: 'by-form', action: 'exclude'})", target.api)
    read = page.evaluate("seen")
    found = {f"read: {name}": worked for name, worked in read.items()} | target.done()
    page.evaluate("engine => form(engine + '/_ministack/reset', {})", target.endpoint)
    page.close()
    return found | {"wiped all": target.is_wiped()}


def rebind(browser: Browser, target: Target) -> dict[str, bool]:
    """Open the engine under the attacker's own name, which makes it their own origin, and tell what worked."""
    page = browser.new_page()
    page.goto(target.endpoint.replace("127.0.0.1", _EVIL) + "/_ministack/health")
    listed = _fetch(page, "/data?list-type=2")
    api = _fetch(page, f"/_aws/execute-api/{_API}/readings", "POST")
    _fetch(page, "/data/raw/kept.json", "PUT")
    found = {"listed": "raw/kept.json" in listed[1], "API": api[0] == 200, **target.done()}
    _fetch(page, "/_ministack/reset", "POST")
    page.close()
    kept = ("listed", "API", "wrote through the API", "overwrote raw/")
    return {name: found[name] for name in kept} | {"wiped all": target.is_wiped()}


def _fetch(page: Page, path: str, method: str = "GET") -> tuple[int, str]:
    script = """async ([path, method]) => {
      const answer = await fetch(path, { method, body: method === "GET" ? undefined : "gone" });
      return [answer.status, await answer.text()];
    }"""
    status, text = page.evaluate(script, [path, method])
    return status, text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", _EVIL])
def test_a_page_elsewhere_gets_nowhere(
    browser: Browser, start: Callable[[], Target], elsewhere: int, name: str
) -> None:
    """Simple and preflighted requests, what is embedded, and forms: none reads, writes, calls or wipes anything."""
    found = attack(browser, f"http://{name}:{elsewhere}/attack.html", start())
    assert not [what for what, worked in found.items() if worked]
    assert len(found) == 8


def test_a_link_beside_the_api_calls_nothing(browser: Browser, start: Callable[[], Target], elsewhere: int) -> None:
    """A page that leads the person to an address like the API's, with a call of AWS in its query, does nothing."""
    target = start()
    page = browser.new_page()
    for path in ("", "x", "/x/y"):
        page.goto(f"http://{_EVIL}:{elsewhere}/attack.html")
        with page.expect_navigation():
            asked = f"{target.endpoint}/_aws/execute-api/{path}?Action=CreateTopic&Name=by-form"
            page.evaluate("address => { location.href = address }", asked)
    page.close()
    assert not target.done()["made a topic by a form"]


def test_a_name_that_leads_here_gets_nowhere(browser: Browser, start: Callable[[], Target]) -> None:
    """Where the attacker's name leads to this machine, the engine doesn't answer to it."""
    found = rebind(browser, start())
    assert not [what for what, worked in found.items() if worked]


def test_the_apis_own_page_writes(browser: Browser, start: Callable[[], Target]) -> None:
    """A page of the API reads it and writes through it without a key; to AWS it has none either."""
    target = start()
    page = browser.new_page()
    page.goto(f"{target.api}/")
    assert _fetch(page, f"{target.api}/readings", "POST")[0] == 200
    assert target.called() == ["api", "api"]
    assert _fetch(page, "/data?list-type=2")[0] == 403
    assert _fetch(page, "/_ministack/reset", "POST")[0] == 403
    page.close()


@pytest.mark.usefixtures("alone")
def test_without_the_guard_all_of_it_works(browser: Browser, start: Callable[[], Target], elsewhere: int) -> None:
    """The attacks are real: an engine alone gives way to each, so the tests above could fail."""
    found = attack(browser, f"http://127.0.0.1:{elsewhere}/attack.html", start())
    assert [what for what, worked in found.items() if not worked] == []


@pytest.mark.usefixtures("alone")
def test_without_the_guard_a_name_that_leads_here_works(browser: Browser, start: Callable[[], Target]) -> None:
    """The same for DNS rebinding."""
    assert [what for what, worked in rebind(browser, start()).items() if not worked] == []
