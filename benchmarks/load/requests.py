"""What a client asks for, again and again: mostly what the dashboard asks for, and now and then it sends a reading."""

import random
from collections.abc import Iterator
from typing import Final

import msgspec

from heliograph_client.resources import FLEET, INCIDENTS, INGESTIONS, PIPELINE, READINGS, SITES, SUMMARY, TOTALS
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


_OF_ALL: Final = (FLEET, INCIDENTS, PIPELINE, SUMMARY, INGESTIONS)


def asked_by(client: int, sites: list[str]) -> Iterator[Request]:
    """Yield a client's requests, without end; the same ones each time."""
    chance = random.Random(client)  # noqa: S311 - a mixture, no secret
    while True:
        yield from _round(chance.choice(sites))


def _round(site_id: str) -> Iterator[Request]:
    """Look at the fleet, then at one of its sites, and send its newest reading again."""
    yield from (Request(route.strip("/"), route) for route in _OF_ALL)
    yield Request("site", f"{SITES}/{site_id}")
    yield Request("readings", f"{READINGS}/{site_id}?limit=288")
    yield Request("readings as CSV", f"{READINGS}/{site_id}?limit=288", accept="text/csv")
    yield Request("totals", f"{TOTALS}/{site_id}?by=hour")
    yield Request("readings sent", READINGS, body=readings(site_id, 1))
