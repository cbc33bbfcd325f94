"""Landing files in the bucket, by a Lambda that answers with where to ask what became of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from heliograph.object_keys import KeysInOrder
from heliograph.reading import format_timestamp
from heliograph.table_keys import ingestion_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_s3 import S3Client


class SubmittedFile(msgspec.Struct, frozen=True):
    """A file that has landed: its key, and the name its ingestion will have."""

    key: str
    ingestion: str


class S3Landing:
    """Lands files. connect: gives the S3 client, when one is first needed."""

    def __init__(self, connect: "Callable[[], S3Client]", bucket: str) -> None:
        """Keep how to connect; nothing is called yet."""
        self._connect = connect
        self._bucket = bucket
        self._keys = KeysInOrder()

    def land(self, feed: str, now: datetime, name: str, body: bytes) -> SubmittedFile:
        """Write a file, and ask S3 when it landed: the ingestion is named after S3's own clock.

        Of files that one process lands, a later one has a greater key: see `KeysInOrder`.
        """
        key = self._keys.key(feed, now, name)
        s3 = self._connect()
        version = s3.put_object(Bucket=self._bucket, Key=key, Body=body).get("VersionId", "")
        request: dict[str, Any] = {"Bucket": self._bucket, "Key": key} | ({"VersionId": version} if version else {})
        landed_at = format_timestamp(s3.head_object(**request)["LastModified"])
        return SubmittedFile(key, ingestion_id(key, version, landed_at))
