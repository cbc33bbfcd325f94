"""`python -m chaos`: a long run of chaos, or a burst, that ends by itself and prints a line a figure."""

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

from chaos.burst import burst
from chaos.disk import SmallDisk
from chaos.plan import Outcome, Plan
from chaos.run import Chaos

ZIPS = Path(__file__).resolve().parents[2] / "build" / "local"
# The bound of a run: a minute for 25 files, and a quarter of an hour for starts and the last waits.
_FILES_A_MINUTE: Final = 25
_MINUTES_BESIDES: Final = 15
# Shares of the files: while those are landed the disk is full.
_FULL: Final = (0.56, 0.6)


class TooLong(AssertionError):
    """The run didn't end within its bound."""


def main() -> int:
    """Run what the words ask for; 1 where anything is lost, doubled, wrong or unsent, or wasn't put to the test."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("what", choices=["chaos", "burst"])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=0.05, help="of all calls, how many fail")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    _end_after(60 * (_MINUTES_BESIDES + asked.files // _FILES_A_MINUTE))
    with tempfile.TemporaryDirectory(prefix="heliograph-chaos-") as folder:
        # A copy: what is built while this runs mustn't get into it when the engine starts again.
        zips = shutil.copytree(ZIPS, Path(folder) / "zips")
        if asked.what == "burst":
            found = burst(asked.files, asked.seed, Path(folder) / "state", zips)
            return say(found.lines(), good=found.good)
        with SmallDisk(Path(folder) / "disk") as disk:
            if not disk.mounted:
                sys.stdout.write("no disk can be mounted here (that takes root), so none is filled\n")
            full = _FULL if disk.mounted else (0, 0)
            plan = Plan(files=asked.files, seed=asked.seed, rate=asked.rate, kills=6, engine_kills=3, disk_full=full)
            outcome = Chaos(plan, disk.folder / "state", zips, disk).run()
        return say(lines_of(outcome, asked.seed), good=outcome.good)


def lines_of(outcome: Outcome, seed: int) -> Iterator[str]:
    """Yield a line a figure."""
    yield f"seed            {seed}, {outcome.seconds:.0f} s"
    yield from outcome.lines()
    yield "good" if outcome.good else "NOT GOOD"


def say(lines: Iterator[str], *, good: bool) -> int:
    """Print lines; return the exit code."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0 if good else 1


def _end_after(seconds: int) -> None:
    """Raise in the main thread when the time is up, so that all that was started is stopped."""

    def too_long(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong(f"the run didn't end within {seconds} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)


if __name__ == "__main__":
    sys.exit(main())
