"""The cases that need a clock: the processor and the watch over weeks, files landing and evaluations in their order."""

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest

from cases.kept import CASES, needs_cases, sites_of
from fakes.world import World
from heliograph.incidents.model import Incident
from heliograph.reading import end_of
from heliograph.site import Site

pytestmark = [needs_cases, pytest.mark.cases]
HOUR: Final = 3600
DAY: Final = 24 * HOUR
Record = dict[str, Any]


def records_of(case: str, *names: str) -> list[Record]:
    """Return the records of a case, oldest first; of these sites only where some are named."""
    lines = gzip.decompress((CASES / case / "in.ndjson.gz").read_bytes()).splitlines()
    found = [json.loads(line) for line in lines]
    return sorted((each for each in found if not names or each["site_id"] in names), key=end)


def end(record: Record) -> int:
    """Return the END of a record, seconds since 1970."""
    return int(datetime.fromisoformat(record["timestamp"]).timestamp())


class Played(World):
    """A stack on which a case happens: its files land when they would, and its sites are evaluated in turn."""

    def __init__(self, case: str, records: list[Record]) -> None:
        """Register the case's sites, and those that it leaves unregistered by their name alone."""
        registered = sites_of(case)
        self.names = sorted({each["site_id"] for each in records})
        super().__init__(*(registered.get(name, Site(name)) for name in self.names), now=end(records[0]))
        self._waiting = records

    def play(self, until: int, lands: Callable[[Record], int], look_at: Iterable[int]) -> None:
        """Go on to a moment. lands: when a record's file lands. look_at: hours of the day when sites are evaluated."""
        files: dict[int, list[Record]] = defaultdict(list)
        for record in self._waiting:
            files[lands(record)].append(record)
        first = min(files) // DAY * DAY
        looks = [day + hour * HOUR for day in range(first, until + 1, DAY) for hour in look_at]
        for moment in sorted({*files, *looks, until}):
            if not first <= moment <= until:
                continue
            self.now = moment
            if moment in files:
                self.objects.clock = datetime.fromtimestamp(moment, UTC) - self.objects.tick
                self.send(files[moment], f"raw/{moment}.json")
                self.answer(self.queue.take())
            if moment in looks or moment == until:
                for name in self.names:
                    self.evaluate(name)
                self.ticker().tick(30, 25)
                self.queue.take()  # its sites have just been evaluated
        self._waiting = []

    def all_incidents(self) -> list[Incident]:
        """Return every incident, open and closed."""
        return list(self.incidents.kept.values())


def test_nights_of_a_sleeper_are_no_silence() -> None:
    """40-asleep-at-night: ten weeks of a file an hour while the sun is up, looked at by day and by night: nothing."""
    records = records_of("40-asleep-at-night")
    stack = Played("40-asleep-at-night", records)
    stack.play(end(records[-1]) + 8 * HOUR, lambda each: -(-end(each) // HOUR) * HOUR, (2, 5, 12, 20))
    assert stack.all_incidents() == []
    assert not any(stack.flagged(name) for name in stack.names)
    assert stack.publisher.published == []


def test_a_portal_of_the_next_day_is_on_time() -> None:
    """71-delivered-next-day: five weeks, each day landing once the next morning: no incident, until one is missed."""
    records = records_of("71-delivered-next-day")
    stack = Played("71-delivered-next-day", records)
    look_at = (1, 6, 9, 15, 20)
    stack.play(end_of("2026-11-28T15:40:00Z"), lambda each: (end(each) - 1) // DAY * DAY + 30 * HOUR, look_at)
    assert (stack.all_incidents(), stack.publisher.published) == ([], [])
    stack.now += DAY
    for name in stack.names:
        stack.evaluate(name)
    assert [each.rule for each in stack.all_incidents()] == ["no_data"] * 3


def test_a_removed_plant_is_closed_for_good_once_it_is_registered_so() -> None:
    """49-life-of-a-plant: one incident while nobody says so; then it ends, and none follows."""
    records = records_of("49-life-of-a-plant", "dec")
    stack = Played("49-life-of-a-plant", records)
    last = end(records[-1])
    stack.play(last + HOUR, lambda each: -(-end(each) // DAY) * DAY, (1, 13))
    (removed,) = stack.all_incidents()
    assert (removed.rule, removed.state) == ("zero_output", "open")
    stack.sites.kept["dec"] = msgspec.structs.replace(stack.sites.kept["dec"], decommissioned=removed.onset)
    for days in range(4):
        stack.now = last + HOUR + days * DAY
        stack.evaluate("dec")
    (closed,) = stack.all_incidents()
    assert closed.state != "open"
