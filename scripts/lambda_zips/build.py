"""Build the zips: install, choose, write, weigh; and leave alone what is fresh."""

import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from lambda_zips.archive import write_zip
from lambda_zips.contents import installed_files, own_files, together
from lambda_zips.install import install
from lambda_zips.recipe import RECIPES, ROOT, Recipe, Target
from lambda_zips.slim import slim
from lambda_zips.stamp import digest_of_inputs, is_fresh, write_stamp


class Built(msgspec.Struct, frozen=True):
    """One zip: what it is, where it lies, what it weighs in bytes, and whether it had to be made."""

    recipe: Recipe
    target: Target
    path: Path
    size: int
    made: bool

    @property
    def too_big(self) -> bool:
        """Return whether it weighs more than its budget."""
        return self.size > self.recipe.budget


def build_all(targets: Sequence[Target], out: Path, root: Path = ROOT) -> list[Built]:
    """Build every Lambda's zip for these targets, as `out/TARGET/NAME.zip`; two builds at a time, one process a folder.

    Raises:
        InstallError: a lock can't be installed.
        Clash: a package of ours has the name of one of theirs.
    """
    jobs = [(recipe, target, out, root) for target in targets for recipe in RECIPES]
    with _alone_in(out), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return [job.result() for job in [pool.submit(_build, *job) for job in jobs]]


def _build(recipe: Recipe, target: Target, out: Path, root: Path) -> Built:
    archive = out / target.name / f"{recipe.name}.zip"
    stamp = out / "stamps" / f"{target.name}-{recipe.name}.json"
    made_from = digest_of_inputs(recipe, target, root)
    made = not is_fresh(stamp, archive, made_from)
    if made:
        archive.parent.mkdir(parents=True, exist_ok=True)
        _make(recipe, target, archive, root)
        write_stamp(stamp, archive, made_from)
    return Built(recipe, target, archive, archive.stat().st_size, made)


def _make(recipe: Recipe, target: Target, archive: Path, root: Path) -> None:
    # Beside the zip, so that uv links files out of its cache where it can.
    with tempfile.TemporaryDirectory(prefix=f".{recipe.name}-", dir=archive.parent) as folder:
        install(recipe.lock(root), target, Path(folder))
        slim(Path(folder))
        files = together(installed_files(Path(folder)), own_files(root / "src", recipe.packages))
        write_zip(files, archive)


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Wait until no other build writes to this folder."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
