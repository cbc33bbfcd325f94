"""The days of sites as they are served: their totals, without what the baseline is fitted from."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.storage.batches import MAX_KEYS, batched, concurrent_map
from heliograph.storage.items import attributes
from heliograph.storage.raw_queries import Answer, Number, RawQueries, Text
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import SITES, day_part

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DayTotals(msgspec.Struct, frozen=True):
    """A site's local day, summed up.

    date: `YYYY-MM-DD`. start, ends: seconds since 1970. readings: how many there are; expected: with none missing.
    generated_kwh, consumed_kwh: exact. flags: how many the day as a whole has.
    last_end: END of its newest reading, seconds since 1970; 0 where that isn't known.
    """

    date: str
    start: int
    ends: int
    readings: int
    expected: int
    generated_kwh: Decimal
    consumed_kwh: Decimal
    flags: int = 0
    last_end: int = 0


class _List(msgspec.Struct, gc=False):
    L: list[Any]  # only counted


class _Item(msgspec.Struct, gc=False):
    site_id: Text
    part: Text
    start: Number
    ends: Number
    readings: Number
    expected: Number
    generated_kwh: Number
    consumed_kwh: Number
    flags: _List | None = None
    last_end: Number | None = None


_ANSWERS: Final = msgspec.json.Decoder(Answer[_Item])
_WANTED: Final = {f"#{number}": name for number, name in enumerate(_Item.__struct_fields__)}
_PROJECTION: Final = ", ".join(_WANTED)
_DATE_AT: Final = len(day_part(""))


class DynamoDays:
    """Reads days from the sites table. queries: see `RawQueries`."""

    def __init__(self, dynamodb: "DynamoDBClient", queries: RawQueries, table: str) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._queries = queries
        self._table = table

    def of_site(self, site_id: str, first: str, last: str) -> list[DayTotals]:
        """Read a site's days of local dates, both included, oldest first."""
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "#0 = :site AND #1 BETWEEN :first AND :last",
            "ProjectionExpression": _PROJECTION,
            "ExpressionAttributeNames": _WANTED,
            "ExpressionAttributeValues": attributes(
                {":site": site_id, ":first": day_part(first), ":last": day_part(last)}
            ),
        }
        return [_day(item) for item in self._queries.items(request, _ANSWERS)]

    def of_sites(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], DayTotals]:
        """Read the days there are of these sites and local dates, a hundred a call."""
        found: list[_Item] = []
        batches = list(batched(dict.fromkeys(wanted), MAX_KEYS))
        concurrent_map(lambda batch: found.extend(self._read(batch)), batches)
        return {(item.site_id.S, day.date): day for item in found for day in [_day(item)]}

    def _read(self, batch: list[tuple[str, str]]) -> list[_Item]:
        keys = [attributes({SITES.partition: site, SITES.sort: day_part(date)}) for site, date in batch]
        shape = {"ProjectionExpression": _PROJECTION, "ExpressionAttributeNames": _WANTED}
        left: Any = {self._table: {"Keys": keys, **shape}}
        found: list[Any] = []
        for _ in StoreRetryPolicy().attempts("read from DynamoDB"):
            answer = self._dynamodb.batch_get_item(RequestItems=left)
            found += answer["Responses"].get(self._table, [])
            left = answer.get("UnprocessedKeys")
            if not left:
                break
        return msgspec.convert(found, list[_Item])


def _day(item: _Item) -> DayTotals:
    return DayTotals(
        date=item.part.S[_DATE_AT:],
        start=int(item.start.N),
        ends=int(item.ends.N),
        readings=int(item.readings.N),
        expected=int(item.expected.N),
        generated_kwh=Decimal(item.generated_kwh.N),
        consumed_kwh=Decimal(item.consumed_kwh.N),
        flags=len(item.flags.L) if item.flags else 0,
        last_end=int(item.last_end.N) if item.last_end else 0,
    )
