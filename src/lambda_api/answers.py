"""A page's answer: its items, where the next one begins, and the same as a Link header (RFC 8288)."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from heliograph.storage.pages import Page
from lambda_api import cursors
from lambda_api.cursors import Listing, Position
from lambda_api.encode import JsonResponse

T = TypeVar("T")


def page_response(
    page: Page[T],
    listing: Listing,
    query: dict[str, str | int | None],
    shape: Callable[[T], object],
    position: Callable[[T], Position],
) -> JsonResponse:
    """Make the answer for a page of `listing`.

    query: the request's own parameters, for the link. shape: turns an item into what is sent. position: says where an
    item lies in the list.
    """
    following = cursors.write(listing, position(page.items[-1])) if page.more else None
    body = {"items": [shape(item) for item in page.items], "next": following}
    if following is None:
        return JsonResponse(body)
    given = {name: value for name, value in {**query, "cursor": following}.items() if value is not None}
    # Relative to the request's own address, so it holds behind any stage or domain.
    return JsonResponse(body, headers={"Link": f'<?{urlencode(given)}>; rel="next"'})
