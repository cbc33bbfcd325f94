"""What the API serves, held against the ledger: at the end every value, and while the run goes on what is asked for."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import httpx2
import msgspec

from chaos.ledger import SENTINELS, Expected, Key, Ledger, Values
from stack.harness import wait_until

_PAGE: Final = 1000
_OK: Final = 200
_BUSY_SECONDS: Final = 60.0
_EACH_SECONDS: Final = 2.0
# Beside the values that hold; the raw objects have all.
_KEPT_REVISIONS: Final = 2


class Reading(msgspec.Struct, frozen=True):
    """A reading as it is served: its values, and those it had before."""

    key: Key
    values: Values
    revisions: tuple[Values, ...]


class Api:
    """Asks the API, and asks again while it is busy."""

    def __init__(self, http: httpx2.Client) -> None:
        """Keep the client, whose base is the API."""
        self._http = http

    def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401 - JSON, its numbers exact
        """Return an answer of 200."""
        answer = wait_until(lambda: self._ask(path, params), f"an answer to {path}", _BUSY_SECONDS)
        return json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)

    def pages(self, path: str, **params: str | int) -> Iterator[dict[str, Any]]:
        """Yield the items of every page."""
        more: dict[str, str] = {}
        while True:
            page = self.get(path, limit=_PAGE, **params, **more)
            yield from page["items"]
            if not page["next"]:
                return
            more = {"cursor": page["next"]}

    def readings(self, site_id: str) -> list[Reading]:
        """Return a site's readings."""
        return [read(each) for each in self.pages(f"readings/{site_id}")]

    def _ask(self, path: str, params: Mapping[str, str | int]) -> httpx2.Response | None:
        answer = self._http.get(path, params=params)
        assert answer.status_code == _OK or answer.status_code >= 500, f"{path}: {answer.status_code} {answer.text}"
        return answer if answer.status_code == _OK else None


def read(item: dict[str, Any]) -> Reading:
    """Read a reading as it is served."""
    revisions = tuple(_values(each) for each in item["revisions"])
    return Reading((item["site_id"], item["timestamp"]), _values(item), revisions)


class Differences(msgspec.Struct, frozen=True):
    """What the API serves otherwise than it must. lost: readings it lacks; doubled: those it has and nobody sent."""

    served: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong: tuple[str, ...]


def compare(api: Api, expected: Mapping[Key, Expected]) -> Differences:
    """Hold every reading of every site against what must be there."""
    found = [each for site_id in sorted({site_id for site_id, _ in expected}) for each in api.readings(site_id)]
    times = Counter(each.key for each in found)
    return Differences(
        served=len(found),
        lost=tuple(f"reading {key}" for key in sorted(expected.keys() - times.keys())),
        doubled=tuple(f"reading {key}" for key, count in times.items() if count > 1 or key not in expected),
        wrong=tuple(said for each in found if each.key in expected and (said := _wrong(each, expected[each.key]))),
    )


def _wrong(reading: Reading, expected: Expected) -> str:
    if reading.values not in expected.holds:
        return (
            f"reading {reading.key} is {reading.values}, and of {sorted(expected.landed)} {set(expected.holds)} holds"
        )
    others = expected.landed - {reading.values}
    if not set(reading.revisions) <= others or len(set(reading.revisions)) != min(_KEPT_REVISIONS, len(others)):
        return f"reading {reading.key}: its revisions are {reading.revisions}, of {others}"
    return ""


def wrong_hours(api: Api, expected: Mapping[Key, Expected], since: str) -> Iterator[str]:
    """Hold each site's hours since a moment against the sums of what holds. since: a full hour, UTC text."""
    sums: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    unsure = set()
    for (site_id, timestamp), each in expected.items():
        hour = (site_id, hour_of(timestamp))
        if len(each.holds) > 1:
            unsure.add(hour)
        values = next(iter(each.holds))
        if timestamp > since and not SENTINELS & set(values):
            before = sums.get(hour, (Decimal(0), Decimal(0)))
            sums[hour] = (before[0] + values[0], before[1] + values[1])
    for site_id in sorted({site_id for site_id, _ in sums}):
        items = api.get(f"totals/{site_id}", by="hour", start=since)["items"]
        served = {(site_id, each["start"]): (each["generated_kwh"], each["consumed_kwh"]) for each in items}
        for hour in sorted(key for key in sums if key[0] == site_id and key not in unsure):
            if served.get(hour) != sums[hour]:
                yield f"the hour {hour} sums up to {served.get(hour)}, not {sums[hour]}"


def hour_of(timestamp: str) -> str:
    """Return the start of the hour that an interval lies in. timestamp: its END."""
    from heliograph.reading import end_of, text_of  # noqa: PLC0415 - one place that needs it

    return text_of((end_of(timestamp) - 1) // 3600 * 3600)


class Reader:
    """Asks the API now and then while the run goes on, as a dashboard does; whatever it serves must have been sent.

    answers: how many by status; 0 stands for none at all. invented: readings it served that nobody had sent.
    """

    def __init__(self, ledger: Ledger, place: Callable[[], str | None], seed: int) -> None:
        """Keep what was sent. place: gives the API's address, None while nothing runs."""
        self.answers: Counter[int] = Counter()
        self.readings = 0
        self.invented: list[str] = []
        self._ledger = ledger
        self._place = place
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Ask from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx2.Client(trust_env=False, timeout=30) as http:
            while not self._ended.wait(_EACH_SECONDS):
                place, sites = self._place(), self._ledger.sites()
                if place and sites:
                    self._ask(http, place, self._chance.choice(sites))

    def _ask(self, http: httpx2.Client, place: str, site_id: str) -> None:
        path = self._chance.choice([f"readings/{site_id}", f"readings/{site_id}", "fleet", "summary", "incidents"])
        try:
            answer = http.get(f"{place}/{path}")
        except httpx2.TransportError:
            self.answers[0] += 1
            return
        self.answers[answer.status_code] += 1
        if answer.status_code == _OK and path.startswith("readings/"):
            for item in json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)["items"]:
                self._hold(read(item))

    def _hold(self, reading: Reading) -> None:
        self.readings += 1
        for values in (reading.values, *reading.revisions):
            if not self._ledger.was_sent(reading.key, values):
                self.invented.append(f"reading {reading.key} was served as {values} at {time.time():.0f}")


def _values(item: dict[str, Any]) -> Values:
    return Decimal(item["energy_generated_kwh"]), Decimal(item["energy_consumed_kwh"])
