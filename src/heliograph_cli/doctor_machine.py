"""What `heliograph doctor` says of one thing, and of this machine."""

import re
import shutil
import socket
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final, Literal

import msgspec

from heliograph_cli.failures import explain
from local_engine.machine import Machine, machine

DiagnosisState = Literal["ok", "warn", "missing"]
_OLDEST: Final = (3, 11)
_ROOM_BYTES: Final = 500 * 1024 * 1024
_GIB: Final = 1024**3
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
# Tools that only some tasks need: what they are called, and the task.
_TOOLS: Final = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "`make screenshots` and the browser's tests"),
    "terraform": (("terraform",), "`make deploy`"),
}


class Diagnosis(msgspec.Struct, frozen=True):
    """What was looked at, how it is, what was found, and what to do; `do` is empty where there's nothing to do."""

    what: str
    state: DiagnosisState
    found: str
    do: str = ""


def look(what: str, check: Callable[..., Diagnosis], *things: object) -> Diagnosis:
    """Look at one thing; where that fails for what may be the user's doing, the error says what to do."""
    try:
        return check(what, *things)
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        found, _, to_do = explained[1].partition("; ")
        return Diagnosis(what, "missing", found, to_do)


def check_machine(state_dir: Path) -> list[Diagnosis]:
    """Look at this machine."""
    return [
        python_line(sys.version_info[:3]),
        packages_line("packages", None, "install them: `make setup`, or `pip install .` in the clone"),
        packages_line("embedded AWS", "local", "for `heliograph up`: `pip install '.[local]'` in the clone"),
        packages_line("charts", "charts", "for `heliograph charts`: `pip install '.[charts]'` in the clone"),
        zips_line(Path(__file__).resolve().parents[2] / "build" / "local"),
        *system_lines(machine()),
        port_line(),
        room_line(state_dir),
        *(tool_line(name, names, task) for name, (names, task) in _TOOLS.items()),
    ]


def python_line(found: tuple[int, ...]) -> Diagnosis:
    """Judge the Python that runs this."""
    text = ".".join(map(str, found))
    oldest = ".".join(map(str, _OLDEST))
    if found[:2] < _OLDEST:
        return Diagnosis(
            "Python", "missing", text, f"Heliograph needs {oldest} or newer: `make PYTHON=python{oldest} setup`"
        )
    return Diagnosis("Python", "ok", text)


def system_lines(found: Machine) -> list[Diagnosis]:
    """Return what the embedded AWS does otherwise on this system; nothing on Linux."""
    return [Diagnosis("this system", "ok", each) for each in found.differences]


def packages_line(what: str, extra: str | None, do: str) -> Diagnosis:
    """Return whether the packages of an extra are installed; those always needed where it is None."""
    absent = [name for name in _required(extra) if _version(name) is None]
    if not absent:
        return Diagnosis(what, "ok", "installed")
    # What is always needed is missing; an extra is so for its own commands alone.
    return Diagnosis(what, "warn" if extra else "missing", f"{', '.join(absent)} not installed", do)


def zips_line(folder: Path) -> Diagnosis:
    """Return whether the Lambdas' zips for this machine are built."""
    absent = [name for name in ("api", "processor", "simulator", "watch") if not (folder / f"{name}.zip").is_file()]
    if absent:
        return Diagnosis(
            "Lambdas", "warn", f"{', '.join(absent)} not built", "for `heliograph up`: `make build BUILD=local`"
        )
    return Diagnosis("Lambdas", "ok", "built for this machine")


def port_line() -> Diagnosis:
    """Return whether a port of this machine can be had."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as free:
            return Diagnosis("free port", "ok", f"such as {free.getsockname()[1]}")
    except OSError as error:
        return Diagnosis("free port", "missing", f"none: {error.strerror}", "let this user listen on 127.0.0.1")


def room_line(folder: Path) -> Diagnosis:
    """Return how much room there is for what is stored."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())
    free = shutil.disk_usage(there).free
    text = f"{free / _GIB:.1f} GiB free below {there}"
    if free < _ROOM_BYTES:
        return Diagnosis("disk", "missing", text, "make room, or name another folder by --state-dir")
    return Diagnosis("disk", "ok", text)


def tool_line(name: str, names: tuple[str, ...], task: str) -> Diagnosis:
    """Return whether a tool is there; to do without is no fault."""
    found = next((path for each in names if (path := shutil.which(each))), None)
    return Diagnosis(name, "ok", found or f"not installed; only {task} would need it")


def _required(extra: str | None) -> list[str]:
    try:
        lines = requires("heliograph") or []
    except PackageNotFoundError:
        return ["heliograph"]
    wanted = f'extra == "{extra}"'
    chosen = [line for line in lines if (wanted in line.replace("'", '"') if extra else "extra ==" not in line)]
    return [found[0] for line in chosen if (found := _NAME.match(line))]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
