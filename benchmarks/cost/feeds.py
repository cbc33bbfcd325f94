"""The feeds whose units are measured, run through the real processor and watch against the embedded AWS."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from cost.meter import Meter, MeteredClients
from heliograph.evaluation.cycle import DueSite
from heliograph.events import Landed
from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.sites import DynamoSites
from lambda_processor.process import Processor
from lambda_processor.wiring import ProcessorSettings, make_processor
from lambda_watch.wiring import WatchSettings, make_watch
from local_stack import Stack

SITES: Final = 500
FLAGGED: Final = 0.01
STEP: Final = timedelta(minutes=5)
A_DAY: Final = 288
_HOUR: Final = 12
_SENTINEL: Final = -999.0
_CAPACITY_KW: Final = 50.0


class MeasuredFeed(msgspec.Struct, frozen=True):
    """How readings arrive. sites, readings: in a file, of each site. files: to be measured."""

    name: str
    sites: int
    readings: int
    files: int


FLEET: Final = MeasuredFeed("one reading a site a file", SITES, 1, _HOUR)
HOURLY: Final = MeasuredFeed("12 readings a site a file", SITES, _HOUR, 1)
ONE_SITE: Final = MeasuredFeed("12 readings of one site a file", 1, _HOUR, 20)
LONE: Final = MeasuredFeed("one reading a file", 1, 1, 100)
FEEDS: Final = (FLEET, HOURLY, ONE_SITE, LONE)


class Units(msgspec.Struct):
    """What a part of Heliograph takes a reading: units, and the calls and units behind them, by what they are for."""

    readings: int
    write: float
    read: float
    writes: dict[str, float]
    reads: dict[str, float]
    calls: dict[str, int]


class World:
    """A running stack, metered."""

    def __init__(self, stack: Stack) -> None:
        """Make clients, and a queue that nobody reads."""
        self._stack = stack
        self._aws = MeteredClients(stack)
        self._tables = (stack.readings_table, stack.sites_table, stack.ingestions_table, stack.incidents_table)
        self._s3 = self._aws.s3()
        # The stack's own watch would answer jobs for evaluations.
        self._nobodys_queue = self._aws.sqs().create_queue(QueueName="heliograph-bench")["QueueUrl"]

    def processor_units(self, feed: MeasuredFeed) -> Units:
        """Process a feed's files, 1 % of its readings flagged, in faults of an hour; the registry is read each time."""
        names = [f"{feed.name.replace(' ', '-')}-{number}" for number in range(feed.sites)]
        self._register(names)
        processor = self._processor()
        end = datetime.now(UTC).replace(second=0, microsecond=0) - STEP * feed.readings * feed.files
        with _Metering(self._aws) as meter:
            for number in range(feed.files):
                processor._stores.sites._kept.clear()  # noqa: SLF001 - as a processor that hasn't seen the sites lately
                ends = [end + STEP * (number * feed.readings + place + 1) for place in range(feed.readings)]
                self._process(processor, names, ends, _faulty(feed, number))
        return _units(meter, feed.sites * feed.readings * feed.files)

    def watch_units(self, period: int, sites: int = 3) -> Units:
        """Evaluate sites over a day, once a period, as their readings of three days lie there; one has a fault."""
        names = [f"watched-{period}-{number}" for number in range(sites)]
        self._register(names)
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        begin = midnight - timedelta(days=3)
        self._fill(names, begin)
        clock = _Clock(int((midnight - timedelta(days=1)).timestamp()))
        watcher = self._watcher(period, clock)
        for name in names:  # the first evaluation judges all; it comes once in a site's life
            watcher.evaluate(DueSite(name), clock.now)
        with _Metering(self._aws) as meter:
            for _ in range(24 * 60 // period):
                clock.now += period * 60
                watcher_keeper = self._watch.keeper
                watcher_keeper.fetch(names)
                for name in names:
                    watcher.evaluate(DueSite(name), clock.now)
        return _units(meter, sites * A_DAY)

    def _watcher(self, period: int, clock: "_Clock") -> Any:  # noqa: ANN401 - the watch's own
        from lambda_watch.watcher import Watcher  # noqa: PLC0415

        readings, sites, _, incidents = self._tables
        chosen = WatchSettings(
            readings,
            sites,
            incidents,
            self._stack.alerts_topic,
            self._nobodys_queue,
            self._stack.watch_dead_letter_queue,
            watch_period=period,  # type: ignore[arg-type]
        )
        self._watch = make_watch(chosen, self._aws)
        stores = self._watch.watcher._stores  # noqa: SLF001 - the same stores, with a clock of ours
        return Watcher(stores, period, clock)

    def _fill(self, names: list[str], begin: datetime) -> None:
        """Land three days of readings; the first site has a fault of about 1 % of all sites' readings, at noon."""
        processor = self._processor()
        ends = [begin + STEP * (place + 1) for place in range(3 * A_DAY)]
        noon = begin + timedelta(days=2, hours=12)
        stale = math.ceil(A_DAY * len(names) * FLAGGED)
        for name in names:
            records = [_record(name, end) for end in ends]
            if name == names[0]:
                for record, end in zip(records, ends, strict=True):
                    if noon < end <= noon + STEP * stale:
                        record["energy_generated_kwh"] = _SENTINEL
            self._land(processor, records, name)

    def _processor(self) -> Processor:
        stack = self._stack
        chosen = ProcessorSettings(
            stack.raw_bucket,
            *self._tables,
            stack.alerts_topic,
            stack.ingest_queue,
            self._nobodys_queue,
            stack.dead_letter_queue,
        )
        return make_processor(chosen, self._aws)

    def _register(self, names: list[str]) -> None:
        sites = DynamoSites(self._aws.dynamodb(), self._stack.sites_table, self._stack.ingestions_table)
        for name in names:
            sites.put(Site(name, "wind", _CAPACITY_KW, 48.0, 11.0, "UTC", 5))

    def _process(self, processor: Processor, names: list[str], ends: list[datetime], faulty: frozenset[int]) -> None:
        records = [_record(name, end) for end in ends for name in names]
        for place in faulty:
            records[place]["energy_generated_kwh"] = _SENTINEL
        self._land(processor, records, f"{names[0]}-{format_timestamp(ends[0])}")

    def _land(self, processor: Processor, records: list[dict[str, Any]], name: str) -> None:
        # Not under raw/, or the stack's own processor would come before.
        key = f"bench/2026/11/22/{name.replace(':', '')}.json"
        body = msgspec.json.encode(records)
        version = self._s3.put_object(Bucket=self._stack.raw_bucket, Key=key, Body=body)["VersionId"]
        processor.process(Landed(key, version, ""))


class _Clock:
    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class _Metering:
    """Counts from nothing, and leaves what was counted."""

    def __init__(self, aws: MeteredClients) -> None:
        self._aws = aws

    def __enter__(self) -> Meter:
        meter = self._aws.meter
        meter.writes.clear()
        meter.reads.clear()
        meter.calls.clear()
        return meter

    def __exit__(self, *_: object) -> None:
        """Leave the counts."""


def _faulty(feed: MeasuredFeed, file: int) -> frozenset[int]:
    """Return the places of flagged readings in a file: faults of an hour, so the same sites in all files of an hour."""
    if feed.sites == 1:
        flagged_files = max(1, math.ceil(feed.files * FLAGGED))
        return frozenset({0}) if file < flagged_files and feed.readings == 1 else frozenset()
    sites = range(int(feed.sites * FLAGGED))
    return frozenset(reading * feed.sites + site for reading in range(feed.readings) for site in sites)


def _record(name: str, end: datetime) -> dict[str, Any]:
    value = round(1 + math.sin(end.timestamp() / 7919) * 0.8 + (hash_of(name, end) % 1000) / 1e4, 4)
    return {
        "site_id": name,
        "timestamp": format_timestamp(end),
        "energy_generated_kwh": value,
        "energy_consumed_kwh": round(value / 7, 4),
    }


def hash_of(name: str, end: datetime) -> int:
    """Return a number that looks like chance and is always the same."""
    return int.from_bytes(f"{name}{int(end.timestamp())}".encode()[-8:]) * 2654435761 % 2**32


def _units(meter: Meter, readings: int) -> Units:
    return Units(
        readings=readings,
        write=meter.write_units / readings,
        read=meter.read_units / readings,
        writes={name: units / readings for name, units in sorted(meter.writes.items())},
        reads={name: units / readings for name, units in sorted(meter.reads.items())},
        calls=dict(sorted(meter.calls.items())),
    )
