"""What is measured, one function a part of the page, and one run of it all, as it is kept.

Several subjects run in turn, so that a noisy minute hits all of them; a ratio is of runs side by side. Where a run's
time goes is a profile's functions, put together by what they are for.
"""

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import msgspec

from harness import ROOT
from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading
from heliograph.storage.reading_items import item_of
from speed import alerting, feed
from speed.alerting import Alerting
from speed.processes import Endpoint, Home, Subject, Took, packages, started, unpacked

_LEAST_FOR_SPREAD: Final = 2
_AREAS: Final = (
    ("/lambda_processor/", "processor"),
    ("/heliograph/feed/", "decoding"),
    ("/heliograph/reading.py", "decoding"),
    ("/heliograph/checks/", "checks"),
    ("/heliograph/storage/", "stores: items, statements, answers"),
    ("/heliograph/", "the rest of the core"),
    ("/botocore/validate.py", "botocore: checking parameters"),
    ("/botocore/serialize.py", "botocore: writing bodies"),
    ("/botocore/parsers.py", "botocore: reading answers"),
    ("/botocore/auth.py", "signing"),
    ("/botocore/", "botocore: the rest"),
    ("/urllib3/", "HTTP"),
    ("/http/", "HTTP"),
    ("/email/", "HTTP"),
    ("/aws_lambda_powertools/", "logs and metrics"),
    ("/logging/", "logs and metrics"),
    ("/json/", "json"),
)
_BUILT_IN: Final = "~"
READINGS: Final = 5_000
PAGE: Final = 288
SIZES: Final = (1_000, 10_000, 100_000, 500_000)
FIRST_ANSWER: Final = "api, first answer"
LAMBDAS: Final = ("processor", "watch", "api", "simulator")
REFERENCES: Final = ("put_item", "batch_writer", "floor")
_BENCH_VENV: Final = ROOT / "build" / "bench-venv"
_PYTHON: Final = Path(sys.executable).resolve()
_TABLES_READ: Final = "BatchGetItem/sites"
_SITE: Final = "solar-000000"


class Runs(msgspec.Struct):
    """A subject's runs: CPU and wall, ms, in the order of the rounds."""

    cpu: list[float]
    wall: list[float]

    def add(self, took: Took) -> None:
        """Take in one run."""
        self.cpu.append(took.cpu)
        self.wall.append(took.wall)


def alternating(
    subjects: Mapping[str, Subject], rounds: int, before_each: Callable[[], None] = lambda: None
) -> dict[str, Runs]:
    """Run each subject once a round; the first round, in which connections open, isn't counted."""
    found = {name: Runs([], []) for name in subjects}
    for number in range(rounds + 1):
        for name, subject in subjects.items():
            before_each()
            took = subject.run()
            if number:
                found[name].add(took)
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how many times theirs is of ours, as the median over rounds."""
    return median(their / our for our, their in zip(ours, theirs, strict=True))


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the quarter points of some runs."""
    if len(values) < _LEAST_FOR_SPREAD:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


class Area(msgspec.Struct):
    """A part of a run: its functions' own time, ms, as the profiler stretches it, and the calls of them."""

    name: str
    ms: float
    calls: int


def areas_of(functions: Iterable[dict[str, Any]]) -> list[Area]:
    """Put functions together, the area with the most time first."""
    found: dict[str, Area] = {}
    for each in functions:
        name = _area(each["file"])
        area = found.setdefault(name, Area(name, 0.0, 0))
        area.ms += each["ms"]
        area.calls += each["calls"]
    return sorted(found.values(), key=lambda area: -area.ms)


def _area(file: str) -> str:
    if file == _BUILT_IN:
        return "built-in functions, msgspec among them"
    return next((name for part, name in _AREAS if part in file), "the standard library")


class Start(msgspec.Struct):
    """What starting took: the runs, and the modules imported."""

    runs: Runs
    modules: int


