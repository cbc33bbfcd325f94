"""Measure the checks, print the tables, and write the page of results; see README.md beside this file."""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from quality import homes, pvanalytics_sets, real, real_sites, report
from quality.fleet import Extent, measure
from quality.plots import OUT, draw_commonest

PAGE: Final = Path(__file__).parents[2] / "docs" / "quality" / "results.md"
KEPT: Final = OUT / "parts"
PARTS: Final = ("real", "pvanalytics", "simulated", "homes", "homes-injected")
_QUICK: Final = Extent(sites=4, days=20, sizes=(1.0,), baselines=1)
_QUICK_HOMES: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return the exit status, 1 where a bar is missed."""
    asked = _parser().parse_args(arguments)
    kept = {}
    for part in asked.only or PARTS:
        results = report.QualityResults()
        if part.startswith("homes") and homes.folder() is None:
            sys.stderr.write("no homes here: set HELIOGRAPH_HOMES to their folder; their part is left out\n")
        elif part == "real" and real_sites.folder() is None:
            sys.stderr.write("no real sites here: set HELIOGRAPH_SITES to their folder; their part is left out\n")
        else:
            _run(part, asked, homes.folder() or Path(), results)
            kept[part] = results.kept(_commit())
    page = report.QualityResults(kept.values())
    sys.stdout.write(page.text())
    if not asked.quick:
        _keep(kept)
    return int(not page.passed)


def _keep(kept: Mapping[str, bytes]) -> None:
    """Keep each part, and write the page of all that were kept, once each that can be measured here was."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for part, body in kept.items():
        (KEPT / f"{part}.json").write_bytes(body)
    found = [KEPT / f"{part}.json" for part in PARTS]
    if missing := [path.stem for path in found if not path.exists()]:
        sys.stdout.write(f"\nThe page isn't written: {', '.join(missing)} aren't measured yet.\n")
        return
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(report.QualityResults(path.read_bytes() for path in found).text(), encoding="utf-8")
    sys.stdout.write(f"\nWritten to {PAGE}\n")


def _commit() -> str:
    command = ["git", "-C", str(PAGE.parents[2]), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"  # noqa: S603 - our own command


def _run(part: str, asked: argparse.Namespace, where: Path, results: report.QualityResults) -> None:
    sys.stderr.write(f"{part} …\n")
    if part == "real":
        results.add_real(real.measure(real_sites.folder() or Path(), quick=asked.quick, jobs=asked.jobs))
    elif part == "pvanalytics":
        results.add_sets(pvanalytics_sets.measure())
    elif part == "simulated":
        extent = (
            _QUICK if asked.quick else Extent(asked.sites, asked.days, asked.seed or Extent().seed, jobs=asked.jobs)
        )
        results.add_fleet(tally := measure(extent), extent)
        _tell(tally.details if asked.details else ())
    elif part == "homes":
        text, scored = homes.as_they_are(where, _QUICK_HOMES if asked.quick else None)
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
        injected = homes.with_faults(where, wanted)
        results.add_injected(injected, seeds)
        _tell(injected.details if asked.details else ())


def _tell(lines: Sequence[str]) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few sites and days, one size; the page isn't written")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part alone; the page keeps the others")
    parser.add_argument("--sites", type=int, default=Extent().sites, help="simulated sites")
    parser.add_argument("--days", type=int, default=Extent().days, help="simulated days, without the lead-in")
    parser.add_argument("--jobs", type=int, default=1, help="processes for the simulated sites")
    parser.add_argument("--seed", type=int, help="another seed; 1 to 7 are for tuning, 21 and up for reporting")
    parser.add_argument("--fault", action="append", default=[], help="homes-injected: this fault alone")
    parser.add_argument("--size", type=float, default=1.0, help="homes-injected: how bad; 1 is the standard")
    parser.add_argument("--details", action="store_true", help="list what was missed, and what was false")
    parser.add_argument("--plots", action="store_true", help="homes: draw the ten commonest incidents")
    return parser


if __name__ == "__main__":
    sys.exit(main())
