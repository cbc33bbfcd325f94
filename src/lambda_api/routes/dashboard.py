"""GET / and GET /dashboard/{path}: the dashboard's static files.

The page names its files below a digest of them all, so a browser keeps them for good and asks again only when one of
them changes. Every address is relative: the page works at a domain's root and behind a gateway's longer path.
"""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lambda_api.dashboard.files import PAGE, all_files, content_type, digest

router = APIRouter(include_in_schema=False)  # files for a browser; programs have nothing to ask here

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


@router.get("/")
async def get_dashboard() -> Response:
    """Give the dashboard's page, whose files are named below their digest."""
    page = all_files()[PAGE].replace(b'="dashboard/', f'="dashboard/{digest()}/'.encode())
    return _answer(PAGE, page, _ASK_FIRST)


@router.get("/dashboard/{path:path}")
async def get_dashboard_file(path: str) -> Response:
    """Give one of the dashboard's files; the page itself is at `/`.

    Only names that are known are looked for, so no path leads elsewhere.

    Raises:
        HTTPException: there's no such file.
    """
    first, _, rest = path.partition("/")
    name, caching = (rest, _FOR_GOOD) if first == digest() else (path, _ASK_FIRST)
    if name == PAGE or name not in all_files():
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return _answer(name, all_files()[name], caching)


def _answer(name: str, content: bytes, caching: str) -> Response:
    return Response(content, headers={**_SAFE, "Cache-Control": caching}, media_type=content_type(name))
