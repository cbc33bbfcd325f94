"""Colours and progress: on a terminal alone, and no colours where NO_COLOR says so."""

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from installed import HELIOGRAPH

COLOUR = re.compile(r"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38|48|4[0-7])[0-9;]*m")


def on_terminal(arguments: list[str | Path], **environment: str) -> str:
    """Run the command with standard error on a terminal; return what that shows."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM", "FORCE_COLOR"}}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [HELIOGRAPH, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**clean, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    shown = b""
    # The terminal's other end is closed when the command ends, which reads as an error.
    while (part := _read(ours)) != b"":
        shown += part
    process.wait(30)
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A file of readings."""
    path = tmp_path / "feed.csv"
    rows = [f"s{n},2026-06-01T12:00:00Z,1,2" for n in range(20)]
    path.write_text("site_id,timestamp,energy_generated_kwh,energy_consumed_kwh\n" + "\n".join(rows))
    return path


def test_a_terminal_gets_progress_that_vanishes(feed: Path) -> None:
    """A bar while it works; the line is cleared behind it."""
    shown = on_terminal(["check", feed])
    assert "checking" in shown
    assert "\x1b[2K" in shown
    assert COLOUR.search(shown)


def test_no_color_is_honoured(feed: Path) -> None:
    """The same without a colour."""
    shown = on_terminal(["check", feed, "--sites", "nowhere.json"], NO_COLOR="1")
    assert "nowhere.json can't be read" in shown
    assert not COLOUR.search(shown)
    assert not COLOUR.search(on_terminal(["check", feed], NO_COLOR="1"))


def test_a_pipe_gets_neither_colour_nor_progress(feed: Path) -> None:
    """What goes to a file or another program holds no control character."""
    done = subprocess.run([HELIOGRAPH, "check", feed], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stderr
    assert "checking" not in done.stderr
