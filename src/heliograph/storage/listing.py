"""What lies in the bucket, in the order of keys: every version of what landed, or the newest of what is kept beside."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from heliograph.reading import format_timestamp

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class Listed(msgspec.Struct, frozen=True):
    """A raw object as the bucket lists it: key, version, when it landed (UTC text), its size."""

    key: str
    version: str
    landed_at: str
    size_bytes: int


def list_versions(s3: "S3Client", bucket: str, prefix: str, after: str = "") -> Iterator[Listed]:
    """List every version of the objects below a prefix, by key; only keys behind `after` where it is given.

    Versions of one key come oldest first, as they landed.
    """
    request: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix} | ({"KeyMarker": after} if after else {})
    pages = s3.get_paginator("list_object_versions").paginate(**request)
    together: list[Listed] = []
    for page in pages:
        for version in page.get("Versions", []):
            found = version.get("VersionId", "")
            listed = Listed(
                version["Key"],
                "" if found == "null" else found,
                format_timestamp(version["LastModified"]),
                version["Size"],
            )
            if together and together[0].key != listed.key:
                yield from reversed(together)
                together = []
            together.append(listed)
    yield from reversed(together)


def list_newest(s3: "S3Client", bucket: str, prefix: str) -> Iterator[Listed]:
    """List the newest version of the objects below a prefix, by key; their versions aren't told."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            yield Listed(each["Key"], "", format_timestamp(each["LastModified"]), each["Size"])
