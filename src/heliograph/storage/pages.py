"""Pages: a Query that costs what the page holds, and says where the next one begins. Nothing here ever scans."""

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from heliograph.storage.batches import concurrent_map
from heliograph.storage.items import attribute

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
    """

    table: str
    partition: tuple[str, str]
    sort: tuple[str, str, str] | None = None
    index: str | None = None
    after: dict[str, str] | None = None
    backwards: bool = False


def query_page(dynamodb: "DynamoDBClient", chosen: Range, limit: int) -> Page[dict[str, Any]]:
    """Read up to `limit` raw items, and one more to know whether another page follows."""
    request = request_of(chosen)
    items: list[dict[str, Any]] = []
    while len(items) <= limit:
        answer = dynamodb.query(**request, Limit=limit + 1 - len(items))
        items.extend(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            break
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return Page(items[:limit], more=len(items) > limit)


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


def request_of(chosen: Range) -> dict[str, Any]:
    """Write a Query's parameters."""
    condition = "#p = :p"
    names = {"#p": chosen.partition[0]}
    values = {":p": attribute(chosen.partition[1])}
    if chosen.sort is not None:
        condition += " AND #s BETWEEN :low AND :high"
        names["#s"] = chosen.sort[0]
        values |= {":low": attribute(chosen.sort[1]), ":high": attribute(chosen.sort[2])}
    request: dict[str, Any] = {
        "TableName": chosen.table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": not chosen.backwards,
    }
    if chosen.index is not None:
        request["IndexName"] = chosen.index
    if chosen.after is not None:
        request["ExclusiveStartKey"] = {name: attribute(value) for name, value in chosen.after.items()}
    return request
