"""Files that a feed's profile reads: which version of it reads a file, and what that version's readings replace."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import msgspec

from heliograph.errors import StorageError, UnreadableFile
from heliograph.feed import Decoded, Numbered, decode
from heliograph.feed.decode import gunzipped
from heliograph.feed.local_time import Zones
from heliograph.kept_profiles import LIMIT_BYTES, NATIVE, FileProfile, KeptFeed, ProfileVersion, first_profile
from heliograph.object_keys import feed_of, file_name_of
from heliograph.storage.objects import RawObject
from heliograph.storage.ports import Ingestions

if TYPE_CHECKING:
    from heliograph.profiles.entries import ProfiledEntries

Key = tuple[str, str]


class ProfileChanged(StorageError):
    """A file was given to another version of its profile while it was being read; the next attempt reads it by that."""


class KnownFeeds(Protocol):
    """The feeds and the versions of their profiles."""

    def find(self, name: str) -> KeptFeed | None:
        """Read a feed as it is at this moment."""
        ...

    def version(self, name: str, number: int) -> ProfileVersion:
        """Read a version of a feed's profile."""
        ...


class FileProfiles(Protocol):
    """By which version each file is read."""

    def settle(self, ingestion: str, wanted: FileProfile) -> FileProfile:
        """Return by what a file is read: as is kept, else as is wanted, which is then kept."""
        ...

    def kept(self, ingestion: str) -> FileProfile | None:
        """Return by what a file is read."""
        ...


class OpenFile(msgspec.Struct, frozen=True):
    """A file and what is in it.

    replaced: site and END of each reading that other versions may have stored of it; None where no other has read it,
    or all of theirs is replaced. emptied: whether records were rejected when another version read it.
    """

    entries: "Decoded | ProfiledEntries"
    replaced: set[Key] | None = None
    emptied: bool = False


class ProfiledFiles:
    """Reads files by their feed's profile."""

    def __init__(self, feeds: KnownFeeds, file_profiles: FileProfiles, ingestions: Ingestions) -> None:
        """Keep the stores; nothing is called yet."""
        self._feeds = feeds
        self._file_profiles = file_profiles
        self._ingestions = ingestions

    def profile_of(self, raw: RawObject) -> FileProfile | None:
        """Return by what a file is read, now and ever after; None where it is of the native format.

        A file stays native that was read so before its feed had a profile. Where the profile was removed, a file that
        a version of it has read keeps that version, and any other is native.
        """
        name = feed_of(raw.key)
        feed = self._feeds.find(name) if name else None
        if feed is None:
            return None
        if kept := self._file_profiles.kept(raw.ingestion):
            return kept
        if feed.removed:
            return None
        before = self._ingestions.get(raw.ingestion)
        if before is not None and before.state == "done":
            return None
        return self._file_profiles.settle(raw.ingestion, first_profile(feed, raw.landed_at))

    def open(self, raw: RawObject, by: FileProfile, limit_bytes: int, zones: Zones) -> "OpenFile":
        """Read a file by its profile. zones: by which its local times are read as native ones, as they were before.

        Raises:
            UnreadableFile: it hasn't what the profile says, or is damaged, empty or too large.
        """
        body = gunzipped(raw.pieces(), min(limit_bytes, LIMIT_BYTES))
        before = self._ingestions.get(raw.ingestion) if by.replaces else None
        if not by.replaces or (before and before.state == "done" and before.profile_version == by.version):
            return OpenFile(self._read(body, raw, by.feed, by.version))
        # The old ones first: then no two versions' readings are in memory together.
        keys = {key for version in by.replaces for key in self._keys(body, raw, by.feed, version, zones)}
        return OpenFile(self._read(body, raw, by.feed, by.version), keys, emptied=bool(before and before.rejected))

    def _read(self, body: bytes, raw: RawObject, feed: str, version: int) -> "ProfiledEntries":
        from heliograph.profiles.entries import read_entries  # noqa: PLC0415 - a feed of the native format needs none

        return read_entries(self._feeds.version(feed, version).profile, body, file_name_of(raw.key))

    def _keys(self, body: bytes, raw: RawObject, feed: str, version: int, zones: Zones) -> Iterator[Key]:
        """Yield site and END of each reading that a version makes of a file; none where it can't read it."""
        try:
            entries = decode(body, zones=zones) if version == NATIVE else self._read(body, raw, feed, version)
            for entry in entries:
                if isinstance(entry, Numbered):
                    yield entry.reading.site_id, entry.reading.timestamp
        except UnreadableFile:
            return

    def require_same(self, raw: RawObject, by: FileProfile) -> None:
        """Make sure that a file is still to be read by the version that it was read by now, once that is recorded.

        Before it is, the next attempt would find the file done by the other version, and leave what this one stored.

        Raises:
            ProfileChanged: it isn't.
        """
        if self._file_profiles.kept(raw.ingestion) != by:
            raise ProfileChanged(f"version {by.version} of {by.feed} doesn't read this file any more")
