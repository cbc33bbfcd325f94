"""Measure the speed, print the bars, and write the page; see __init__.py."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from harness import ROOT, ZIPS
from speed import report
from speed.measure import SIZES, Bench, Results, Rounds, measured
from speed.processes import BENCHMARKS, running

_HERE: Final = BENCHMARKS / "speed"
NOW: Final = _HERE / "results.json"
BEFORE: Final = _HERE / "before.json"
PAGE: Final = ROOT / "docs" / "quality" / "speed.md"
_QUICK: Final = Rounds(processor=2, api=10, starts=1, alerting=3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for; return the exit status, 1 where a bar is missed."""
    asked = _parser().parse_args(arguments)
    if not asked.page_only:
        found = _measured(asked.zips, quick=asked.quick)
        if not asked.quick:
            asked.keep.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    else:
        found = _kept(NOW)
    all_bars = report.bars(found)
    for bar in all_bars:
        sys.stdout.write(f"{'holds ' if bar.passed else 'MISSED'}  {bar.what}: {bar.found} ({bar.wanted})\n")
    if not asked.quick and asked.keep == NOW:
        PAGE.write_text(report.page(found, _kept(BEFORE)), encoding="utf-8")
    return int(not all(bar.passed for bar in all_bars))


def _measured(zips: Path, *, quick: bool) -> Results:
    with tempfile.TemporaryDirectory() as folder, running() as aws:
        rounds, sizes = (_QUICK, SIZES[:2]) if quick else (Rounds(), SIZES)
        return measured(Bench(aws, zips, Path(folder)), rounds, sizes)


def _kept(path: Path) -> Results:
    return msgspec.json.decode(path.read_bytes(), type=Results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="speed", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, small files; nothing is written")
    parser.add_argument("--page-only", action="store_true", help="write the page from the figures that are kept")
    parser.add_argument("--zips", type=Path, default=ZIPS, help="measure these zips")
    parser.add_argument("--keep", type=Path, default=NOW, help="where to keep the figures; elsewhere, no page is made")
    return parser


if __name__ == "__main__":
    sys.exit(main())
