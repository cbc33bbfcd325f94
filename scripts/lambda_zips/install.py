"""Run uv, the one that is installed beside this Python."""

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from uv import find_uv_bin

from lambda_zips.recipe import ROOT, ZipTarget

# uv is looked for through sysconfig, which can't be first used by two threads at once.
_LOOKING = threading.Lock()
# Wheels only: what a build script would make here isn't the same everywhere.
_OPTIONS: Final = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile-bytecode", "--quiet")


def run_uv(words: Sequence[str | Path], text: str = "") -> tuple[int, str]:
    """Run `uv` with these words and `text` on its standard input; return its exit status and its errors."""
    with _LOOKING:
        uv = find_uv_bin()
    done = subprocess.run(  # noqa: S603 - our own words
        [uv, *words], cwd=ROOT, input=text, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr.strip()


class InstallError(Exception):
    """uv can't install a lock; the message is its own."""


def install(lock: Path, target: ZipTarget, folder: Path) -> None:
    """Unpack every package of `lock`, for `target`'s machines, into `folder`.

    Raises:
        InstallError: a lock is missing or a package can't be had.
    """
    if not lock.exists():
        raise InstallError(f"{lock.name} is missing: run `make lock`")
    words: list[str | Path] = ["pip", "install", *_OPTIONS, *target.options, "--target", folder, "--requirement", lock]
    status, complaint = run_uv(words)
    if status:
        raise InstallError(f"{lock.name} can't be installed for {target.name}:\n{complaint}")
