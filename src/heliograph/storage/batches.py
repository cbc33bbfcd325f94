"""DynamoDB in batches: 25 statements, 100 keys or 100 writes a call, and the parts that have to be asked again.

And what the stores that write so have in common: a table whose items expire.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from uuid import uuid4

import msgspec

from heliograph.errors import RefusedForGood, StorageError
from heliograph.reading import moment_of
from heliograph.storage.fast_path import ask
from heliograph.storage.items import ItemReader
from heliograph.storage.retry_policy import StoreRetryPolicy

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef


MAX_STATEMENTS: Final = 25  # BatchExecuteStatement's limit
MAX_KEYS: Final = 100  # BatchGetItem's limit
MAX_WRITES: Final = 100  # TransactWriteItems' limit
CALLS_AT_ONCE: Final = 8  # botocore keeps ten connections
_MAX_ITEMS: Final = 25  # BatchWriteItem's limit

DUPLICATE: Final = "DuplicateItem"
CONDITION_FAILED: Final = "ConditionalCheckFailed"
# Not DynamoDB's own code: it calls it ValidationError, as it does a statement that is wrong.
TOO_LARGE: Final = "TooLarge"
_ANSWERS: Final = frozenset({DUPLICATE, CONDITION_FAILED, TOO_LARGE})
_SIZE: Final = "exceeded the maximum allowed size"
# What a statement says of its own item: too large, or with a value that no item can have.
_OF_THE_ITEM: Final = frozenset({"ItemCollectionSizeLimitExceeded", "ValidationError"})
_ASK_AGAIN: Final = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)

T = TypeVar("T")


class Statement(msgspec.Struct, frozen=True):
    """One PartiQL statement with its parameters, as typed attributes in the order of its question marks.

    Parameters may be ready as JSON.
    """

    statement: str
    parameters: "list[AttributeValueTypeDef] | msgspec.Raw"


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut `things` into lists of `size`, the last one shorter."""
    source = iter(things)
    while batch := list(islice(source, size)):
        yield batch


def insert_statement(table: str, item: "Mapping[str, AttributeValueTypeDef]") -> Statement:
    """Write an INSERT, which stores a new item and answers DuplicateItem for one that is there."""
    return Statement(insert_text(table, tuple(item)), list(item.values()))


@lru_cache(maxsize=64)
def insert_text(table: str, names: tuple[str, ...]) -> str:
    """Return the INSERT of an item with these attributes, a question mark for each."""
    fields = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{fields}}}'


def execute(
    dynamodb: "DynamoDBClient", statements: Sequence[Statement], retry_policy: StoreRetryPolicy
) -> list[str | None]:
    """Run statements of one kind, 25 a call, several calls at once.

    Returns:
        For each statement None where it took effect, else `DUPLICATE`, `CONDITION_FAILED` or `TOO_LARGE`.

    Raises:
        StillThrottled: some were still refused for load when patience ran out.
        RefusedForGood: a statement can't be done with its item as it is.
        StorageError: a statement was refused for another reason.
    """
    outcomes: list[str | None] = [None] * len(statements)

    def run(batch: list[int]) -> None:
        left = batch
        for _ in retry_policy.attempts("write to DynamoDB"):
            left = _execute_once(dynamodb, statements, left, outcomes)
            if not left:
                break

    concurrent_map(run, list(batched(range(len(statements)), MAX_STATEMENTS)))
    return outcomes


def concurrent_map(act: Callable[[T], None], things: Sequence[T]) -> None:
    """Do something with each thing, some at once: while one call waits for its answer, the next is made.

    The first is done alone and timed: as many are done at once as its waiting leaves room for, since threads that
    don't wait are in each other's way.

    Raises:
        Exception: of the first that failed; by then all have ended. After what is no Exception, such as an alarm,
            nothing is waited for: there is no time left.
    """
    left = iter(things)  # a list's iterator gives each thing to one thread alone
    at_once = min(CALLS_AT_ONCE, len(things) - 1, _waits(lambda: act(next(left)))) if things else 0

    def work() -> None:
        for thing in left:
            act(thing)

    helpers = [_pool().submit(work) for _ in range(at_once - 1)]
    try:
        work()
    except Exception:
        wait(helpers)
        raise
    wait(helpers)
    for helper in helpers:
        helper.result()


def _waits(act: Callable[[], None]) -> int:
    """Do something; return how many times as long it took as it kept the processor busy."""
    wall, cpu = time.perf_counter(), time.thread_time()
    act()
    return int((time.perf_counter() - wall) / max(1e-6, time.thread_time() - cpu))


@cache
def _pool() -> ThreadPoolExecutor:
    """Make this process's threads; they wait for answers, so there are more of them than processors."""
    return ThreadPoolExecutor(CALLS_AT_ONCE - 1, thread_name_prefix="dynamodb")


class _Error(msgspec.Struct):
    """Why a statement didn't take effect."""

    Code: str | None = None
    Message: str = ""


class _Outcome(msgspec.Struct):
    """What became of a statement."""

    Error: _Error | None = None


class _Executed(msgspec.Struct):
    """What a BatchExecuteStatement answers."""

    Responses: list[_Outcome]


_EXECUTED: Final = msgspec.json.Decoder(_Executed)


