"""The readings table as the watch uses it: a site's readings of a stretch of time in, what it found of them out."""

from typing import TYPE_CHECKING, Final

from heliograph.evaluation.model import FlagUpdate, StoredReading
from heliograph.series import end_of, text_of
from heliograph.storage.batches import Statement, execute
from heliograph.storage.items import ItemReader, flags_attribute, flags_of
from heliograph.storage.pages import Range, query
from heliograph.storage.reading_items import WindowItem, reading_key
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import READINGS, anomaly_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


def _stored_reading(item: WindowItem) -> StoredReading:
    if not (item.flags or item.watched or item.merges):  # nearly always
        return StoredReading(end_of(item.timestamp.S), item.energy_generated_kwh.N, item.energy_consumed_kwh.N)
    merges = item.merges.N if item.merges else 0
    values = item.energy_generated_kwh.N, item.energy_consumed_kwh.N
    return StoredReading(end_of(item.timestamp.S), *values, flags_of(item.flags), flags_of(item.watched), merges)


WINDOW_CODEC: Final = ItemReader(WindowItem, _stored_reading, projected=True)


class DynamoWindows:
    """Reads and marks stretches of a site's readings."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, retry_policy: StoreRetryPolicy | None = None) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def read(self, site_id: str, first: int, last: int, *, consistent: bool) -> list[StoredReading]:
        """Read a site's readings that end from `first` to `last`, seconds since 1970, oldest first.

        consistent: whether all that is stored by now is seen; it costs twice the read units.
        """
        sort = (READINGS.sort, text_of(first), text_of(last))
        chosen = Range(self._table, (READINGS.partition, site_id), sort, consistent=consistent)
        return list(query(self._dynamodb, chosen, WINDOW_CODEC))

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
