"""GET /summary: the fleet in eleven figures."""

from fastapi import APIRouter

from heliograph.reading import format_timestamp
from lambda_api import encode
from lambda_api.answers import JsonResponse
from lambda_api.openapi import answers
from lambda_api.parameters import Now, Stores

router = APIRouter(tags=["readings"])


@router.get("/summary", responses=answers("Summary"))
async def get_summary(stores: Stores, now: Now) -> JsonResponse:
    """Return the fleet's totals: sites, files, and what became of their records."""
    return JsonResponse(encode.summary(stores.ingestions.totals(), format_timestamp(now)))
