"""GET /health and GET /docs: that the service runs, and how to use it. Neither touches a store."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

import heliograph
from lambda_api.docs import page
from lambda_api.encode import JsonResponse
from lambda_api.openapi import answer

router = APIRouter(tags=["service"])

_SELF_CONTAINED: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


@router.get("/health", responses=answer("Health"))
async def get_health() -> JsonResponse:
    """Tell that the service runs, and in which version."""
    return JsonResponse({"status": "ok", "version": heliograph.__version__})


@router.get("/docs", response_class=HTMLResponse, status_code=HTTPStatus.OK)
async def get_docs(request: Request) -> HTMLResponse:
    """Show this API as a page to read, made from its OpenAPI document."""
    return HTMLResponse(page(request.app.openapi()), headers=_SELF_CONTAINED)
