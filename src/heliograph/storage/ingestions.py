"""The ingestions table: one item a raw object, and the fleet's running totals beside them.

An ingestion and its share of the totals are written in one transaction, conditional on the ingestion being as it was
read. So the totals are exactly the sums over ingestions, however often an object is processed and wherever a processor
dies.

An hour's ingestions lie in shards, each in order; a list of them merges the shards, each read from the same id on.

Among them lie the attempts at a queue message that began: SQS's own count of receives can't say that. A message is
received for many reasons: a store was throttled, there was no time left for it, a Lambda was throttled. Only attempts
that began count here, and those that ended because of a store are taken back. An attempt goes by the number of the
receive it began in, and they are kept as a set, so to count one twice counts it once. Each message has a partition of
its own, and its item goes when the queue wouldn't keep the message any more.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import StorageError
from heliograph.ingestion import Ingestion, IngestionTotals, as_first_counted, change, same_outcome
from heliograph.storage.batches import ExpiringTable, Keys, concurrent_map, get_many, get_one
from heliograph.storage.items import ANY_ITEM, Codec, attribute, attributes, number
from heliograph.storage.pages import Page, Range, Shards, query, query_page
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import (
    INGESTION_SHARDS,
    INGESTIONS,
    TOTALS_PARTITIONS,
    TOTALS_SHARDS,
    ingestion_list,
    ingestion_place,
    totals_list,
    totals_place,
    totals_shard,
    tries_place,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


# Why a transaction is cancelled that may be tried again: another came first, or a table or partition is over its load.
_MEETINGS = frozenset(
    {"ConditionalCheckFailed", "ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
)


INGESTION_CODEC: Final = Codec(Ingestion, lean=frozenset({"blank", "profile", "profile_version", "provisional"}))
# One of the items of the fleet's running totals.
TOTALS_CODEC: Final = Codec(IngestionTotals)


class DynamoIngestions(ExpiringTable):
    """Keeps ingestions. retention: how long an item is kept, counted from its object's landing."""

    def record(self, ingestion: Ingestion) -> None:
        """Write what became of an object; nothing where the same is written already.

        Raises:
            StillThrottled: other writers came first until the retry policy's time was up.
        """
        for _ in self._retry_policy.attempts("record an ingestion"):
            before = self.get(ingestion.id)
            ingestion = as_first_counted(before, ingestion)
            if before is not None and same_outcome(before, ingestion):
                return
            if self._try(before, ingestion):
                return

    def correct(self, ingestion: Ingestion) -> bool:
        """Write the counts that an ingestion should have, and what they change of the totals.

        Return False where it isn't there any more, or was written again since it was read.
        """
        before = self.get(ingestion.id)
        return before is not None and before.attempts == ingestion.attempts and self._try(before, ingestion)

    def get(self, ingestion: str) -> Ingestion | None:
        """Read one ingestion by its id, or None where there is none."""
        return read_ingestion(self._dynamodb, self._table, ingestion)

    def of_hour(self, hour: str, limit: int, after: str | None) -> Page[Ingestion]:
        """Read the ingestions of objects landed in an hour `YYYYMMDDTHH` UTC, latest first, behind the id `after`."""
        ranges = [_range(self._table, hour, shard, after) for shard in range(INGESTION_SHARDS)]
        return Shards(ranges, attrgetter("id"), self._page, _onward).page(limit)

    def _page(self, chosen: Range, limit: int) -> Page[Ingestion]:
        return query_page(self._dynamodb, chosen, limit, INGESTION_CODEC)

    def totals(self) -> IngestionTotals:
        """Sum the fleet's running totals: a Query of a few small items for each partition of them."""
        return read_totals(self._dynamodb, self._table)

    def _try(self, before: Ingestion | None, ingestion: Ingestion) -> bool:
        """Write an ingestion over what was read; False where another writer came between."""
        count = add_to_totals(self._table, totals_shard(ingestion.id), change(before, ingestion))
        writes = [self._put(before, ingestion), *count]
        try:
            self._dynamodb.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if met_another_writer(error):
                return False
            raise StorageError(f"the ingestion of {ingestion.object_key} can't be recorded: {error}") from error
        return True

    def _put(self, before: Ingestion | None, ingestion: Ingestion) -> "TransactWriteItemTypeDef":
        attempts = before.attempts if before else 0
        written = msgspec.structs.replace(ingestion, attempts=attempts + 1)
        expires_at = number(self._expires_at(ingestion.landed_at))
        return {
            "Put": {
                "TableName": self._table,
                "Item": {**INGESTION_CODEC.write(written), **_key(ingestion.id), "expires_at": expires_at},
                "ConditionExpression": "attribute_not_exists(ingestion) OR attempts = :before",
                "ExpressionAttributeValues": attributes({":before": attempts}),
            }
        }


