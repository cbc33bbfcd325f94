"""A processor over fake stores, as its tests drive it, and the records that they land."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from fakes.crashes import Fuse, Fused, FusedReadings, FusedSites
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
from fakes.watch import FakeQueue
from heliograph.events import Landed
from heliograph.incidents.notification import NotificationOptions
from heliograph.site import Site
from lambda_processor.process import EvaluationJobs, Processor, ProcessorOptions, ProcessorStores
from lambda_processor.profiled import ProfiledFiles
from lambda_processor.sites import KnownSites

NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)
OPTIONS = NotificationOptions(digest_threshold=3)
PLANT = Site("plant", "solar", 60.0, 52.5, 13.4, "Europe/Berlin", 60)


class World:
    """A processor with fake stores all round."""

    def __init__(self) -> None:
        """Begin with one registered plant."""
        self.objects = FakeObjects()
        self.file_zones = FakeFileZones()
        self.feeds, self.file_profiles = FakeFeeds(), FakeFileProfiles()
        self.readings = FakeReadings(self.objects.order)
        self.sites = FakeSites([PLANT])
        self.ingestions = FakeIngestions()
        self.incidents = FakeIncidents()
        self.publisher = FakePublisher()
        self.queue = FakeQueue()

    def processor(self, **instead: Any) -> Processor:  # noqa: ANN401 - any store may be replaced
        """Make a processor as a fresh Lambda would be."""
        stores: dict[str, Any] = {
            "objects": self.objects,
            "file_zones": self.file_zones,
            "readings": self.readings,
            "sites": KnownSites(instead.pop("sites", self.sites), lambda: 0.0),
            "ingestions": self.ingestions,
            "incidents": self.incidents,
            "outbox": instead.get("incidents", self.incidents),
            "publisher": self.publisher,
            "watch": EvaluationJobs(instead.pop("queue", self.queue), 25, 60, lambda: NOW),
        }
        stores["profiled"] = ProfiledFiles(
            instead.pop("feeds", self.feeds),
            instead.pop("file_profiles", self.file_profiles),
            instead.get("ingestions", self.ingestions),
        )
        options = ProcessorOptions(limit_bytes=10**6, notifying=OPTIONS, code_version="test", now=lambda: NOW)
        return Processor(ProcessorStores(**(stores | instead)), options)

    def land(self, records: object, key: str = "raw/a.json") -> Landed:
        """Land a file of records, or of bytes."""
        body = records if isinstance(records, bytes) else json.dumps(records).encode()
        return Landed(key, self.objects.put(key, body), "2026-11-22T12:00:00.000Z")

    def state(self) -> tuple[object, ...]:
        """Return all that lasts, for comparing two histories."""
        readings = {key: (each.history.versions, each.flags) for key, each in self.readings.kept.items()}
        ingestions = {
            key: msgspec.structs.replace(each, already_stored=0, revised=0, stored=0, flagged=0)
            for key, each in self.ingestions.kept.items()
        }
        incidents = sorted((each.site_id, each.rule) for each in self.incidents.kept.values())
        return readings, ingestions, self.objects.bodies("quarantine/"), incidents, self.sites.kept.keys()


def record(site: str = "plant", hour: int = 10, generated: object = 1.5, consumed: object = 0.5) -> dict[str, object]:
    """Return a record of today."""
    return {
        "site_id": site,
        "timestamp": f"2026-11-22T{hour:02}:00:00Z",
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": consumed,
    }


def fused(world: World, fuse: Fuse, **instead: Any) -> Processor:  # noqa: ANN401 - any store may be replaced
    """Make a processor all of whose stores pass the fuse."""
    names = ("objects", "ingestions", "incidents", "publisher", "queue")
    stores: dict[str, Any] = {name: Fused(name, getattr(world, name), fuse) for name in names}
    by_parts = {"readings": FusedReadings(world.readings, fuse), "sites": FusedSites(world.sites, fuse)}
    return world.processor(**stores | by_parts | instead)
