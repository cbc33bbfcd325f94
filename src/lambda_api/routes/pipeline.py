"""GET /pipeline: what waits, what failed, and how long files take."""

from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

import msgspec
from fastapi import APIRouter

from heliograph.ingestion import Ingestion
from heliograph.reading import format_timestamp, moment_of
from lambda_api.answers import JsonResponse
from lambda_api.openapi import answers
from lambda_api.parameters import Now, Stores, hour_of
from lambda_api.ports import ApiStores

router = APIRouter(tags=["ingestions"])

_LATEST: Final = 100
_HOUR: Final = timedelta(hours=1)


@router.get("/pipeline", responses=answers("Pipeline"))
async def get_pipeline(stores: Stores, now: Now) -> JsonResponse:
    """Return what the queues hold, and how long the latest files took."""
    queues = {name: msgspec.structs.asdict(depth) for name, depth in stores.queues.read().items()}
    body = {"as_of": format_timestamp(now), "queues": queues, "lag_seconds": lag(_latest(stores, now))}
    return JsonResponse(body)


def lag(ingestions: list[Ingestion]) -> dict[str, Any] | None:
    """Shape how long files took as `models.Lag`; None where there are none."""
    waits = [_seconds(each) for each in ingestions if each.processed_at]
    return {"p50": median(waits), "max": max(waits), "files": len(waits)} if waits else None


def _latest(stores: ApiStores, now: datetime) -> list[Ingestion]:
    """Read the latest files of this hour and the last."""
    found = stores.ingestions.of_hour(hour_of(now), _LATEST, None).items
    before = stores.ingestions.of_hour(hour_of(now - _HOUR), _LATEST, None).items if len(found) < _LATEST else []
    return [*found, *before][:_LATEST]


def _seconds(ingestion: Ingestion) -> float:
    # Two clocks, S3's and the Lambda's, in whole seconds: a file done at once may seem to be done before it landed.
    return max(0.0, (moment_of(ingestion.processed_at) - moment_of(ingestion.landed_at)).total_seconds())
