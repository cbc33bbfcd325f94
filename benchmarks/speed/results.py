"""One run of the benchmark, as it is kept."""

import os
import platform
from datetime import UTC, datetime
from typing import Any

import msgspec

from speed import alerting
from speed.alerting import Alerting
from speed.alternate import Runs
from speed.areas import Area
from speed.measure import FIRST_ANSWER, Bench, Start


class Rounds(msgspec.Struct, frozen=True):
    """How often each thing is measured."""

    processor: int = 15
    api: int = 60
    starts: int = 9
    alerting: int = 19


class Results(msgspec.Struct):
    """All figures.

    speed: of the processor and its references. flagged: of the processor where 1 % is flagged. alerting: empty where
    it wasn't measured.
    """

    made_at: str
    machine: str
    load: float
    speed: dict[str, Runs]
    flagged: Runs
    counts: dict[str, Any]
    areas: list[Area]
    api: dict[str, Runs]
    first_answer: Runs
    starts: dict[str, Start]
    zips: dict[str, int]
    memory: dict[str, float]
    alerting: Alerting = Alerting()


def measured(bench: Bench, rounds: Rounds, sizes: tuple[int, ...]) -> Results:
    """Measure everything, in one go."""
    speed, counts = bench.processor(rounds.processor)
    flagged, _ = bench.processor(rounds.processor, flagged=0.01)
    starts = bench.starts(rounds.starts)
    return Results(
        made_at=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}",
        load=os.getloadavg()[0],
        speed=speed,
        flagged=flagged["processor"],
        counts=counts,
        areas=bench.areas(),
        api=bench.api(rounds.api),
        first_answer=starts.pop(FIRST_ANSWER).runs,
        starts=starts,
        zips=bench.zips,
        memory=bench.memory(sizes),
        alerting=alerting.measured(rounds.alerting),
    )
