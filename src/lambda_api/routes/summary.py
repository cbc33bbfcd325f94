"""GET /summary: the fleet in eleven figures."""

from fastapi import APIRouter

from heliograph.reading import format_timestamp
from lambda_api import encode
from lambda_api.dependencies import Now, Stores
from lambda_api.encode import JsonResponse
from lambda_api.models import Summary
from lambda_api.openapi import problem_answers

router = APIRouter(tags=["readings"])


@router.get("/summary", response_model=Summary, responses=problem_answers())
async def get_summary(stores: Stores, now: Now) -> JsonResponse:
    """Give the fleet's totals: sites, files, and what became of their records."""
    return JsonResponse(encode.summary(stores.ingests.totals(), format_timestamp(now)))
