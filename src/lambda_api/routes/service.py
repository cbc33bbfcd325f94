"""GET /health, GET /rules and GET /docs: that the service runs, what it checks, how to use it. None touches a store."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.responses import Response

import heliograph
from lambda_api import encode
from lambda_api.answers import JsonResponse
from lambda_api.docs import swagger_ui
from lambda_api.openapi import answer

router = APIRouter(tags=["service"])


@router.get("/health", responses=answer("Health"))
async def get_health() -> JsonResponse:
    """Return that the service runs, and its version."""
    return JsonResponse({"status": "ok", "version": heliograph.__version__})


@router.get("/rules", responses=answer("RulePage"))
async def get_rules() -> JsonResponse:
    """Return every rule: what it checks, what it compares with, and what to do when it flags."""
    from heliograph.checks import registry  # noqa: PLC0415 - every check, and the sun, which no other route needs

    return JsonResponse({"items": [encode.rule(each) for each in registry.RULES], "next": None})


@router.get("/docs", response_class=HTMLResponse, status_code=HTTPStatus.OK)
async def get_docs() -> Response:
    """Show this API in Swagger UI, which can also try it."""
    return swagger_ui().page()


@router.get("/docs/{path:path}", include_in_schema=False)  # files for a browser
async def get_docs_file(path: str) -> Response:
    """Return one of the files that `/docs` needs."""
    return swagger_ui().file(path)
