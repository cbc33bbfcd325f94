"""Subjects as processes: started with what they may see, told to run, ended."""

import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from speed.endpoint import BENCHMARKS

ROOT: Final = BENCHMARKS.parent
ZIPS: Final = ROOT / "build" / "local"
_CHILD: Final = BENCHMARKS / "speed" / "child.py"


class Took(msgspec.Struct):
    """What init or a run took: CPU and wall, ms; the modules that init imported; the process's peak of memory, MB."""

    cpu: float
    wall: float
    modules: int = 0
    peak_mb: float = 0.0


class Home(msgspec.Struct, frozen=True):
    """Where a subject lives. python: its interpreter. paths: what it sees beside the standard library.

    compiled: whether its code may be kept compiled; a Lambda's code folder can't be written to.
    """

    python: Path
    paths: tuple[Path, ...]
    compiled: bool = True

    def command(self) -> list[str]:
        """Return the command that starts it."""
        options = ["-I", "-S", *([] if self.compiled else ["-B"])]
        return [str(self.python), *options, str(_CHILD)]


class Subject:
    """A running subject. init: what its init took."""

    def __init__(self, told: IO[bytes], answers: IO[bytes]) -> None:
        """Keep its pipes; it has been told what it is."""
        self._told = told
        self._answers = answers
        self.init = self._took()

    def run(self) -> Took:
        """Run it once."""
        self._told.write(b"run\n")
        self._told.flush()
        return self._took()

    def profile(self) -> list[dict[str, Any]]:
        """Run it once under the profiler and return its functions, the one with the most time of its own first."""
        self._told.write(b"profile\n")
        self._told.flush()
        return list(msgspec.json.decode(self._answers.readline())["functions"])

    def _took(self) -> Took:
        line = self._answers.readline()
        if not line:
            raise SystemExit("a subject died; what it said stands above")
        return msgspec.json.decode(line, type=Took)


@contextmanager
def started(home: Home, module: str, settings: dict[str, Any]) -> Iterator[Subject]:
    """Start a subject; it is gone when the block ends."""
    paths = [*map(str, home.paths), str(BENCHMARKS)]
    what = {"paths": paths, "subject": f"speed.subjects.{module}", "settings": settings}
    with subprocess.Popen(  # noqa: S603 - our own words
        home.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=settings["environment"]
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
