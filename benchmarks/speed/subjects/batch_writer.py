"""What the careful ones do: boto3's batch_writer, 25 puts a call."""

import json
import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from speed.subjects.put_item import item_of


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import boto3 and make a client and a table; a run reads the file and writes it in batches."""
    os.environ.update(settings["environment"])
    import boto3  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - its import is part of init

    s3 = boto3.client("s3")
    table = boto3.resource("dynamodb").Table(os.environ["HELIOGRAPH_READINGS_TABLE"])

    def run() -> None:
        body = s3.get_object(Bucket=settings["bucket"], Key=settings["key"])["Body"].read()
        with table.batch_writer() as writer:
            for record in json.loads(body, parse_float=Decimal):
                writer.put_item(Item=item_of(record))

    return run
