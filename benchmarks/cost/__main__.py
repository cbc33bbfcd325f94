"""Measure the units, print them, and write docs/reference/cost.md."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from cost.feeds import FEEDS, World
from cost.page import PERIOD, SLOW_PERIOD, page, totals
from local_stack import StackOptions, start

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "reference" / "cost.md"


def main() -> int:
    """Measure on a stack of its own; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        options = StackOptions(
            state_dir=Path(folder), zips=ROOT / "build" / "local", sites=1, schedule=False, watch=False
        )
        with start(options) as running:
            world = World(running.stack)
            processor = {feed.name: world.processor_units(feed) for feed in FEEDS}
            watch = {period: world.watch_units(period) for period in (PERIOD, SLOW_PERIOD)}
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(processor, watch), encoding="utf-8")
    for name, units in processor.items():
        write, read = totals(units, watch[PERIOD])
        sys.stdout.write(f"{name}: {write:.2f} write, {read:.2f} read units a reading\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
