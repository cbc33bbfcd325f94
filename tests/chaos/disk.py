"""A small disk for a stack's folder, which can be filled without harm to the machine's own."""

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_MIB: Final = 2**20
_SIZE_MIB: Final = 768
# Below the reserve of `heliograph up`, 256 MiB, and above the quarter of it that what is accepted may still use.
_LEFT_MIB: Final = 180


class SmallDisk:
    """A disk of 768 MiB in memory at a folder. mounted: whether it could be had; else the folder is a plain one."""

    def __init__(self, folder: Path) -> None:
        """Make the folder; nothing is mounted yet."""
        self.folder = folder
        self.mounted = False
        self._filler = folder / "filler"
        folder.mkdir()

    def __enter__(self) -> Self:
        """Mount it, where that is allowed."""
        command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE_MIB}m", "heliograph-chaos", str(self.folder)]
        if shutil.which("mount"):
            self.mounted = not subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603 - our own words
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unmount it."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)  # noqa: S603, S607 - our own words

    def fill(self) -> None:
        """Leave less than the reserve free."""
        free = shutil.disk_usage(self.folder).free
        with self._filler.open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, max(_MIB, free - _LEFT_MIB * _MIB))

    def make_room(self) -> None:
        """Free it again."""
        self._filler.unlink(missing_ok=True)
