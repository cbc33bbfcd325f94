"""GET / and GET /dashboard/{path}: the dashboard's static files."""

from fastapi import APIRouter
from starlette.responses import Response

from lambda_api.dashboard.files import dashboard

router = APIRouter(include_in_schema=False)  # files for a browser; programs have nothing to ask here


@router.get("/")
async def get_dashboard() -> Response:
    """Return the dashboard's page."""
    return dashboard().page()


@router.get("/dashboard/{path:path}")
async def get_dashboard_file(path: str) -> Response:
    """Return one of the dashboard's files; the page itself is at `/`."""
    return dashboard().file(path)
