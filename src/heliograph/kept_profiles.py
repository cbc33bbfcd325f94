"""KeptFeed profiles as they are kept with the stack: each change of one is a version, and each file remembers its own.

A version is a fact: once added it never changes. So a file that was read by version 2 is read so ever after, whatever
was added since. A feed's newest version reads what lands from now on; `heliograph feeds replay` has it read what landed
before.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from heliograph.errors import ProfileError, StorageError
from heliograph.object_keys import TAKEN_FEEDS
from heliograph.profiles.model import Profile

FEED_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,62}$"
# The version that stands for the native format.
NATIVE: Final = 0
# A profile sees a file as a whole: its rows take some 30 times their bytes, and a Lambda has 1,024 MB.
LIMIT_BYTES: Final = 24 * 2**20
_LONGEST_TITLE: Final = 200


class ProfileVersion(msgspec.Struct, frozen=True):
    """A version of a feed's profile, a fact.

    version: 1 for the first. who: who added it, as a `Fact` has it. at: when, UTC text with microseconds. removed:
    whether it takes the profile away, which it holds all the same for whoever brings it back.
    """

    version: int
    who: str
    at: str
    profile: Profile
    removed: bool = False


class KeptFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed and the newest version of its profile."""

    name: Annotated[str, Meta(description="Its name, as in `raw/NAME/…`.", examples=["portal"])]
    title: Annotated[str, Meta(description="What it is of; empty where nobody says.", examples=["Roofs, by portal"])]
    version: Annotated[int, Meta(description="Its profile's newest version, a count from 1.", examples=[1])]
    who: Annotated[str, Meta(description="Who added that version.", examples=["local"])]
    at: Annotated[str, Meta(description="When that was, UTC.", examples=["2026-11-22T09:30:00.000000Z"])]
    since: Annotated[
        str,
        Meta(
            description="Since when a profile reads its files, UTC: when its first version was added, or the first "
            "after it was removed.",
            examples=["2026-11-22T09:30:00.000000Z"],
        ),
    ]
    removed: Annotated[
        bool,
        Meta(
            description="Whether its profile was removed: its files are read in the native format, until a version is "
            "added or brought back."
        ),
    ] = False


class FileProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """By which version of which profile a file is read. replaces: versions that may have read it before."""

    feed: str
    version: int
    replaces: tuple[int, ...] = ()

    def upgraded(self, version: int) -> "FileProfile":
        """Return the same for another version, which replaces what this one and those before it stored."""
        before = {*self.replaces, self.version} - {version}
        return FileProfile(self.feed, version, tuple(sorted(before)))


def require_free(name: str) -> None:
    """Refuse the name of a feed under which files of Heliograph's own land.

    Raises:
        ProfileError: it is one.
    """
    if name in TAKEN_FEEDS:
        raise ProfileError(f"name: {name!r} is taken by Heliograph's own files; choose another")


class FeedChange(msgspec.Struct, frozen=True):
    """A profile that somebody adds to a feed, or takes away from it. who, at, removed: as in a `ProfileVersion`."""

    profile: Profile
    who: str
    at: str
    removed: bool = False

    def as_version(self, number: int) -> ProfileVersion:
        """Return the version that it becomes."""
        return ProfileVersion(number, self.who, self.at, self.profile, self.removed)

    def is_made_by(self, version: ProfileVersion) -> bool:
        """Return whether a version is what this would make of the feed."""
        return (version.profile, version.removed) == (self.profile, self.removed)


def change_at(profile: Profile, who: str, now: datetime, *, removed: bool = False) -> FeedChange:
    """Return a change that is made now."""
    return FeedChange(profile, who, f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", removed)


def feed_of_version(newest: ProfileVersion, before: KeptFeed | None) -> KeptFeed:
    """Return the feed whose newest version this is. before: the feed as it was with the version before."""
    profile = newest.profile
    return KeptFeed(
        name=profile.name,
        title=profile.title[:_LONGEST_TITLE],
        version=newest.version,
        who=newest.who,
        at=newest.at,
        since=before.since if before and not before.removed else newest.at,
        removed=newest.removed,
    )


def first_profile(feed: KeptFeed, landed_at: str) -> FileProfile:
    """Return by what a file is read that no profile has read yet.

    A file that landed before its feed had a profile may have been read as native in part, by a worker that died.
    """
    return FileProfile(feed.name, feed.version, (NATIVE,) if landed_at < feed.since else ())


def encode(kept: ProfileVersion | FileProfile) -> bytes:
    """Write what is kept."""
    return msgspec.json.encode(kept) + b"\n"


def decode_version(body: bytes, where: str) -> ProfileVersion:
    """Read a version. where: its key, for the message.

    Raises:
        StorageError: it isn't one that this version of Heliograph reads.
    """
    try:
        return msgspec.json.decode(body, type=ProfileVersion)
    except msgspec.MsgspecError as error:
        raise StorageError(f"{where} isn't a feed profile as Heliograph writes them: {error}") from None
