"""The zones that a file's local times are read by: kept once, and read again."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from heliograph.errors import ObjectGone
from heliograph.storage.objects import S3FileZones, put_if
from heliograph.storage.retry_policy import StoreRetryPolicy


class Bucket:
    """A bucket, as botocore's client shows it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[str, bytes] = {}

    def put_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - S3's own parameters
        """Write an object that isn't there."""
        assert request["IfNoneMatch"] == "*"
        if request["Key"] in self.kept:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": ""}}, "PutObject")
        self.kept[request["Key"]] = request["Body"]
        return {}

    def get_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - S3's own parameters
        """Read an object."""
        if request["Key"] not in self.kept:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
        return {"Body": io.BytesIO(self.kept[request["Key"]])}


def test_the_zones_that_were_settled_first_hold() -> None:
    """Whoever comes second reads what the first one wrote; a file's zones lie under its ingestion's name."""
    bucket: Any = Bucket()
    zones = S3FileZones(bucket, "b")
    with pytest.raises(ObjectGone, match="the time zones that its local times were read by"):
        zones.kept("20261122T093000Z-0")
    assert zones.settle("20261122T093000Z-0", {"b": "UTC", "a": "Europe/Berlin"}) == {"b": "UTC", "a": "Europe/Berlin"}
    assert zones.settle("20261122T093000Z-0", {}) == {"a": "Europe/Berlin", "b": "UTC"}
    assert zones.kept("20261122T093000Z-0") == {"a": "Europe/Berlin", "b": "UTC"}
    assert bucket.kept == {"facts/zones/20261122T093000Z-0.json": b'{"a":"Europe/Berlin","b":"UTC"}\n'}


@pytest.mark.parametrize(("conflicts", "is_there"), [(0, False), (2, False), (2, True)])
def test_a_write_that_meets_another_one_is_tried_again(conflicts: int, is_there: bool) -> None:  # noqa: FBT001 - a case
    """S3 refuses both with 409 while one is under way; once it isn't, the object is there or it isn't."""
    bucket, waits = Bucket(), list[float]()
    bucket.kept = {"k": b"{}"} if is_there else {}
    put = bucket.put_object

    def busy(**request: Any) -> dict[str, Any]:  # noqa: ANN401 - S3's own parameters
        if len(waits) < conflicts:
            raise ClientError({"Error": {"Code": "ConditionalRequestConflict", "Message": ""}}, "PutObject")
        return put(**request)

    bucket.put_object = busy  # type: ignore[method-assign]
    policy = StoreRetryPolicy(sleep=waits.append, chance=lambda: 0.5)
    s3: Any = bucket
    assert put_if(s3, {"Bucket": "b", "Key": "k", "Body": b"1", "IfNoneMatch": "*"}, policy) is not is_there
    assert (len(waits), bucket.kept["k"]) == (conflicts, b"{}" if is_there else b"1")
