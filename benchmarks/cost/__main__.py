"""Measure the units, print them, and write docs/reference/cost.md."""

import sys
from typing import Final

from cost.bill import PERIOD, SLOW_PERIOD, page, totals
from cost.feeds import FEEDS, World
from harness import ROOT, own_stack

PAGE: Final = ROOT / "docs" / "reference" / "cost.md"


def main() -> int:
    """Measure on a stack of its own; return the exit status."""
    with own_stack() as stack:
        world = World(stack)
        processor = {feed.name: world.processor_units(feed) for feed in FEEDS}
        watch = {period: world.watch_units(period) for period in (PERIOD, SLOW_PERIOD)}
    PAGE.write_text(page(processor, watch), encoding="utf-8")
    for name, units in processor.items():
        write, read = totals(units, watch[PERIOD])
        sys.stdout.write(f"{name}: {write:.2f} write, {read:.2f} read units a reading\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
