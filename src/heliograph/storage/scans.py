"""Whole tables, read from end to end: for the audit, which has to see what nobody asks for.

Nothing that serves or processes scans. A scan costs what the table holds: half a read unit for each 4 KB, or a whole
one where it is consistent, as here.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.audit.counts import ShardSums
from heliograph.audit.histories import Kept
from heliograph.errors import StorageError
from heliograph.history import Assessed
from heliograph.ingestion import Ingestion
from heliograph.storage.batches import Keys, get_many
from heliograph.storage.ingestions import INGESTION_CODEC, totals_range
from heliograph.storage.items import ANY_ITEM
from heliograph.storage.pages import query, scan
from heliograph.storage.reading_items import READING_CODEC, odd_attributes, reading_key, require_count
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.storage.sites import SITE_IDS
from heliograph.table_keys import FLEET, INGESTIONS, READINGS, TOTALS_PARTITIONS, TOTALS_SHARDS, Table, totals_name

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# What reading an item raises that somebody changed by hand.
_UNREADABLE: Final = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, msgspec.MsgspecError)


def scan_readings(dynamodb: "DynamoDBClient", table: str, retention: timedelta) -> Iterator[Kept]:
    """Read every stored reading. retention: how long readings are kept from their landing, at least.

    Raises:
        StorageError: an item is no reading of ours; the message names it and says what to do.
    """
    for item in scan(dynamodb, table, ANY_ITEM):
        yield _kept(item, table, retention)[1]


def read_readings(
    dynamodb: "DynamoDBClient", table: str, keys: Iterable[tuple[str, str]], retention: timedelta
) -> dict[tuple[str, str], tuple[Assessed, Kept]]:
    """Read the readings there are, by (site_id, timestamp), as they are stored and as the audit sees them.

    retention: how long readings are kept from their landing, at least.

    Raises:
        StorageError: an item is no reading of ours; the message names it and says what to do.
    """
    wanted = [reading_key(*key) for key in dict.fromkeys(keys)]
    items = get_many(dynamodb, Keys(table, wanted), ANY_ITEM, StoreRetryPolicy())
    pairs = (_kept(item, table, retention) for item in items)
    return {(stored.history.site_id, stored.history.timestamp): (stored, kept) for stored, kept in pairs}


def _kept(item: dict[str, Any], table: str, retention: timedelta) -> tuple[Assessed, Kept]:
    """Read an item, whoever may have changed it by hand."""
    try:
        stored = READING_CODEC.read(item)
        require_count(item)
        return stored, Kept(stored.history, odd_attributes(item, stored, retention))
    except _UNREADABLE as error:
        raise _not_ours(item, READINGS, table, "reading", error) from error


def _not_ours(item: dict[str, Any], of: Table, table: str, kind: str, error: Exception) -> StorageError:
    """Return what to say of an item that can't be read. of: whose keys name it."""
    partition, sort = (item.get(part, {}).get("S") for part in (of.partition, of.sort))
    return StorageError(
        f"the item {partition}, {sort} in {table} is no {kind} ({type(error).__name__}: {error}): delete it, then "
        "`heliograph audit --repair` brings it back from its file"
    )


def scan_ingestions(dynamodb: "DynamoDBClient", table: str) -> Iterator[Ingestion]:
    """Read every ingestion; what else lies among them, totals and tries, names no object.

    Raises:
        StorageError: an item isn't an ingestion of ours; the message names it and says what to do.
    """
    for item in scan(dynamodb, table, ANY_ITEM):
        if "object_key" not in item:
            continue
        try:
            yield INGESTION_CODEC.read(item)
        except _UNREADABLE as error:
            raise _not_ours(item, INGESTIONS, table, "ingestion", error) from error


def scan_sites(dynamodb: "DynamoDBClient", table: str) -> Iterator[str]:
    """Read the names of all registered sites, from the index that holds nothing else."""
    yield from scan(dynamodb, table, SITE_IDS, FLEET.name)


def read_totals_by_shard(dynamodb: "DynamoDBClient", table: str) -> ShardSums:
    """Read each item of the fleet's running totals: its name, and its counts.

    All that lies in their partitions is read, as the fleet's totals count it, whether it belongs there or not.
    """
    found: ShardSums = {}
    for chosen in (totals_range(table, partition) for partition in range(TOTALS_PARTITIONS)):
        for item in query(dynamodb, chosen, ANY_ITEM, TOTALS_SHARDS):
            name = totals_name(chosen.partition[1], item[INGESTIONS.sort]["S"])
            found[name] = {counted: int(value["N"]) for counted, value in item.items() if "N" in value}
    return found