def read_ingestion(dynamodb: "DynamoDBClient", table: str, ingestion: str) -> Ingestion | None:
    """Read one ingestion by its id, or None where there is none."""
    return get_one(dynamodb, table, _key(ingestion), INGESTION_CODEC)


def read_totals(dynamodb: "DynamoDBClient", table: str) -> IngestionTotals:
    """Sum the fleet's running totals: a Query of a few small items for each partition of them."""
    shards: list[IngestionTotals] = []

    def read(partition: int) -> None:
        shards.extend(query(dynamodb, totals_range(table, partition), TOTALS_CODEC, TOTALS_SHARDS))

    concurrent_map(read, list(range(TOTALS_PARTITIONS)))
    names = IngestionTotals.__struct_fields__
    return IngestionTotals(**{name: sum(getattr(shard, name) for shard in shards) for name in names})


def totals_range(table: str, partition: int) -> Range:
    """Return one partition of the running totals."""
    return Range(table, (INGESTIONS.partition, totals_list(partition)))


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
    """Return the part of a transaction that adds to the fleet's totals; nothing where nothing changes."""
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
    """Return whether a transaction was cancelled only because others wrote the same items, so it can be tried again."""
    if error.response["Error"]["Code"] == "TransactionInProgressException":
        return True
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
    return bool(reasons) and reasons <= _MEETINGS | {"None", None}


def _key(ingestion: str) -> dict[str, Any]:
    return _place(*ingestion_place(ingestion))


def _place(partition: str, sort: str) -> dict[str, Any]:
    return attributes({INGESTIONS.partition: partition, INGESTIONS.sort: sort})


def _range(table: str, hour: str, shard: int, after: str | None) -> Range:
    """Return one shard of an hour, latest first; it goes on behind an id whether the shard has it or not."""
    partition = ingestion_list(hour, shard)
    behind = {INGESTIONS.partition: partition, INGESTIONS.sort: after} if after else None
    return Range(table, (INGESTIONS.partition, partition), after=behind, backwards=True)


def _onward(chosen: Range, last: Ingestion) -> Range:
    behind = {INGESTIONS.partition: chosen.partition[1], INGESTIONS.sort: last.id}
    return msgspec.structs.replace(chosen, after=behind)


_KEPT_SECONDS: Final = 15 * 24 * 3600  # a day more than SQS keeps a message


class Tried(msgspec.Struct, frozen=True):
    """What is counted about a message.

    begun: attempts that began and weren't taken back. buried: whether it has a dead letter.
    """

    begun: int = 0
    buried: bool = False


class DynamoTries:
    """Counts attempts in the ingestions table. now: seconds since 1970."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, now: Callable[[], float]) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table
        self._now = now
        self._retry_policy = StoreRetryPolicy()

    def of(self, message_ids: Iterable[str]) -> dict[str, Tried]:
        """Read what is counted about some messages; those of which nothing is are left out.

        Raises:
            StillThrottled: the table refused for load until patience ran out.
        """
        names = {tries_place(each)[0]: each for each in message_ids}
        keys = Keys(self._table, [_place(*tries_place(each)) for each in names.values()])
        found = get_many(self._dynamodb, keys, ANY_ITEM, self._retry_policy)
        return {
            names[each[INGESTIONS.partition]["S"]]: Tried(len(each.get("begun", {}).get("NS", ())), "buried" in each)
            for each in found
        }

    def begin(self, message_id: str, receive: int) -> int:
        """Count an attempt, before it begins: one write. Return how many are counted by now."""
        answer = self._update(message_id, "ADD begun :one SET expires_at = :expires", {":one": {"NS": [str(receive)]}})
        return len(answer["begun"]["NS"])

    def take_back(self, message_id: str, receive: int) -> None:
        """Count an attempt no more that ended because of a store; asked for again while the store refuses this too.

        Raises:
            StillThrottled: it refused until patience ran out, so the attempt stays counted.
        """
        for _ in self._retry_policy.attempts("take an attempt back"):
            try:
                self._update(
                    message_id, "DELETE begun :one SET expires_at = :expires", {":one": {"NS": [str(receive)]}}
                )
            except (BotoCoreError, ClientError):
                continue
            return

    def bury(self, message_id: str) -> None:
        """Note that a message has its dead letter, so that it gets no second one."""
        self._update(message_id, "SET buried = :yes, expires_at = :expires", {":yes": attribute(value=True)})

    def _update(self, message_id: str, expression: str, values: dict[str, Any]) -> dict[str, Any]:
        expires = attribute(int(self._now()) + _KEPT_SECONDS)
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key=_place(*tries_place(message_id)),
            UpdateExpression=expression,
            ExpressionAttributeValues={**values, ":expires": expires},
            ReturnValues="UPDATED_NEW",
        )
        return dict(answer.get("Attributes", {}))
