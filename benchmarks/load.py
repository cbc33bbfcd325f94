"""The API under load, through its API gateway on the embedded AWS: `python -m load` prints what it came to.

Some sites get a day of readings through the API itself; then clients ask side by side, for a while. They come a few at
a time; what is measured begins when all are there. The exit status is 1 where there was an error.

The figures are those of one machine that is engine, Lambda and clients at once: they show that nothing breaks, not how
fast AWS is.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from harness import own_stack
from heliograph.reading import format_timestamp
from heliograph_cli.api_access import sign_for
from heliograph_client import ONCE, ApiError, Client, RequestRejected
from heliograph_client.resources import FLEET, INCIDENTS, INGESTIONS, PIPELINE, READINGS, SITES, SUMMARY, TOTALS
from local_stack import Stack

STEP: Final = timedelta(minutes=5)
A_DAY: Final = 288
_RETRY_SECONDS: Final = 60.0
_TIMEOUT_SECONDS: Final = 120.0
_FAULTS_SHOWN: Final = 5
_TOGETHER: Final = 4
_WARM_SECONDS: Final = 2.0


class NotStored(Exception):
    """The readings weren't stored in time."""


def site_ids(count: int) -> list[str]:
    """Name so many sites."""
    return [f"load-{number:03}" for number in range(count)]


def send_a_day(api: Client, sites: list[str]) -> None:
    """Register sites, and send each one's last day.

    Raises:
        NotStored: the processor took too long.
    """
    asked = []
    for site_id in sites:
        fields = {"kind": "solar", "capacity_kw": 50, "timezone": "Europe/Berlin", "interval_minutes": 5}
        api.request("PUT", f"{SITES}/{site_id}", json=fields)
        asked.append(api.request("POST", READINGS, json=readings_of(site_id, A_DAY)).json()["status"])
    deadline = time.monotonic() + _RETRY_SECONDS
    for status in asked:
        while not _is_there(api, status):
            if time.monotonic() > deadline:
                raise NotStored(f"{status} isn't there after {_RETRY_SECONDS:g} s")
            time.sleep(0.2)


def _is_there(api: Client, path: str) -> bool:
    try:
        api.request("GET", path)
    except RequestRejected:
        return False
    return True


def readings_of(site_id: str, count: int) -> list[dict[str, object]]:
    """Return a site's latest readings, which end now."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ends = [format_timestamp(now - number * STEP) for number in range(count)]
    energies = {"energy_generated_kwh": 1.5, "energy_consumed_kwh": 0.25}
    return [{"site_id": site_id, "timestamp": end, **energies} for end in ends]


class LoadRequest(msgspec.Struct, frozen=True):
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


def asked_by(client: int, sites: list[str]) -> Iterator[LoadRequest]:
    """Yield a client's requests, without end; the same ones each time."""
    chance = random.Random(client)  # noqa: S311 - a mixture, no secret
    while True:
        yield from _round(chance.choice(sites))


def _round(site_id: str) -> Iterator[LoadRequest]:
    """Look at the fleet, then at one of its sites, and send its newest reading again."""
    yield from (LoadRequest(route.strip("/"), route) for route in _OF_ALL)
    yield LoadRequest("site", f"{SITES}/{site_id}")
    yield LoadRequest("readings", f"{READINGS}/{site_id}?limit=288")
    yield LoadRequest("readings as CSV", f"{READINGS}/{site_id}?limit=288", accept="text/csv")
    yield LoadRequest("totals", f"{TOTALS}/{site_id}?by=hour")
    yield LoadRequest("readings sent", READINGS, body=readings_of(site_id, 1))


class LoadAnswer(msgspec.Struct, frozen=True):
    """A request that was answered, or wasn't: how long that took, and what was wrong, empty where nothing was."""

    name: str
    seconds: float
    fault: str


def ask_for(stack: Stack, sites: list[str], clients: int, seconds: float) -> list[LoadAnswer]:
    """Have so many clients ask for so many seconds; the last answers come a little later."""
    ends = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        found = pool.map(lambda client: _client(stack, sites, client, ends), range(clients))
    return [each for answered in found for each in answered]


def _client(stack: Stack, sites: list[str], client: int, ends: float) -> list[LoadAnswer]:
    answered: list[LoadAnswer] = []
    with Client(stack.api, auth=sign_for(stack), retry=ONCE, timeout=_TIMEOUT_SECONDS) as api:
        for request in asked_by(client, sites):
            if time.monotonic() >= ends:
                break
            answered.append(_ask(api, request))
    return answered


def _ask(api: Client, request: LoadRequest) -> LoadAnswer:
    began, fault = time.perf_counter(), ""
    try:
        api.request(request.method, request.path, json=request.body, accept=request.accept)
    except ApiError as error:
        fault = f"{type(error).__name__}: {error}"[:200]
    return LoadAnswer(request.name, time.perf_counter() - began, fault)


def lines(answered: Sequence[LoadAnswer], clients: int, seconds: float) -> Iterator[str]:
    """Yield the results, a line each."""
    faults = Counter(each.fault for each in answered if each.fault)
    rate = len(answered) / seconds
    yield f"{clients} clients, {seconds:.0f} s: {len(answered)} requests, {rate:.0f} a second, {faults.total()} errors"
    yield f"{'':<16}{'requests':>9}{'errors':>8}{'p50 ms':>9}{'p99 ms':>9}"
    for name in ("", *dict.fromkeys(each.name for each in answered)):
        yield _line(name or "all", [each for each in answered if name in {"", each.name}])
    yield from (f"{count} x {fault}" for fault, count in faults.most_common(_FAULTS_SHOWN))


def _line(name: str, answered: Sequence[LoadAnswer]) -> str:
    errors = sum(bool(each.fault) for each in answered)
    took = sorted(each.seconds * 1000 for each in answered)
    return f"{name:<16}{len(answered):>9}{errors:>8}{_share(took, 0.5):>9.0f}{_share(took, 0.99):>9.0f}"


def _share(ordered: Sequence[float], share: float) -> float:
    """Return the value that a share of all don't exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def main() -> int:
    """Run clients against a stack of its own, which ends with them."""
    parser = argparse.ArgumentParser(prog="python -m load", description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--sites", type=int, default=10)
    asked = parser.parse_args()
    sites = site_ids(asked.sites)
    with own_stack() as stack:
        with Client(stack.api, auth=sign_for(stack), timeout=60) as api:
            send_a_day(api, sites)
        # A client is a process of the engine's, which takes a second of a core to start: a few at a time.
        for some in range(_TOGETHER, asked.clients + _TOGETHER, _TOGETHER):
            ask_for(stack, sites, min(some, asked.clients), _WARM_SECONDS)
        began = time.perf_counter()
        answered = ask_for(stack, sites, asked.clients, asked.seconds)
        took = time.perf_counter() - began
    sys.stdout.write("\n".join(lines(answered, asked.clients, took)) + "\n")
    return 1 if any(each.fault for each in answered) or not answered else 0


if __name__ == "__main__":
    sys.exit(main())
