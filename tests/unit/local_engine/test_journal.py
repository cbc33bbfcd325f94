"""A disk that is full for a while: what wasn't acknowledged is told to nobody, and what builds on it is noted whole."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from event_loop import run
from local_engine.journal import InboxJournal, Journal, TableJournal
from local_engine.request import FULL
from local_engine.state_files import read_journal

TABLE = "arn:aws:dynamodb:eu-west-1:000000000000:table/things"
INBOX = "arn:aws:sqs:eu-west-1:000000000000:inbox"


class FullDisk(Journal):
    """A journal whose disk can be full."""

    full = False

    def write(self, changes: list[list[Any]]) -> None:
        """Write, or refuse."""
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(changes)


@pytest.fixture
def journal(tmp_path: Path) -> FullDisk:
    """A journal on a disk with room."""
    return FullDisk(tmp_path / "journal")


class FakeTables:
    """An engine's DynamoDB with one table: a call adds one to each item that it names."""

    def __init__(self) -> None:
        """Begin empty."""
        self.table: dict[str, Any] = {"TableArn": TABLE, "items": {}}

    async def handle_request(self, *names: str) -> int:
        """Answer a call."""
        for name in names:
            before = self.table["items"].get(name, {}).get("", 0)
            self._set_item(self.table, name, "", before + 1)
        return 200

    def _set_item(self, table: dict[str, Any], partition: str, sort: str, item: object) -> None:
        table["items"].setdefault(partition, {})[sort] = item

    def _remove_item(self, table: dict[str, Any], partition: str, sort: str) -> None:
        del table["items"][partition][sort]


def noted(tmp_path: Path) -> dict[str, Any]:
    """Return the items that a restart would find."""
    changes, whole = read_journal(tmp_path / "journal")
    assert whole
    return {partition: item for call in changes for _, _, partition, _, item in call}


def test_what_could_not_be_noted_is_noted_with_what_builds_on_it(tmp_path: Path, journal: FullDisk) -> None:
    """A file and the total it adds to are one call: a restart never finds the total without the file.

    While the disk is full such a call is refused, and reading goes on.
    """
    tables: Any = FakeTables()
    TableJournal(tables, journal)
    assert run(tables.handle_request("file-1", "total")) == 200
    journal.full = True
    assert run(tables.handle_request("file-2", "total"))[0] == FULL
    assert run(tables.handle_request()) == 200
    journal.full = False
    assert run(tables.handle_request("file-3", "total")) == 200
    assert noted(tmp_path) == {"file-1": 1, "file-2": 1, "file-3": 1, "total": 3}


def test_a_message_that_could_not_be_noted_is_taken_back(tmp_path: Path, journal: FullDisk) -> None:
    """Whoever published it sends it again, so the inbox has it once; one that was there stays."""
    queue: dict[str, Any] = {"messages": []}
    subscription = {"protocol": "sqs", "endpoint": INBOX}
    topics = SimpleNamespace(all_values=lambda: [{"subscriptions": [subscription]}])

    async def publish(_method: str, _path: str, _headers: dict[str, str], body: bytes) -> int:
        queue["messages"].append({"id": f"{len(queue['messages'])}-{body.decode()}"})
        return 200

    sns = SimpleNamespace(_topics=topics, handle_request=publish)
    sqs = SimpleNamespace(_queue_by_arn=lambda _arn: queue, handle_request=publish)
    inbox: Any = InboxJournal(sns, sqs, journal, lambda: None)  # type: ignore[arg-type]
    inbox.look()

    def tell(text: str) -> None:
        run(sns.handle_request("POST", "/", {}, f"Action=Publish&Message={text}".encode()))

    tell("a")
    journal.full = True
    with pytest.raises(OSError, match="No space"):
        tell("b")
    journal.full = False
    tell("b")
    there = [message["id"].rpartition("=")[2] for message in queue["messages"]]
    changes, _ = read_journal(tmp_path / "journal")
    told = [message["id"].rpartition("=")[2] for call in changes for kind, _, message in call if kind == "come"]
    assert there == told == ["a", "b"]
