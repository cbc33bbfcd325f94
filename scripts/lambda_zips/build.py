"""Build the zips: install, choose, write, weigh; and leave alone what is fresh.

A digest of every input is kept beside the digest of the zip. Where both still hold, the zip is what a build would make,
so it isn't built again.
"""

import fcntl
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from lambda_zips.compiled import compile_imports
from lambda_zips.contents import installed_files, own_files, together, write_zip
from lambda_zips.install import install
from lambda_zips.recipe import RECIPES, ROOT, Recipe, ZipTarget
from lambda_zips.slim import slim

_HERE: Final = Path(__file__).resolve().parent


class Stamp(msgspec.Struct, frozen=True):
    """The digest of what went in, and of the zip that came out."""

    made_from: str
    zip: str


def digest_of_inputs(recipe: Recipe, target: ZipTarget, root: Path) -> str:
    """Digest all that a zip depends on: the lock, our own files, these scripts, uv, zlib and the target."""
    digest = sha256()
    words = (recipe.name, target.name, target.runs, *target.options, version("uv"), zlib.ZLIB_RUNTIME_VERSION)
    for word in words:
        digest.update(f"{len(word)}:{word}".encode())
    folders = [root / "src" / package for package in recipe.packages]
    for path in [recipe.lock(root), *_sources([*folders, _HERE])]:
        name = path.relative_to(root) if path.is_relative_to(root) else path.name
        digest.update(f"{name}\0{digest_of(path)}\n".encode())
    return digest.hexdigest()


def digest_of(path: Path) -> str:
    """Digest one file; the empty text where there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def is_fresh(stamp: Path, archive: Path, made_from: str) -> bool:
    """Return whether the zip at `archive` is what a build from these inputs would make."""
    try:
        kept = msgspec.json.decode(stamp.read_bytes(), type=Stamp)
    except (OSError, msgspec.MsgspecError):
        return False
    return kept == Stamp(made_from, digest_of(archive))


def write_stamp(stamp: Path, archive: Path, made_from: str) -> None:
    """Keep what the zip at `archive` was made from."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_bytes(msgspec.json.encode(Stamp(made_from, digest_of(archive))))


def _sources(folders: Iterable[Path]) -> list[Path]:
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


class Built(msgspec.Struct, frozen=True):
    """One zip: what it is, where it lies, what it weighs in bytes, and whether it had to be made."""

    recipe: Recipe
    target: ZipTarget
    path: Path
    size: int
    made: bool

    @property
    def too_big(self) -> bool:
        """Return whether it weighs more than its budget."""
        return self.size > self.recipe.budget


def build_all(targets: Sequence[ZipTarget], out: Path, root: Path = ROOT) -> list[Built]:
    """Build every Lambda's zip for these targets, as `out/TARGET/NAME.zip`; two builds at a time, one process a folder.

    Raises:
        InstallError: a lock can't be installed.
        Clash: a package of ours has the name of one of theirs.
        NotImportable: a handler can't be imported.
    """
    jobs = [(recipe, target, out, root) for target in targets for recipe in RECIPES]
    with _alone_in(out), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return [job.result() for job in [pool.submit(_build, *job) for job in jobs]]


def _build(recipe: Recipe, target: ZipTarget, out: Path, root: Path) -> Built:
    archive = out / target.name / f"{recipe.name}.zip"
    stamp = out / "stamps" / f"{target.name}-{recipe.name}.json"
    made_from = digest_of_inputs(recipe, target, root)
    made = not is_fresh(stamp, archive, made_from)
    if made:
        archive.parent.mkdir(parents=True, exist_ok=True)
        _make(recipe, target, archive, root)
        write_stamp(stamp, archive, made_from)
    return Built(recipe, target, archive, archive.stat().st_size, made)


def _make(recipe: Recipe, target: ZipTarget, archive: Path, root: Path) -> None:
    # Beside the zip, so that uv links files out of its cache where it can.
    with tempfile.TemporaryDirectory(prefix=f".{recipe.name}-", dir=archive.parent) as temporary:
        installed, compiled = Path(temporary, "installed"), Path(temporary, "compiled")
        install(recipe.lock(root), target, installed)
        slim(installed)
        files = together(installed_files(installed), own_files(root / "src", recipe.packages))
        if target.runs_here:
            handler = f"{recipe.packages[-1]}.handler"
            files |= compile_imports(handler, (root / "src", installed), files, compiled)
        write_zip(files, archive)


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Wait until no other build writes to this folder."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
