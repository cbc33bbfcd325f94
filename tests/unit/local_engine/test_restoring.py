"""What an engine begins with: the newest snapshot that can be read and what was noted since, up to the first gap."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_engine.journal import Journal
from local_engine.restoring import Restorer
from local_engine.state_files import StateFiles, Unreadable, write_snapshot

ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/things"


class FakeEngine:
    """An engine with one table; its state is the table's items."""

    def __init__(self) -> None:
        """Begin empty."""
        self.table: dict[str, Any] = {"items": {}}
        self.loaded: list[object] = []
        self._state_map = {"dynamodb": "dynamodb", "sqs": "sqs"}
        self._tables = SimpleNamespace(get_scoped=lambda _account, _region, _name: self.table)

    def _get_module(self, _name: str) -> Any:  # noqa: ANN401 - the module is the engine itself
        return self

    def load_persisted_state(self, state: dict[str, Any]) -> None:
        """Take the table's items."""
        self.loaded.append(state)
        self.table["items"] = state["items"]

    @staticmethod
    def _set_item(table: dict[str, Any], partition: str, sort: str, item: object) -> None:
        table["items"].setdefault(partition, {})[sort] = item

    @staticmethod
    def _remove_item(table: dict[str, Any], partition: str, sort: str) -> None:
        del table["items"][partition][sort]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateFiles:
    """Two snapshots with a journal behind each: a=1, then b=1; between them c=1, behind them d=1 and e=1."""
    monkeypatch.setenv("S3_DATA_DIR", str(tmp_path / "s3"))
    found = StateFiles(tmp_path)
    write_snapshot(found.snapshot(1), {}, ['dynamodb {"items": {"a": {"": 1}}}'])
    note(found, 1, "c")
    write_snapshot(found.snapshot(2), {}, ['dynamodb {"items": {"a": {"": 1}, "b": {"": 1}, "c": {"": 1}}}'])
    note(found, 2, "d")
    note(found, 3, "e")
    return found


def note(files: StateFiles, number: int, *keys: str) -> None:
    """Write a journal that sets these keys."""
    journal = Journal(files.journal(number))
    for key in keys:
        journal.write([["item", ARN, key, "", 1]])


def restored(files: StateFiles) -> tuple[str, list[str]]:
    """Return the keys that a start finds, and what it notes."""
    engine = FakeEngine()
    restorer = Restorer(files, engine, 4566)  # type: ignore[arg-type]
    restorer.restore()
    return "".join(sorted(engine.table["items"])), restorer.notes


def spoil(path: Path) -> None:
    """Change a byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_the_newest_snapshot_and_all_since(files: StateFiles) -> None:
    """A run that was killed goes on from there, and says that the rest is to be rebuilt."""
    assert restored(files) == ("abcde", [])
    assert files.rebuild.exists()


def test_a_clean_end_leaves_nothing_to_rebuild(files: StateFiles) -> None:
    """Where the mark is the newest snapshot's; it is gone before anything can change."""
    files.mark_clean(2)
    assert restored(files) == ("abcde", [])
    assert not files.rebuild.exists()
    assert files.clean_number() is None
    files.mark_clean(1)
    restored(files)
    assert files.rebuild.exists(), "the mark of an older one says nothing"


def test_a_fresh_folder_has_no_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is to be rebuilt where nothing was; objects without any state are a past."""
    monkeypatch.setenv("S3_DATA_DIR", str(tmp_path / "s3"))
    files = StateFiles(tmp_path)
    assert restored(files) == ("", [])
    assert not files.rebuild.exists()
    place = tmp_path / "s3" / "000000000000" / "data" / "raw"
    place.mkdir(parents=True)
    (place / "a.json").touch()
    restored(files)
    assert files.rebuild.exists()


@pytest.mark.parametrize(
    ("broken", "keys"),
    [
        (lambda files: spoil(files.snapshot(2)), "acde"),
        (lambda files: spoil(files.journal(2)), "abc"),
        (lambda files: files.journal(2).unlink(), "abc"),
        (lambda files: [files.journal(2).unlink(), files.journal(2).mkdir()], "abc"),
        (lambda files: list(map(spoil, (files.snapshot(1), files.snapshot(2)))), ""),
    ],
    ids=["newest snapshot", "a journal", "no journal", "a journal that no read opens", "both snapshots"],
)
def test_damage_is_named_and_nothing_behind_a_gap_is_taken(
    files: StateFiles, broken: Callable[[StateFiles], object], keys: str
) -> None:
    """What is restored is always a state that there was; the rest is noted, and rebuilt even after a clean end."""
    broken(files)
    files.mark_clean(2)
    found, notes = restored(files)
    assert found == keys
    assert notes
    assert files.rebuild.exists()


def test_a_state_that_means_nothing_is_named(files: StateFiles) -> None:
    """The service and the folder are named, and what to do."""
    write_snapshot(files.snapshot(4), {}, ['sqs {"queues": [1]}'])
    with pytest.raises(Unreadable, match="the state of sqs"):
        restored(files)
