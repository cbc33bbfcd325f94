"""The simulator Lambda: on each tick of its schedule it writes one raw file, as if every logger had just sent its own.

An event with `from` and `to` fills in a past period instead, an hour a file.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from heliograph.settings import load
from heliograph.storage.clients import Clients
from heliograph.storage.objects import S3Objects
from heliograph.telemetry import logger, metrics
from lambda_simulator.event import Batch, batches_of
from lambda_simulator.files import Bucket, file_key, write_files
from lambda_simulator.fleet import SimulatedSite, make_fleet
from lambda_simulator.settings import SimulatorSettings
from lambda_simulator.tick import Tick, simulate_tick


class Simulator(NamedTuple):
    """All that the handler works with."""

    settings: SimulatorSettings
    fleet: tuple[SimulatedSite, ...]
    bucket: Bucket
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


def _simulate_batch(batch: Batch, simulator: Simulator) -> Tick:
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
