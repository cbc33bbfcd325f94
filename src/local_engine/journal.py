"""The journal: each change of a table, and of what a topic delivered, is on disk before its call is answered.

So a crash rolls no table back, and what was sent to people stays sent: an incident's mark and the message in its inbox
are kept together with everything else. Other queues need no journal: what is in them follows from S3 and the tables.
"""

import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from local_engine.request import FULL, FULL_CODE, error_json
from local_engine.state_files import journal_line

Handler = Callable[..., Awaitable[Any]]

# What takes messages off a queue.
_TAKES: Final = ("AmazonSQS.DeleteMessage", "AmazonSQS.PurgeQueue")


class Journal:
    """An open journal; `turn` begins the next one. size: bytes written to it."""

    def __init__(self, path: Path) -> None:
        """Begin it."""
        self.size = 0
        self._file = _begin(path)

    def turn(self, path: Path) -> None:
        """Go on in another file."""
        begun = _begin(path)
        os.close(self._file)
        self._file, self.size = begun, 0

    def write(self, changes: list[list[Any]]) -> None:
        """Note changes of one call as one, so that a crash keeps all of them or none.

        Raises:
            OSError: the disk is full, or broken; nothing is noted.
        """
        if not changes:
            return
        left = memoryview(journal_line(changes))
        size = self.size + len(left)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size = size


def _begin(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)


class TableJournal:
    """Notes what calls change in tables, with the call that does."""

    def __init__(self, dynamodb: ModuleType, journal: Journal) -> None:
        """Stand between the engine's DynamoDB and its items; every way to change one leads through two functions."""
        self._journal = journal
        self._touched: dict[tuple[str, str, str], dict[str, Any]] = {}
        # What was changed and couldn't be noted: later changes build on it, so it is noted with the next.
        self._owed: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._handle: Handler = dynamodb.handle_request
        self._set_item: Callable[..., Any] = dynamodb._set_item
        self._remove_item: Callable[..., Any] = dynamodb._remove_item
        changed = {"handle_request": self._answer, "_set_item": self._set, "_remove_item": self._remove}
        for name, function in changed.items():
            setattr(dynamodb, name, function)

    def _set(self, table: dict[str, Any], partition: str, sort: str, item: dict[str, Any]) -> object:
        self._touched[table["TableArn"], partition, sort] = table
        return self._set_item(table, partition, sort, item)

    def _remove(self, table: dict[str, Any], partition: str, sort: str) -> object:
        self._touched[table["TableArn"], partition, sort] = table
        return self._remove_item(table, partition, sort)

    async def _answer(self, *request: Any, **more: Any) -> Any:  # noqa: ANN401 - the engine's own
        answer = await self._handle(*request, **more)
        if self._touched:
            touched, self._touched = {**self._owed, **self._touched}, {}
            # As they are now: a transaction may have been taken back.
            changes = [
                ["item", arn, partition, sort, table["items"].get(partition, {}).get(sort)]
                for (arn, partition, sort), table in touched.items()
            ]
            try:
                self._journal.write(changes)
            except OSError as error:
                self._owed = touched
                return _not_noted(error)
            self._owed = {}
        return answer


class InboxJournal:
    """Notes what topics deliver to queues, and what is taken off those queues.

    changed: called where a topic or a subscription may have changed, which a snapshot keeps.
    """

    def __init__(self, sns: ModuleType, sqs: ModuleType, journal: Journal, changed: Callable[[], None]) -> None:
        """Stand between the engine's SNS and SQS and their callers."""
        self._sns, self._sqs, self._journal, self._changed = sns, sqs, journal, changed
        self._known: dict[str, set[str]] = {}
        self._publish: Handler = sns.handle_request
        self._ask: Handler = sqs.handle_request
        for module, function in ((sns, self._answer_sns), (sqs, self._answer_sqs)):
            module.handle_request = function  # type: ignore[attr-defined]

    def look(self) -> None:
        """Take what is in the queues now as known."""
        self._known = {arn: {each["id"] for each in queue["messages"]} for arn, queue in self._queues()}

    async def _answer_sns(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *more: Any,  # noqa: ANN401 - the engine's own
    ) -> Any:  # noqa: ANN401 - the same
        answer = await self._publish(method, path, headers, body, *more)
        if b"Action=Publish" in body:
            self._note()
        else:
            self._changed()
        return answer

    async def _answer_sqs(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        *more: Any,  # noqa: ANN401 - the engine's own
    ) -> Any:  # noqa: ANN401 - the same
        answer = await self._ask(method, path, headers, *more)
        if headers.get("x-amz-target", "").startswith(_TAKES):
            self._note()
        return answer

    def _queues(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the queues that topics deliver to, by ARN."""
        for topic in self._sns._topics.all_values():
            for subscription in topic["subscriptions"]:
                if subscription.get("protocol") == "sqs" and (
                    queue := self._sqs._queue_by_arn(subscription["endpoint"])
                ):
                    yield subscription["endpoint"], queue

    def _note(self) -> None:
        """Note what came and went since the last time.

        Raises:
            OSError: it can't be noted. What came is taken back, as whoever sent it sends it again.
        """
        changes: list[list[Any]] = []
        for arn, queue in self._queues():
            now = {each["id"]: each for each in queue["messages"]}
            known = self._known.get(arn, set())
            changes += [["come", arn, message] for each, message in now.items() if each not in known]
            if gone := known - now.keys():
                changes.append(["gone", arn, sorted(gone)])
        try:
            self._journal.write(changes)
        except OSError:
            for arn, queue in self._queues():
                known = self._known.get(arn, set())
                queue["messages"] = [each for each in queue["messages"] if each["id"] in known]
            raise
        self.look()


def _not_noted(error: OSError) -> tuple[int, dict[str, str], bytes]:
    """Answer a call whose change couldn't be noted: whoever made it can't count on it."""
    message = f"the disk can't take it: {error.strerror}; free some room and try again"
    return FULL, {"Content-Type": "application/x-amz-json-1.0"}, error_json(FULL_CODE, message)


def apply(changes: list[list[Any]], dynamodb: ModuleType, sqs: ModuleType) -> int:
    """Make a call's changes again, before anything stands between; return how many found no table or queue."""
    lost = 0
    for kind, arn, *what in changes:
        if kind == "item":
            lost += not _apply_item(dynamodb, arn, *what)
        elif queue := sqs._queue_by_arn(arn):
            gone = {what[0]["id"]} if kind == "come" else set(what[0])
            kept = [message for message in queue["messages"] if message["id"] not in gone]
            queue["messages"] = [*kept, what[0]] if kind == "come" else kept
        else:
            lost += 1
    return lost


def _apply_item(dynamodb: ModuleType, arn: str, partition: str, sort: str, item: dict[str, Any] | None) -> bool:
    _, _, _, region, account, name = arn.split(":", 5)
    table = dynamodb._tables.get_scoped(account, region, name.removeprefix("table/"))
    if table is None:
        return False
    if item is None:
        dynamodb._remove_item(table, partition, sort)
    else:
        dynamodb._set_item(table, partition, sort, item)
    return True
