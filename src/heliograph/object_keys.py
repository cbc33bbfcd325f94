"""Where things are kept in S3: the one place that knows the bucket's keys.

raw/…         files of readings as they landed; never changed, never deleted by Heliograph
quarantine/…  the records refused from a raw object, one file an object, same path
labels/…      the truth about simulated faults, one file a simulated raw object, same path
"""

from datetime import UTC, datetime
from typing import Final

RAW: Final = "raw/"
QUARANTINE: Final = "quarantine/"
LABELS: Final = "labels/"


def raw_key(feed: str, landed: datetime, name: str) -> str:
    """Give the key for a file of `feed` (simulator, submit, api), grouped by UTC day: `raw/feed/YYYY/MM/DD/name`."""
    return f"{RAW}{feed}/{landed.astimezone(UTC):%Y/%m/%d}/{name}"


def quarantine_key(raw_object_key: str, version: str) -> str:
    """Give the key for what was refused from one version of a raw object.

    The same object always gives the same key, so processing it again replaces the file by its equal.
    """
    suffix = f"@{version}" if version else ""
    return f"{QUARANTINE}{raw_object_key.removeprefix(RAW)}{suffix}.ndjson"


def labels_key(raw_object_key: str) -> str:
    """Give the key for the labels of one simulated raw object."""
    return LABELS + raw_object_key.removeprefix(RAW)
