"""The dashboard's files as they are served: read once, and joined where a page needs many.

`severities.js` lies in no folder: it is made of the core's order of severities.
"""

import json
from functools import cache
from typing import Final

from heliograph.checks.flag import SEVERITIES
from lambda_api.dashboard.bundle import bundle_modules, bundle_styles
from lambda_api.static_files import StaticFiles, read_files

_STYLES: Final = ("vendor/uPlot.min.css", "style/page.css", "style/views.css")


@cache
def dashboard() -> StaticFiles:
    """Return every file below `dashboard/`: those that lie there, and those made of them."""
    found = read_files("dashboard")
    modules = {name: content.decode() for name, content in found.items() if _is_module(name)}
    modules["severities.js"] = f"export const SEVERITIES = {json.dumps(SEVERITIES)}; // from the mildest to the worst\n"
    styles = [found[name].decode() for name in _STYLES]
    bundle = {"bundle.js": bundle_modules("main.js", modules).encode(), "bundle.css": bundle_styles(styles).encode()}
    return StaticFiles("dashboard", found | bundle)


def _is_module(name: str) -> bool:
    return name.endswith(".js") and not name.startswith("vendor/")
