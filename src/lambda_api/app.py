"""The application: its routes, its problems, its OpenAPI document. Nothing is opened here; stores are passed in."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

import heliograph
from lambda_api.http_semantics import OwnPages, Revalidation
from lambda_api.openapi import DESCRIPTION, SERVERS, TAGS, TITLE, Documented
from lambda_api.parameters import provide
from lambda_api.ports import ApiStores
from lambda_api.problems import register
from lambda_api.roles import Access
from lambda_api.routes import ROUTES

_WORTH_COMPRESSING: Final = 1024  # bytes
_VIEWERS: Final = Access()
_FASTEST: Final = 1  # a page of readings shrinks to a tenth all the same


def make_app(
    stores: ApiStores,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    access: Access = _VIEWERS,
    origins: str = "",
) -> FastAPI:
    """Make the application over some stores.

    now: the clock, aware, UTC. access: how callers come by their roles. origins: those whose pages may write beside the
    API's own, with commas between them.
    """
    app = Documented(
        title=TITLE,
        version=heliograph.__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        servers=SERVERS,
        root_path_in_servers=False,  # the path before the app is one behind a proxy only; "." holds everywhere
        docs_url=None,  # FastAPI's own page loads Swagger UI from elsewhere; routes/service.py serves it from here
        redoc_url=None,
        redirect_slashes=False,  # a redirect would trust the Host header
        routes=[*ROUTES],
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    provide(app, stores, now, access)
    register(app)
    # Added last, GZip is around the others: an answer's ETag is of what it says, however it is sent.
    app.add_middleware(OwnPages, origins=origins)
    app.add_middleware(Revalidation)
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_COMPRESSING, compresslevel=_FASTEST)
    return app
