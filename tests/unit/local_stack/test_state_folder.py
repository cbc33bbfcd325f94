"""The folder is one engine's at a time, and what is only of use while one runs goes with it."""

import os
from pathlib import Path

import pytest

from local_stack.stack import Stack, StackError, StackInUse
from local_stack.state_folder import StateFolder

STACK = Stack(
    **{name: name for name in Stack.__struct_fields__ if name != "pid"},
    pid=1,
)


def test_a_folder_can_be_taken_once(tmp_path: Path) -> None:
    """A second engine is refused, told whose the folder is and what to do; when the first is gone it may begin."""
    folder = StateFolder(tmp_path)
    lock = folder.take()
    folder.name_owner(4711)
    assert folder.is_taken()
    with pytest.raises(StackInUse, match=r"process 4711.*stop it first"):
        folder.take()
    os.close(lock)
    assert not folder.is_taken()
    os.close(folder.take())


def test_looking_makes_nothing(tmp_path: Path) -> None:
    """A folder that isn't there is free, has no stack, and isn't made by looking."""
    folder = StateFolder(tmp_path / "none")
    assert not folder.is_taken()
    assert folder.read_stack() is None
    assert folder.last_port() is None
    assert folder.wait_until_free(0)
    assert not folder.path.exists()


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_file_in_its_place_is_named(tmp_path: Path, below: str) -> None:
    """A path that is a file's, or leads through one, gives a sentence with that file, whoever looks or starts."""
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    folder = StateFolder(file / below)
    for use in (folder.take, folder.is_taken, folder.read_stack):
        with pytest.raises(StackError, match=r"notes\.txt is a file; name another with --state-dir"):
            use()
    assert file.read_text() == "mine"


def test_a_stack_is_found_only_while_its_engine_runs(tmp_path: Path) -> None:
    """stack.json of an engine that was killed isn't believed."""
    folder = StateFolder(tmp_path)
    lock = folder.take()
    folder.write_stack(STACK)
    assert folder.read_stack() == STACK
    os.close(lock)
    assert folder.read_stack() is None


def test_half_a_stack_is_none(tmp_path: Path) -> None:
    """A stack.json that can't be read is no stack."""
    folder = StateFolder(tmp_path)
    lock = folder.take()
    (tmp_path / "stack.json").write_text("{")
    assert folder.read_stack() is None
    os.close(lock)


def test_clearing_keeps_the_state(tmp_path: Path) -> None:
    """stack.json and the temporary folder go; the engine's state, its port and its log stay."""
    folder = StateFolder(tmp_path)
    folder.write_stack(STACK)
    folder.write_port(4711)
    for kept in (folder.engine / "state", folder.temporary):
        kept.mkdir(parents=True)
    folder.clear_if_free()
    assert (folder.engine / "state").exists()
    assert folder.last_port() == 4711
    assert not folder.temporary.exists()
    assert not (tmp_path / "stack.json").exists()


def test_a_running_engine_s_files_are_not_cleared(tmp_path: Path) -> None:
    """Clearing after an old engine doesn't touch the new one that has the folder by now."""
    folder = StateFolder(tmp_path)
    lock = folder.take()
    folder.write_stack(STACK)
    folder.clear_if_free()
    assert folder.read_stack() == STACK
    os.close(lock)
