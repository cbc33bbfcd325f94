"""docs/tutorial.md as a reader follows it: every command is typed, in order, and prints what the page shows."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from docs.terminal import Said, Terminal
from docs.tutorial_page import Step, shown_in, steps

ROOT: Final = Path(__file__).resolve().parents[2]
_SOON_SECONDS: Final = 15.0
# A fleet that is quickly made; a browser that opens nothing; tables as wide as a reader's.
_ENVIRONMENT: Final = {"SITES": "3", "HOURS": "1", "BROWSER": "true", "COLUMNS": "140", "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like a fresh clone after its set-up: the checkout's own files, by links."""
    folder = tmp_path / "heliograph"
    folder.mkdir()
    leave_out = {".git", ".venv", ".heliograph"}
    for entry in ROOT.iterdir():
        if entry.name not in leave_out:
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != ".ready":
            (folder / ".venv" / entry.name).symlink_to(entry)
    (folder / ".venv" / ".ready").touch()
    return folder


@pytest.fixture
def terminal(checkout: Path) -> Iterator[Terminal]:
    """The reader's second terminal."""
    opened = Terminal(checkout, _ENVIRONMENT)
    yield opened
    opened.close()


@pytest.fixture
def first_terminal(checkout: Path) -> Iterator["FirstTerminal"]:
    """The reader's first terminal, in which `make run` stays."""
    opened = FirstTerminal(checkout)
    yield opened
    opened.close()


class FirstTerminal:
    """What `make run` prints until it is ready, and its end."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder; nothing runs yet."""
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def make_run(self) -> Said:
        """Run it, and wait until it says that it is ready."""
        self._process = subprocess.Popen(
            ["make", "run"],  # noqa: S607 - the reader's own
            cwd=self._folder,
            env=os.environ | _ENVIRONMENT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout
        lines: list[str] = []
        for line in self._process.stdout:
            lines.append(line)
            if line.startswith("Ready."):
                return Said("".join(lines), 0)
        raise AssertionError(f"make run ended: {''.join(lines)}")

    def wait(self) -> int:
        """Wait until it has ended; return its exit code."""
        assert self._process
        return self._process.wait(60)

    def close(self) -> None:
        """Press Ctrl-C where it still runs."""
        if self._process is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(60)
        if self._process.stdout:
            self._process.stdout.close()


@pytest.mark.tutorial
@pytest.mark.xdist_group("tutorial")
@pytest.mark.timeout(300)  # 30 s on a quiet machine
def test_every_command_of_the_tutorial_does_what_the_page_shows(
    checkout: Path, terminal: Terminal, first_terminal: FirstTerminal
) -> None:
    """Each command ends as the page says, and prints what the page shows."""
    page = [*steps((ROOT / "docs" / "tutorial.md").read_text())]
    for number, step in enumerate(page):
        following = page[number + 1] if number + 1 < len(page) else Step("", "", "", "")
        if step.kind == "sh":
            _follow(step, following, terminal, first_terminal)
        elif step.kind != "text":
            (checkout / step.name).write_text(step.content)
    assert first_terminal.wait() == 0


def _follow(step: Step, shown: Step, terminal: Terminal, first_terminal: FirstTerminal) -> None:
    """Type a block's commands; the last one prints what the page shows below it."""
    expected = shown.content if shown.kind == "text" else ""
    *before, last = [line for line in step.content.splitlines() if line]
    for command in before:
        said = _type(command, terminal, first_terminal)
        assert said.code == 0, f"{command}\n{said.output}"
    _type_until(last, expected, shown.remark, terminal, first_terminal)


def _type_until(command: str, expected: str, remark: str, terminal: Terminal, first: FirstTerminal) -> None:
    """Type a command; again for some seconds, where the page says that it may take a while."""
    deadline = time.monotonic() + (_SOON_SECONDS if remark == "soon" else 0.0)
    while True:
        said = _type(command, terminal, first)
        missing = shown_in(said.output, expected)
        if (not missing and said.code == (remark == "ends with 1")) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert not missing, f"{command} doesn't print {missing}, but\n{said.output}"
    assert said.code == (remark == "ends with 1"), f"{command}\n{said.output}"


def _type(command: str, terminal: Terminal, first_terminal: FirstTerminal) -> Said:
    if command == "make run":
        return first_terminal.make_run()
    if command.startswith("git clone"):  # beside, since a clone has no .venv yet; the page goes on in the fixture's
        command = f"({command.replace('heliograph', '../a-clone').replace('REPOSITORY', str(ROOT))})"
    return terminal.run(command)
