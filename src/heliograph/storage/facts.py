"""Facts in the bucket: an object each, written before anything that follows from it."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from heliograph.fact import Fact, Kind, decode, encode
from heliograph.object_keys import fact_key, facts_of
from heliograph.storage.listing import list_newest

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class S3Facts:
    """Keeps facts. connect: gives the S3 client, when one is first needed."""

    def __init__(self, connect: "Callable[[], S3Client]", bucket: str) -> None:
        """Keep how to connect; nothing is called yet."""
        self._connect = connect
        self._bucket = bucket

    def add(self, fact: Fact) -> None:
        """Write a fact; the same one again takes its own place."""
        key = fact_key(fact.kind, fact.id)
        self._connect().put_object(Bucket=self._bucket, Key=key, Body=encode(fact), ContentType="application/json")

    def all(self, kind: Kind) -> Iterator[Fact]:
        """Read every fact of a kind, in no order that means anything."""
        s3 = self._connect()
        for listed in list_newest(s3, self._bucket, facts_of(kind)):
            yield decode(s3.get_object(Bucket=self._bucket, Key=listed.key)["Body"].read(), listed.key)
