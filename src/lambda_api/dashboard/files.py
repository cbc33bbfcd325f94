"""The dashboard's files as they are served: read once, and joined where a page needs many."""

from functools import cache
from typing import Final

from lambda_api.dashboard.joined import join_modules, join_styles
from lambda_api.static_files import StaticFiles, read_files

_STYLES: Final = ("vendor/uPlot.min.css", "style/page.css", "style/views.css")


@cache
def dashboard() -> StaticFiles:
    """Return every file below `dashboard/`: those that lie there, and those made of them."""
    found = read_files("dashboard")
    modules = {name: content.decode() for name, content in found.items() if _is_module(name)}
    styles = [found[name].decode() for name in _STYLES]
    joined = {"joined.js": join_modules("main.js", modules).encode(), "joined.css": join_styles(styles).encode()}
    return StaticFiles("dashboard", found | joined)


def _is_module(name: str) -> bool:
    return name.endswith(".js") and not name.startswith("vendor/")
