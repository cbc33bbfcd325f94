"""Whole tables, read from end to end: for the audit, which has to see what nobody asks for.

Nothing that serves or processes scans. A scan costs what the table holds: half a read unit for each 4 KB, or a whole
one where it is consistent, as here.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from heliograph.audit.histories import Kept
from heliograph.errors import StorageError
from heliograph.history import Assessed
from heliograph.ingestion import Ingestion
from heliograph.storage.batches import get_many
from heliograph.storage.fast_path import fast_path_of
from heliograph.storage.items import struct_of, values_of
from heliograph.storage.pages import Range, query_page
from heliograph.storage.reading_items import odd_attributes, reading_key, require_count, stored_of
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import (
    FLEET,
    INGESTIONS,
    READINGS,
    SITES,
    TOTALS_PARTITIONS,
    TOTALS_SHARDS,
    totals_list,
    totals_name,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Sums = dict[str, dict[str, int]]


def scan(dynamodb: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    """Read every item of a table, as it is on the wire; what is written meanwhile may come or not."""
    request: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        answer = _page(dynamodb, request)
        yield from answer["Items"]
        if not answer.get("LastEvaluatedKey"):
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def scan_readings(dynamodb: "DynamoDBClient", table: str, retention: timedelta) -> Iterator[Kept]:
    """Read every stored reading. retention: how long readings are kept from their landing, at least.

    Raises:
        StorageError: an item is no reading of ours; the message names it and says what to do.
    """
    for item in scan(dynamodb, table):
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
    pairs = (_kept(item, table, retention) for item in get_many(dynamodb, table, wanted, StoreRetryPolicy()))
    return {(stored.history.site_id, stored.history.timestamp): (stored, kept) for stored, kept in pairs}


def _kept(item: dict[str, Any], table: str, retention: timedelta) -> tuple[Assessed, Kept]:
    """Read an item, whoever may have changed it by hand."""
    try:
        stored = stored_of(item)
        require_count(item)
        return stored, Kept(stored.history, odd_attributes(item, stored, retention))
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, msgspec.MsgspecError) as error:
        name = " at ".join(str(item.get(part, {}).get("S")) for part in (READINGS.partition, READINGS.sort))
        raise StorageError(
            f"the item of {name} in {table} is no reading ({type(error).__name__}: {error}): delete it, "
            "then `heliograph audit --repair` brings it back from its file"
        ) from error


def scan_ingestions(dynamodb: "DynamoDBClient", table: str) -> Iterator[Ingestion]:
    """Read every ingestion; what else lies among them, totals and tries, names no object.

    Raises:
        StorageError: an item isn't an ingestion of ours; the message names it and says what to do.
    """
    for item in scan(dynamodb, table):
        if "object_key" not in item:
            continue
        try:
            yield struct_of(item, Ingestion)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            name = " in ".join(str(item.get(part, {}).get("S")) for part in (INGESTIONS.sort, INGESTIONS.partition))
            raise StorageError(
                f"the item {name} in {table} is no ingestion ({type(error).__name__}: {error}): delete it, then "
                "`heliograph audit --repair` brings it back from its file"
            ) from error


def scan_sites(dynamodb: "DynamoDBClient", table: str) -> Iterator[str]:
    """Read the names of all registered sites, from the index that holds nothing else."""
    request: dict[str, Any] = {
        "TableName": table,
        "IndexName": FLEET.name,
        "ProjectionExpression": "#s",
        "ExpressionAttributeNames": {"#s": SITES.partition},
    }
    for page in dynamodb.get_paginator("scan").paginate(**request):
        yield from (str(item[SITES.partition].get("S")) for item in page["Items"])


def read_totals_by_shard(dynamodb: "DynamoDBClient", table: str) -> Sums:
    """Read each item of the fleet's running totals: its name, and its counts.

    All that lies in their partitions is read, as the fleet's totals count it, whether it belongs there or not.
    """
    keys = {INGESTIONS.partition, INGESTIONS.sort}
    found: Sums = {}
    for partition in range(TOTALS_PARTITIONS):
        place = totals_list(partition)
        chosen = Range(table, (INGESTIONS.partition, place))
        for item in query_page(dynamodb, chosen, TOTALS_SHARDS).items:
            counts = values_of(item)
            name = totals_name(place, str(counts[INGESTIONS.sort]))
            found[name] = {n: int(value) for n, value in counts.items() if n not in keys}
    return found


def _page(dynamodb: "DynamoDBClient", request: dict[str, Any]) -> dict[str, Any]:
    """Read one page; by the fast path where the client has one, which spares botocore's parser."""
    fast_path = fast_path_of(dynamodb)
    if fast_path is not None:
        with suppress(msgspec.MsgspecError):
            if (body := fast_path.once("Scan", msgspec.json.encode(request))) is not None:
                return msgspec.json.decode(body, type=dict[str, Any])
    return dict(dynamodb.scan(**request))
