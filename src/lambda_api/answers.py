"""A page's answer: its items, where the next one begins, and the same as a Link header (RFC 8288)."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from heliograph.storage.pages import Page
from lambda_api import cursors
from lambda_api.cursors import Listing, Position
from lambda_api.encode import JsonResponse

T = TypeVar("T")
Query = dict[str, str | int | None]


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
    following = next_cursor(page, listing, position)
    body = {"items": [shape(item) for item in page.items], "next": following}
    return JsonResponse(body, headers=link(query, following))


def next_cursor(page: Page[T], listing: Listing, position: Callable[[T], Position]) -> str | None:
    """Give the cursor of the page behind this one, or None where there is none."""
    return cursors.write(listing, position(page.items[-1])) if page.more else None


def link(query: Query, following: str | None) -> dict[str, str]:
    """Give the header that leads to the next page, if there is one."""
    if following is None:
        return {}
    given = {name: value for name, value in {**query, "cursor": following}.items() if value is not None}
    # Relative to the request's own address, so it holds behind any stage or domain.
    return {"Link": f'<?{urlencode(given)}>; rel="next"'}
