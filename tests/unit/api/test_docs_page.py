"""/docs is Swagger UI as npm has it: served from here alone, safe, and kept by a browser for good."""

import re
from hashlib import sha256
from typing import Final

import pytest

from lambda_api.static_files import dashboard, swagger_ui
from unit.api.fleet import Answer, client_of, stores_of

CLIENT: Final = client_of(stores_of())
DIGEST: Final = swagger_ui().digest
# Of swagger-ui-dist 5.35.0, whose package has sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0w….
PUBLISHED: Final = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
    "swagger-ui.LICENSE.txt": "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
    "swagger-ui.NOTICE.txt": "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2",
    "swagger-ui-bundle.js.LICENSE.txt": "37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb",
}


def _get(path: str) -> Answer:
    answer = CLIENT.get(path)
    assert answer.status == 200, path
    return answer


def test_the_page_names_its_own_files_alone() -> None:
    """Every address is relative, below the digest, and of a file that is there; nothing runs inside the page."""
    page = _get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page.body)
    named = [each for each in addresses if each not in {"data:,", "openapi.json"}]
    assert len(named) == 3
    assert all(each.startswith(f"docs/{DIGEST}/") and _get(f"/{each}") for each in named)
    assert not re.search(r"<style|style=|<script>| on\w+=", page.body)


@pytest.mark.parametrize("path", ["/docs", f"/docs/{DIGEST}/start.js", "/docs/vendor/swagger-ui-bundle.js"])
def test_the_policy_is_the_dashboards(path: str) -> None:
    """The browser runs and asks this place alone, and nothing that stands inside the page: for Swagger UI as well."""
    names = ("content-security-policy", "referrer-policy", "x-content-type-options")
    here, there = _get(path).headers, _get("/").headers
    assert [here[name] for name in names] == [there[name] for name in names]
    assert "unsafe" not in here["content-security-policy"]


def test_files_are_kept_for_good_and_sent_packed() -> None:
    """Below the digest an address never changes what it gives; what is sent is a third of what it is, or less."""
    for name, content in swagger_ui().files.items():
        if name == "index.html":
            continue
        answer = CLIENT.ask("GET", f"/docs/{DIGEST}/{name}", headers={"Accept-Encoding": "gzip"})
        assert "immutable" in answer.headers["cache-control"]
        if len(content) > 100_000:
            assert answer.headers["content-encoding"] == "gzip"
            assert int(answer.headers["content-length"]) * 3 < len(content)
        assert _get(f"/docs/{name}").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/docs/", "/docs/index.html", "/docs/__init__.py", "/docs/../app.py", "/docs/no.js"])
def test_no_path_leads_elsewhere(path: str) -> None:
    """Only the files that are there are served, and no Python."""
    assert CLIENT.ask("GET", path).status == 404


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_vendored_is_as_it_was_published(name: str) -> None:
    """Swagger UI, its licence, its notice and its parts' licences are those of the package, and are served."""
    assert sha256(swagger_ui().files[f"vendor/{name}"]).hexdigest() == PUBLISHED[name]
    assert _get(f"/docs/vendor/{name}")


def test_nothing_of_ours_names_an_address_elsewhere() -> None:
    """Neither the page nor what starts it asks another host for anything."""
    for name in ("index.html", "start.js"):
        assert "//" not in re.sub(r"(?m)^// .*| // .*", "", swagger_ui().files[name].decode()), name


def test_the_dashboard_has_no_part_of_it() -> None:
    """Who looks at the dashboard loads nothing of Swagger UI."""
    assert not [name for name in dashboard().files if "swagger" in name]
    assert "swagger" not in dashboard().files["bundle.js"].decode()
