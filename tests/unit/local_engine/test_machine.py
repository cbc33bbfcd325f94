"""What differs between Linux and macOS: in one place, with a sentence for the user, and the stack works on both."""

import ast
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Final

import pytest

from heliograph_cli.commands import Exit
from heliograph_cli.doctor_machine import system_lines
from heliograph_cli.failures import explain
from linux import linux
from local_engine import keeping, worker_memory
from local_engine.journal import Journal
from local_engine.machine import machine, most_resident
from local_engine.state_files import StateFiles
from python_sources import tree_of

SRC: Final = Path(__file__).resolve().parents[3] / "src"


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine's process take this machine for a Mac."""
    for module in (keeping, worker_memory):
        monkeypatch.setattr(module, "machine", lambda: machine("darwin"))


def runtime() -> ModuleType:
    """Make a module as the engine's of Lambda's workers."""
    made = ModuleType("lambda_runtime")
    made.__dict__.update(_detect_runtime_binary=lambda _: ("python", ""), Worker=SimpleNamespace(invoke=None))
    return made


@pytest.mark.usefixtures("mac")
def test_a_mac_leaves_workers_unbounded() -> None:
    """There the limit isn't kept and nothing tells what was resident, so that workers start as they are."""
    made = runtime()
    before = dict(made.__dict__), made.Worker.invoke
    worker_memory.bound_workers(made)
    assert (dict(made.__dict__), made.Worker.invoke) == before


@linux
def test_linux_bounds_workers() -> None:
    """The worker's script begins with its limit."""
    made = runtime()
    worker_memory.bound_workers(made)
    assert "RLIMIT_DATA" in made._detect_runtime_binary("python3.11")[1]


@pytest.mark.usefixtures("mac")
def test_a_mac_writes_its_snapshot_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork may hang there; the snapshot is written all the same."""
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("forked"))
    monkeypatch.setitem(sys.modules, "ministack.core.persistence", ModuleType("persistence"))
    monkeypatch.delitem(sys.modules, "ministack.services.lambda_svc", raising=False)
    before = signal.getsignal(signal.SIGUSR1)
    engine = ModuleType("app")
    engine.__dict__["_build_persistence_save_dict"] = dict
    try:
        keeper = keeping.Keeper(tmp_path, engine)
        files = StateFiles(tmp_path)
        keeper._journal = Journal(files.journal(0))
        keeper._begin_snapshot()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert files.snapshots() == [1]


def test_what_differs_is_said() -> None:
    """`heliograph doctor` on a Mac has a line for each; on Linux there is nothing to say."""
    assert len(system_lines(machine("darwin"))) == 2
    assert system_lines(machine("linux")) == []


@pytest.mark.parametrize("name", ["fcntl", "resource"])
def test_a_system_that_is_neither_is_told_in_a_sentence(name: str) -> None:
    """Windows' Python lacks what the stack is locked with: one line, no traceback; another module is our own fault."""
    told = explain(ModuleNotFoundError(f"No module named {name!r}", name=name))
    assert told is not None
    assert told[0] == Exit.FAILED
    assert "WSL" in told[1]
    assert explain(ModuleNotFoundError("No module named 'x'", name="x")) is None


@linux
def test_nothing_resident_is_known_of_a_process_that_is_gone() -> None:
    """It is 0, as where there is no /proc; of this process it is something."""
    assert most_resident(2**22 + 1) == 0
    assert most_resident(os.getpid()) > 0


def test_it_stands_in_one_place() -> None:
    """No other file of src/ asks which system it is on, or reads what Linux alone has."""
    assert {path.name for path in SRC.rglob("*.py") if any(_is_of_one_system(node) for node in nodes(path))} == {
        "machine.py"
    }


def nodes(path: Path) -> Iterator[ast.AST]:
    """Yield all that a file's syntax tree holds."""
    return ast.walk(tree_of(path))


def _is_of_one_system(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in {"sys.platform", "platform.system", "os.uname"}
    text = node.value if isinstance(node, ast.Constant) else ""
    return isinstance(text, str) and any(each in text for each in ("/proc", "/dev/shm", "VmHWM"))  # noqa: S108 - looked for
