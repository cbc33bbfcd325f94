"""The dashboard's files as the API serves them: safe, cached for good, and found behind any path."""

import re
from pathlib import Path
from typing import Final

import pytest

from lambda_api.static_files import dashboard
from unit.api.fleet import Answer, client_of, stores_of

CLIENT: Final = client_of(stores_of())
DIGEST: Final = dashboard().digest
FOLDER: Final = Path(__file__).resolve().parents[3] / "src" / "lambda_api" / "dashboard"


def _get(path: str) -> Answer:
    answer = CLIENT.get(path)
    assert answer.status == 200, path
    return answer


def test_the_page_is_at_the_root() -> None:
    """It is HTML, asked for anew each time, and has an ETag that saves its way."""
    answer = _get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["etag"].startswith('W/"')


def test_every_address_in_the_page_is_relative() -> None:
    """So the page works at a domain's root and behind a gateway's path; nothing is from elsewhere."""
    addresses = re.findall(r'(?:src|href)="([^"]*)"', _get("/").body)
    assert {f"dashboard/{DIGEST}/bundle.js", f"dashboard/{DIGEST}/bundle.css"} <= set(addresses)
    assert not [each for each in addresses if each.startswith(("/", "http", "//"))]


def test_nothing_of_ours_names_an_address_elsewhere() -> None:
    """No module, style sheet or page asks another host for anything; uPlot's own header names where it is from."""
    for name, content in dashboard().files.items():
        if not name.startswith("vendor/"):
            text = content.decode().replace("http://www.w3.org/2000/svg", "")
            assert "http:" not in text, name
            assert "https:" not in text, name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bundle.js", "text/javascript; charset=utf-8"),
        ("bundle.css", "text/css; charset=utf-8"),
        ("views/fleet.js", "text/javascript; charset=utf-8"),
        ("vendor/uPlot.iife.min.js", "text/javascript; charset=utf-8"),
        ("vendor/uPlot.LICENSE.txt", "text/plain; charset=utf-8"),
    ],
)
def test_files_have_their_type_and_are_kept_for_good(name: str, kind: str) -> None:
    """Below the digest an address never changes what it gives; without it, it may."""
    for_good = _get(f"/dashboard/{DIGEST}/{name}")
    assert for_good.headers["content-type"] == kind
    assert "immutable" in for_good.headers["cache-control"]
    assert _get(f"/dashboard/{name}").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/dashboard/bundle.js", "/dashboard/bundle.css"])
def test_the_browser_is_told_to_run_nothing_else(path: str) -> None:
    """The policy allows this place's own scripts, styles, pictures and answers; types aren't guessed."""
    headers = _get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/",
        "/dashboard/index.html",
        "/dashboard/nothing.js",
        "/dashboard/../static_files.py",
        "/dashboard/../app.py",
        "/dashboard/%2e%2e/app.py",
        f"/dashboard/{DIGEST}/../../app.py",
        "/dashboard//etc/passwd",
        "/dashboard/0123456789ab/main.js",
    ],
)
def test_no_path_leads_elsewhere(path: str) -> None:
    """Only the files that are there are served, and no Python."""
    answer = CLIENT.ask("GET", path)
    assert answer.status == 404
    assert "application/problem+json" in answer.headers["content-type"]


def test_the_openapi_document_is_for_programs() -> None:
    """The dashboard's files aren't part of it."""
    assert not [path for path in CLIENT.get("/openapi.json").json()["paths"] if path == "/" or "dashboard" in path]


def test_the_whole_page_weighs_less_than_200_kilobytes_unpacked() -> None:
    """What a browser needs of files for every view, before compression."""
    needed = ("index.html", "bundle.js", "bundle.css", "vendor/uPlot.iife.min.js")
    assert sum(len(dashboard().files[name]) for name in needed) < 200_000


def test_text_is_never_read_as_markup() -> None:
    """No module of ours writes HTML, runs text as code, or sets a style in a way that the policy forbids."""
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser")
    for path in FOLDER.rglob("*.js"):
        if path.parent.name != "vendor":
            assert not forbidden.search(path.read_text(encoding="utf-8")), path.name


def test_each_file_has_one_purpose_and_a_readable_length() -> None:
    """Modules and style sheets are as short as the rest of the code."""
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in FOLDER.rglob("*.js")}
    assert max(count for name, count in lengths.items() if not name.startswith("uPlot")) <= 250