class Bench:
    """A null AWS, the Lambdas unpacked, and what is measured with them."""

    def __init__(self, aws: Endpoint, zips: Path, folder: Path) -> None:
        """Unpack the Lambdas' zips and return the null AWS its answers."""
        self._aws = aws
        self.zips = {name: (zips / f"{name}.zip").stat().st_size for name in LAMBDAS}
        self._environment = feed.environment(aws.url)
        self._homes = {name: Home(_PYTHON, (unpacked(zips, name, folder),)) for name in LAMBDAS}
        self._references = Home(_PYTHON, (packages(_BENCH_VENV),))
        self._know(feed.registry())
        aws.can("Query/readings", _page_body())

    def processor(self, rounds: int, flagged: float = 0.0) -> tuple[dict[str, Runs], dict[str, Any]]:
        """Run the processor beside the references; return the runs, and what each asked of AWS in its last one."""
        names = ("processor", *REFERENCES) if not flagged else ("processor",)
        counts: dict[str, Any] = {}
        with ExitStack() as stack:
            subjects = {name: stack.enter_context(self._file_subject(name)) for name in names}
            runs = alternating(subjects, rounds, lambda: self._land(READINGS, flagged))
            for name, subject in subjects.items():
                self._aws.reset()
                subject.run()
                counts[name] = self._aws.counts()
        return runs, counts

    def first_contact(self, rounds: int) -> dict[str, Runs]:
        """Run the processor beside the floor on a file of 500 sites, none of which the registry knows."""
        self._know({})
        with ExitStack() as stack:
            subjects = {name: stack.enter_context(self._file_subject(name)) for name in ("processor", "floor")}
            runs = alternating(subjects, rounds, lambda: self._land(READINGS))
        self._know(feed.registry())
        return runs

    def areas(self) -> list[Area]:
        """Profile one run of the processor."""
        self._land(READINGS)
        with self._file_subject("processor") as subject:
            subject.run()
            return areas_of(subject.profile())

    def api(self, rounds: int) -> dict[str, Runs]:
        """Ask for a page of readings, plainly, compressed, and known already."""
        with ExitStack() as stack:
            subjects = {
                "page": stack.enter_context(self._asking()),
                "page, gzip": stack.enter_context(self._asking(**{"accept-encoding": "gzip"})),
                "page, 304": stack.enter_context(self._asking(**{"if-none-match": "*"})),
            }
            return alternating(subjects, rounds)

    def starts(self, rounds: int) -> dict[str, Start]:
        """Start every Lambda and both yardsticks, each in a new process; what they compile is kept from a first one."""
        cases: dict[str, tuple[Home, str, dict[str, Any]]] = {
            name: (home, "lambda_init", {"package": f"lambda_{name}"}) for name, home in self._homes.items()
        }
        cases["boto3 and three clients"] = (self._references, "boto3_init", {})
        cases["FastAPI, Mangum, one client"] = (self._references, "fastapi_init", {})
        found = {name: Start(Runs([], []), 0) for name in (*cases, FIRST_ANSWER)}
        for number in range(rounds + 1):
            for name, (home, module, settings) in cases.items():
                with started(home, module, {"environment": self._environment, **settings}) as subject:
                    if number:
                        found[name].runs.add(subject.init)
                        found[name].modules = subject.init.modules
            if number:
                found[FIRST_ANSWER].runs.add(self._first_answer())
        return found

    def _first_answer(self) -> Took:
        """Start the API and answer one request, in a new process."""
        with self._asking() as subject:
            first: Took = subject.run()
            return msgspec.structs.replace(first, cpu=subject.init.cpu + first.cpu, wall=subject.init.wall + first.wall)

    def memory(self, sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
        """Process one file of each size in a new process; return the peaks, MB."""
        found = {}
        for size in sizes:
            self._land(size)
            with self._file_subject("processor") as subject:
                found[str(size)] = subject.run().peak_mb
        return found

    def _know(self, sites: dict[str, Any]) -> None:
        """Have the registry hold these sites."""
        self._aws.can(_TABLES_READ, json.dumps(sites).encode())

    def _land(self, count: int, flagged: float = 0.0) -> None:
        """Land a new file, so that its readings are never late."""
        self._aws.put(f"/{feed.BUCKET}/{feed.KEY}", feed.file_of(count, flagged=flagged))

    def _file_subject(self, name: str) -> Any:  # noqa: ANN401 - a context manager of a Subject
        home = self._homes.get(name, self._references)
        file = {"bucket": feed.BUCKET, "key": feed.KEY, "event": feed.event()}
        return started(home, name, {"environment": self._environment, **file})

    def _asking(self, **headers: str) -> Any:  # noqa: ANN401 - a context manager of a Subject
        event = feed.request(f"/readings/{_SITE}", f"limit={PAGE}", **headers)
        return started(self._homes["api"], "api", {"environment": self._environment, "event": event})


def _page_body() -> bytes:
    """Return DynamoDB's answer to the query for a page: a site's day."""
    items = []
    for number in range(PAGE):
        minutes = number * feed.INTERVAL_MINUTES
        time = f"2026-11-22T{minutes // 60:02}:{minutes % 60:02}:00Z"
        provenance = Provenance(time, f"raw/loggers/2026/11/22/{number:06}.json@3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH", 1)
        reading = Reading(_SITE, time, Decimal(number % 50) / 16, Decimal("0.3125"))
        items.append(item_of(Assessed(landing(reading, provenance), ()), 1_900_000_000))
    return json.dumps({"Count": PAGE, "Items": items, "ScannedCount": PAGE}, separators=(",", ":")).encode()


class Rounds(msgspec.Struct, frozen=True):
    """How often each thing is measured."""

    processor: int = 15
    api: int = 60
    starts: int = 9
    alerting: int = 19


class Results(msgspec.Struct):
    """All figures.

    speed: of the processor and its references. flagged: of the processor where 1 % is flagged. alerting, first_contact:
    empty where they weren't measured.
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
    first_contact: dict[str, Runs] = {}


def measured(bench: Bench, rounds: Rounds, sizes: tuple[int, ...]) -> Results:
    """Measure everything, in one go."""
    speed, counts = bench.processor(rounds.processor)
    flagged, _ = bench.processor(rounds.processor, flagged=0.01)
    first_contact = bench.first_contact(rounds.processor)
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
        first_contact=first_contact,
    )
