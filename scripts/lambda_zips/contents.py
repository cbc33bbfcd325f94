"""Which files go into a zip: what the Lambda runs, and the licences of what others wrote; and the zip itself.

It has the same bytes from the same files, whoever builds it and when.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_LEFT_BEHIND: Final = frozenset({"__pycache__", "tests"})
_SUFFIXES: Final = frozenset({".c", ".h", ".pyc", ".pyi", ".pyx"})
# An installer's notes: they name the machine's paths, or list files that aren't in the zip.
_NOTES: Final = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json"})
# The services whose clients heliograph.storage.clients makes.
SERVICES: Final = frozenset({"dynamodb", "s3", "sns", "sqs"})
_SHARED_DATA: Final = frozenset({"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"})
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE_FILE: Final = 0o100644 << 16


class Clash(Exception):
    """Two files want the same place in a zip."""


def is_kept(path: PurePosixPath) -> bool:
    """Return whether an installed file goes into the zip. path: seen from the folder it was installed in."""
    if path.parts[0] in {"bin", ".lock"} or _LEFT_BEHIND & set(path.parts) or path.suffix in _SUFFIXES:
        return False
    if path.parts[0].endswith(".dist-info"):
        return path.name not in _NOTES
    if path.parts[:2] == ("botocore", "data"):
        return _is_kept_data(path)
    # All of pydantic 1, inside pydantic 2. FastAPI imports it to refuse its models, which takes 20 ms of a cold start;
    # where it is missing, there are none to refuse.
    if path.parts[:2] == ("pydantic", "v1"):
        return False
    # The Swagger UI of Powertools' own event handler, which isn't used: the API brings the one it serves.
    return "swagger_ui" not in path.parts or path.suffix == ".py"


def _is_kept_data(path: PurePosixPath) -> bool:
    below = path.parts[2:]
    if len(below) == 1:
        return path.name in _SHARED_DATA
    return below[0] in SERVICES and not path.name.startswith("examples-")


def installed_files(folder: Path) -> dict[str, Path]:
    """Return the third-party files that go into the zip, by their place in it."""
    return {place: path for place, path in _files(folder).items() if is_kept(PurePosixPath(place))}


def own_files(source: Path, packages: tuple[str, ...]) -> dict[str, Path]:
    """Return our own packages' files that go into the zip, by their place in it. source: the folder they lie in."""
    found: dict[str, Path] = {}
    for package in packages:
        files = _files(source / package).items()
        found |= {f"{package}/{place}": path for place, path in files if is_kept(PurePosixPath(place))}
    return found


def together(*parts: Mapping[str, Path]) -> dict[str, Path]:
    """Join files of several origins.

    Raises:
        Clash: two of them have the same place.
    """
    joined: dict[str, Path] = {}
    for part in parts:
        if clash := sorted(joined.keys() & part.keys()):
            raise Clash(f"{clash[0]} comes twice: a package of ours has the name of one of theirs")
        joined |= part
    return joined


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def write_zip(files: Mapping[str, Path], to: Path) -> None:
    """Write a zip of `files`, by their place in it. It appears at `to` only when it is whole."""
    unfinished = to.with_name(f".{to.name}")
    with ZipFile(unfinished, "w", compression=ZIP_DEFLATED, compresslevel=9) as archive:
        for place in sorted(files):
            archive.writestr(_entry(place), files[place].read_bytes(), compresslevel=9)
    unfinished.replace(to)


def _entry(place: str) -> ZipInfo:
    entry = ZipInfo(place, _EARLIEST)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = _READABLE_FILE
    return entry
