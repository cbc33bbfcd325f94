"""The command as a user runs it: up in its own process, files submitted, Ctrl-C, nothing left."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from heliograph_cli.commands import Exit
from installed import HELIOGRAPH
from linux import linux
from stack.harness import reading, wait_until


class Up:
    """A `heliograph up` that runs in a process of its own."""

    def __init__(self, zips: Path, state_dir: Path, sites: int = 4) -> None:
        """Start it with a fleet and an hour of its past, and wait until it says it is ready."""
        self.state_dir = state_dir
        fleet = ["--sites", str(sites), "--backfill", "1"]
        options = [*fleet, "--zips", str(zips), "--state-dir", str(state_dir), "--json"]
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [HELIOGRAPH, "up", *options], stdout=subprocess.PIPE, start_new_session=True, text=True
        )
        assert self.process.stdout
        self.ready = json.loads(self.process.stdout.readline())

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run another command against it."""
        command = [HELIOGRAPH, *arguments, "--state-dir", self.state_dir]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    def end(self, with_signal: signal.Signals) -> int:
        """Send a signal as a terminal does, and wait; return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()
        return code


@pytest.fixture
def up(zips: Path, tmp_path: Path) -> Iterator[Up]:
    """A stack that was started by the command."""
    started = Up(zips, tmp_path / "state")
    yield started
    started.end(signal.SIGTERM)


@linux
@pytest.mark.timeout(240)  # two starts and a dozen commands
def test_a_user_s_first_ten_minutes(up: Up, zips: Path, tmp_path: Path) -> None:
    """Up with data, a file submitted and followed, a bad one named with its reason, down, up again, Ctrl-C.

    The second `up` on the folder has what was stored and simulates nothing anew; nothing is left running.
    """
    assert {"api", "endpoint", "raw_bucket", "dead_letter_queue"} <= up.ready.keys()
    summary = httpx2.get(f"{up.ready['api']}/summary", trust_env=False).json()
    assert summary["sites"] == 4
    assert summary["readings"] >= 40

    good, bad = tmp_path / "my meters.json", tmp_path / "bad.json"
    good.write_text(json.dumps([reading("mine", "2026-06-01T12:00:00Z"), {"site_id": "mine"}]))
    bad.write_text('[{"site_id": "mine",')
    done = up.run("submit", "--wait", "--json", good)
    assert done.returncode == 1, "a record is rejected"
    row = json.loads(done.stdout)
    (rejected,) = row["rejected_records"]
    assert rejected["position"] == 2
    lacking = "timestamp, energy_generated_kwh and energy_consumed_kwh are missing"
    assert rejected["reason"].startswith(lacking)
    assert (row["stored"], row["rejected"], row["flagged"], row["state"]) == (1, 1, 0, "done")
    failed = up.run("submit", "--wait", good, bad)
    assert failed.returncode == 1
    assert (
        "my meters.json: record 2: timestamp, energy_generated_kwh and energy_consumed_kwh are missing" in failed.stderr
    )
    assert "bad.json: the file begins like JSON, but is broken: it isn't closed" in failed.stderr
    assert "Traceback" not in failed.stderr

    registry = tmp_path / "sites.json"
    registry.write_text('[{"site_id": "mine", "capacity_kw": 5, "interval_minutes": 60}]')
    assert up.run("sites", "load", registry).returncode == 0
    listed = [json.loads(line) for line in up.run("sites", "list", "--json").stdout.splitlines()]
    assert [site["capacity_kw"] for site in listed if site["site_id"] == "mine"] == [5.0]
    assert len(listed) == 5

    def settled() -> dict[str, int] | None:
        found = json.loads(up.run("status", "--json").stdout)
        return found["totals"] if (found["dead_letters"], found["waiting"]) == (1, 0) else None

    before = wait_until(settled, "the broken file's dead letter", 30)
    assert up.run("down").stdout.strip() == "stopped"
    assert up.process.wait(30) == 0
    assert descendants_gone(up.process.pid)
    assert up.run("status").returncode == Exit.UNREACHABLE
    again = Up(zips, up.state_dir)
    try:
        assert json.loads(again.run("status", "--json").stdout)["totals"] == before
        assert again.end(signal.SIGINT) == 0
    finally:
        again.end(signal.SIGTERM)
    assert descendants_gone(again.process.pid)


def descendants_gone(session: int, clock: Callable[[], float] = time.monotonic) -> bool:
    """Return whether every process of a session ends within a few seconds."""
    deadline = clock() + 5
    while clock() < deadline:
        if not in_session(session):
            return True
        time.sleep(0.1)
    return False


def in_session(session: int) -> list[int]:
    """Return the processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == session:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found
