"""The pages of the documentation, and what stands in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])

_BLOCK: Final = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_ANY_BLOCK: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INDENTED: Final = re.compile(r"^ {4,}(\S.*)$", re.MULTILINE)
_INLINE: Final = re.compile(r"`([^`\n]+)`")
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A code block: its language, its title, what it holds."""

    language: str
    title: str
    content: str


def blocks(page: Path) -> list[Block]:
    """Return a page's code blocks."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text())]


def commands(page: Path) -> Iterator[str]:
    """Yield every line of code of a page that may be a command: of blocks, of indented lines, within sentences."""
    for block in blocks(page):
        yield from block.content.replace("\\\n", " ").splitlines()
    prose = _ANY_BLOCK.sub("", page.read_text())
    yield from _INDENTED.findall(prose)
    yield from _INLINE.findall(prose)


def links(page: Path) -> list[str]:
    """Return the targets of a page's links and images."""
    return _LINK.findall(_ANY_BLOCK.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as both GitHub and mkdocs make them of plain words."""
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in _headings(page)}


def _headings(page: Path) -> list[str]:
    return _HEADING.findall(_ANY_BLOCK.sub("", page.read_text()))
