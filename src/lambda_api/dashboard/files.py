"""The dashboard's files as they are served: read once, joined where a page needs many, named below a digest."""

from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from lambda_api.dashboard.joined import join_modules, join_styles

PAGE: Final = "index.html"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_STYLES: Final = ("vendor/uPlot.min.css", "style/page.css", "style/views.css")


@cache
def all_files() -> dict[str, bytes]:
    """Give every file by its name below `dashboard/`: those that lie there, and those made of them."""
    found = _below(files("lambda_api") / "dashboard", "")
    modules = {name: content.decode() for name, content in found.items() if _is_module(name)}
    styles = [found[name].decode() for name in _STYLES]
    return {**found, "joined.js": join_modules("main.js", modules).encode(), "joined.css": join_styles(styles).encode()}


@cache
def digest() -> str:
    """Digest all files, so that a change of one gives all of them new addresses."""
    found = blake2b(digest_size=6)
    for name, content in sorted(all_files().items()):
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def content_type(name: str) -> str | None:
    """Give a file's media type by its name; None for what isn't served."""
    return TYPES.get(name[name.rfind(".") :])


def _is_module(name: str) -> bool:
    return name.endswith(".js") and not name.startswith("vendor/")


def _below(folder: Traversable, place: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for each in folder.iterdir():
        if each.is_dir():
            found |= _below(each, f"{place}{each.name}/")
        elif content_type(each.name):
            found[place + each.name] = each.read_bytes()
    return found
