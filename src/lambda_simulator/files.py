"""The simulator's files in S3: a raw file of records, and before it the labels of those that a fault changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from heliograph.object_keys import labels_key, raw_key
from lambda_simulator.tick import Tick

FEED = "simulator"


class Bucket(Protocol):
    """Where files are put: the bucket, or a folder."""

    def put(self, key: str, body: bytes) -> str:
        """Write a file and return its version."""
        ...


def file_key(ticks: Sequence[datetime], seed: int) -> str:
    """Return the raw file's key for a tick, or for the first and last of several; equal ticks give equal keys."""
    first, last = ticks[0], ticks[-1]
    name = f"{first:%H%M}" if first == last else f"{first:%H%M}-{last:%H%M}"
    return raw_key(FEED, first, f"{name}-{seed}.json")


def write_files(bucket: Bucket, key: str, tick: Tick) -> None:
    """Write the labels, if there are any, and then the raw file: no record is ever seen before its truth is known."""
    if tick.labels:
        bucket.put(labels_key(key), msgspec.json.encode({"labels": tick.labels}))
    bucket.put(key, msgspec.json.encode({"readings": tick.records}))
