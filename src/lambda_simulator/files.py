"""The simulator's files in S3: a raw file of records, and before it the labels of those that a fault changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from heliograph.object_keys import labels_key, raw_key
from lambda_simulator.tick import Tick

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

FEED = "simulator"


def file_key(ticks: Sequence[datetime], seed: int) -> str:
    """Give the raw file's key for one tick, or for the first and last of several; the same ticks give the same key."""
    first, last = ticks[0], ticks[-1]
    name = f"{first:%H%M}" if first == last else f"{first:%H%M}-{last:%H%M}"
    return raw_key(FEED, first, f"{name}-{seed}.json")


def write_files(s3: "S3Client", bucket: str, key: str, tick: Tick) -> None:
    """Write the labels, if there are any, and then the raw file: no record is ever seen before its truth is known."""
    if tick.labels:
        _put(s3, bucket, labels_key(key), {"labels": tick.labels})
    _put(s3, bucket, key, {"readings": tick.records})


def _put(s3: "S3Client", bucket: str, key: str, content: object) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=msgspec.json.encode(content), ContentType="application/json")
