"""What is measured, one function a part of the page."""

import json
import sys
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from heliograph.assessed import Assessed
from heliograph.history import Provenance, landing
from heliograph.reading import Reading
from heliograph.storage.reading_items import item_of
from speed import feed
from speed.alternate import Runs, alternating
from speed.areas import Area, areas_of
from speed.endpoint import Endpoint
from speed.processes import ROOT, Home, Took, packages, started, unpacked

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
        aws.can(_TABLES_READ, json.dumps(feed.registry()).encode())
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
