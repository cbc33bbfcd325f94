"""What most published processors of this pipeline do: one PutItem a reading, through boto3's resources."""

import json
import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import boto3 and make a client and a table; a run reads the file and puts each reading."""
    os.environ.update(settings["environment"])
    import boto3  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - its import is part of init

    s3 = boto3.client("s3")
    table = boto3.resource("dynamodb").Table(os.environ["HELIOGRAPH_READINGS_TABLE"])

    def run() -> None:
        body = s3.get_object(Bucket=settings["bucket"], Key=settings["key"])["Body"].read()
        for record in json.loads(body, parse_float=Decimal):
            table.put_item(Item=item_of(record))

    return run


def item_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return a reading's item: its fields, the net, and whether one of them is negative."""
    generated, consumed = record["energy_generated_kwh"], record["energy_consumed_kwh"]
    return {
        "site_id": record["site_id"],
        "timestamp": record["timestamp"],
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": consumed,
        "net_energy_kwh": generated - consumed,
        "anomaly": generated < 0 or consumed < 0,
    }
