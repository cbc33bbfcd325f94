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

    version: 1 for the first. who: who added it, as a `Fact` has it. at: when, UTC text with microseconds.
    """

    version: int
    who: str
    at: str
    profile: Profile


class KeptFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed and the newest version of its profile."""

    name: Annotated[str, Meta(description="Its name, as in `raw/NAME/…`.", examples=["portal"])]
    title: Annotated[str, Meta(description="What it is of; empty where nobody says.", examples=["Roofs, by portal"])]
    version: Annotated[int, Meta(description="Its profile's newest version, a count from 1.", examples=[1])]
    who: Annotated[str, Meta(description="Who added that version.", examples=["local"])]
    at: Annotated[str, Meta(description="When that was, UTC.", examples=["2026-11-22T09:30:00.000000Z"])]
    since: Annotated[
        str, Meta(description="When its first version was added, UTC.", examples=["2026-11-22T09:30:00.000000Z"])
    ]


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


def new_version(profile: Profile, number: int, who: str, now: datetime) -> ProfileVersion:
    """Return a version of a profile that is added now."""
    return ProfileVersion(number, who, f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", profile)


def feed_of_version(newest: ProfileVersion, since: str) -> KeptFeed:
    """Return the feed whose newest version this is. since: when the first was added."""
    profile = newest.profile
    title = profile.title[:_LONGEST_TITLE]
    return KeptFeed(name=profile.name, title=title, version=newest.version, who=newest.who, at=newest.at, since=since)


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
