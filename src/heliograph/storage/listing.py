"""What lies in the bucket, in the order of keys: every version of what landed, or the newest of what is kept beside.

botocore asks S3 for keys in percent codes (EncodingType=url) and decodes them, so that a key with signs that XML can't
hold is listed like any other. Where a store can't list such a key all the same, `Walk` lists around it.
"""

import string
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from heliograph.reading import format_timestamp

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ObjectVersionTypeDef


class Listed(msgspec.Struct, frozen=True):
    """A raw object as the bucket lists it: key, version, when it landed (UTC text), its size."""

    key: str
    version: str
    landed_at: str
    size_bytes: int


# What keys are made of; what else begins a key below a folder that can't be listed stays unlisted.
_SIGNS: Final = sorted(string.ascii_letters + string.digits + "._-@=+ /%~!()',;:&$#")
_FAILED: Final = 500
_NAME: Final = itemgetter(0)


def list_versions(s3: "S3Client", bucket: str, prefix: str, after: str = "") -> Iterator[Listed]:
    """List every version of the objects below a prefix, by key; only keys behind `after` where it is given.

    Versions of one key come oldest first, as they landed.
    """
    request: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix} | ({"KeyMarker": after} if after else {})
    pages = s3.get_paginator("list_object_versions").paginate(**request)
    yield from _oldest_first(_listed(version) for page in pages for version in page.get("Versions", []))


def _oldest_first(listed: Iterable[Listed]) -> Iterator[Listed]:
    """Turn the versions of each key round: S3 lists the latest first."""
    for _, versions in groupby(listed, attrgetter("key")):
        yield from reversed(list(versions))


def _listed(version: "ObjectVersionTypeDef") -> Listed:
    found = version.get("VersionId", "")
    landed_at = format_timestamp(version["LastModified"])
    return Listed(version["Key"], "" if found == "null" else found, landed_at, version["Size"])


class S3VersionOrder:
    """Knows in which order S3 took versions of a key; it is asked only where two of them share a second.

    S3 lists a key's versions as they were stored, the latest first. Its clock tells when to the second only, and the
    event's `sequencer`, which would tell too, is gone when an object is replayed.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        """Keep the client; nothing is called yet."""
        self._s3 = s3
        self._bucket = bucket
        self._key, self._asked, self._places = "", set[str](), dict[str, int]()

    def __call__(self, key: str, versions: frozenset[str]) -> dict[str, int]:
        """Place those of the versions that S3 still has, the latest highest."""
        if key != self._key or not versions <= self._asked:  # all readings of a file ask much the same
            self._asked = {*versions, *(self._asked if key == self._key else ())}
            self._key = key
            latest_first = list(self._list(key, set(self._asked)))
            self._places = {version: place for place, version in enumerate(reversed(latest_first))}
        return {version: self._places[version] for version in versions if version in self._places}

    def _list(self, key: str, wanted: set[str]) -> Iterator[str]:
        """Yield a key's versions, the latest first, until all that are wanted were seen.

        Without botocore's paginator: the Lambda's zip doesn't hold its data.
        """
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": key}
        while True:
            page = self._s3.list_object_versions(**request)
            for version in page.get("Versions", []):
                if version["Key"] != key:  # the key's own come first
                    return
                wanted.discard(version["VersionId"])
                yield version["VersionId"]
                if not wanted:
                    return
            if not page.get("IsTruncated"):
                return
            request |= {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}


def list_newest(s3: "S3Client", bucket: str, prefix: str) -> Iterator[Listed]:
    """List the newest version of the objects below a prefix, by key; without their versions."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            yield Listed(each["Key"], "", format_timestamp(each["LastModified"]), each["Size"])


class Walk:
    """Lists every version below a prefix, whatever a key that can't be listed does to a listing.

    A store may fail at a key with control characters. A prefix whose listing fails is cut into its folders; a folder
    whose own keys make it fail is cut by their next sign. So all but such keys is listed, at about 200 calls for each
    sign of one; `unlisted` names the folders in which that happened. s3: a client that doesn't retry for long.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        """Keep the client; nothing is called yet."""
        self._s3 = s3
        self._bucket = bucket
        self.unlisted: list[str] = []

    def versions(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """List the versions below a prefix by key, those of one key oldest first; only keys behind `after`."""
        yield from self._below(prefix, after, named=False)

    def _below(self, prefix: str, last: str, *, named: bool) -> Iterator[Listed]:
        """List what is below a prefix behind the key `last`. named: whether its folder is named as unlisted already."""
        try:
            for listed in list_versions(self._s3, self._bucket, prefix, last):
                yield listed
                last = listed.key
        except (ClientError, ResponseParserError) as error:
            _require_failure(error)
        else:
            return
        try:
            parts, own = self._folders(prefix)
        except (ClientError, ResponseParserError) as error:
            _require_failure(error)
            if not named:
                self.unlisted.append(prefix)
            parts, own, named = [prefix + sign for sign in _SIGNS], [], True
        inside: list[tuple[str, Listed | None]] = [(each.key, each) for each in own]
        inside += [(each, None) for each in parts]
        # A key isn't below any of the parts, so it comes before or behind all that one holds.
        for name, key in sorted(inside, key=_NAME):
            if key is not None:
                yield from [key] if name > last else []
            elif name > last or last.startswith(name):
                yield from self._below(name, last, named=named and not name.endswith("/"))

    def _folders(self, prefix: str) -> tuple[list[str], list[Listed]]:
        """Return the folders of a prefix, and the versions of the keys it holds itself."""
        paginator = self._s3.get_paginator("list_object_versions")
        pages = list(paginator.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/"))
        folders = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
        own = list(_oldest_first(_listed(version) for page in pages for version in page.get("Versions", [])))
        return folders, own


def _require_failure(error: Exception) -> None:
    """Raise an error again that isn't the store's failure to list; botocore can't parse an answer with such keys."""
    if isinstance(error, ClientError) and error.response["ResponseMetadata"].get("HTTPStatusCode", 0) < _FAILED:
        raise error
