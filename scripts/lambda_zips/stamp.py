"""What a zip was made from: a digest of every input, kept beside the digest of the zip.

Where both still hold, the zip is what a build would make, so it isn't built again.
"""

import zlib
from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from lambda_zips.recipe import Recipe, Target

_HERE: Final = Path(__file__).resolve().parent


class Stamp(msgspec.Struct, frozen=True):
    """The digest of what went in, and of the zip that came out."""

    made_from: str
    zip: str


def digest_of_inputs(recipe: Recipe, target: Target, root: Path) -> str:
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
