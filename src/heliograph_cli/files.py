"""Files that a user names."""

from pathlib import Path

from heliograph_cli.commands import WrongUse


class NotReadable(WrongUse):
    """A file that was named can't be read or written."""


def read(path: Path) -> bytes:
    """Read a whole file.

    Raises:
        NotReadable: it isn't there, is a folder, or mustn't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotReadable(f"{path} can't be read: {error.strerror}") from None
