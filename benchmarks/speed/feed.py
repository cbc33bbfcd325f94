"""What is fed to every subject: a file of readings, the sites they are of, and the event that names the file."""

import json
import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from heliograph.events import Landed, event_of
from heliograph.reading import format_timestamp
from heliograph.site import Kind, Site
from heliograph.storage.items import attributes
from heliograph.storage.sites import SITE_CODEC
from heliograph.table_keys import REGISTRY_PART, SITES, site_slot, slot_key

BUCKET: Final = "bench"
KEY: Final = "raw/submit/readings.json"
SITES_COUNT: Final = 500
INTERVAL_MINUTES: Final = 5
CAPACITY_KW: Final = 50.0
_FULL_KWH: Final = CAPACITY_KW * INTERVAL_MINUTES / 60
_KINDS: Final[tuple[Kind, ...]] = ("solar", "solar", "wind", "battery", "load")
_SENTINEL: Final = -999.0


def site(number: int) -> Site:
    """Return the registry entry of a site, all of it known, so that every check runs."""
    kind = _KINDS[number % len(_KINDS)]
    latitude, longitude = 36 + number % 25, -10 + number % 40
    return Site(f"{kind}-{number:06}", kind, CAPACITY_KW, latitude, longitude, "Europe/Berlin", INTERVAL_MINUTES)


def registry(count: int = SITES_COUNT) -> dict[str, Any]:
    """Return the sites' items as DynamoDB holds them, by site id."""
    return {each.site_id: _registry_item(each) for each in map(site, range(count))}


def _registry_item(known: Site) -> dict[str, Any]:
    slot = slot_key(site_slot(known.site_id))
    return SITE_CODEC.write(known) | attributes({SITES.sort: REGISTRY_PART, "fleet": "all", "slot": slot})


def readings(now: datetime, count: int, sites: int = SITES_COUNT, flagged: float = 0.0) -> list[dict[str, Any]]:
    """Return readings as loggers send them, site by site within each interval, the latest interval just over.

    flagged: the share of them that is a sentinel, which one reading alone shows.
    """
    chance = random.Random(17)  # noqa: S311 - weather, not a secret
    steps = math.ceil(count / sites)
    latest = now.replace(second=0, microsecond=0) - timedelta(minutes=1)
    ends = [format_timestamp(latest - timedelta(minutes=INTERVAL_MINUTES * back)) for back in range(steps)][::-1]
    names = [site(number).site_id for number in range(sites)]
    return [
        {
            "site_id": names[place % sites],
            "timestamp": ends[place // sites],
            "energy_generated_kwh": _SENTINEL
            if chance.random() < flagged
            else _generated(names[place % sites], chance),
            "energy_consumed_kwh": round(_FULL_KWH * chance.uniform(0.01, 0.3), 4),
        }
        for place in range(count)
    ]


def _generated(name: str, chance: random.Random) -> float:
    """Return what a site generates: the solar ones little enough for a night, as the benchmark runs at any hour."""
    most = 0.001 if name.startswith("solar") else 0.9
    return round(_FULL_KWH * chance.uniform(0.0, most), 4)


def file_of(count: int, sites: int = SITES_COUNT, flagged: float = 0.0) -> bytes:
    """Return a JSON file of so many readings that are in time now."""
    return json.dumps(readings(datetime.now(UTC), count, sites, flagged)).encode()


def event(key: str = KEY) -> dict[str, Any]:
    """Return the processor's event: one message of the ingest queue that names the file."""
    body = event_of(BUCKET, Landed(key, "v1", format_timestamp(datetime.now(UTC))))
    message = {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:ingestion",
        "awsRegion": "eu-west-1",
    }
    return {"Records": [message]}


def request(path: str, query: str = "", **headers: str) -> dict[str, Any]:
    """Return the API's event: an HTTP API's, payload 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "bench", "accept": "application/json", **headers},
        "requestContext": {
            "domainName": "bench",
            "requestId": "r-1",
            "stage": "$default",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "b"},
        },
        "isBase64Encoded": False,
    }


def environment(endpoint: str) -> dict[str, str]:
    """Return the Lambdas' environment, with AWS at `endpoint`."""
    tables = {f"HELIOGRAPH_{role.upper()}_TABLE": role for role in ("readings", "sites", "ingestions", "incidents")}
    return {
        **tables,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "HELIOGRAPH_BUCKET": BUCKET,
        "HELIOGRAPH_ALERTS_TOPIC_ARN": "arn:aws:sns:eu-west-1:000000000000:alerts",
        "HELIOGRAPH_INGEST_QUEUE_URL": f"{endpoint}/000000000000/ingestion",
        "HELIOGRAPH_WATCH_QUEUE_URL": f"{endpoint}/000000000000/watch",
        "HELIOGRAPH_DEAD_LETTER_QUEUE_URL": f"{endpoint}/000000000000/dead-letter",
        "HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL": f"{endpoint}/000000000000/watch-dead-letter",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "PATH": "/usr/bin:/bin",
    }
