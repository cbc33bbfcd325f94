"""Cursors: a page's end as opaque text, base64url of a JSON array of the position and a tag.

The tag ties the position to one list, one site and one query, so a cursor that was changed, or that belongs elsewhere,
is refused. It is a checksum and no secret: the partition that is read always comes from the request itself, so even a
forged cursor reads nothing the request couldn't.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Final

import msgspec

from heliograph.errors import CursorError
from heliograph.reading import is_site_id

Position = tuple[str, ...]

_TAG_BYTES: Final = 8
_POSITION: Final = msgspec.json.Decoder(list[str])
_REJECTED: Final = (
    "cursor isn't one this list gave for this query; send `next` of the page before with the same other parameters, "
    "or leave it out to begin again"
)


class Listing(msgspec.Struct, frozen=True):
    """A list as one query asks for it.

    name: which list. query: what was asked for, the partition included. holds: tells whether a position lies in it.
    """

    name: str
    query: tuple[str | None, ...]
    holds: Callable[[Position], bool]


def of_sites(name: str) -> Listing:
    """Return a list of all sites, in order of their ids."""
    return Listing(name, (), lambda position: len(position) == 1 and is_site_id(position[0]))


def write(listing: Listing, position: Position) -> str:
    """Return the cursor for what follows `position` in the list."""
    content = msgspec.json.encode([*position, _tag(listing, position)])
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def read(listing: Listing, cursor: str) -> Position:
    """Return the position a cursor of this list holds.

    Raises:
        CursorError: it was changed, or another list or query gave it.
    """
    position = peek(cursor)
    if write(listing, position) != cursor or not listing.holds(position):
        raise CursorError(_REJECTED)
    return position


def peek(cursor: str) -> Position:
    """Return the position in a cursor of any list, unproven.

    Raises:
        CursorError: it isn't a cursor at all.
    """
    try:
        content = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        *position, _tag = _POSITION.decode(content)
    except ValueError:  # not ASCII, not base64, not JSON, not texts, or none
        raise CursorError(_REJECTED) from None
    return tuple(position)


def _tag(listing: Listing, position: Position) -> str:
    tied = msgspec.json.encode([listing.name, *listing.query, *position])
    return hashlib.blake2b(tied, digest_size=_TAG_BYTES).hexdigest()
