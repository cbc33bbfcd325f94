"""The bill: what a million readings cost, by service, from measured units, prices and assumptions that are named."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from cost.feeds import SITES, Units

_PRICES: Final = Path(__file__).with_name("prices.json")
MILLION: Final = 1_000_000
_DAYS_A_MONTH: Final = 30.4
_READINGS_A_DAY: Final = 288


class Assumed(msgspec.Struct, frozen=True):
    """What isn't measured here, each with where it comes from.

    cpu_us_a_reading: `make bench`. share_of_cpu: of a Lambda with 1,024 MB. file_wait_ms: a GET, the registry, 20
    batches of which 8 run at once, the ingestion. look_ms: `benchmarks/watch_cpu.py`, waits included. item_overhead:
    DynamoDB's own 100 bytes. log_bytes_*: counted on the local engine. messages: mails for each incident, an onset and
    a recovery. readings_an_incident: 1 % flagged, in faults of an hour, 12 readings. noncurrent_share: of what lands,
    what is landed again under its key and kept as an old version for a month. snapshots: of the API's version in use
    and of the one before, which `make prune` leaves. api_starts_a_day: each restores one.
    """

    cpu_us_a_reading: float = 40.0
    share_of_cpu: float = 1024 / 1769
    memory_gb: float = 1.0
    file_wait_ms: float = 100.0
    evaluation_ms: float = 25.0
    evaluations_a_message: int = 25
    item_bytes: int = 257
    item_overhead: int = 100
    raw_bytes: int = 130
    noncurrent_share: float = 0.02
    log_bytes_a_file: int = 1_600
    log_bytes_a_message: int = 1_200
    messages_an_incident: int = 2
    readings_an_incident: int = 1_200
    custom_metrics: int = 18
    alarms: int = 20
    pollers: int = 5
    api_memory_gb: float = 0.5
    snapshots: int = 2
    api_starts_a_day: int = 100


def prices() -> dict[str, Any]:
    """Read the prices, dollars."""
    return dict(json.loads(_PRICES.read_text()))


def per_million(sites: int, processor: Units, watch: Units, period: int) -> dict[str, float]:
    """Return dollars for a million readings of a 5-minute fleet of so many sites, by service."""
    price, assumed = prices(), Assumed()
    in_file = min(sites, SITES)
    evaluations = 24 * 60 / period / _READINGS_A_DAY
    # An ingestion is 4 write units and a read unit a file, measured over 500 readings.
    write = processor.write + watch.write + 4 / in_file - 4 / SITES
    read = processor.read + watch.read + 1 / in_file - 1 / SITES
    incidents = 1 / assumed.readings_an_incident
    seconds = (
        assumed.cpu_us_a_reading / 1e6 / assumed.share_of_cpu
        + assumed.file_wait_ms / 1e3 / in_file
        + evaluations * assumed.evaluation_ms / 1e3
    )
    calls = 1 / in_file + evaluations / assumed.evaluations_a_message
    kept_bytes = assumed.raw_bytes * (1 + assumed.noncurrent_share)
    a_reading = {
        "DynamoDB writes": write * price["dynamodb_write_unit"],
        "DynamoDB reads": read * price["dynamodb_read_unit"],
        "DynamoDB storage, first month": (assumed.item_bytes + assumed.item_overhead)
        / 1e9
        * price["dynamodb_gb_month"],
        "Lambda": seconds * assumed.memory_gb * price["lambda_gb_second"] + calls * price["lambda_request"],
        "S3": (price["s3_put"] + price["s3_get"]) / in_file + kept_bytes / 1e9 * price["s3_gb_month"],
        "SQS": 3 * calls * price["sqs_request"],
        "SNS, by mail": incidents * assumed.messages_an_incident * (price["sns_publish"] + price["sns_email"]),
        "Logs": (
            assumed.log_bytes_a_file / in_file
            + evaluations / assumed.evaluations_a_message * assumed.log_bytes_a_message
        )
        / 1e9
        * price["logs_gb"],
    }
    return {service: dollars * MILLION for service, dollars in a_reading.items()}


def fixed_a_month() -> float:
    """Return dollars a month that are there with no reading at all: metrics, alarms, polls, ticks, snapshots."""
    price, assumed = prices(), Assumed()
    minutes = _DAYS_A_MONTH * 24 * 60
    polls = 2 * assumed.pollers * minutes * 3  # of two queues, each waiting 20 seconds
    return (
        assumed.custom_metrics * float(price["metric_month"])
        + assumed.alarms * float(price["alarm_month"])
        + polls * float(price["sqs_request"])
        + minutes * float(price["scheduler_call"])
        + snapshots_a_month()
    )


def snapshots_a_month() -> float:
    """Return dollars a month for the API's SnapStart snapshots: kept for as long as their version is, and restored."""
    price, assumed = prices(), Assumed()
    seconds = _DAYS_A_MONTH * 24 * 60 * 60
    kept = assumed.snapshots * assumed.api_memory_gb * seconds * float(price["snapshot_gb_second"])
    restores = assumed.api_starts_a_day * _DAYS_A_MONTH * assumed.api_memory_gb
    return kept + restores * float(price["snapshot_restored_gb"])


def readings_a_month(sites: int) -> float:
    """Return a 5-minute fleet's readings in a month."""
    return sites * _READINGS_A_DAY * _DAYS_A_MONTH
