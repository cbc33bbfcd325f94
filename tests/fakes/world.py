"""The processor and the watch over the same fake stores, for tests of both together."""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from fakes.edits import FakeEdits
from fakes.sides import there
from fakes.stores import (
    FakeFeeds,
    FakeFileProfiles,
    FakeFileZones,
    FakeIncidents,
    FakeIngestions,
    FakeObjects,
    FakePublisher,
    FakeReadings,
    FakeSites,
)
from fakes.watch import FakeNeighbours, FakeParts, FakeQueue, FakeWindows
from heliograph.baseline import pack_baseline, pack_shape, unpack_baseline, unpack_shape
from heliograph.evaluation.cycle import DueSite, EvaluationJob
from heliograph.evaluation.model import Day
from heliograph.events import Landed
from heliograph.incidents.detection import EpisodeRules
from heliograph.incidents.keeper import IncidentKeeper
from heliograph.incidents.notification import NotificationOptions, Notifier
from heliograph.reading import end_of, text_of
from heliograph.site import Site
from heliograph.storage.retry_policy import StoreRetryPolicy
from lambda_processor.process import EvaluationJobs, Processor, ProcessorOptions, ProcessorStores
from lambda_processor.profiled import ProfiledFiles
from lambda_processor.sites import KnownSites
from lambda_watch.ports import WatchStores
from lambda_watch.tick import Ticker
from lambda_watch.watcher import Watcher

HOME = Site("home", "load", None, 52.5, 13.4, "Europe/Berlin", 30)
PLANT = Site("plant", "solar", 50.0, 52.5, 13.4, "Europe/Berlin", 30)
STEP = 1800
# A Sunday's noon, UTC.
NOON = end_of("2026-11-22T12:00:00Z")
PERIOD = 30


class World:
    """Stores, a processor and a watch, with a clock that stands still until it is set."""

    def __init__(self, *sites: Site, now: int = NOON) -> None:
        """Begin with nothing stored."""
        self.now = now
        self.objects, self.readings, self.sites = FakeObjects(), FakeReadings(), FakeSites(sites or (HOME,))
        self.file_zones = FakeFileZones()
        self.feeds, self.file_profiles = FakeFeeds(), FakeFileProfiles()
        self.ingestions, self.incidents, self.publisher, self.queue = (
            FakeIngestions(),
            FakeIncidents(),
            FakePublisher(),
            FakeQueue(),
        )
        self.edits = FakeEdits()
        self.neighbours = FakeNeighbours(self.sites)
        self.windows, self.parts = FakeWindows(self.readings), FakeParts(self.sites, self.edits)

    def processor(self) -> Processor:
        """Make a processor as a fresh Lambda would be."""
        stores = ProcessorStores(
            objects=self.objects,
            file_zones=self.file_zones,
            readings=self.readings,
            sites=KnownSites(self.sites, lambda: 0.0),
            ingestions=self.ingestions,
            incidents=self.incidents,
            outbox=self.incidents,
            publisher=self.publisher,
            watch=EvaluationJobs(self.queue, 25, 60, self.clock),
            profiled=ProfiledFiles(self.feeds, self.file_profiles, self.ingestions),
        )
        return Processor(stores, ProcessorOptions(10**6, NotificationOptions(), "test", self.clock))

    def watcher(self, **instead: Any) -> Watcher:  # noqa: ANN401 - any store may be replaced
        """Make a watcher as a fresh Lambda would be."""
        keeper = self.keeper(instead.pop("incidents", self.incidents))
        stores: dict[str, Any] = {
            "windows": self.windows,
            "parts": self.parts,
            "keeper": keeper,
            "neighbours": self.neighbours,
        }
        retry_policy = StoreRetryPolicy(sleep=lambda _: None)
        return Watcher(WatchStores(**(stores | instead)), PERIOD, lambda: self.now, retry_policy)

    def keeper(self, incidents: Any = None) -> IncidentKeeper:  # noqa: ANN401 - the store may be replaced
        """Make a keeper of incidents."""
        return IncidentKeeper(incidents or self.incidents, EpisodeRules(), self.clock)

    def ticker(self) -> Ticker:
        """Make a ticker."""
        options = NotificationOptions(group_wait_minutes=PERIOD + 2)
        notifier = Notifier(self.incidents, self.publisher, options, self.clock)
        return Ticker(self.parts, self.queue, notifier, lambda: self.now)

    def clock(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self.now, UTC)

    def land(self, records: Iterable[dict[str, Any]], key: str = "raw/a.json") -> Landed:
        """Land a file."""
        return Landed(key, self.objects.put(key, json.dumps(list(records)).encode()), "")

    def send(self, records: Iterable[dict[str, Any]], key: str = "raw/a.json") -> None:
        """Land a file and process it."""
        self.processor().process(self.land(records, key))

    def evaluate(self, site_id: str = "home") -> None:
        """Evaluate a site in turn, now."""
        self.watcher().evaluate(DueSite(site_id), self.now)

    def answer(self, jobs: Iterable[EvaluationJob]) -> None:
        """Make the evaluations that are called for."""
        for job in jobs:
            for due_site in job.sites:
                self.watcher().evaluate(due_site, end_of(job.at))

    def flagged(self, site_id: str = HOME.site_id) -> dict[str, list[str]]:
        """Return the rules of the watch's flags, by timestamp."""
        kept = sorted(self.readings.kept.items())
        return {
            time: [flag.rule for flag in each.watched]
            for (site, time), each in kept
            if site == site_id and each.watched
        }

    def state(self) -> tuple[object, ...]:
        """Return all that lasts but what counts attempts: readings with all flags, and the days that are over.

        When the days' readings landed is left out: it is a fact of its own.
        """
        readings = {
            key: ([version.values for version in each.history.versions], each.flags, each.watched, each.anomaly)
            for key, each in self.readings.kept.items()
        }
        return readings, {key: landless(day) for key, day in self.parts.kept_days.items() if day.ends <= self.now}


