"""Counts capacity units: what writes consumed as DynamoDB says it, what reads consume by the sizes of what was read.

The embedded DynamoDB tells of writes as AWS does, transactions and indexes included; only of a PartiQL statement it
leaves the indexes out, so an index whose key a statement names is added. Of reads it tells a flat figure, so these are
computed: a Query rounds its items' sum up to 4 KB, a batch rounds each item, and an eventually consistent read is half.
Sources: Amazon DynamoDB Developer Guide, "Read and write operations" and "Item sizes and formats".
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec

from heliograph.storage.fast_path import FastDynamo, with_fast_path
from heliograph.table_keys import TABLES
from local_stack import Stack
from local_stack.clients import LocalClients
from local_stack.stack import secret_of

_BLOCK: Final = 4096
_ASKED: Final = "TOTAL"
_WRITES: Final = frozenset(
    {"BatchExecuteStatement", "BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"}
)
_READS: Final = frozenset({"BatchGetItem", "GetItem", "Query"})


class Meter:
    """Units by operation and table, and the calls."""

    def __init__(self) -> None:
        """Begin with none."""
        self.writes: defaultdict[str, float] = defaultdict(float)
        self.reads: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()

    def take(self, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Count one call."""
        self.calls[operation] += 1
        if operation in _WRITES:
            for table, units in _consumed(answer.get("ConsumedCapacity")):
                self.writes[f"{operation} {table}"] += units
            for index in _indexes_written(request.get("Statements", ()), answer.get("Responses", ())):
                self.writes[f"{operation} {index}"] += 1
        elif operation in _READS:
            for table, units in _read_units(operation, request, answer):
                self.reads[f"{operation} {table}"] += units

    @property
    def write_units(self) -> float:
        """All write units."""
        return sum(self.writes.values())

    @property
    def read_units(self) -> float:
        """All read units."""
        return sum(self.reads.values())


class MeteredClients(LocalClients):
    """Clients of a local stack whose DynamoDB calls are counted by `meter`."""

    def __init__(self, stack: Stack) -> None:
        """Begin with nothing counted."""
        super().__init__(stack.endpoint, stack.region, secret_of(stack), stack.dynamodb)
        self.meter = Meter()

    def dynamodb(self) -> Any:  # noqa: ANN401 - as DynamoDBClient
        """Make a client that counts, on both of its ways."""
        client = cast("Any", self._make("dynamodb"))

        def ask(params: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> dict[str, Any]:  # noqa: ANN401
            context["metered"] = params
            known = "ReturnConsumedCapacity" in model.input_shape.members
            return {**params, "ReturnConsumedCapacity": _ASKED} if known else params

        def count(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:  # noqa: ANN401
            self.meter.take(model.name, context["metered"], parsed)

        client.meta.events.register("provide-client-params.dynamodb", ask)
        client.meta.events.register("after-call.dynamodb", count)
        return _MeteredFastPath(with_fast_path(self._session, client), self.meter)


class _MeteredFastPath(FastDynamo):
    """A client with a fast path that counts."""

    def __init__(self, like: Any, meter: Meter) -> None:  # noqa: ANN401 - a client with a fast path
        self.__dict__ |= like.__dict__
        self._meter = meter

    def once(self, operation: str, body: bytes) -> bytes | None:
        """Send a call, and count it."""
        request = msgspec.json.decode(body)
        asked = msgspec.json.encode({**_whole(request), "ReturnConsumedCapacity": _ASKED})
        answer = super().once(operation, asked)
        if answer is not None:
            self._meter.take(operation, request, msgspec.json.decode(answer))
        return answer


def _whole(request: dict[str, Any]) -> dict[str, Any]:
    """Ask for whole items, since they are read, and paid for, whole; only the names that are left may be given."""
    if "ProjectionExpression" not in request:
        return request
    kept = {name: value for name, value in request.items() if name != "ProjectionExpression"}
    names = kept.pop("ExpressionAttributeNames", {})
    used = {name: value for name, value in names.items() if name in kept["KeyConditionExpression"].split()}
    return {**kept, **({"ExpressionAttributeNames": used} if used else {})}


def size_of_item(item: Mapping[str, Any]) -> int:
    """Return an item's size as DynamoDB counts it, bytes."""
    return sum(len(name.encode()) + _size(typed) for name, typed in item.items())


def _size(typed: Mapping[str, Any]) -> int:
    kind, value = next(iter(typed.items()))
    match kind:
        case "S":
            return len(str(value).encode())
        case "N":
            digits = str(value).lstrip("-").replace(".", "").strip("0")
            return math.ceil(len(digits) / 2) + 1 + str(value).startswith("-")
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in value.items())
        case "L":
            return 3 + sum(1 + _size(each) for each in value)
        case _:
            return 1


def _consumed(consumed: Any) -> Iterable[tuple[str, float]]:  # noqa: ANN401 - one, a list, or nothing
    entries = consumed if isinstance(consumed, list) else [consumed] if consumed else []
    return [(each["TableName"], float(each["CapacityUnits"])) for each in entries]


def _indexes_written(statements: Iterable[Mapping[str, Any]], answers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the indexes that statements wrote to, each as often as it was."""
    done = [each["Statement"] for each, answer in zip(statements, answers, strict=False) if "Error" not in answer]
    return [name for text in done for name, key in _INDEX_KEYS.items() if f"'{key}'" in text or f'"{key}"' in text]


# Each index has a key of its own, which an item has only while it is in it.
_INDEX_KEYS: Final = {
    index.name: key
    for table in TABLES
    for index in table.indexes
    for key in (index.sort if index.partition == table.partition else index.partition,)
}


def _read_units(operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    if operation == "BatchGetItem":
        return [
            (table, sum(_units(size_of_item(item), asked) for item in answer["Responses"].get(table, ())))
            for table, asked in request["RequestItems"].items()
        ]
    items = answer.get("Items", [answer["Item"]] if "Item" in answer else [])
    return [(request["TableName"], _units(sum(map(size_of_item, items)), request))]


def _units(size: int, asked: Mapping[str, Any]) -> float:
    return max(1, math.ceil(size / _BLOCK)) * (1.0 if asked.get("ConsistentRead") else 0.5)
