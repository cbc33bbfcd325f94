"""`python -m chaos`: a long run of chaos, or a burst, that ends by itself and prints a line a figure."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from chaos.burst import burst
from chaos.run import Chaos, Outcome, Plan

ZIPS = Path(__file__).resolve().parents[2] / "build" / "local"


def main() -> int:
    """Run what the words ask for; 1 where anything was lost, doubled or left unsent."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("what", choices=["chaos", "burst"])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=0.05, help="of all calls, how many fail")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="heliograph-chaos-") as folder:
        # A copy: what is built while this runs mustn't get into it when the engine starts again.
        zips = shutil.copytree(ZIPS, Path(folder) / "zips")
        if asked.what == "burst":
            found = burst(asked.files, asked.seed, Path(folder) / "state", zips)
            return say(found.lines(), good=found.good)
        plan = Plan(files=asked.files, seed=asked.seed, rate=asked.rate)
        outcome = Chaos(plan, Path(folder) / "state", zips).run()
        return say(lines_of(outcome, asked.seed), good=outcome.good)


def lines_of(outcome: Outcome, seed: int) -> Iterator[str]:
    """Give a line a figure."""
    yield f"seed            {seed}, {outcome.seconds:.0f} s"
    yield from outcome.figures.lines()
    yield f"calls           {outcome.calls}, of which faults hit:"
    for kind, count in sorted(outcome.fired.items()):
        yield f"  {kind:<16}{count}"


def say(lines: Iterator[str], *, good: bool) -> int:
    """Print lines; give the exit code."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
