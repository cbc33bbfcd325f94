"""The bucket: read what landed, write what is kept beside it."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import ObjectGone, TooLarge
from heliograph.reading import format_timestamp

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef, GetObjectOutputTypeDef, GetObjectRequestTypeDef

_PIECE_BYTES = 2**20
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "405", "MethodNotAllowed"})


class RawObject(msgspec.Struct, frozen=True):
    """A landed file: its name and version, when it landed (UTC text, S3's own clock), and its size as it lies.

    pieces: gives its bytes, once, a piece at a time; raises TooLarge where they are more than the store reads.
    """

    key: str
    version: str
    landed_at: str
    size_bytes: int
    pieces: Callable[[], Iterable[bytes]]

    def read(self) -> bytes:
        """Return its bytes, once, as a whole; raise as `pieces` does."""
        return b"".join(self.pieces())

    @property
    def source(self) -> str:
        """How readings name the object they came from."""
        return f"{self.key}@{self.version}" if self.version else self.key


class S3Objects:
    """Reads and writes objects of one bucket. limit_bytes: larger ones aren't read; None where any is."""

    def __init__(self, s3: "S3Client", bucket: str, limit_bytes: int | None) -> None:
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
        return RawObject(key, version, landed_at, answer["ContentLength"], lambda: self._pieces(answer))

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> str:
        """Write an object; return its version, empty in a bucket without versions."""
        answer = self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
        return answer.get("VersionId", "")

    def upload(self, key: str, content_type: str) -> "S3Upload":
        """Begin an object that is too large to be held."""
        return S3Upload(self._s3, self._bucket, key, content_type)

    def _pieces(self, answer: "GetObjectOutputTypeDef") -> Iterable[bytes]:
        size = answer["ContentLength"]
        if self._limit_bytes is not None and size > self._limit_bytes:
            raise TooLarge(f"the file has {size / 2**20:.0f} MiB; at most {self._limit_bytes / 2**20:g} are read")
        if size <= _PIECE_BYTES:
            return (answer["Body"].read(),)
        return iter(lambda: answer["Body"].read(_PIECE_BYTES), b"")


class S3Upload:
    """An object that is written in parts; the bucket's lifecycle removes the parts of one that is never finished."""

    def __init__(self, s3: "S3Client", bucket: str, key: str, content_type: str) -> None:
        """Begin the upload."""
        self._s3 = s3
        self._bucket = bucket
        self._key = key
        answer = s3.create_multipart_upload(Bucket=bucket, Key=key, ContentType=content_type)
        self._id = answer["UploadId"]
        self._parts: list[CompletedPartTypeDef] = []

    def add(self, part: bytes) -> None:
        """Write a part; all but the last have 5 MiB or more, as S3 asks."""
        number = len(self._parts) + 1
        answer = self._s3.upload_part(
            Bucket=self._bucket, Key=self._key, UploadId=self._id, PartNumber=number, Body=part
        )
        done: CompletedPartTypeDef = {"ETag": answer["ETag"], "PartNumber": number}
        if "ChecksumCRC32" in answer:  # botocore asks for it, and then S3 wants to be told it again
            done["ChecksumCRC32"] = answer["ChecksumCRC32"]
        self._parts.append(done)

    def finish(self) -> None:
        """Make the object of its parts."""
        self._s3.complete_multipart_upload(
            Bucket=self._bucket, Key=self._key, UploadId=self._id, MultipartUpload={"Parts": self._parts}
        )
