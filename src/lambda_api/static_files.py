"""Files for a browser as the API serves them: read once, safe, and kept by a browser for good.

A page names its files below a digest of them all, so a browser keeps them and asks again only when one of them
changes. Every address is relative: a page works at a domain's root and behind a gateway's longer path.
"""

from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

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
