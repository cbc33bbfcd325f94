"""Pages: a Query that costs what the page holds, and says where the next one begins; and a table read end to end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from heliograph.storage.batches import concurrent_map
from heliograph.storage.fast_path import ask
from heliograph.storage.items import ItemReader, attributes

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some items in key order, and whether more follow."""

    items: list[T]
    more: bool


class Range(msgspec.Struct, frozen=True):
    """What to query: one partition of a table or index, sort keys from `low` to `high`, both included.

    after: the key of the item to begin behind, as plain values; all key attributes of the table and the index.
    consistent: whether all that is stored by now is seen; it costs twice the read units.
    """

    table: str
    partition: tuple[str, str]
    sort: tuple[str, str, str] | None = None
    index: str | None = None
    after: dict[str, str] | None = None
    backwards: bool = False
    consistent: bool = False


class _Answer(msgspec.Struct, Generic[T]):
    """What a Query or a Scan answers."""

    Items: list[T]
    LastEvaluatedKey: dict[str, Any] | None = None


def query(dynamodb: "DynamoDBClient", chosen: Range, reader: ItemReader[T], most: int | None = None) -> Iterator[T]:
    """Yield the items of a range, page after page. most: how many at most."""
    return _items(dynamodb, "Query", request_of(chosen, reader.projection), reader, most)


def query_page(dynamodb: "DynamoDBClient", chosen: Range, limit: int, reader: ItemReader[T]) -> Page[T]:
    """Read up to `limit` items, and one more to know whether another page follows."""
    found = list(query(dynamodb, chosen, reader, limit + 1))
    return Page(found[:limit], more=len(found) > limit)


def scan(dynamodb: "DynamoDBClient", table: str, reader: ItemReader[T], index: str | None = None) -> Iterator[T]:
    """Read every item of a table or an index; what is written meanwhile may come or not.

    Nothing that serves or processes scans: it costs what the table holds. A table is read consistently, an index can't
    be.
    """
    request = {"IndexName": index} if index else {"ConsistentRead": True}
    return _items(dynamodb, "Scan", {"TableName": table, **request, **reader.projection}, reader)


def _items(
    dynamodb: "DynamoDBClient",
    operation: str,
    request: Mapping[str, Any],
    reader: ItemReader[T],
    most: int | None = None,
) -> Iterator[T]:
    """Make a call, and again for what follows, until `most` items are read."""
    decoder, left = answers_of(reader), most
    begin: dict[str, Any] = {}
    while True:
        limit = {} if left is None else {"Limit": left}
        answer = ask(dynamodb, operation, {**request, **begin, **limit}, decoder)
        yield from map(reader.make, answer.Items)
        left = None if left is None else left - len(answer.Items)
        if left == 0 or not answer.LastEvaluatedKey:
            return
        begin = {"ExclusiveStartKey": answer.LastEvaluatedKey}


@cache
def answers_of(reader: ItemReader[Any]) -> Any:  # noqa: ANN401 - mypy knows no type made while it runs
    """Return the decoder of a Query's answers with items of a kind."""
    answer: Any = _Answer
    return msgspec.json.Decoder(answer[reader.wire], strict=False)


class Shards(msgspec.Struct, Generic[T], frozen=True):
    """A list that is spread over partitions, each in order. key: what the whole list is in order of.

    read: reads so many items of one partition's range. behind: the range that begins behind an item.
    """

    ranges: Sequence[Range]
    key: Callable[[T], str]
    read: Callable[[Range, int], Page[T]]
    behind: Callable[[Range, T], Range]

    def page(self, limit: int) -> Page[T]:
        """Read up to `limit` items of the whole list: every partition, some at once, and those that run out again."""
        size = 2 * limit // len(self.ranges) + 2  # about twice a partition's share of a page
        firsts: dict[int, Page[T]] = {}

        def read(place: int) -> None:
            firsts[place] = self.read(self.ranges[place], size)

        concurrent_map(read, list(range(len(self.ranges))))
        streams = [self._stream(chosen, firsts[place], size) for place, chosen in enumerate(self.ranges)]
        found = list(islice(merge(*streams, key=self.key, reverse=self.ranges[0].backwards), limit + 1))
        return Page(found[:limit], more=len(found) > limit)

    def _stream(self, chosen: Range, page: Page[T], size: int) -> Iterator[T]:
        while True:
            yield from page.items
            if not page.more:
                return
            chosen = self.behind(chosen, page.items[-1])
            page = self.read(chosen, size)


def request_of(chosen: Range, projection: Mapping[str, Any]) -> dict[str, Any]:
    """Write a Query's parameters. projection: those that ask for some attributes only."""
    condition = "#p = :p"
    names = {"#p": chosen.partition[0]}
    values = {":p": chosen.partition[1]}
    if chosen.sort is not None:
        condition += " AND #s BETWEEN :low AND :high"
        names["#s"], values[":low"], values[":high"] = chosen.sort
    request: dict[str, Any] = {
        "TableName": chosen.table,
        "KeyConditionExpression": condition,
        **projection,
        "ExpressionAttributeNames": projection.get("ExpressionAttributeNames", {}) | names,
        "ExpressionAttributeValues": attributes(values),
        "ScanIndexForward": not chosen.backwards,
    }
    if chosen.index is not None:
        request["IndexName"] = chosen.index
    if chosen.consistent:
        request["ConsistentRead"] = True
    if chosen.after is not None:
        request["ExclusiveStartKey"] = attributes(chosen.after)
    return request
