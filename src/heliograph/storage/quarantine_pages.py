"""The quarantine, read in pages: what was refused of one raw object. A page costs what it holds, not what the file has.

A quarantine file is lines of JSON. A page begins at a byte of it, and reads on until it has its lines.
"""

from typing import TYPE_CHECKING, Final

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import ObjectGone
from heliograph.storage.pages import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_s3 import S3Client

_CHUNK_BYTES: Final = 256 * 1024
_GONE: Final = frozenset({"NoSuchKey", "404"})
_PAST_THE_END: Final = frozenset({"InvalidRange", "416"})


class QuarantinedRecord(msgspec.Struct, frozen=True):
    """A record in quarantine: where it stood in its file, why it was rejected, its text.

    through: where it stands for more records than one, the position of the last; else 0.
    """

    position: int
    reason: str
    record: str
    through: int = 0


class Line(msgspec.Struct, frozen=True):
    """A rejected record, and the byte of the quarantine file that follows it."""

    rejected: QuarantinedRecord
    ends_at: int


_READ: Final = msgspec.json.Decoder(QuarantinedRecord)


class QuarantinePages:
    """Reads pages of quarantine files. connect: gives the S3 client, when one is first needed."""

    def __init__(self, connect: "Callable[[], S3Client]", bucket: str) -> None:
        """Keep how to connect; nothing is called yet."""
        self._connect = connect
        self._bucket = bucket

    def page(self, key: str, limit: int, after: int = 0) -> Page[Line]:
        """Read up to `limit` records of a quarantine file, from the byte `after` on.

        Raises:
            ObjectGone: the file isn't there.
        """
        lines: list[Line] = []
        begun, at = b"", after
        while len(lines) <= limit:
            chunk = self._chunk(key, at)
            *whole, begun = (begun + chunk).split(b"\n")
            place = at + len(chunk) - len(begun) - sum(len(each) + 1 for each in whole)
            at += len(chunk)
            for each in whole:
                place += len(each) + 1
                lines.append(Line(_READ.decode(each), place))
            if len(chunk) < _CHUNK_BYTES:
                break
        return Page(lines[:limit], len(lines) > limit)

    def _chunk(self, key: str, at: int) -> bytes:
        asked = f"bytes={at}-{at + _CHUNK_BYTES - 1}"
        try:
            return self._connect().get_object(Bucket=self._bucket, Key=key, Range=asked)["Body"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _PAST_THE_END:
                return b""
            if code in _GONE:
                raise ObjectGone(f"{key} isn't in the bucket any more") from None
            raise
