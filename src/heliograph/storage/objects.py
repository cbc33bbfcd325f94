"""The bucket: read what landed, write what is kept beside it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import ObjectGone, TooLarge
from heliograph.reading import format_timestamp

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef, GetObjectRequestTypeDef

_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "405", "MethodNotAllowed"})


class RawObject(msgspec.Struct, frozen=True):
    """A landed file: its name and version, when it landed (UTC text, S3's own clock), and its size as it lies.

    read: gives its bytes, once; raises TooLarge where they are more than the store reads.
    """

    key: str
    version: str
    landed_at: str
    size_bytes: int
    read: Callable[[], bytes]

    @property
    def source(self) -> str:
        """How readings name the object they came from."""
        return f"{self.key}@{self.version}" if self.version else self.key


class S3Objects:
    """Reads and writes objects of one bucket. limit_bytes: larger ones aren't read."""

    def __init__(self, s3: "S3Client", bucket: str, limit_bytes: int) -> None:
        """Keep the client; nothing is called yet."""
        self._s3 = s3
        self._bucket = bucket
        self._limit_bytes = limit_bytes

    def get(self, key: str, version: str = "") -> RawObject:
        """Read one version of an object, or the newest where `version` is empty.

        Raises:
            ObjectGone: it doesn't exist any more.
        """
        request: GetObjectRequestTypeDef = {"Bucket": self._bucket, "Key": key}
        if version:
            request["VersionId"] = version
        try:
            answer = self._s3.get_object(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise ObjectGone(f"{key} isn't in the bucket any more; land it again") from None
            raise
        landed_at = format_timestamp(answer["LastModified"])
        found = answer.get("VersionId", version)
        version = "" if found in {None, "null"} else found
        return RawObject(key, version, landed_at, answer["ContentLength"], lambda: self._read(answer))

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        """Write an object; give its version, empty in a bucket without versions."""
        answer = self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
        return answer.get("VersionId", "")

    def _read(self, answer: "GetObjectOutputTypeDef") -> bytes:
        size = answer["ContentLength"]
        if size > self._limit_bytes:
            raise TooLarge(f"the file has {size / 2**20:.0f} MiB; at most {self._limit_bytes / 2**20:g} are read")
        return answer["Body"].read()
