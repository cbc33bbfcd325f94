#!/usr/bin/env python3
"""Build the Lambdas' zips: `build/local/NAME.zip` for the local engine, `build/aws/NAME.zip` for AWS.

It prints what each weighs and fails where one is over its budget.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lambda_zips.build import Built, build_all
from lambda_zips.compiled import NotImportable
from lambda_zips.contents import Clash
from lambda_zips.install import InstallError
from lambda_zips.recipe import ROOT, TARGETS


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what the command line asks for; return the exit status."""
    asked = _parser().parse_args(arguments)
    targets = list(TARGETS.values()) if asked.target == "all" else [TARGETS[asked.target]]
    try:
        built = build_all(targets, asked.out)
    except (InstallError, Clash, NotImportable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    too_big = [each for each in built if each.too_big]
    shown = too_big if asked.quiet else built
    if shown:
        sys.stdout.write("\n".join(table(shown)) + "\n")
    return 1 if too_big else 0


def table(built: Sequence[Built]) -> list[str]:
    """Return the lines of a table of what was built: its weight against its budget, in megabytes."""
    lines = [f"{'zip':<22}{'MB':>8}{'budget':>8}  state"]
    for each in built:
        state = "OVER BUDGET: leave something out" if each.too_big else "built" if each.made else "fresh"
        name = f"{each.target.name}/{each.path.name}"
        lines.append(f"{name:<22}{each.size / 1e6:>8.2f}{each.recipe.budget / 1e6:>8.0f}  {state}")
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", choices=[*TARGETS, "all"], default="all", help="where the zips run")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="the folder to build in (default: build/)")
    parser.add_argument("--quiet", action="store_true", help="say nothing of zips within their budgets")
    return parser


if __name__ == "__main__":
    sys.exit(main())
