#!/usr/bin/env python3
"""Look through the built site for anything a page would load from outside; the end of `make docs`."""

import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

# Attributes by which a page loads something; a link that a reader may follow isn't among them.
_LOADING: Final = {
    "img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "object": "data",
}  # fmt: skip
_LINKS: Final = frozenset({"stylesheet", "preload", "preconnect", "dns-prefetch", "icon", "manifest", "modulepreload"})
_OUTSIDE: Final = ("http:", "https:", "//")


class Loads(HTMLParser):
    """Gathers what a page loads from outside."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        values = {name: value or "" for name, value in attrs}
        link = tag == "link" and bool(_LINKS & set(values.get("rel", "").split()))
        address = values.get("href" if link else _LOADING.get(tag, ""), "")
        if address.startswith(_OUTSIDE):
            self.outside.append(address)


def loaded_from_outside(site: Path) -> Iterator[str]:
    """Yield a line for each thing that a page of the site, or one of its styles, loads from outside."""
    for page in sorted(site.rglob("*.html")):
        loads = Loads()
        loads.feed(page.read_text())
        yield from (f"{page.relative_to(site)} loads {address}" for address in loads.outside)
    for style in sorted(site.rglob("*.css")):
        if "url(http" in style.read_text().replace('"', "").replace("'", ""):
            yield f"{style.relative_to(site)} loads something from outside"


def main(arguments: Sequence[str]) -> int:
    """Look through the site in the folder that is named; return the exit status."""
    site = Path(arguments[0] if arguments else "build/docs")
    found = list(loaded_from_outside(site))
    sys.stdout.write("".join(f"{line}\n" for line in found) or f"open {site}/index.html: nothing comes from outside\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
