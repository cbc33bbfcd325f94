"""What an engine keeps on disk of its tables, queues and settings: whole snapshots, and a journal between two of them.

snapshot-N.state   everything as it was when journal N began: a line of JSON that says what it is, a line a service with
                   its name and its state as JSON, and a last line with the SHA-256 of all before it
journal-N.log      what changed since then: a change a line, behind its CRC-32
clean              the number of the snapshot that the last run wrote as it ended; gone while an engine runs
asked              made when a snapshot is written that was asked for by SIGUSR1
rebuild.json       what a run found that did not end so; it stays until the rest is rebuilt from S3

A file is written beside its place, brought to the disk and renamed, so what stands under a name is whole. What can't be
read is set aside under another name and never taken for an empty one.
"""

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zlib import crc32

_FORMAT: Final = 1
_UNFINISHED: Final = ".new"
_UNREADABLE: Final = ".unreadable"


class Unreadable(Exception):
    """A file of the state isn't whole; the message names it and what is wrong."""


class StateFiles:
    """The files of one engine. Their numbers only grow."""

    def __init__(self, folder: Path) -> None:
        """Remember where they are."""
        self.folder = folder
        self.rebuild = folder / "rebuild.json"
        self.asked = folder / "asked"
        self._clean = folder / "clean"

    def snapshot(self, number: int) -> Path:
        """Return the place of a snapshot."""
        return self.folder / f"snapshot-{number:08}.state"

    def journal(self, number: int) -> Path:
        """Return the place of a journal."""
        return self.folder / f"journal-{number:08}.log"

    def snapshots(self) -> list[int]:
        """Return the numbers of the snapshots there are, oldest first."""
        return self._numbers("snapshot-*.state")

    def journals(self) -> list[int]:
        """Return the numbers of the journals there are, oldest first."""
        return self._numbers("journal-*.log")

    def clean_number(self) -> int | None:
        """Return the number of the snapshot of a clean end, or None where the last run had none."""
        try:
            return int(self._clean.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def mark_clean(self, number: int) -> None:
        """Note that a snapshot holds all there is, and that nothing comes after it."""
        write_whole(self._clean, [f"{number}\n".encode()])

    def unmark(self) -> None:
        """Take that note away, before anything can change."""
        self._clean.unlink(missing_ok=True)
        sync_folder(self.folder)

    def forget_before(self, number: int) -> None:
        """Remove what is older than a snapshot, and what was never finished."""
        for path in self.folder.glob(f"*{_UNFINISHED}"):
            path.unlink(missing_ok=True)
        old = [self.snapshot(each) for each in self.snapshots() if each < number]
        for path in old + [self.journal(each) for each in self.journals() if each < number]:
            path.unlink(missing_ok=True)

    def set_aside(self, path: Path) -> Path:
        """Rename a file that can't be read; a person can still look at it under its new name."""
        aside = path.with_name(path.name + _UNREADABLE)
        path.replace(aside)
        return aside

    def _numbers(self, pattern: str) -> list[int]:
        found = (path.stem.rpartition("-")[2] for path in self.folder.glob(pattern))
        return sorted(int(each) for each in found if each.isdigit())


def write_snapshot(path: Path, about: dict[str, Any], parts: Iterable[str]) -> int:
    """Write a snapshot, whole or not at all; return its size in bytes. parts: a line each.

    Raises:
        OSError: it can't be written; what stood there stands.
    """
    digest = sha256()

    def lines() -> Iterator[bytes]:
        for text in (json.dumps({"format": _FORMAT, **about}), *parts):
            line = text.encode() + b"\n"
            digest.update(line)
            yield line
        yield json.dumps({"sha256": digest.hexdigest()}).encode() + b"\n"

    return write_whole(path, lines())


def read_snapshot(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    """Read a snapshot: what it says of itself, and its other lines.

    Raises:
        Unreadable: it isn't whole, or another version wrote it.
    """
    try:
        content = path.read_bytes()
        end = content.rindex(b"\n", 0, len(content) - 1) + 1
        said = json.loads(content[end:])["sha256"]
        about, *parts = content[: end - 1].split(b"\n")
        whole: bool = sha256(content[:end]).hexdigest() == said
        head = json.loads(about) if whole else {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path} can't be read ({type(error).__name__})") from None
    if not whole:
        raise Unreadable(f"{path} isn't what was written: its checksum doesn't match")
    if head["format"] != _FORMAT:
        raise Unreadable(f"{path} has the format {head['format']}, which another version of Heliograph wrote")
    return head, parts


def journal_line(change: list[Any]) -> bytes:
    """Return a change as a journal keeps it."""
    text = json.dumps(change, separators=(",", ":")).encode()
    return b"%08x %s\n" % (crc32(text), text)


def read_journal(path: Path) -> tuple[list[list[Any]], bool]:
    """Read a journal's changes, and whether it is whole.

    A crash may cut its last line short: that change was never answered, and the journal is whole without it.

    Raises:
        OSError: it isn't there, or can't be read.
    """
    *lines, _ = path.read_bytes().split(b"\n")
    changes: list[list[Any]] = []
    for line in lines:
        said, _, text = line.partition(b" ")
        if said != b"%08x" % crc32(text):
            return changes, False
        changes.append(json.loads(text))
    return changes, True


def write_whole(path: Path, parts: Iterable[bytes]) -> int:
    """Write a file beside its place, bring it to the disk, and put it there; return its size in bytes."""
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            size = sum(file.write(part) for part in parts)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return size


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
