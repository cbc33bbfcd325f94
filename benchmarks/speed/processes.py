"""Processes on this machine: subjects, which run on command, and the null AWS, which says what it counted."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import msgspec

from harness import ROOT
from speed.null_aws import CONTROL

BENCHMARKS: Final = ROOT / "benchmarks"
_CHILD: Final = BENCHMARKS / "speed" / "child.py"
_SECONDS: Final = 60.0


class Took(msgspec.Struct):
    """What init or a run took: CPU and wall, ms; the modules that init imported; the process's peak of memory, MB."""

    cpu: float
    wall: float
    modules: int = 0
    peak_mb: float = 0.0


class Home(msgspec.Struct, frozen=True):
    """Where a subject lives. python: its interpreter. paths: what it sees beside the standard library."""

    python: Path
    paths: tuple[Path, ...]


class Subject:
    """A running subject. init: what its init took."""

    def __init__(self, commands: IO[bytes], answers: IO[bytes]) -> None:
        """Keep its pipes; it knows already what it is."""
        self._commands = commands
        self._answers = answers
        self.init = self._took()

    def run(self) -> Took:
        """Run it once."""
        self._commands.write(b"run\n")
        self._commands.flush()
        return self._took()

    def profile(self) -> list[dict[str, Any]]:
        """Run it once under the profiler and return its functions, the one with the most time of its own first."""
        self._commands.write(b"profile\n")
        self._commands.flush()
        return list(msgspec.json.decode(self._answers.readline())["functions"])

    def _took(self) -> Took:
        line = self._answers.readline()
        if not line:
            raise SystemExit("a subject died; what it said stands above")
        return msgspec.json.decode(line, type=Took)


@contextmanager
def started(home: Home, name: str, settings: dict[str, Any]) -> Iterator[Subject]:
    """Start a subject; it is gone when the block ends."""
    paths = [*map(str, home.paths), str(BENCHMARKS)]
    what = {"paths": paths, "subject": name, "settings": settings}
    with subprocess.Popen(  # noqa: S603 - our own words
        [str(home.python), "-I", "-S", str(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=settings["environment"],
    ) as process:
        assert process.stdin is not None  # noqa: S101 - for the types
        assert process.stdout is not None  # noqa: S101 - for the types
        try:
            process.stdin.write(msgspec.json.encode(what) + b"\n")
            process.stdin.flush()
            yield Subject(process.stdin, process.stdout)
        finally:
            process.stdin.close()
            process.wait(timeout=60)


def unpacked(zips: Path, name: str, folder: Path) -> Path:
    """Unpack a Lambda's zip, as Lambda does before its first call; return the folder."""
    to = folder / name
    with zipfile.ZipFile(zips / f"{name}.zip") as archive:
        archive.extractall(to)
    return to


def packages(venv: Path) -> Path:
    """Return a virtual environment's packages."""
    (found,) = venv.glob("lib/python*/site-packages")
    return found


class Endpoint:
    """A running null AWS."""

    def __init__(self, port: int) -> None:
        """Keep where it listens."""
        self._port = port
        self.url = f"http://127.0.0.1:{port}"

    def counts(self) -> dict[str, Any]:
        """Return the calls, items and bytes since the last reset."""
        return dict(msgspec.json.decode(self._post("counts")))

    def reset(self) -> None:
        """Count from nothing."""
        self._post("reset")

    def can(self, name: str, body: bytes) -> None:
        """Answer `Operation/table` with this body from now on."""
        self._post(quote(name, safe=""), body)

    def put(self, path: str, body: bytes) -> None:
        """Put an object: /bucket/key."""
        self._ask("PUT", path, body)

    def _post(self, name: str, body: bytes = b"") -> bytes:
        return self._ask("POST", f"{CONTROL}{name}", body)

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def running() -> Iterator[Endpoint]:
    """Start a null AWS; it is gone when the block ends, and also when this process dies."""
    command = [sys.executable, "-m", "speed.null_aws"]
    with subprocess.Popen(command, cwd=BENCHMARKS, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin is not None  # noqa: S101 - for the types
        assert process.stdout is not None  # noqa: S101 - for the types
        try:
            yield Endpoint(int(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(timeout=10)
