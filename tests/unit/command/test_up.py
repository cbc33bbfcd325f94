"""How `heliograph up` ends: with 1 and a reason where its engine died, couldn't save, or there is no room."""

import shutil
import sys
import threading
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, NamedTuple, Self

import pytest

from heliograph_cli import show, up
from heliograph_cli.main import run


class FakeRunning:
    """A stack that ends by itself, or is told to; well or not."""

    last_words = "killed"
    recovery = None
    stack: Any = SimpleNamespace(api="", endpoint="", dynamodb="", raw_bucket="")

    def __init__(self, *, dies: bool, ended_well: bool) -> None:
        """Say how it ends."""
        self.ended_well = ended_well
        self._dies = dies

    def wait(self, _seconds: float) -> bool:
        """Return whether it has ended."""
        return self._dies

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""


class Usage(NamedTuple):
    """The room on a disk, bytes."""

    free: int


def end_of(
    running: FakeRunning, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> tuple[int, str]:
    """Return the exit code of `up` over a stack, and what it said."""
    monkeypatch.setattr(up, "start", lambda _options: running)
    monkeypatch.setattr(up, "clients_for", lambda _stack: None)
    monkeypatch.setattr(up, "target_of", lambda _stack: None)
    monkeypatch.setattr(up, "say_uncounted", lambda _target, _clients: None)
    monkeypatch.setattr(up, "_on_signals", threading.Event)
    monkeypatch.setattr(sys, "argv", ["heliograph", "up", "--sites", "0", "--for", "0.1", "--state-dir", str(tmp_path)])
    try:
        run()
    except SystemExit as ended:
        code = int(ended.code or 0)
    else:
        code = 0
    return code, " ".join(capsys.readouterr().err.split())


def test_an_engine_that_dies_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It exits with 1, says what the engine last said, and what to do."""
    code, said = end_of(FakeRunning(dies=True, ended_well=False), monkeypatch, capsys, tmp_path)
    assert code == 1
    assert "it last said: killed" in said
    assert "the next `heliograph up` rebuilds the rest" in said


def test_an_end_that_is_not_saved_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Also where it was told to end; one that ends well, by whose hand ever, exits with 0."""
    assert end_of(FakeRunning(dies=False, ended_well=False), monkeypatch, capsys, tmp_path)[0] == 1
    for dies in (False, True):
        assert end_of(FakeRunning(dies=dies, ended_well=True), monkeypatch, capsys, tmp_path)[0] == 0


def test_a_full_disk_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It says once that nothing new is taken in, with how much is free, and exits with 1."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(3 * 1024 * 1024))
    code, said = end_of(FakeRunning(dies=False, ended_well=True), monkeypatch, capsys, tmp_path)
    assert code == 1
    assert said.count("nothing new is taken in") == 1
    assert "3 MiB are free" in said


@pytest.mark.parametrize(("registered", "counted", "says"), [(3, 3, False), (3, 0, True), (0, 0, False)])
def test_sites_that_an_older_version_did_not_count_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], registered: int, counted: int, *, says: bool
) -> None:
    """The totals of a state folder from before sites were counted are put right by the audit, and `up` says so."""
    monkeypatch.setattr(up, "scan_sites", lambda _dynamodb, _table: iter("x" * registered))
    monkeypatch.setattr(up, "look", lambda _target, _clients: SimpleNamespace(totals=SimpleNamespace(sites=counted)))
    show.err.cache_clear()
    world: Any = SimpleNamespace(sites_table="sites", dynamodb=lambda: None)
    up.say_uncounted(world, world)
    said = " ".join(capsys.readouterr().err.split())
    assert ("3 sites are registered and 0 are counted" in said and "`heliograph audit --repair`" in said) == says
    assert bool(said) == says
