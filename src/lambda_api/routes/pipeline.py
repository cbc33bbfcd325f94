"""GET /pipeline and GET /summary: what waits, what failed, how long files take; and the fleet's totals."""

from datetime import datetime, timedelta
from statistics import median
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter
from msgspec import Meta

from heliograph.ingestion import Ingestion, IngestionTotals
from heliograph.reading import format_timestamp, moment_of
from lambda_api.answers import JsonResponse
from lambda_api.openapi import answers
from lambda_api.parameters import Now, Stores, hour_of
from lambda_api.ports import ApiStores

router = APIRouter()

_LATEST: Final = 100
_HOUR: Final = timedelta(hours=1)


class Queue(msgspec.Struct, frozen=True):
    """What a queue holds, by its own estimate."""

    waiting: Annotated[int, Meta(description="Messages waiting, a count.", examples=[0])]
    in_flight: Annotated[int, Meta(description="Messages being processed, a count.", examples=[2])]


class Queues(msgspec.Struct, frozen=True):
    """The queues."""

    ingest: Annotated[Queue, Meta(description="Files that landed.")]
    dead_letters: Annotated[Queue, Meta(description="Files that failed for good.")]
    watch: Annotated[Queue, Meta(description="Sites to be evaluated.")]
    watch_dead_letters: Annotated[Queue, Meta(description="Evaluations that failed for good.")]


class Lag(msgspec.Struct, frozen=True):
    """How long files took from landing to being processed."""

    p50: Annotated[float, Meta(description="Half of them took at most this long, seconds.", examples=[1.0])]
    max: Annotated[float, Meta(description="The longest, seconds.", examples=[4.0])]
    files: Annotated[int, Meta(description="Files that were measured, a count.", examples=[100])]


class Pipeline(msgspec.Struct, frozen=True):
    """The pipeline, as it runs."""

    as_of: Annotated[str, Meta(description="When these were read, UTC.", examples=["2026-11-22T09:31:00Z"])]
    queues: Annotated[Queues, Meta(description="What the queues hold.")]
    lag_seconds: Annotated[
        Lag | None, Meta(description="Of the latest 100 files of this hour and the last; null where none landed.")
    ]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The fleet's totals: sums over all files that landed."""

    sites: Annotated[int, Meta(description="Sites known, a count.", examples=[12])]
    files: Annotated[int, Meta(description="Files processed, a count.", examples=[3456])]
    failed_files: Annotated[int, Meta(description="Files that couldn't be read, a count.", examples=[0])]
    bytes: Annotated[int, Meta(description="Size of all files as they landed, bytes.", examples=[166623128])]
    readings: Annotated[int, Meta(description="Readings stored, a count.", examples=[995328])]
    records: Annotated[int, Meta(description="Records in all files, a count.", examples=[995400])]
    already_stored: Annotated[int, Meta(description="Repeats of what was stored, a count.", examples=[40])]
    revised: Annotated[
        int, Meta(description="Landings with other values than another landing, a count.", examples=[12])
    ]
    rejected: Annotated[int, Meta(description="Records in quarantine, a count.", examples=[20])]
    flagged: Annotated[int, Meta(description="Readings anomalous by themselves, a count.", examples=[512])]
    as_of: Annotated[str, Meta(description="When these were read, UTC.", examples=["2026-11-22T09:31:00Z"])]


@router.get("/pipeline", tags=["ingestions"], responses=answers(Pipeline))
async def get_pipeline(stores: Stores, now: Now) -> JsonResponse:
    """Return what the queues hold, and how long the latest files took."""
    queues = {name: Queue(depth.waiting, depth.in_flight) for name, depth in stores.queues.read().items()}
    return JsonResponse(Pipeline(format_timestamp(now), Queues(**queues), lag(_latest(stores, now))))


@router.get("/summary", tags=["readings"], responses=answers(Summary))
async def get_summary(stores: Stores, now: Now) -> JsonResponse:
    """Return the fleet's totals: sites, files, and what became of their records."""
    return JsonResponse(summary_of(stores.ingestions.totals(), format_timestamp(now)))


def summary_of(totals: IngestionTotals, as_of: str) -> Summary:
    """Return the fleet's totals as they are served; what was stored is called readings."""
    counts = msgspec.structs.asdict(totals)
    return Summary(readings=counts.pop("stored"), **counts, as_of=as_of)


def lag(ingestions: list[Ingestion]) -> Lag | None:
    """Return how long files took; None where there are none."""
    waits = [_seconds(each) for each in ingestions if each.processed_at]
    return Lag(median(waits), max(waits), len(waits)) if waits else None


def _latest(stores: ApiStores, now: datetime) -> list[Ingestion]:
    """Read the latest files of this hour and the last."""
    found = stores.ingestions.of_hour(hour_of(now), _LATEST, None).items
    before = stores.ingestions.of_hour(hour_of(now - _HOUR), _LATEST, None).items if len(found) < _LATEST else []
    return [*found, *before][:_LATEST]


def _seconds(ingestion: Ingestion) -> float:
    # Two clocks, S3's and the Lambda's, in whole seconds: a file done at once may seem to be done before it landed.
    return max(0.0, (moment_of(ingestion.processed_at) - moment_of(ingestion.landed_at)).total_seconds())
