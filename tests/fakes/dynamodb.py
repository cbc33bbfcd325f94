"""A DynamoDB in memory as far as sites are registered by it: transactions of puts and counts, and reads by key.

It is as strict as the real one: at most 100 writes, no two to one item, all or none, a reason for each write of those
that are cancelled, and the same token twice is done once.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final

from botocore.exceptions import ClientError

from fakes.crashes import Killed, Side

Write = dict[str, Any]
# Told of each transaction before it is looked at: the reason to refuse it, or none; it may also let others come first.
Meet = Callable[[Sequence[Write]], str]

_MOST_WRITES: Final = 100
_KEYS: Final = ("site_id", "part", "hour", "ingestion")


class FakeDynamo:
    """A process's client. items: by table and key. transactions: those that it sent, in order. reads: how many."""

    def __init__(self, meet: Meet = lambda _: "", *, killed_at: tuple[int, Side] | None = None) -> None:
        """Begin empty. killed_at: at which transaction, counted from 1, the process dies, before or after it."""
        self.items: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
        self.transactions: list[Sequence[Write]] = []
        self.reads = 0
        self._meet = meet
        self._killed_at = killed_at
        self._dead = False
        self._tokens: set[str] = set()
        self._lock = Lock()

    def restarted(self) -> "FakeDynamo":
        """Return the client of a fresh process: what is stored stays, and nothing more comes of the old one."""
        fresh = FakeDynamo()
        fresh.items = self.items
        self._dead = True
        return fresh

    def transact_write_items(self, *, TransactItems: Sequence[Write], ClientRequestToken: str) -> dict[str, Any]:  # noqa: N803 - boto's
        """Do all or none."""
        with self._lock:
            self.transactions.append(TransactItems)
            number = len(self.transactions)
        writes = [next(iter(each.values())) for each in TransactItems]
        targets = [_target(write) for write in writes]
        assert 0 < len(writes) <= _MOST_WRITES, "DynamoDB refuses more"
        assert len(set(targets)) == len(targets), "DynamoDB refuses two writes to one item"
        reason = self._meet(TransactItems)  # unlocked, since others may come now
        with self._lock:
            self._die(number, "before")
            if ClientRequestToken not in self._tokens:
                reasons = [reason or self._reason(write) for write in writes]
                if any(reasons):
                    raise _cancelled(reasons)
                for target, write in zip(targets, writes, strict=True):
                    self._do(target, write)
                self._tokens.add(ClientRequestToken)
            self._die(number, "after")
        return {}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto's
        """Read the items there are."""
        ((table, asked),) = RequestItems.items()
        targets = [_target({"TableName": table, "Key": key}) for key in asked["Keys"]]
        with self._lock:
            self.reads += 1
            return {"Responses": {table: [self.items[target] for target in targets if target in self.items]}}

    def _reason(self, write: Write) -> str:
        conditional = "ConditionExpression" in write
        if conditional:
            assert write["ConditionExpression"] == "attribute_not_exists(site_id)"
        return "ConditionalCheckFailed" if conditional and _target(write) in self.items else ""

    def _do(self, target: tuple[str, tuple[str, ...]], write: Write) -> None:
        if "Item" in write:
            self.items[target] = write["Item"]
            return
        assert write["UpdateExpression"] == "ADD #sites :sites"
        item = self.items.setdefault(target, dict(write["Key"]))
        amount = int(write["ExpressionAttributeValues"][":sites"]["N"])
        item["sites"] = {"N": str(int(item.get("sites", {"N": "0"})["N"]) + amount)}

    def _die(self, number: int, side: Side) -> None:
        self._dead = self._dead or self._killed_at == (number, side)
        if self._dead:
            raise Killed


def _target(write: Write) -> tuple[str, tuple[str, ...]]:
    key = write.get("Key") or write["Item"]
    return write["TableName"], tuple(key[name]["S"] for name in _KEYS if name in key)


def _cancelled(reasons: Sequence[str]) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": [{"Code": reason or "None"} for reason in reasons],
    }
    return ClientError(response, "TransactWriteItems")
