"""A file of the state is whole under its name, or is named as damaged; never an empty one."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_engine.journal import Journal
from local_engine.state_files import (
    StateFiles,
    Unreadable,
    journal_line,
    read_journal,
    read_snapshot,
    write_snapshot,
    write_whole,
)

PARTS = ["sqs {}", 'dynamodb {"a": "\u00e4\\n"}']


def test_a_snapshot_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Each service's line comes back, with what the snapshot says of itself, and nothing else is left in the folder."""
    path = tmp_path / "snapshot-00000001.state"
    size = write_snapshot(path, {"number": 1, "blobs": ["ab"]}, PARTS)
    about, parts = read_snapshot(path)
    assert about == {"format": 1, "number": 1, "blobs": ["ab"]}
    assert [part.decode() for part in parts] == PARTS
    assert size == path.stat().st_size
    assert list(tmp_path.iterdir()) == [path]


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_no_changed_byte_is_taken_for_a_snapshot(
    place: float, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whichever byte is another one, the file is named as damaged."""
    path = tmp_path_factory.mktemp("state") / "snapshot-00000001.state"
    write_snapshot(path, {"number": 1}, PARTS)
    content = bytearray(path.read_bytes())
    at = int(place * len(content))
    if content[at] == byte or at == len(content) - 1:
        return
    content[at] = byte
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="snapshot-00000001"):
        read_snapshot(path)


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"{}\n{}\n", b'{"sqs": 1', b"\x00" * 100, b"[]\n[]\n"])
def test_what_is_no_snapshot_is_named(tmp_path: Path, content: bytes) -> None:
    """An empty, short or foreign file is damaged, and not empty."""
    path = tmp_path / "snapshot-00000001.state"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="snapshot-00000001"):
        read_snapshot(path)


def test_another_version_s_snapshot_is_refused(tmp_path: Path) -> None:
    """A format that this version doesn't know is named."""
    write_snapshot(tmp_path / "s", {"format": 2}, [])
    with pytest.raises(Unreadable, match="format 2"):
        read_snapshot(tmp_path / "s")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """The old file stands whole, and no unfinished one lies about."""
    path = tmp_path / "file"
    write_whole(path, [b"old"])

    def broken() -> "list[bytes]":
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(path, (part for _ in (1,) for part in broken()))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_journal_keeps_whole_changes(tmp_path: Path) -> None:
    """What a crash cut short at the end is left out; damage before the end is told."""
    path = tmp_path / "journal-00000001.log"
    journal = Journal(path)
    journal.write([["item", "arn", "a", "b", {"S": "\u00e4"}]])
    journal.write([])
    journal.write([["gone", "arn", ["1", "2"]]])
    changes = [[["item", "arn", "a", "b", {"S": "\u00e4"}]], [["gone", "arn", ["1", "2"]]]]
    assert read_journal(path) == (changes, True)
    assert journal.size == path.stat().st_size
    with path.open("ab") as file:
        file.write(journal_line([["item"]])[:-5])
    assert read_journal(path) == (changes, True)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"item", b"itex", 1))
    assert read_journal(path) == ([], False)


def test_a_journal_that_does_not_fit_notes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call's changes are noted as one: half of them are taken back where the disk is full."""
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.write([["one"]])
    real = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) > 8:
            return real(file, data[:8])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        journal.write([["a change of more than eight bytes but odd"]])
    monkeypatch.undo()
    journal.write([["two"]])
    assert read_journal(path) == ([[["one"]], [["two"]]], True)


def test_old_files_go_when_two_snapshots_are_newer(tmp_path: Path) -> None:
    """What is older than a snapshot goes with what was never finished; a clean end is noted until a run begins."""
    files = StateFiles(tmp_path)
    for number in (1, 2, 3):
        write_snapshot(files.snapshot(number), {}, [])
        Journal(files.journal(number))
    (tmp_path / "snapshot-00000004.state.new").touch()
    files.forget_before(2)
    assert (files.snapshots(), files.journals()) == ([2, 3], [2, 3])
    assert not list(tmp_path.glob("*.new"))
    assert files.clean_number() is None
    files.mark_clean(3)
    assert files.clean_number() == 3
    files.unmark()
    assert files.clean_number() is None
    aside = files.set_aside(files.snapshot(3))
    assert aside.exists()
    assert files.snapshots() == [2]
