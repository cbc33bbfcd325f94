"""The bucket: land files, read what landed, write what is kept beside it, read its quarantine in pages.

A fact is an object of its own, written before anything that follows from it; so are the time zones that a file's local
times are read by. A quarantine file is lines of JSON; a page
begins at a byte of it and reads on until it has its lines, so it costs what it holds, not what the file has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import ObjectGone, TooLarge
from heliograph.fact import Fact, FactKind, decode, encode
from heliograph.object_keys import KeysInOrder, fact_key, facts_of
from heliograph.reading import format_timestamp
from heliograph.storage.listing import list_newest
from heliograph.storage.pages import Page
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import ingestion_id

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef, GetObjectOutputTypeDef, GetObjectRequestTypeDef


_PIECE_BYTES: Final = 2**20
_CHUNK_BYTES: Final = 256 * 1024
GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion", "404", "405", "MethodNotAllowed"})
_IS_THERE: Final = frozenset({"PreconditionFailed", "412"})
_IN_CONFLICT: Final = "ConditionalRequestConflict"
_PAST_THE_END: Final = frozenset({"InvalidRange", "416"})


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

    @property
    def ingestion(self) -> str:
        """The name of its ingestion."""
        return ingestion_id(self.key, self.version, self.landed_at)


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
            if error.response["Error"]["Code"] in GONE:
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
        if "ChecksumCRC32" in answer:  # botocore asks for it, and then S3 requires it again
            done["ChecksumCRC32"] = answer["ChecksumCRC32"]
        self._parts.append(done)

    def finish(self) -> None:
        """Make the object of its parts."""
        self._s3.complete_multipart_upload(
            Bucket=self._bucket, Key=self._key, UploadId=self._id, MultipartUpload={"Parts": self._parts}
        )


class SubmittedFile(msgspec.Struct, frozen=True):
    """A file that has landed: its key and version, and the name its ingestion will have."""

    key: str
    version: str
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
        return SubmittedFile(key, version, ingestion_id(key, version, landed_at))


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

    def settle(self, fact: Fact) -> Fact:
        """Write a fact where there is none of its id; return the one there is then."""
        key = fact_key(fact.kind, fact.id)
        if put_once(self._connect(), self._bucket, key, encode(fact)):
            return fact
        return decode(self._connect().get_object(Bucket=self._bucket, Key=key)["Body"].read(), key)

    def all(self, kind: FactKind) -> Iterator[Fact]:
        """Read every fact of a kind, in no order that means anything."""
        s3 = self._connect()
        for listed in list_newest(s3, self._bucket, facts_of(kind)):
            yield decode(s3.get_object(Bucket=self._bucket, Key=listed.key)["Body"].read(), listed.key)


def put_once(s3: "S3Client", bucket: str, key: str, body: bytes) -> bool:
    """Write an object of JSON where none of that key is; False where one is."""
    return put_if(s3, {"Bucket": bucket, "Key": key, "Body": body, "IfNoneMatch": "*"})


def put_if(s3: "S3Client", request: Any, retry_policy: StoreRetryPolicy | None = None) -> bool:  # noqa: ANN401 - S3's
    """Write an object of JSON on a condition; False where it isn't met. request: as PutObject has it.

    While another write of the key is under way S3 refuses both with 409 and asks to try again [S3, conditional writes].

    Raises:
        StillThrottled: it went on for too long.
    """
    for _ in (retry_policy or StoreRetryPolicy()).attempts("write to S3"):
        try:
            s3.put_object(ContentType="application/json", **request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _IS_THERE:
                return False
            if code != _IN_CONFLICT:
                raise
        else:
            return True
    return False


class S3FileZones:
    """Keeps the time zones by which the local times of a file are read, so that they are read the same way ever after.

    A file's zones are an object, named after its ingestion: those that were registered when it was first processed. It
    is written before any reading of the file is stored, and only once.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        """Keep the client; nothing is called yet."""
        self._s3 = s3
        self._bucket = bucket

    def settle(self, ingestion: str, registered: Mapping[str, str]) -> dict[str, str]:
        """Return the zones of a file, by site id: those that are kept, else those registered, which are then kept."""
        body = msgspec.json.encode(registered, order="sorted") + b"\n"
        if not put_once(self._s3, self._bucket, fact_key("zones", ingestion), body):
            return self.kept(ingestion)
        return dict(registered)

    def kept(self, ingestion: str) -> dict[str, str]:
        """Return the zones that are kept of a file, by site id.

        Raises:
            ObjectGone: none are, or not any more.
        """
        key = fact_key("zones", ingestion)
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                raise ObjectGone(
                    f"{key}, the time zones that its local times were read by, isn't in the bucket"
                ) from None
            raise
        return msgspec.json.decode(body, type=dict[str, str])


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


_REJECTED: Final = msgspec.json.Decoder(QuarantinedRecord)


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
                lines.append(Line(_REJECTED.decode(each), place))
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
            if code in GONE:
                raise ObjectGone(f"{key} isn't in the bucket any more") from None
            raise
