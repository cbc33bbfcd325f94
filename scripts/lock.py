#!/usr/bin/env python3
"""Write the locks in requirements/: every version and hash, for all platforms, with no address in them.

`dev` holds all that the checkout needs. Each Lambda's lock holds its own extra and nothing else, at the versions of
`dev`, so that what is shipped is what was tested. Versions stay as they are unless `--upgrade` asks for the newest.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from lambda_zips.install import run_uv
from lambda_zips.recipe import RECIPES, ROOT

_OPTIONS: Final = ("--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate")
_HEADER: Final = "# Written by scripts/lock.py (`make lock`); don't edit.\n"
_DEV: Final = Path("requirements/dev.txt")
_QUALITY: Final = Path("requirements/quality.txt")
_DOCS: Final = Path("requirements/docs.txt")
_BENCH: Final = Path("requirements/bench.txt")
_FUZZ: Final = Path("requirements/fuzz.txt")
# The fuzzer, whose newest version has no build for the oldest Python, and what the decoder itself needs.
_FUZZER: Final = "atheris>=3.0,<3.1; python_version < '3.12'\natheris>=3.1; python_version >= '3.12'\nmsgspec\n"
# uv alone, for pip to install where there is no uv yet.
_UV: Final = Path("requirements/uv.txt")


class LockError(Exception):
    """The wanted packages can't be locked; the message is uv's own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write every lock; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = ["--upgrade"] if parser.parse_args(arguments).upgrade else []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    try:
        write_locks(project, upgrade)
    except LockError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def write_locks(project: dict[str, Any], upgrade: Sequence[str]) -> None:
    """Write the lock of the checkout, and then each Lambda's.

    Raises:
        LockError: no versions fit together.
    """
    (ROOT / _DEV.parent).mkdir(exist_ok=True)
    _compile(_DEV, ["--all-extras", "--group", "dev", "pyproject.toml", *upgrade])
    _compile(_UV, ["--constraints", _DEV, "-", *upgrade], "uv")
    # The quality benchmark's own: pvanalytics and its company stay out of the checkout.
    _compile(_QUALITY, ["--group", "quality", "--constraints", _DEV, "pyproject.toml", *upgrade])
    _compile(_DOCS, ["--group", "docs", "--constraints", _DEV, "pyproject.toml", *upgrade])
    # The speed benchmark's references: the boto3 that goes with the checkout's botocore, and the fastest JSON.
    _compile(_BENCH, ["--constraints", _DEV, "-", *upgrade], "boto3\norjson\nfastapi\nmangum\n")
    _compile(_FUZZ, ["--constraints", _DEV, "-", *upgrade], _FUZZER)
    oldest = project["requires-python"].removeprefix(">=")
    for recipe in RECIPES:
        # `--extra` would bring the command line's own dependencies along, so the extra is handed over alone.
        wanted = "\n".join(project["optional-dependencies"][recipe.name])
        options = ["--python-version", oldest, "--constraints", _DEV, "-", *upgrade]
        _compile(recipe.lock(ROOT).relative_to(ROOT), options, wanted)


def _compile(lock: Path, options: Sequence[str | Path], wanted: str = "") -> None:
    status, complaint = run_uv(["pip", "compile", *_OPTIONS, "--output-file", lock, *options], wanted)
    if status:
        raise LockError(f"{lock} can't be written:\n{complaint}")
    text = (ROOT / lock).read_text().removeprefix(_HEADER)
    (ROOT / lock).write_text(_HEADER + text)


if __name__ == "__main__":
    sys.exit(main())
