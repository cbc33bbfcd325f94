"""DynamoDB in batches: 25 statements or 100 keys a call, and the parts of a call that have to be asked again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from heliograph.errors import StorageError
from heliograph.storage.patience import Patience

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, BatchStatementRequestTypeDef

MAX_STATEMENTS: Final = 25  # BatchExecuteStatement's limit
MAX_KEYS: Final = 100  # BatchGetItem's limit
_MAX_ITEMS: Final = 25  # BatchWriteItem's limit

DUPLICATE: Final = "DuplicateItem"
CONDITION_FAILED: Final = "ConditionalCheckFailed"
_ANSWERS: Final = frozenset({DUPLICATE, CONDITION_FAILED})
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
    """One PartiQL statement with its parameters, as typed attributes in the order of its question marks."""

    statement: str
    parameters: "list[AttributeValueTypeDef]"


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut `things` into lists of `size`, the last one shorter."""
    source = iter(things)
    while batch := list(islice(source, size)):
        yield batch


def insert_statement(table: str, item: "Mapping[str, AttributeValueTypeDef]") -> Statement:
    """Write an INSERT, which stores a new item and answers DuplicateItem for one that is there."""
    return Statement(_insert_text(table, tuple(item)), list(item.values()))


@lru_cache(maxsize=64)
def _insert_text(table: str, names: tuple[str, ...]) -> str:
    fields = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{fields}}}'


def execute(dynamodb: "DynamoDBClient", statements: Sequence[Statement], patience: Patience) -> list[str | None]:
    """Run statements of one kind, 25 a call.

    Returns:
        For each statement None where it took effect, else `DUPLICATE` or `CONDITION_FAILED`.

    Raises:
        StillThrottled: some were still refused for load when patience ran out.
        StorageError: a statement was refused for good.
    """
    outcomes: list[str | None] = [None] * len(statements)
    for batch in batched(range(len(statements)), MAX_STATEMENTS):
        left = batch
        for _ in patience.attempts("write to DynamoDB"):
            left = _execute_once(dynamodb, statements, left, outcomes)
            if not left:
                break
    return outcomes


def _execute_once(
    dynamodb: "DynamoDBClient",
    statements: Sequence[Statement],
    chosen: list[int],
    outcomes: list[str | None],
) -> list[int]:
    """Run the chosen statements once, note their outcomes, and give those to be asked again."""
    requests: list[BatchStatementRequestTypeDef] = [
        {"Statement": statements[index].statement, "Parameters": statements[index].parameters} for index in chosen
    ]
    answers = dynamodb.batch_execute_statement(Statements=requests)["Responses"]
    again = []
    for index, answer in zip(chosen, answers, strict=True):
        error = answer.get("Error")
        code = error.get("Code") if error else None
        if code in _ASK_AGAIN:
            again.append(index)
        elif error is not None and code not in _ANSWERS:
            raise StorageError(f"DynamoDB refused a statement: {code}: {error.get('Message', '')}")
        else:
            outcomes[index] = code
    return again


def get_many(
    dynamodb: "DynamoDBClient",
    table: str,
    keys: Sequence["Mapping[str, AttributeValueTypeDef]"],
    patience: Patience,
    *,
    consistent: bool = True,
) -> list[dict[str, Any]]:
    """Read items by key, 100 a call, in no order; missing ones are left out."""
    found: list[dict[str, Any]] = []
    for batch in batched(keys, MAX_KEYS):
        left: Any = {table: {"Keys": batch, "ConsistentRead": consistent}}
        for _ in patience.attempts("read from DynamoDB"):
            answer = dynamodb.batch_get_item(RequestItems=left)
            found.extend(answer["Responses"].get(table, []))
            left = answer.get("UnprocessedKeys")
            if not left:
                break
    return found


def put_many(
    dynamodb: "DynamoDBClient",
    table: str,
    items: Sequence["Mapping[str, AttributeValueTypeDef]"],
    patience: Patience,
) -> None:
    """Write whole items over whatever is there, 25 a call."""
    for batch in batched(items, _MAX_ITEMS):
        left: Any = {table: [{"PutRequest": {"Item": item}} for item in batch]}
        for _ in patience.attempts("write to DynamoDB"):
            left = dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems")
            if not left:
                break
