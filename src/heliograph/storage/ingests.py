"""The ingests table: one item a raw object, and the fleet's running totals beside them.

An ingest and its share of the totals are written in one transaction, conditional on the ingest being as it was read.
So the totals are exactly the sums over ingests, however often an object is processed and wherever a processor dies.

An hour's ingests lie in shards, each in order; a list of them merges the shards, each read from the same id on.
"""

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import StorageError
from heliograph.ingest import Ingest, Totals, as_first_counted, change, same_outcome
from heliograph.storage.attributes import attributes, struct_of, values_of
from heliograph.storage.batches import side_by_side
from heliograph.storage.expiring import ExpiringTable
from heliograph.storage.pages import Page, Range, Shards, query_page
from heliograph.table_keys import (
    INGEST_SHARDS,
    INGESTS,
    TOTALS_PARTITIONS,
    TOTALS_SHARDS,
    ingest_list,
    ingest_place,
    totals_list,
    totals_place,
    totals_shard,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# Why a transaction is cancelled that may be tried again: another came first, or a table or partition is over its load.
_MEETINGS = frozenset(
    {"ConditionalCheckFailed", "ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
)


class DynamoIngests(ExpiringTable):
    """Keeps ingests. retention: how long an item is kept, counted from its object's landing."""

    def record(self, ingest: Ingest) -> None:
        """Write what became of an object; nothing where the same is written already.

        Raises:
            StillThrottled: other writers came first until patience ran out.
        """
        for _ in self._patience.attempts("record an ingest"):
            before = self.get(ingest.id)
            ingest = as_first_counted(before, ingest)
            if before is not None and same_outcome(before, ingest):
                return
            if self._try(before, ingest):
                return

    def correct(self, ingest: Ingest) -> bool:
        """Write the counts that an ingest should have, and what they change of the totals.

        Return False where it isn't there any more, or was written again since it was read.
        """
        before = self.get(ingest.id)
        return before is not None and before.attempts == ingest.attempts and self._try(before, ingest)

    def get(self, ingest: str) -> Ingest | None:
        """Read one ingest by its id, or None where there is none."""
        return read_ingest(self._dynamodb, self._table, ingest)

    def of_hour(self, hour: str, limit: int, after: str | None) -> Page[Ingest]:
        """Read the ingests of objects that landed in an hour `YYYYMMDDTHH` UTC, latest first, behind the id `after`."""
        ranges = [_range(self._table, hour, shard, after) for shard in range(INGEST_SHARDS)]
        return Shards(ranges, attrgetter("id"), self._page, _onward).page(limit)

    def _page(self, chosen: Range, limit: int) -> Page[Ingest]:
        page = query_page(self._dynamodb, chosen, limit)
        return Page([struct_of(item, Ingest) for item in page.items], page.more)

    def totals(self) -> Totals:
        """Sum the fleet's running totals: a Query of a few small items for each partition of them."""
        return read_totals(self._dynamodb, self._table)

    def _try(self, before: Ingest | None, ingest: Ingest) -> bool:
        """Write an ingest over what was read; False where another writer came between."""
        count = add_to_totals(self._table, totals_shard(ingest.id), change(before, ingest))
        writes = [self._put(before, ingest), *count]
        try:
            self._dynamodb.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if met_another_writer(error):
                return False
            raise StorageError(f"the ingest of {ingest.object_key} can't be recorded: {error}") from error
        return True

    def _put(self, before: Ingest | None, ingest: Ingest) -> "TransactWriteItemTypeDef":
        attempts = before.attempts if before else 0
        expires_at = self._expires_at(ingest.landed_at)
        values = {**msgspec.structs.asdict(ingest), "attempts": attempts + 1, "expires_at": expires_at}
        return {
            "Put": {
                "TableName": self._table,
                "Item": {**attributes(values), **_key(ingest.id)},
                "ConditionExpression": "attribute_not_exists(ingest) OR attempts = :before",
                "ExpressionAttributeValues": attributes({":before": attempts}),
            }
        }


def read_ingest(dynamodb: "DynamoDBClient", table: str, ingest: str) -> Ingest | None:
    """Read one ingest by its id, or None where there is none."""
    answer = dynamodb.get_item(TableName=table, Key=_key(ingest), ConsistentRead=True)
    return struct_of(answer["Item"], Ingest) if "Item" in answer else None


def read_totals(dynamodb: "DynamoDBClient", table: str) -> Totals:
    """Sum the fleet's running totals: a Query of a few small items for each partition of them."""
    shards: list[dict[str, Any]] = []

    def read(partition: int) -> None:
        page = query_page(dynamodb, Range(table, (INGESTS.partition, totals_list(partition))), TOTALS_SHARDS)
        shards.extend(map(values_of, page.items))

    side_by_side(read, list(range(TOTALS_PARTITIONS)))
    names = Totals.__struct_fields__
    return Totals(**{name: sum(int(shard.get(name, 0)) for shard in shards) for name in names})


def correct_totals(
    dynamodb: "DynamoDBClient", table: str, shard: str, over: dict[str, int], were: dict[str, int]
) -> bool:
    """Take from one item of the running totals what its counts have too much (below zero: add what they lack).

    Return False where the item isn't as it was read any more. were: its counts as they were read.
    """
    (write,) = add_to_totals(table, shard, {name: -amount for name, amount in over.items()})
    update: dict[str, Any] = dict(write["Update"])
    was = {name: were.get(name) for name in over}
    same = [
        f"#{name} = :was_{name}" if value is not None else f"attribute_not_exists(#{name})"
        for name, value in was.items()
    ]
    known = {f":was_{name}": value for name, value in was.items() if value is not None}
    update["ConditionExpression"] = " AND ".join(same)
    update["ExpressionAttributeValues"] = {**update["ExpressionAttributeValues"], **attributes(known)}
    try:
        dynamodb.update_item(**update)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def add_to_totals(table: str, shard: str, amounts: dict[str, int]) -> "list[TransactWriteItemTypeDef]":
    """Give the part of a transaction that adds to the fleet's totals; nothing where nothing changes."""
    if not amounts:
        return []
    parts = ", ".join(f"#{name} :{name}" for name in amounts)
    return [
        {
            "Update": {
                "TableName": table,
                "Key": _place(*totals_place(shard)),
                "UpdateExpression": f"ADD {parts}",
                "ExpressionAttributeNames": {f"#{name}": name for name in amounts},
                "ExpressionAttributeValues": attributes({f":{name}": value for name, value in amounts.items()}),
            }
        }
    ]


def met_another_writer(error: ClientError) -> bool:
    """Tell whether a transaction was cancelled only because others wrote the same items, so it can be tried again."""
    if error.response["Error"]["Code"] == "TransactionInProgressException":
        return True
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
    return bool(reasons) and reasons <= _MEETINGS | {"None", None}


def _key(ingest: str) -> dict[str, Any]:
    return _place(*ingest_place(ingest))


def _place(partition: str, sort: str) -> dict[str, Any]:
    return attributes({INGESTS.partition: partition, INGESTS.sort: sort})


def _range(table: str, hour: str, shard: int, after: str | None) -> Range:
    """Give one shard of an hour, latest first; it goes on behind an id whether the shard has it or not."""
    partition = ingest_list(hour, shard)
    behind = {INGESTS.partition: partition, INGESTS.sort: after} if after else None
    return Range(table, (INGESTS.partition, partition), after=behind, backwards=True)


def _onward(chosen: Range, last: Ingest) -> Range:
    behind = {INGESTS.partition: chosen.partition[1], INGESTS.sort: last.id}
    return msgspec.structs.replace(chosen, after=behind)
