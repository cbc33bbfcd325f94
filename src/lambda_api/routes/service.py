"""GET /health, GET /docs and the dashboard: that the service runs, and pages to use it. None touches a store."""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from msgspec import Meta
from starlette.responses import Response

import heliograph
from lambda_api.answers import JsonResponse
from lambda_api.openapi import answer
from lambda_api.static_files import dashboard, swagger_ui

router = APIRouter(tags=["service"])


class Health(msgspec.Struct, frozen=True):
    """The service's word that it runs."""

    status: Annotated[Literal["ok"], Meta(description="Always `ok`.", examples=["ok"])]
    version: Annotated[str, Meta(description="Version of the code that answers.", examples=["0.1.0"])]


@router.get("/health", responses=answer(Health))
async def get_health() -> JsonResponse:
    """Return that the service runs, and its version."""
    return JsonResponse(Health("ok", heliograph.__version__))


@router.get("/docs", response_class=HTMLResponse, status_code=HTTPStatus.OK)
async def get_docs() -> Response:
    """Show this API in Swagger UI, which can also try it."""
    return swagger_ui().page()


@router.get("/docs/{path:path}", include_in_schema=False)  # files for a browser
async def get_docs_file(path: str) -> Response:
    """Return one of the files that `/docs` needs."""
    return swagger_ui().file(path)


@router.get("/", include_in_schema=False)
async def get_dashboard() -> Response:
    """Return the dashboard's page."""
    return dashboard().page()


@router.get("/dashboard/{path:path}", include_in_schema=False)
async def get_dashboard_file(path: str) -> Response:
    """Return one of the dashboard's files; the page itself is at `/`."""
    return dashboard().file(path)