def landless(day: Day) -> Day:
    """Return a day without what it has learned of landings."""
    shape = msgspec.structs.replace(unpack_shape(day.shape), landed=-1, delays=[]) if day.shape else None
    baseline = msgspec.structs.replace(unpack_baseline(day.baseline), delays=[]) if day.baseline else None
    return msgspec.structs.replace(
        day, shape=pack_shape(shape) if shape else b"", baseline=pack_baseline(baseline) if baseline else b""
    )


def use(end: int) -> float:
    """Return a home's use in the half hour to `end`, kWh: low at night, high in the evening, never twice the same."""
    hour = end % 86400 / 3600
    daily = 0.2 + 0.3 * math.exp(-(((hour - 18) / 3) ** 2)) + 0.1 * math.exp(-(((hour - 7) / 2) ** 2))
    return round(daily * (1 + 0.2 * math.sin(end / 997) + 0.1 * math.sin(end / 131)), 4)


def generated(end: int, stale: tuple[int, int]) -> float:
    """Return what the plant generates in the half hour to `end`, kWh, under passing clouds; stuck at 7.77."""
    if stale[0] <= end <= stale[1]:
        return 7.77
    height = math.sin((end % 86400 / 3600 - 6.5) / 9 * math.pi)
    return round(max(0.0, 20 * height * (0.8 + 0.1 * math.sin(end / 997) + 0.1 * math.sin(end / 131))), 4)


def records(first: int, last: int, site_id: str = "home", stale: tuple[int, int] = (0, 0)) -> list[dict[str, Any]]:
    """Return a home's records that end from `first` to `last`; in the stretch `stale` the meter shows one value."""
    return [
        {
            "site_id": site_id,
            "timestamp": text_of(end),
            "energy_generated_kwh": generated(end, stale) if site_id == PLANT.site_id else 0,
            "energy_consumed_kwh": 0.317 if stale[0] <= end <= stale[1] else use(end),
        }
        for end in range(first, last + 1, STEP)
    ]


def total(world: World, date: str) -> Decimal:
    """Return a day's consumption, kWh."""
    return there(world.parts.kept_days["home", date].consumed_kwh)
