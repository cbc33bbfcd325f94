"""Feeds and the versions of their profiles: facts in S3, and an item a feed that says which version is its newest.

A version's number is taken by writing its object, which succeeds once. The item follows. Whoever dies in between leaves
a version that the item doesn't name; who adds the next one finds it, and names it first.

Beside them, by which version each file is read: an object, named after the file's ingestion, that is written before any
reading of the file is stored.
"""

from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import ObjectGone
from heliograph.kept_profiles import (
    FeedChange,
    FileProfile,
    KeptFeed,
    ProfileVersion,
    change_at,
    decode_version,
    encode,
    feed_of_version,
)
from heliograph.object_keys import RAW, fact_key, facts_of, feed_version_key
from heliograph.profiles.model import Profile
from heliograph.storage.batches import Keys, get_many
from heliograph.storage.items import Codec, attributes
from heliograph.storage.listing import list_newest
from heliograph.storage.objects import GONE, put_if, put_once
from heliograph.storage.pages import Range, query
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import FEEDS_SITE, SITES

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client

_FEED_CODEC: Final = Codec(KeptFeed)
_FILE_PROFILE: Final = msgspec.json.Decoder(FileProfile)
# Profiles that a process keeps ready to read by; a version never changes.
_READY: Final = 128


class Feeds:
    """Keeps feeds. sites_table: where their items are. connect: gives the S3 client, when one is first needed."""

    def __init__(
        self, dynamodb: "DynamoDBClient", sites_table: str, connect: "Callable[[], S3Client]", bucket: str
    ) -> None:
        """Keep the clients; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = sites_table
        self._connect = connect
        self._bucket = bucket
        self._retry_policy = StoreRetryPolicy()
        self.version = lru_cache(maxsize=_READY)(self._version)

    def find(self, name: str) -> KeptFeed | None:
        """Read a feed, as it is at this moment; None where there is none of that name."""
        keys = Keys(self._table, [_key(name)])
        return next(iter(get_many(self._dynamodb, keys, _FEED_CODEC, self._retry_policy)), None)

    def all(self) -> list[KeptFeed]:
        """Read every feed, by name."""
        return list(query(self._dynamodb, Range(self._table, (SITES.partition, FEEDS_SITE)), _FEED_CODEC))

    def add(self, profile: Profile, who: str, now: datetime) -> tuple[KeptFeed, bool]:
        """Add a version of a feed's profile; return the feed, and whether there is a new one.

        The newest version again adds none.
        """
        return self._change(self.find(profile.name), change_at(profile, who, now))

    def remove(self, feed: KeptFeed, who: str, now: datetime) -> tuple[KeptFeed, bool]:
        """Take a feed's profile away, as a version of its own; return the feed, and whether it had one."""
        return self._change(feed, change_at(self.version(feed.name, feed.version).profile, who, now, removed=True))

    def bring_back(self, feed: KeptFeed, who: str, now: datetime) -> tuple[KeptFeed, bool]:
        """Add the profile again that was taken away; return the feed, and whether it was."""
        return self._change(feed, change_at(self.version(feed.name, feed.version).profile, who, now))

    def is_native(self, name: str) -> bool:
        """Return whether files lie below a feed's own prefix, whoever put them there, and no profile reads its next."""
        feed = self.find(name)
        if feed and not feed.removed:
            return False
        found = self._connect().list_objects_v2(Bucket=self._bucket, Prefix=f"{RAW}{name}/", MaxKeys=1)
        return found["KeyCount"] > 0

    def _change(self, feed: KeptFeed | None, change: FeedChange) -> tuple[KeptFeed, bool]:
        if feed and change.is_made_by(self.version(feed.name, feed.version)):
            return feed, False
        name = change.profile.name
        number = feed.version if feed else 0
        while True:
            number += 1
            version = change.as_version(number)
            if not put_once(self._connect(), self._bucket, feed_version_key(name, number), encode(version)):
                version = self.version(name, number)
            feed = feed_of_version(version, feed)
            self._name_newest(feed)
            if change.is_made_by(version):
                return feed, True

    def restore(self) -> list[KeptFeed]:
        """Write the items of all feeds anew, from the facts; return the feeds."""
        newest: dict[str, int] = {}
        for listed in list_newest(self._connect(), self._bucket, facts_of("feeds")):
            name, _, file = listed.key.removeprefix(facts_of("feeds")).partition("/")
            newest[name] = max(newest.get(name, 0), int(file.removesuffix(".json")))
        feeds = []
        for name, last in newest.items():
            feed = None
            for number in range(1, last + 1):
                feed = feed_of_version(self.version(name, number), feed)
            if feed:
                self._name_newest(feed)
                feeds.append(feed)
        return feeds

    def _name_newest(self, feed: KeptFeed) -> None:
        """Write a feed's item, unless it names this version or a newer one already."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**_FEED_CODEC.write(feed), **_key(feed.name)},
                ConditionExpression="attribute_not_exists(#version) OR #version < :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=attributes({":version": feed.version}),
            )

    def _version(self, name: str, number: int) -> ProfileVersion:
        """Read a version of a feed's profile.

        Raises:
            ObjectGone: it isn't there, or not any more.
        """
        key = feed_version_key(name, number)
        try:
            body = self._connect().get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                raise ObjectGone(f"{key}, a version of the profile of {name}, isn't in the bucket") from None
            raise
        return decode_version(body, key)


def _key(name: str) -> dict[str, Any]:
    return attributes({SITES.partition: FEEDS_SITE, SITES.sort: name})


class S3FileProfiles:
    """Keeps by which version of its feed's profile each file is read. connect: gives the S3 client, when needed."""

    def __init__(self, connect: "Callable[[], S3Client]", bucket: str) -> None:
        """Keep how to connect; nothing is called yet."""
        self._connect = connect
        self._bucket = bucket

    def settle(self, ingestion: str, wanted: FileProfile) -> FileProfile:
        """Return by what a file is read: as is kept, else as is wanted, which is then kept."""
        if put_once(self._connect(), self._bucket, _file_key(ingestion), encode(wanted)):
            return wanted
        return self.kept(ingestion) or wanted

    def kept(self, ingestion: str) -> FileProfile | None:
        """Return by what a file is read; None where nothing says so, and it is of the native format."""
        found = self._get(ingestion)
        return found[0] if found else None

    def upgrade(self, ingestion: str, first: FileProfile) -> FileProfile:
        """Have a file read by another version, whatever it was read by before; return by what it is read now.

        first: what is kept where nothing is yet; its version is the one to read by.
        """
        while True:
            found = self._get(ingestion)
            if found is None:
                if put_once(self._connect(), self._bucket, _file_key(ingestion), encode(first)):
                    return first
                continue
            kept, tag = found
            if kept.version == first.version:
                return kept
            changed = kept.upgraded(first.version)
            if self._put_over(ingestion, changed, tag):
                return changed

    def _put_over(self, ingestion: str, changed: FileProfile, tag: str) -> bool:
        """Write over what was read; False where somebody wrote meanwhile."""
        key, body = _file_key(ingestion), encode(changed)
        return put_if(self._connect(), {"Bucket": self._bucket, "Key": key, "Body": body, "IfMatch": tag})

    def _get(self, ingestion: str) -> tuple[FileProfile, str] | None:
        try:
            answer = self._connect().get_object(Bucket=self._bucket, Key=_file_key(ingestion))
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                return None
            raise
        return _FILE_PROFILE.decode(answer["Body"].read()), answer["ETag"]


def _file_key(ingestion: str) -> str:
    return fact_key("profiles", ingestion)
