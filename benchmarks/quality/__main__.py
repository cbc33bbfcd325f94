"""Measure the checks, print the tables, and write the page of results; see README.md beside this file.

The page is of one run, of all parts at one commit. A run that leaves a part out prints its tables and writes nothing.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from quality import homes, pvanalytics_sets, real, real_sites, report
from quality.fleet import Extent, measure
from quality.plots import draw_commonest

PAGE: Final = Path(__file__).parents[2] / "docs" / "quality" / "results.md"
PARTS: Final = ("real", "pvanalytics", "simulated", "homes", "homes-injected")
_QUICK: Final = Extent(sites=4, days=20, sizes=(1.0,), baselines=1)
_QUICK_HOMES: Final = 2
_MINUTE: Final = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return the exit status, 1 where a bar is missed."""
    asked = _parser().parse_args(arguments)
    commit, begun = _commit(), time.monotonic()
    results = report.QualityResults()
    left_out = [part for part in asked.only or PARTS if not _is_measured(part, asked, results)]
    minutes = round((time.monotonic() - begun) / _MINUTE)
    text = results.text(f"Measured in one run at commit {commit}, in {minutes} minutes on {asked.jobs} processes.")
    sys.stdout.write(text)
    if not (asked.quick or asked.only or left_out):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
        sys.stdout.write(f"\nWritten to {PAGE}\n")
    return int(not results.passed)


def _is_measured(part: str, asked: argparse.Namespace, results: report.QualityResults) -> bool:
    """Measure a part; return whether its data is here."""
    wanted, where = (
        ("HELIOGRAPH_SITES", real_sites.folder()) if part == "real" else ("HELIOGRAPH_HOMES", homes.folder())
    )
    if where is None and part in {"real", "homes", "homes-injected"}:
        sys.stderr.write(f"{part} is left out, and the page isn't written: set {wanted} to the data's folder\n")
        return False
    begun = time.monotonic()
    _run(part, asked, where or Path(), results)
    sys.stderr.write(f"{part}: {time.monotonic() - begun:.0f} s\n")
    return True


def _commit() -> str:
    """Return the commit that is measured, and whether files differ from it."""
    command = ["git", "-C", str(PAGE.parents[2]), "describe", "--always", "--exclude=*", "--dirty= with changes"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"  # noqa: S603 - our own command


def _run(part: str, asked: argparse.Namespace, where: Path, results: report.QualityResults) -> None:
    if part == "real":
        results.add_real(real.measure(where, quick=asked.quick, jobs=asked.jobs))
    elif part == "pvanalytics":
        results.add_sets(pvanalytics_sets.measure(asked.jobs))
    elif part == "simulated":
        extent = (
            _QUICK._replace(jobs=asked.jobs)
            if asked.quick
            else Extent(asked.sites, asked.days, asked.seed or Extent().seed, jobs=asked.jobs)
        )
        results.add_fleet(tally := measure(extent), extent)
        _list(tally.details if asked.details else ())
    elif part == "homes":
        text, scored = homes.as_they_are(where, _QUICK_HOMES if asked.quick else None, asked.jobs)
        results.add_homes(text)
        if asked.plots:
            samples = homes.load(where)
            said = [
                (sample, each) for sample, one in zip(samples, scored["Heliograph"], strict=True) for each in one.false
            ]
            sys.stderr.write("".join(f"{path}\n" for path in draw_commonest(said)))
    else:
        seeds = [asked.seed] if asked.seed else homes.SEEDS[: 1 if asked.quick else None]
        wanted = homes.Wanted(seeds, asked.fault, asked.size, _QUICK_HOMES if asked.quick else None)
        injected = homes.with_faults(where, wanted, asked.jobs)
        results.add_injected(injected, seeds)
        _list(injected.details if asked.details else ())


def _list(lines: Sequence[str]) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few sites and days, one size; the page isn't written")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part alone; the page isn't written")
    parser.add_argument("--sites", type=int, default=Extent().sites, help="simulated sites")
    parser.add_argument("--days", type=int, default=Extent().days, help="simulated days, without the lead-in")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, help="another seed; 1 to 7 are for tuning, 21 and up for reporting")
    parser.add_argument("--fault", action="append", default=[], help="homes-injected: this fault alone")
    parser.add_argument("--size", type=float, default=1.0, help="homes-injected: how bad; 1 is the standard")
    parser.add_argument("--details", action="store_true", help="list what was missed, and what was false")
    parser.add_argument("--plots", action="store_true", help="homes: draw the ten commonest incidents")
    return parser


if __name__ == "__main__":
    sys.exit(main())
