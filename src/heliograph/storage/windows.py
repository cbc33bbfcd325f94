"""The readings table as the watch uses it: a site's readings of a stretch of time in, what it found of them out."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from heliograph.checks.flag import Flag, Severity
from heliograph.evaluation.model import FlagUpdate, StoredReading
from heliograph.series import end_of, text_of
from heliograph.storage.batches import Statement, execute
from heliograph.storage.items import flags_attribute
from heliograph.storage.raw_queries import Answer, Number, RawQueries, Text
from heliograph.storage.reading_items import reading_key
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import READINGS, anomaly_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


class _SeverityText(msgspec.Struct, gc=False):
    S: Severity


class _FlagFields(msgspec.Struct, gc=False):
    rule: Text
    observed: Number
    limit: Number
    unit: Text
    severity: _SeverityText
    message: Text


class _FlagMap(msgspec.Struct, gc=False):
    M: _FlagFields


class _FlagList(msgspec.Struct, gc=False):
    L: list[_FlagMap]


class _Item(msgspec.Struct, gc=False):
    timestamp: Text
    energy_generated_kwh: Number
    energy_consumed_kwh: Number
    flags: _FlagList | None = None
    watched: _FlagList | None = None
    merges: Number | None = None


_ANSWERS: Final = msgspec.json.Decoder(Answer[_Item])
_WANTED: Final = {f"#{number}": name for number, name in enumerate(_Item.__struct_fields__)}


class DynamoWindows:
    """Reads and marks stretches of a site's readings. queries: on a client of their own."""

    def __init__(
        self, dynamodb: "DynamoDBClient", queries: RawQueries, table: str, retry_policy: StoreRetryPolicy | None = None
    ) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._queries = queries
        self._table = table
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def read(self, site_id: str, first: int, last: int, *, consistent: bool) -> list[StoredReading]:
        """Read a site's readings that end from `first` to `last`, seconds since 1970, oldest first.

        consistent: whether all that is stored by now is seen; it costs twice the read units.
        """
        request = {
            "TableName": self._table,
            "KeyConditionExpression": f"{READINGS.partition} = :site AND #0 BETWEEN :first AND :last",
            "ProjectionExpression": ", ".join(_WANTED),
            "ExpressionAttributeNames": _WANTED,
            "ExpressionAttributeValues": {
                ":site": {"S": site_id},
                ":first": {"S": text_of(first)},
                ":last": {"S": text_of(last)},
            },
            "ConsistentRead": consistent,
        }
        return _kept_of(self._queries.items(request, _ANSWERS))

    @staticmethod
    def decode(body: bytes) -> list[StoredReading]:
        """Read the readings of one page's body, as `read` does."""
        return _kept_of(_ANSWERS.decode(body).Items)

    def mark(self, site_id: str, changes: "Sequence[FlagUpdate]") -> bool:
        """Write what the watch found, to readings that are still as they were read.

        Returns:
            Whether all were; where one wasn't, it is left as it is, and the evaluation is out of date.
        """
        outcomes = execute(self._dynamodb, [self._update(site_id, each) for each in changes], self._retry_policy)
        return not any(outcomes)

    def _update(self, site_id: str, change: FlagUpdate) -> Statement:
        kept = change.kept
        after = _attributes(site_id, change)
        gone = {"watched", *anomaly_keys(site_id, kept.timestamp)} - after.keys() - _absent(kept)
        sets = " ".join(f'SET "{name}"=?' for name in after)
        removes = " ".join(f'REMOVE "{name}"' for name in sorted(gone))
        unchanged = '"merges"=?' if kept.merges else '"merges" IS MISSING'
        parameters = [*after.values(), *reading_key(site_id, kept.timestamp).values()]
        if kept.merges:
            parameters.append({"N": str(kept.merges)})
        where = f'WHERE "site_id"=? AND "timestamp"=? AND {unchanged}'
        return Statement(f'UPDATE "{self._table}" {sets} {removes} {where}', parameters)


def _kept_of(items: "Iterable[_Item]") -> list[StoredReading]:
    return [
        StoredReading(
            end_of(item.timestamp.S),
            Decimal(item.energy_generated_kwh.N),
            Decimal(item.energy_consumed_kwh.N),
            _flags(item.flags) if item.flags else (),
            _flags(item.watched) if item.watched else (),
            int(item.merges.N) if item.merges else 0,
        )
        for item in items
    ]


def _flags(found: _FlagList) -> tuple[Flag, ...]:
    return tuple(
        Flag(
            rule=each.M.rule.S,
            observed=Decimal(each.M.observed.N),
            limit=Decimal(each.M.limit.N),
            unit=each.M.unit.S,
            severity=each.M.severity.S,
            message=each.M.message.S,
        )
        for each in found.L
    )


def _attributes(site_id: str, change: FlagUpdate) -> "dict[str, AttributeValueTypeDef]":
    """Return what an item has after a change."""
    after: dict[str, AttributeValueTypeDef] = {
        "anomaly": {"BOOL": change.anomaly},
        "merges": {"N": str(change.kept.merges + 1)},
    }
    if change.watched:
        after["watched"] = flags_attribute(change.watched)
    if change.anomaly:
        keys = anomaly_keys(site_id, change.kept.timestamp)
        after.update({name: {"S": value} for name, value in keys.items()})
    return after


def _absent(kept: StoredReading) -> set[str]:
    """Return the attributes that an item lacks before a change."""
    keys = set() if kept.anomaly else set(anomaly_keys("", kept.timestamp))
    return keys if kept.watched else {*keys, "watched"}
