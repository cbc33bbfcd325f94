"""A disk that gets full in the middle of a burst: what the commands say, and that nothing acknowledged is lost."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from chaos.waiting import wait_until_idle
from heliograph.storage.ingestions import DynamoIngestions
from heliograph.storage.listing import list_versions
from installed import HELIOGRAPH
from local_stack import StackOptions, find, start
from stack.harness import Harness, wait_until

_DISK_MIB: Final = 768
_RESERVE_MIB: Final = 128
_FILES: Final = 10
_MIB: Final = 1024 * 1024


@contextmanager
def disk(place: Path) -> Iterator[Path]:
    """Mount a small disk for a while.

    Raises:
        CalledProcessError: it can't be mounted, as it isn't root who asks.
    """
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", "heliograph-crash", str(place)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own words
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)  # noqa: S603, S607 - our own words


def fill_up(folder: Path, zips: Path) -> Iterator[str]:
    """Run it; yield a line a figure, the last one `good` or `bad`."""
    with disk(folder / "disk") as small:
        state = small / "state"
        files = [_file(folder, number) for number in range(_FILES)]
        options = ["--sites", "0", "--reserve", str(_RESERVE_MIB), "--zips", str(zips), "--state-dir", str(state)]
        with subprocess.Popen([HELIOGRAPH, "up", *options], stderr=subprocess.PIPE, text=True) as up:  # noqa: S603
            wait_until(lambda: find(state), "the stack", 180)
            landed, refused = _submit_until_refused(files, state, small / "filler")
            time.sleep(1.5)
            up.send_signal(signal.SIGINT)
            _, said = up.communicate(timeout=180)
        yield f"submit          {landed} times 0, then {refused.returncode}: {_line(refused.stderr)}"
        yield f"up              {up.returncode}: {_line(said)}"
        (small / "filler").unlink()
        acknowledged, stored = _count(StackOptions(state_dir=state, zips=zips, sites=1, schedule=False, watch=False))
        yield f"acknowledged    {acknowledged} files, all {landed} of whole submits among them; {stored} stored"
        good = refused.returncode == up.returncode == 1 and stored == acknowledged >= landed * _FILES
        yield "good" if good else "bad"


def _submit_until_refused(
    files: list[Path], state: Path, filler: Path
) -> tuple[int, "subprocess.CompletedProcess[str]"]:
    """Submit the same files over and over while the disk gets full; return how often it worked, and how it didn't."""
    for number in range(100):
        if number == 2:
            room = os.statvfs(filler.parent)
            filler.write_bytes(bytes(room.f_bavail * room.f_frsize - (_RESERVE_MIB - 1) * _MIB))
        command = [HELIOGRAPH, "submit", *map(str, files), "--state-dir", str(state)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if done.returncode:
            return number, done
    raise AssertionError("nothing was refused")


def _count(options: StackOptions) -> tuple[int, int]:
    """Return how many files lie in S3, and how many of them are stored, after a start and nothing else."""
    with start(options) as running:
        harness = Harness(running.stack)
        wait_until_idle(harness, running.stack.ingest_queue, 600)
        listed = list(list_versions(harness.s3, running.stack.raw_bucket, "raw/"))
        ingestions = DynamoIngestions(harness.dynamodb, running.stack.ingestions_table, timedelta(days=1))
        totals = ingestions.totals()
        harness.close()
    return len(listed), totals.files - totals.failed_files


def _file(folder: Path, number: int) -> Path:
    path = folder / f"{number}.csv"
    head = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh"
    path.write_text(f"{head}\nsite-{number},2026-06-01T12:00:00Z,1.5,0.25\n")
    return path


def _line(text: str) -> str:
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())
