"""The simulator Lambda: on each tick of its schedule it writes one raw file, as if every logger had just sent its own.

An event with `from` and `to` fills in a past period instead, an hour a file.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Annotated, Any, Final, NamedTuple, Protocol

import msgspec
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from heliograph.errors import HeliographError, ReadingError
from heliograph.object_keys import labels_key, raw_key
from heliograph.reading import moment_of, parse_timestamp
from heliograph.settings import load
from heliograph.storage.clients import Clients
from heliograph.storage.objects import S3Objects
from heliograph.telemetry import logger, metrics
from lambda_simulator.energy import INTERVAL
from lambda_simulator.fleet import SimulatedSite, make_fleet
from lambda_simulator.tick import Tick, floor_to_tick, simulate_tick, ticks_between

LONGEST: Final = timedelta(days=366)
TickBatch = Sequence[datetime]
FEED = "simulator"


class SimulatorSettings(msgspec.Struct, frozen=True):
    """The simulator's settings; `heliograph.settings.load` fills it and names the variable that is wrong.

    bucket: where raw files and labels go. fleet_size: number of sites. seed: another seed is another fleet under
    another weather. fault_rate: the share of a site's days that have a fault, 0 to 1; the default shows a small fleet
    a few a day.
    """

    bucket: Annotated[str, msgspec.Meta(min_length=1)]
    fleet_size: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 20
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    fault_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.15


class ObjectSink(Protocol):
    """Where files are put: the bucket, or a folder."""

    def put(self, key: str, body: bytes) -> str:
        """Write a file and return its version."""
        ...


class Simulator(NamedTuple):
    """All that the handler works with."""

    settings: SimulatorSettings
    fleet: tuple[SimulatedSite, ...]
    bucket: ObjectSink
    clock: Callable[[], datetime]


@cache
def wire() -> Simulator:
    """Read the environment and make the client, once a process.

    Raises:
        SettingsError: a variable is missing or has a value that can't be used.
    """
    settings = load(SimulatorSettings, os.environ)
    fleet = make_fleet(settings.fleet_size, settings.seed)
    bucket = S3Objects(Clients().s3(), settings.bucket, limit_bytes=0)  # it only writes
    return Simulator(settings, fleet, bucket, lambda: datetime.now(UTC))


def handler(event: Mapping[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Simulate what the event asks for, and return the numbers of files, readings and labels written.

    Raises:
        EventError: the event asks for a period that can't be filled.
        SettingsError: a variable is missing or has a value that can't be used.
    """
    written = simulate(event, wire())
    logger().info("simulated", extra=written)
    _measure(written)
    return written


def simulate(event: Mapping[str, Any], simulator: Simulator) -> dict[str, int]:
    """Write the files an event asks for, and return the numbers of files, readings and labels written.

    Raises:
        EventError: the event asks for a period that can't be filled.
    """
    written = {"files": 0, "readings": 0, "labels": 0}
    for batch in batches_of(event, simulator.clock()):
        tick = _simulate_batch(batch, simulator)
        write_files(simulator.bucket, file_key(batch, simulator.settings.seed), tick)
        written["files"] += 1
        written["readings"] += len(tick.records)
        written["labels"] += len(tick.labels)
    return written


def _simulate_batch(batch: TickBatch, simulator: Simulator) -> Tick:
    together = Tick([], [])
    for tick_end in batch:
        tick = simulate_tick(simulator.fleet, tick_end, simulator.settings.seed, simulator.settings.fault_rate)
        together.records.extend(tick.records)
        together.labels.extend(tick.labels)
    return together


def _measure(written: Mapping[str, int]) -> None:
    for name, count in written.items():
        metrics().add_metric(name=f"Simulated{name.capitalize()}", unit=MetricUnit.Count, value=count)
    metrics().flush_metrics()


class EventError(HeliographError):
    """An event asks for something the simulator can't do."""


def batches_of(event: Mapping[str, Any], now: datetime) -> list[TickBatch]:
    """Return the ticks an event asks for, a batch for each raw file.

    With `from` and `to` (ISO 8601 with an offset) these are the intervals that lie in that period, an hour a file. Else
    it is the one tick that ended last at the event's `time`, or at `now` where it has none.

    Raises:
        EventError: a time can't be read, only one end is given, the period ends before it begins or is over 366 days.
    """
    if "from" in event or "to" in event:
        return _hours(ticks_between(*_period(event)))
    return [[floor_to_tick(_moment(event, "time") if event.get("time") else now)]]


def _period(event: Mapping[str, Any]) -> tuple[datetime, datetime]:
    if not ("from" in event and "to" in event):
        raise EventError("a period needs both from and to")
    start, end = _moment(event, "from"), _moment(event, "to")
    if start > end:
        raise EventError(f"the period ends before it begins: from {event['from']} to {event['to']}")
    if end - start > LONGEST:
        raise EventError(f"the period is {(end - start).days} days long; fill at most {LONGEST.days} at a time")
    return start, end


def _moment(event: Mapping[str, Any], name: str) -> datetime:
    try:
        return moment_of(parse_timestamp(event[name]))
    except ReadingError as error:
        raise EventError(f"{name}: {error}") from None


def _hours(ticks: Iterator[datetime]) -> list[TickBatch]:
    return [list(batch) for _, batch in groupby(ticks, key=lambda tick_end: (tick_end - INTERVAL).replace(minute=0))]


def file_key(ticks: Sequence[datetime], seed: int) -> str:
    """Return the raw file's key for a tick, or for the first and last of several; equal ticks give equal keys."""
    first, last = ticks[0], ticks[-1]
    name = f"{first:%H%M}" if first == last else f"{first:%H%M}-{last:%H%M}"
    return raw_key(FEED, first, f"{name}-{seed}.json")


def write_files(bucket: ObjectSink, key: str, tick: Tick) -> None:
    """Write the labels, if there are any, and then the raw file: no record is ever seen before its truth is known."""
    if tick.labels:
        bucket.put(labels_key(key), msgspec.json.encode({"labels": tick.labels}))
    bucket.put(key, msgspec.json.encode({"readings": tick.records}))
