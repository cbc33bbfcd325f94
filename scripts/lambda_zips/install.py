"""A Lambda's locked packages, unpacked into a folder by uv."""

from pathlib import Path
from typing import Final

from lambda_zips.recipe import Target
from lambda_zips.uv_command import run_uv

# Wheels only: what a build script would make here isn't the same everywhere.
_OPTIONS: Final = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile-bytecode", "--quiet")


class InstallError(Exception):
    """uv can't install a lock; the message is its own."""


def install(lock: Path, target: Target, folder: Path) -> None:
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
