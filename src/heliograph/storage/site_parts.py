"""What the watch keeps beside a site's registry entry: its days, its last re-evaluation; and the watch's own cycle.

All of it but the cycle follows from the readings: where a site's `watched` part is missing, its next evaluation judges
it from its first reading and writes its days anew. So to drop what was learned of a site, drop its parts `day#…` and
`watched`.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.evaluation.cycle import Reevaluation
from heliograph.evaluation.model import Day
from heliograph.evaluation.recent import Recent
from heliograph.site import Site
from heliograph.storage.batches import put_many
from heliograph.storage.items import attributes, flags_of, struct_of, values_of
from heliograph.storage.raw_queries import Answer, RawQueries, Text
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import (
    CYCLE_PART,
    DUE,
    RECENT_PART,
    REGISTRY_PART,
    SITES,
    WATCH_SITE,
    WATCHED_PART,
    day_part,
    slot_key,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class _SiteId(msgspec.Struct, gc=False):
    site_id: Text


_ITEMS: Final = msgspec.json.Decoder(Answer[dict[str, dict[str, Any]]])
_SITE_IDS: Final = msgspec.json.Decoder(Answer[_SiteId])
_DAYS: Final = day_part("")


class SiteParts(msgspec.Struct, frozen=True):
    """What is kept of a site. days: oldest first, from the date that was asked for; re-evaluation: the last one.

    recent: its last two days, packed; None where they aren't.
    """

    site: Site | None
    reevaluation: Reevaluation | None
    days: list[Day]
    recent: Recent | None = None


class DynamoSiteParts:
    """Keeps the parts. queries: on a client of their own. table: the sites table."""

    def __init__(
        self, dynamodb: "DynamoDBClient", queries: RawQueries, table: str, retry_policy: StoreRetryPolicy | None = None
    ) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._queries = queries
        self._table = table
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def read(self, site_id: str, from_date: str, *, consistent: bool) -> SiteParts:
        """Read a site's days from a local date `YYYY-MM-DD` on, registry entry and last re-evaluation, in one query."""
        found = list(self._query(site_id, day_part(from_date), WATCHED_PART, consistent=consistent))
        parts = {item[SITES.sort]["S"]: item for item in found}
        registered, reevaluated, packed = (parts.get(each) for each in (REGISTRY_PART, WATCHED_PART, RECENT_PART))
        return SiteParts(
            site=struct_of(registered, Site) if registered else None,
            reevaluation=struct_of(reevaluated, Reevaluation) if reevaluated else None,
            days=_days(found),
            recent=struct_of(packed, Recent) if packed else None,
        )

    def days(self, site_id: str, from_date: str, to_date: str) -> list[Day]:
        """Read a site's days of local dates, both included, oldest first."""
        return _days(self._query(site_id, day_part(from_date), day_part(to_date), consistent=True))

    def put_days(self, site_id: str, days: Iterable[Day]) -> None:
        """Write days over those there are."""
        items = [_day_item(site_id, day) for day in days]
        put_many(self._dynamodb, self._table, items, self._retry_policy)

    def put_recent(self, site_id: str, recent: Recent) -> None:
        """Write a site's last two days, packed, over those there are."""
        item = {**_key(site_id, RECENT_PART), **attributes(msgspec.structs.asdict(recent))}
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def reevaluation(self, site_id: str) -> Reevaluation | None:
        """Read a site's last re-evaluation, as it is now."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(site_id, WATCHED_PART), ConsistentRead=True)
        return struct_of(answer["Item"], Reevaluation) if "Item" in answer else None

    def put_reevaluation(self, site_id: str, reevaluation: Reevaluation) -> bool:
        """Write a re-evaluation over the turn before it; False where another came between."""
        item = {**_key(site_id, WATCHED_PART), **attributes(msgspec.structs.asdict(reevaluation))}
        values = attributes({":before": reevaluation.turn - 1})
        condition = "attribute_not_exists(turn)" if reevaluation.turn == 1 else "turn = :before"
        more: Any = {} if reevaluation.turn == 1 else {"ExpressionAttributeValues": values}
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(TableName=self._table, Item=item, ConditionExpression=condition, **more)
            return True
        return False

    def due(self, slots: Sequence[int]) -> list[str]:
        """List the sites of these slots."""
        return [site_id for slot in slots for site_id in self._of_slot(slot)]

    def last_tick(self) -> int | None:
        """Read the minute of the last tick, seconds since 1970; None before the first."""
        key = _key(WATCH_SITE, CYCLE_PART)
        answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return int(answer["Item"]["ticked"]["N"]) if "Item" in answer else None

    def note_tick(self, ticked: int) -> None:
        """Note that all that was due until the minute `ticked` was asked for; an earlier one changes nothing."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**_key(WATCH_SITE, CYCLE_PART), **attributes({"ticked": ticked})},
                ConditionExpression="attribute_not_exists(ticked) OR ticked < :ticked",
                ExpressionAttributeValues=attributes({":ticked": ticked}),
            )

    def _of_slot(self, slot: int) -> Iterable[str]:
        request = {
            "TableName": self._table,
            "IndexName": DUE.name,
            "KeyConditionExpression": f"{DUE.partition} = :slot",
            "ProjectionExpression": DUE.sort,
            "ExpressionAttributeValues": attributes({":slot": slot_key(slot)}),
        }
        return (item.site_id.S for item in self._queries.items(request, _SITE_IDS))

    def _query(self, site_id: str, first: str, last: str, *, consistent: bool) -> Iterable[dict[str, dict[str, Any]]]:
        request = {
            "TableName": self._table,
            "KeyConditionExpression": f"{SITES.partition} = :site AND {SITES.sort} BETWEEN :first AND :last",
            "ExpressionAttributeValues": attributes({":site": site_id, ":first": first, ":last": last}),
            "ConsistentRead": consistent,
        }
        return self._queries.items(request, _ITEMS)


def _key(site_id: str, part: str) -> dict[str, Any]:
    return attributes({SITES.partition: site_id, SITES.sort: part})


def _day_item(site_id: str, day: Day) -> dict[str, Any]:
    """Write a day without what is as it is by default: an attribute that isn't there costs nothing."""
    fields = {field.name: field.default for field in msgspec.structs.fields(day)}
    values = {name: value for name, value in msgspec.structs.asdict(day).items() if value != fields[name]}
    values["flags"] = [msgspec.structs.asdict(flag) for flag in day.flags]
    return {**_key(site_id, day_part(day.date)), **attributes(values)}


def _days(items: Iterable[dict[str, dict[str, Any]]]) -> list[Day]:
    return [_day(values_of(item)) for item in items if item[SITES.sort]["S"].startswith(_DAYS)]


def _day(values: dict[str, Any]) -> Day:
    found: dict[str, Any] = {name: kind(values[name]) for name, kind in _DAY_FIELDS if name in values}
    return Day(**found, flags=flags_of(values))


_DAY_FIELDS: Final = tuple(
    (field.name, field.type) for field in msgspec.structs.fields(Day) if field.type in {int, str, bytes, Decimal}
)
