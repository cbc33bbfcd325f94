"""/docs in Chromium: Swagger UI under the page's policy, with every operation, and requests that are answered.

A violation of the policy is an error in the console, and the browser's own report of it besides.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final

import httpx2
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from browser.conftest import DESKTOP, PHONE
from browser.server import PREFIX, serving
from heliograph_cli.api_access import sign_for
from heliograph_cli.open_dashboard import Proxy
from heliograph_client import Bearer, Signed
from heliograph_client.connection import make_http
from lambda_api.app import make_app
from local_stack import Stack
from unit.api.fleet import NOW, assessed, stores_of
from unit.command.test_open import KEYS, signed, with_token

API: Final = make_app(stores_of([assessed("solar-1")]), lambda: NOW)
OPERATIONS: Final = {
    each["operationId"]: f"{method.upper()} {path}"
    for path, methods in API.openapi()["paths"].items()
    for method, each in methods.items()
}
# The browser's reports of what the policy forbade, collected from before the page's first script.
_REPORTS: Final = """window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));"""

_DEADLINE_MS: Final = 30_000  # milliseconds: half a megabyte of script, and an API whose worker has yet to start

Authorizer = Callable[[str, str, dict[str, str], bytes], int]
Visit = Callable[..., Page]


class Behind:
    """An API behind an authorizer, which gives the status to refuse with, or 0. public: paths it doesn't ask about."""

    def __init__(self, authorizer: Authorizer, public: tuple[str, ...] = ()) -> None:
        """Keep who decides."""
        self._authorizer = authorizer
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        headers = {name.title(): value for name, value in request.headers.items()}
        path = scope["raw_path"].decode() + (f"?{request.url.query}" if request.url.query else "")
        within = scope["path"].removeprefix(PREFIX)
        refused = 0 if within.startswith(self._public) else self._authorizer(request.method, path, headers, b"")
        answer: ASGIApp = JSONResponse({"message": "no"}, refused) if refused else API
        await answer(scope, receive, send)


def mounted(app: ASGIApp) -> FastAPI:
    """Put an app behind the path at which the emulator has an API."""
    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    outer.mount(PREFIX, app)
    return outer


@contextmanager
def proxied(address: str, auth: httpx2.Auth) -> Iterator[str]:
    """Run the proxy of `heliograph open` before an API; yield the address that lets a browser in."""
    upstream = address.rstrip("/")
    with make_http(upstream, auth) as client, Proxy(upstream, client) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy.url
        finally:
            proxy.shutdown()
            thread.join()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens addresses one after the other in a new browser; in the end nothing may have complained."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_one(*addresses: str, **options: Any) -> Page:  # noqa: ANN401 - Playwright's options of a context
        page = browser.new_context(**{"viewport": DESKTOP, **options}).new_page()
        pages.append(page)
        page.add_init_script(_REPORTS)
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for address in addresses:
            page.goto(address)
            page.wait_for_load_state("networkidle")
        return page

    yield open_one
    for page in pages:
        assert page.evaluate("violations") == []
        page.context.close()
    assert complaints == []


def listed(page: Page) -> dict[str, str]:
    """Return the operations that the page lists: method and path by their id."""
    expect(page.locator(".opblock")).to_have_count(len(OPERATIONS), timeout=_DEADLINE_MS)
    found: Mapping[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".opblock")].map(each => [
          each.id.split("-").at(-1),
          each.querySelector(".opblock-summary-method").textContent + " " +
            each.querySelector("[data-path]").dataset.path,
        ]))"""
    )
    return dict(found)


def tried(page: Page, operation: str = "list_sites") -> tuple[str, str]:
    """Execute an operation in the page; return the answer's status and body."""
    block = page.locator(f".opblock[id$='-{operation}']")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Execute").click()
    answer = block.locator(".live-responses-table")
    expect(answer).to_be_visible(timeout=_DEADLINE_MS)
    status = answer.locator("tbody td.response-col_status").inner_text()
    return status.strip(), answer.locator(".response-col_description pre").first.inner_text()


@pytest.mark.browser_fast
def test_every_operation_is_listed_and_one_tried(visit: Visit) -> None:
    """An open API behind a gateway's path: all operations of the document, and `GET /sites` gives 200."""
    with serving(mounted(API)) as address:
        page = visit(f"{address}docs")
        assert listed(page) == OPERATIONS
        status, body = tried(page)
    assert status == "200"
    assert '"solar-1"' in body


def test_the_page_works_on_a_phone_in_the_dark(visit: Visit) -> None:
    """It takes the theme that the browser asks for, and breaks no rule of the policy there either."""
    with serving(mounted(API)) as address:
        page = visit(f"{address}docs", viewport=PHONE, color_scheme="dark")
        assert listed(page) == OPERATIONS
        assert tried(page, "get_health")[0] == "200"
        lightness = page.evaluate(
            "getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)"
        )
    assert max(lightness) < 80


def test_a_token_that_is_typed_in_is_sent(visit: Visit) -> None:
    """Where the API asks for a token and the page is reached without, it sends the one that it was given."""
    with serving(mounted(Behind(with_token, ("/docs", "/openapi.json")))) as address:
        page = visit(f"{address}docs")
        page.get_by_role("button", name="Authorize").first.click()
        page.locator(".modal-ux input").fill("t0ken")
        page.locator(".modal-ux").get_by_role("button", name="Apply credentials").click()
        page.locator(".modal-ux").get_by_role("button", name="Close").last.click()
        assert tried(page)[0] == "200"


@pytest.mark.parametrize(
    ("authorizer", "auth"), [(signed, Signed(KEYS, "eu-west-1")), (with_token, Bearer("t0ken"))], ids=["iam", "jwt"]
)
def test_the_proxy_authorizes_what_is_tried(visit: Visit, authorizer: Authorizer, auth: httpx2.Auth) -> None:
    """Behind `heliograph open` the page, its files, the document and what is tried are signed, or bring the token."""
    with serving(mounted(Behind(authorizer))) as address, proxied(address, auth) as let_in:
        page = visit(let_in, let_in.partition("?")[0] + "docs")
        assert listed(page) == OPERATIONS
        assert tried(page)[0] == "200"


def test_the_local_stack_answers_what_is_tried(visit: Visit, stack: Stack) -> None:
    """On the laptop the page reads with nothing, as it stands and through the proxy, whose requests are signed."""
    page = visit(f"{stack.api}/docs")
    assert listed(page) == OPERATIONS
    assert tried(page)[0] == "200"
    with proxied(stack.api, sign_for(stack)) as let_in:
        page = visit(let_in, let_in.partition("?")[0] + "docs")
        assert listed(page) == OPERATIONS
        assert tried(page)[0] == "200"
