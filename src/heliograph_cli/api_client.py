"""Asks the API for what commands show."""

from collections.abc import Iterator
from typing import Any, Final

import httpx2
import msgspec

from heliograph.errors import HeliographError
from heliograph_cli.reach import NotAllowed, NotReached

_LATER: Final = frozenset({httpx2.codes.TOO_MANY_REQUESTS, *range(500, 600)})
_KEPT_OUT: Final = frozenset({httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN})


class NotServed(HeliographError):
    """The API refuses what was asked."""


class ApiClient:
    """One API. http: what sends; its authorization, time limits and transport are the caller's."""

    def __init__(self, address: str, http: httpx2.Client) -> None:
        """Open nothing yet."""
        self._address = address
        self._http = http

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - whatever the API answers
        """Return one answer.

        Raises:
            NotReached: the API is away, or too busy; asking later may help.
            NotAllowed: it doesn't let us.
            NotServed: it refuses, and says why.
        """
        try:
            answer = self._http.get(
                f"{self._address}{path}", params={name: str(value) for name, value in query.items()}
            )
        except httpx2.TransportError as error:
            reason = str(error) or type(error).__name__
            raise NotReached(f"{self._address} can't be reached: {reason}") from None
        if answer.is_success:
            return msgspec.json.decode(answer.content)
        raise _refusal(self._address, answer)

    def listed(self, path: str, most: int, **query: str | int) -> Iterator[Any]:
        """Yield a list's items, page after page, `most` at most."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor)
            yield from page["items"][:most]
            most -= len(page["items"])
            if most <= 0 or not page["next"]:
                return
            cursor = {"cursor": page["next"]}


def _refusal(address: str, answer: httpx2.Response) -> HeliographError:
    try:
        problem = msgspec.json.decode(answer.content)
        reason = problem.get("detail") or problem.get("title") or problem.get("message") or ""
    except (msgspec.MsgspecError, AttributeError):
        reason = ""
    text = f"{address} answers {answer.status_code} {reason}".rstrip()
    if answer.status_code in _LATER:
        return NotReached(text)
    if answer.status_code in _KEPT_OUT:
        return NotAllowed(f"{text}; `heliograph doctor` shows who you are")
    return NotServed(text)
