"""Answers of JSON with exact numbers, and the pages of lists: items, a cursor, and the same as a Link (RFC 8288).

A page that is larger than a Lambda may answer ends sooner; its cursor and link go on behind its last item.

A cursor is a page's end as opaque text, base64url of a JSON array of the position and a tag. The tag ties the position
to one list, one site and one query, so a cursor that was changed, or that belongs elsewhere, is refused. It is a
checksum and no secret: the partition that is read always comes from the request itself, so even a forged cursor reads
nothing the request couldn't.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Annotated, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from heliograph.errors import CursorError
from heliograph.reading import is_site_id
from heliograph.storage.pages import Page

T = TypeVar("T")
ListQuery = dict[str, str | int | None]
Position = tuple[str, ...]

# Energies go from DynamoDB's text to JSON's text as Decimals, never through a float, so each digit arrives.
_JSON: Final = msgspec.json.Encoder(decimal_format="number")
# Lambda answers 6 MB at most (AWS Lambda quotas: synchronous invocation payload), headers and all.
_MOST_BYTES: Final = 6_000_000 - 100_000
# A body becomes a text in JSON: a quote takes two characters, a letter of three bytes six.
_WORST_GROWTH: Final = 3
_ROOM: Final = 0.9  # of what a first try says would fit
_TAG_BYTES: Final = 8
_POSITION: Final = msgspec.json.Decoder(list[str])
_REJECTED: Final = (
    "cursor isn't one this list gave for this query; send `next` of the page before with the same other parameters, "
    "or leave it out to begin again"
)


class AnswerPage(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A page of a list."""

    items: Annotated[list[T], msgspec.Meta(description="The items, in the list's order.")]
    next: Annotated[
        str | None,
        msgspec.Meta(
            description="Send it back as `cursor` for the next page; null on the last.",
            examples=["WyJzb2xhci0wMDciLCIxZjNkNWI3OTlhYmNkZWYwIl0"],
        ),
    ]


class JsonResponse(Response):
    """An answer of structs or plain values, with exact numbers; bytes are JSON already."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Write JSON."""
        return content if isinstance(content, bytes) else json_of(content)


def json_of(content: object) -> bytes:
    """Return structs or plain values as JSON, each number with all its digits."""
    return _JSON.encode(content)


class Listing(msgspec.Struct, frozen=True):
    """A list as one query asks for it.

    name: which list. query: what was asked for, the partition included. holds: tells whether a position lies in it.
    """

    name: str
    query: tuple[str | None, ...]
    holds: Callable[[Position], bool]


def list_of_sites(name: str) -> Listing:
    """Return a list of all sites, in order of their ids."""
    return Listing(name, (), lambda position: len(position) == 1 and is_site_id(position[0]))


def page_response(
    page: Page[T],
    listing: Listing,
    query: ListQuery,
    shape: Callable[[T], object],
    position: Callable[[T], Position],
) -> JsonResponse:
    """Make the answer for a page of `listing`.

    query: the request's own parameters, for the link. shape: turns an item into what is sent. position: says where an
    item lies in the list.
    """
    shaped = [shape(item) for item in page.items]

    def write(part: Page[T]) -> bytes:
        return json_of(AnswerPage(shaped[: len(part.items)], next_cursor(part, listing, position)))

    fitted, body = fit(page, write, sent_as_text)
    return JsonResponse(body, headers=link(query, next_cursor(fitted, listing, position)))


def fit(page: Page[T], write: Callable[[Page[T]], bytes], sent: Callable[[bytes], int]) -> tuple[Page[T], bytes]:
    """Return as much of a page as a Lambda may answer, one item at least, and its body.

    write: makes the body of a page. sent: tells how many bytes a body takes in Lambda's answer.
    """
    while True:
        body = write(page)
        size = sent(body)
        if size <= _MOST_BYTES or len(page.items) <= 1:
            return page, body
        fewer = max(1, int(len(page.items) * _MOST_BYTES / size * _ROOM))
        page = Page(page.items[:fewer], more=True)


def sent_as_text(body: bytes) -> int:
    """Return how many bytes a body of text takes in Lambda's answer, where it is a string of JSON."""
    if len(body) * _WORST_GROWTH <= _MOST_BYTES:  # nearly always
        return len(body)
    return len(json.dumps(body.decode()))


def sent_as_base64(body: bytes) -> int:
    """Return how many bytes a binary body takes in Lambda's answer."""
    return len(body) * 4 // 3 + 4


def next_cursor(page: Page[T], listing: Listing, position: Callable[[T], Position]) -> str | None:
    """Return the cursor of the page behind this one, or None where there is none."""
    return write_cursor(listing, position(page.items[-1])) if page.more else None


def link(query: ListQuery, following: str | None) -> dict[str, str]:
    """Return the header that leads to the next page, if there is one."""
    if following is None:
        return {}
    given = {name: value for name, value in {**query, "cursor": following}.items() if value is not None}
    # Relative to the request's own address, so it holds behind any stage or domain.
    return {"Link": f'<?{urlencode(given)}>; rel="next"'}


def write_cursor(listing: Listing, position: Position) -> str:
    """Return the cursor for what follows `position` in the list."""
    content = msgspec.json.encode([*position, _tag(listing, position)])
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def read_cursor(listing: Listing, cursor: str) -> Position:
    """Return the position a cursor of this list holds.

    Raises:
        CursorError: it was changed, or another list or query gave it.
    """
    position = peek_cursor(cursor)
    if write_cursor(listing, position) != cursor or not listing.holds(position):
        raise CursorError(_REJECTED)
    return position


def peek_cursor(cursor: str) -> Position:
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
