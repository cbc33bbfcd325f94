"""News of an API since the last poll: incidents found or over, files stored or failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Literal

import msgspec

from heliograph.reading import format_timestamp, moment_of
from heliograph_client import Client
from heliograph_client.resources import INCIDENTS, INGESTIONS

_PAGE: Final = 500
_MOST: Final = 2000  # the latest of a list; a look costs four pages of each at most
# A file may be on its way this long before it shows in the list of the hour it landed in.
_ON_ITS_WAY: Final = timedelta(minutes=30)
_HOUR: Final = timedelta(hours=1)

Kind = Literal["incident", "ingestion"]


class News(msgspec.Struct, frozen=True):
    """Something that happened. event: opened, closed, stored or failed. at: UTC text. item: as the API gives it."""

    at: str
    kind: Kind
    event: str
    text: str
    item: dict[str, Any]

    @property
    def name(self) -> tuple[str, str]:
        """Return what identifies it: one thing happens to each incident and file once."""
        return str(self.item["id"]), self.event


class Follower:
    """Looks at an API again and again; gives each piece of news once, oldest first."""

    def __init__(self, api: Client, since: datetime) -> None:
        """Begin at `since`; nothing is called yet."""
        self._api = api
        self._since = format_timestamp(since)
        self._shown: dict[tuple[str, str], str] = {}

    def look(self, now: datetime) -> list[News]:
        """Return what is new by `now`.

        Raises:
            ApiUnavailable: the API is away; what was missed comes with the next look.
        """
        begin = moment_of(self._since)
        found = [*self._incidents(begin, now), *self._ingestions(begin, now)]
        new = {each.name: each for each in found if each.at >= self._since and each.name not in self._shown}
        self._shown |= {name: each.at for name, each in new.items()}
        self._forget(now)
        return sorted(new.values(), key=lambda each: each.at)

    def _incidents(self, begin: datetime, now: datetime) -> Iterator[News]:
        for item in self._latest(INCIDENTS, state="open"):
            yield _opened(item)
        for day in _steps(begin - timedelta(days=1), now, timedelta(days=1), "%Y-%m-%d"):
            for item in self._latest(INCIDENTS, state="closed", day=day):
                yield _opened(item)
                yield _closed(item)

    def _ingestions(self, begin: datetime, now: datetime) -> Iterator[News]:
        for hour in _steps(begin - _ON_ITS_WAY, now, _HOUR, "%Y%m%dT%H"):
            for item in self._latest(INGESTIONS, hour=hour):
                yield _landed(item)

    def _latest(self, route: str, **query: str) -> Iterator[dict[str, Any]]:
        return islice(self._api.items(route, dict[str, Any], **query, limit=_PAGE), _MOST)

    def _forget(self, now: datetime) -> None:
        """Move the beginning on, two hours behind the clock, so that a look costs the same all day."""
        self._since = max(self._since, format_timestamp(now - 2 * _HOUR))
        self._shown = {name: at for name, at in self._shown.items() if at >= self._since}


def _steps(begin: datetime, end: datetime, step: timedelta, form: str) -> list[str]:
    """Name every hour or day from `begin` to `end`."""
    names = {f"{end:{form}}": None}
    while begin <= end:
        names[f"{begin:{form}}"] = None
        begin += step
    return sorted(names)


def _opened(item: dict[str, Any]) -> News:
    return News(item["found_at"], "incident", "opened", f"{item['severity']} {item['id']}: {item['message']}", item)


def _closed(item: dict[str, Any]) -> News:
    text = f"{item['id']}: recovered {item['recovery']}"
    return News(item["closed_at"] or item["recovery"] or "", "incident", "closed", text, item)


def _landed(item: dict[str, Any]) -> News:
    if item["state"] == "failed":
        return News(item["processed_at"], "ingestion", "failed", f"{item['object_key']}: {item['error']}", item)
    counts = ", ".join(
        f"{item[name]} {name}" for name in ("stored", "already_stored", "revised", "rejected", "flagged") if item[name]
    )
    return News(item["processed_at"], "ingestion", "stored", f"{item['object_key']}: {counts or 'nothing'}", item)
