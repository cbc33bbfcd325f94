r"""Files for a browser as the API serves them: read once, safe, and kept by a browser for good.

dashboard/   the dashboard: a page, ES modules, style sheets, and uPlot as it was published, with its licence
docs/        Swagger UI over the OpenAPI document: a page, and swagger-ui-dist 5.35.0 as it was published on npm, with
             its licence, its notice and its parts' licences

A page names its files below a digest of them all, so a browser keeps them and asks again only when one of them
changes. Every address is relative: a page works at a domain's root and behind a gateway's longer path.

The dashboard's modules are joined into one file, so that a page asks for three and not for thirty: each request is a
call of a Lambda. What joins them knows the few forms our own modules are written in, one a line, and refuses any other:
`import { a, b } from "./x.js";`, `export function`, `export async function`, `export class`, `export const`, and
`import("./x.js")`. Each module becomes a function that is run when its names are first asked for.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from posixpath import dirname, join, normpath
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from heliograph.checks.flag import SEVERITIES

PAGE: Final = "index.html"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# Nothing runs, loads or is asked for but what comes from the same place; nobody may frame the page.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
_SAFE: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_ASK_FIRST: Final = "no-cache"
_STYLES: Final = ("vendor/uPlot.min.css", "style/page.css", "style/views.css")
_IMPORT: Final = re.compile(r'^import \{ ([\w, ]+) \} from "(\.[^"]+)";$', re.MULTILINE)
_LATER: Final = re.compile(r'\bimport\("(\.[^"]+)"\)')
_EXPORT: Final = re.compile(r"^export ((?:async )?function|class|const) (\w+)", re.MULTILINE)
_LEFT: Final = re.compile(r"^\s*(?:import\b(?!\.meta)|export\b).*", re.MULTILINE)
_HEAD: Final = """const makers = {};
const made = {};
function bring(name) {
  return (made[name] ??= makers[name]());
}
"""


class StaticFiles:
    """A page and the files it needs. path: where they are served, relative to the page. files: each by its name."""

    def __init__(self, path: str, files: Mapping[str, bytes]) -> None:
        """Keep the files; their digest is worked out when it is first asked for."""
        self._path = path
        self.files = files

    @cached_property
    def digest(self) -> str:
        """The digest of all files: a change of one gives all of them new addresses."""
        found = blake2b(digest_size=6)
        for name, content in sorted(self.files.items()):
            found.update(f"{name}\0{len(content)}\0".encode() + content)
        return found.hexdigest()

    def page(self) -> Response:
        """Return the page, whose files are named below their digest."""
        named = self.files[PAGE].replace(f'="{self._path}/'.encode(), f'="{self._path}/{self.digest}/'.encode())
        return _answer(PAGE, named, _ASK_FIRST)

    def file(self, path: str) -> Response:
        """Return one of the page's files, by its name with or without the digest before it.

        Only names that are known are looked for, so no path leads elsewhere.

        Raises:
            HTTPException: there's no such file.
        """
        first, _, rest = path.partition("/")
        name, caching = (rest, _FOR_GOOD) if first == self.digest else (path, _ASK_FIRST)
        if name == PAGE or name not in self.files:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return _answer(name, self.files[name], caching)


@cache
def swagger_ui() -> StaticFiles:
    """Return the files of `/docs`, read when one is first asked for: no other answer waits for them."""
    return StaticFiles("docs", read_files("docs"))


@cache
def dashboard() -> StaticFiles:
    """Return every file below `dashboard/`: those that lie there, and those made of them.

    `severities.js` lies in no folder: it is made of the core's order of severities.
    """
    found = read_files("dashboard")
    modules = {name: content.decode() for name, content in found.items() if _is_module(name)}
    modules["severities.js"] = f"export const SEVERITIES = {json.dumps(SEVERITIES)}; // from the mildest to the worst\n"
    styles = [found[name].decode() for name in _STYLES]
    bundle = {"bundle.js": bundle_modules("main.js", modules).encode(), "bundle.css": bundle_styles(styles).encode()}
    return StaticFiles("dashboard", found | bundle)


def _is_module(name: str) -> bool:
    return name.endswith(".js") and not name.startswith("vendor/")


def read_files(folder: str) -> dict[str, bytes]:
    """Read every file for a browser below a folder of this package, by its name below that folder."""
    return _below(files("lambda_api") / folder, "")


def _below(folder: Traversable, place: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for each in folder.iterdir():
        if each.is_dir():
            found |= _below(each, f"{place}{each.name}/")
        elif _media_type(each.name):
            found[place + each.name] = each.read_bytes()
    return found


def _answer(name: str, content: bytes, caching: str) -> Response:
    return Response(content, headers={**_SAFE, "Cache-Control": caching}, media_type=_media_type(name))


def _media_type(name: str) -> str | None:
    """Return a file's media type by its name; None for what isn't served."""
    return _TYPES.get(name[name.rfind(".") :])


class CannotBundle(ValueError):
    """A module is written in a form that isn't known here, or asks for one that isn't there."""


def bundle_modules(first: str, modules: Mapping[str, str]) -> str:
    """Join modules into one that runs `first`. modules: their text by their name.

    Raises:
        CannotBundle: with the module and what in it can't be joined.
    """
    parts = [_maker(name, modules) for name in sorted(modules)]
    return f'{_HEAD}{"".join(parts)}bring("{first}");\n'


def bundle_styles(styles: Iterable[str]) -> str:
    """Join style sheets; where two disagree the later one holds, as it would alone."""
    return "\n".join(styles)


def _maker(name: str, modules: Mapping[str, str]) -> str:
    def brought(found: re.Match[str], group: int) -> str:
        wanted = normpath(join(dirname(name), found[group]))
        if wanted not in modules:
            raise CannotBundle(f"{name}: there's no {wanted}")
        return f'bring("{wanted}")'

    text = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {brought(found, 2)};", modules[name])
    text = _LATER.sub(lambda found: f"Promise.resolve({brought(found, 1)})", text)
    names = [found[2] for found in _EXPORT.finditer(text)]
    text = _EXPORT.sub(r"\1 \2", text)
    if left := _LEFT.search(text):
        raise CannotBundle(f"{name}: `{left[0].strip()}` isn't in a form that can be joined")
    return f'makers["{name}"] = () => {{\n{text}return {{ {", ".join(names)} }};\n}};\n'
