"""Links of the README and of every page lead somewhere, and nothing of the site is loaded from outside."""

import re
from pathlib import Path

import pytest
import yaml

from docs.pages import DOCS, PAGES, ROOT, anchors, links

_OUTSIDE = ("http://", "https://", "mailto:")
# What a page may load: an image, a script, a style, a frame, a drawing.
_LOADED = re.compile(
    r"""(?:!\[[^\]]*\]\(|<(?:img|script|link|iframe)\b[^>]*?(?:src|href)=["']?)(https?:)?//""", re.DOTALL
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file that is there, and a heading that is in it."""
    for link in links(page):
        if not link.startswith(_OUTSIDE):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name} links to {link}"
            assert not anchor or anchor in anchors(target), f"{page.name} links to {link}, which has no such heading"


@pytest.mark.parametrize("page", [*DOCS.rglob("*.md"), ROOT / "README.md"], ids=lambda page: page.name)
def test_nothing_is_loaded_from_outside(page: Path) -> None:
    """No image, script or style has an outside address, and no diagram needs a script from one."""
    text = page.read_text()
    assert not _LOADED.search(text)
    assert "```mermaid" not in text


def test_the_site_loads_no_fonts_and_is_strict() -> None:
    """The theme's fonts, which come from outside, are off; a broken link fails the build; every page is in the nav."""
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    assert config["theme"]["font"] is False
    assert config["strict"] is True
    assert "://" not in str({name: value for name, value in config.items() if name not in {"site_url", "repo_url"}})
    assert not config.keys() & {"extra_css", "extra_javascript"}
    named = set(re.findall(r"[\w/-]+\.md", str(config["nav"])))
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert {page for page in pages - named if not page.startswith("adr/0")} == set()
    assert named <= pages