def _execute_once(
    dynamodb: "DynamoDBClient",
    statements: Sequence[Statement],
    chosen: list[int],
    outcomes: list[str | None],
) -> list[int]:
    """Run the chosen statements once, note their outcomes, and return those to be asked again."""
    requests = [
        {"Statement": statements[index].statement, "Parameters": statements[index].parameters} for index in chosen
    ]
    answers = ask(dynamodb, "BatchExecuteStatement", {"Statements": requests}, _EXECUTED).Responses
    again = []
    for index, answer in zip(chosen, answers, strict=True):
        error = answer.Error
        code = _code_of(error) if error else None
        if code in _ASK_AGAIN:
            again.append(index)
        elif error is not None and code not in _ANSWERS:
            raised = RefusedForGood if code in _OF_THE_ITEM else StorageError
            raise raised(f"DynamoDB refused a statement: {code}: {error.Message}")
        else:
            outcomes[index] = code
    return again


def _code_of(error: _Error) -> str | None:
    """Return an error's code; `TOO_LARGE` for an item over DynamoDB's 400 KB, which only the text says."""
    return TOO_LARGE if error.Code == "ValidationError" and _SIZE in error.Message else error.Code


class _Found(msgspec.Struct, Generic[T]):
    """What a BatchGetItem answers."""

    Responses: dict[str, list[T]]
    UnprocessedKeys: dict[str, Any] = {}


class _One(msgspec.Struct, Generic[T]):
    """What a GetItem answers."""

    Item: T | None = None


def get_one(
    dynamodb: "DynamoDBClient",
    table: str,
    key: "Mapping[str, AttributeValueTypeDef]",
    reader: ItemReader[T],
    *,
    consistent: bool = True,
) -> T | None:
    """Read an item by its key, or None where there is none."""
    request = {"TableName": table, "Key": key, "ConsistentRead": consistent, **reader.projection}
    item = ask(dynamodb, "GetItem", request, _decoder(_One, reader.wire)).Item
    return None if item is None else reader.make(item)


class Keys(msgspec.Struct, frozen=True):
    """Which items of a table to read. consistent: as in `Range`."""

    table: str
    keys: Sequence["Mapping[str, AttributeValueTypeDef]"]
    consistent: bool = True


def get_many(
    dynamodb: "DynamoDBClient", chosen: Keys, reader: ItemReader[T], retry_policy: StoreRetryPolicy
) -> list[T]:
    """Read items by key, 100 a call and several calls at once, in no order; missing ones are left out."""
    found: list[T] = []
    decoder = _decoder(_Found, reader.wire)

    def read(batch: "list[Mapping[str, AttributeValueTypeDef]]") -> None:
        left: Any = {chosen.table: {"Keys": batch, "ConsistentRead": chosen.consistent, **reader.projection}}
        for _ in retry_policy.attempts("read from DynamoDB"):
            answer = ask(dynamodb, "BatchGetItem", {"RequestItems": left}, decoder)
            found.extend(map(reader.make, answer.Responses.get(chosen.table, ())))
            left = answer.UnprocessedKeys
            if not left:
                break

    concurrent_map(read, list(batched(chosen.keys, MAX_KEYS)))
    return found


@cache
def _decoder(answer: Any, wire: Any) -> Any:  # noqa: ANN401 - types, and a decoder of them
    return msgspec.json.Decoder(answer[wire], strict=False)


_ANYTHING: Final = msgspec.json.Decoder(dict[str, Any])


def transact(dynamodb: "DynamoDBClient", writes: "Sequence[TransactWriteItemTypeDef]") -> None:
    """Do all of some writes or none, at most 100 and each to another item.

    They have a token, so that they are done once however often the call is sent.

    Raises:
        ClientError: they weren't done; `met_another_writer` tells whether they may be tried again.
    """
    request = {"ClientRequestToken": str(uuid4()), "TransactItems": writes}
    ask(dynamodb, "TransactWriteItems", request, _ANYTHING)


def put_many(
    dynamodb: "DynamoDBClient",
    table: str,
    items: Sequence["Mapping[str, AttributeValueTypeDef]"],
    retry_policy: StoreRetryPolicy,
) -> None:
    """Write whole items over whatever is there, 25 a call."""
    _write_many(dynamodb, table, [{"PutRequest": {"Item": item}} for item in items], retry_policy)


def delete_many(
    dynamodb: "DynamoDBClient",
    table: str,
    keys: Sequence["Mapping[str, AttributeValueTypeDef]"],
    retry_policy: StoreRetryPolicy,
) -> None:
    """Delete the items of different keys, 25 a call; those that aren't there are passed over."""
    _write_many(dynamodb, table, [{"DeleteRequest": {"Key": key}} for key in keys], retry_policy)


def _write_many(dynamodb: "DynamoDBClient", table: str, writes: Sequence[Any], retry_policy: StoreRetryPolicy) -> None:
    for batch in batched(writes, _MAX_ITEMS):
        left: Any = {table: list(batch)}
        for _ in retry_policy.attempts("write to DynamoDB"):
            left = dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems")
            if not left:
                break


class DynamoTable:
    """A table. table: its name. retry_policy: the time to give a job whose parts are throttled."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, *, retry_policy: StoreRetryPolicy | None = None) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table
        self._retry_policy = retry_policy or StoreRetryPolicy()


class ExpiringTable(DynamoTable):
    """A table of items that are kept for a while.

    retention: how long an item is kept, counted from the landing it goes back to.
    """

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, retention: timedelta, retry_policy: StoreRetryPolicy | None = None
    ) -> None:
        """Keep the client; nothing is called yet."""
        super().__init__(dynamodb, table, retry_policy=retry_policy)
        self._retention = retention
        self._last = ("", 0)

    def _expires_at(self, landed_at: str) -> int:
        """Return when an item may be deleted, seconds since 1970. landed_at: UTC text."""
        last, expires_at = self._last
        if landed_at == last:  # all readings of a file have landed at once
            return expires_at
        expires_at = int((moment_of(landed_at) + self._retention).timestamp())
        self._last = landed_at, expires_at
        return expires_at
