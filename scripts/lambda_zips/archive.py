"""Files in, zip out: the same bytes from the same files, whoever builds it and when."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE_FILE: Final = 0o100644 << 16


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
