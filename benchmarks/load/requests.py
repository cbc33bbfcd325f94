"""What a client asks for, again and again: mostly what the dashboard asks for, and now and then it sends a reading."""

import random
from collections.abc import Iterator
from typing import Final

import msgspec

from load.fleet import readings


class Request(msgspec.Struct, frozen=True):
    """A request. name: what it is counted as. body: what it sends; a GET sends nothing."""

    name: str
    path: str
    body: object = None
    accept: str = "application/json"

    @property
    def method(self) -> str:
        """How it is sent."""
        return "GET" if self.body is None else "POST"


_OF_ALL: Final = ("fleet", "alerts", "pipeline", "summary", "ingestions")


def asked_by(client: int, sites: list[str]) -> Iterator[Request]:
    """Yield a client's requests, without end; the same ones each time."""
    chance = random.Random(client)  # noqa: S311 - a mixture, no secret
    while True:
        yield from _round(chance.choice(sites))


def _round(site_id: str) -> Iterator[Request]:
    """Look at the fleet, then at one of its sites, and send its newest reading again."""
    yield from (Request(name, name) for name in _OF_ALL)
    yield Request("site", f"sites/{site_id}")
    yield Request("readings", f"readings/{site_id}?limit=288")
    yield Request("readings as CSV", f"readings/{site_id}?limit=288", accept="text/csv")
    yield Request("totals", f"totals/{site_id}?by=hour")
    yield Request("readings sent", "readings", body=readings(site_id, 1))
