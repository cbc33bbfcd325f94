"""A page's answer: its items, where the next one begins, and the same as a Link header (RFC 8288).

A page that is larger than a Lambda may answer ends sooner; its cursor and link go on behind its last item.
"""

import json
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlencode

from heliograph.storage.pages import Page
from lambda_api import cursors
from lambda_api.cursors import Listing, Position
from lambda_api.encode import JsonResponse, json_of

T = TypeVar("T")
Query = dict[str, str | int | None]

# Lambda answers 6 MB at most (AWS Lambda quotas: synchronous invocation payload), headers and all.
_MOST_BYTES: Final = 6_000_000 - 100_000
# A body becomes a text in JSON: a quote takes two characters, a letter of three bytes six.
_WORST_GROWTH: Final = 3
_ROOM: Final = 0.9  # of what a first try says would fit


def page_response(
    page: Page[T],
    listing: Listing,
    query: Query,
    shape: Callable[[T], object],
    position: Callable[[T], Position],
) -> JsonResponse:
    """Make the answer for a page of `listing`.

    query: the request's own parameters, for the link. shape: turns an item into what is sent. position: says where an
    item lies in the list.
    """
    shaped = [shape(item) for item in page.items]

    def write(part: Page[T]) -> bytes:
        return json_of({"items": shaped[: len(part.items)], "next": next_cursor(part, listing, position)})

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
    return cursors.write(listing, position(page.items[-1])) if page.more else None


def link(query: Query, following: str | None) -> dict[str, str]:
    """Return the header that leads to the next page, if there is one."""
    if following is None:
        return {}
    given = {name: value for name, value in {**query, "cursor": following}.items() if value is not None}
    # Relative to the request's own address, so it holds behind any stage or domain.
    return {"Link": f'<?{urlencode(given)}>; rel="next"'}
