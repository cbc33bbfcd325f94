"""The sites table as it is served: the registry, and each site's days without what the baseline is fitted from.

The registry is read in batches, and listed through the sparse `fleet` index.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import StorageError
from heliograph.reading import Measures, total_kwh
from heliograph.site import Site
from heliograph.storage.batches import (
    MAX_WRITES,
    DynamoTable,
    Keys,
    batched,
    concurrent_map,
    get_many,
    get_one,
    transact,
)
from heliograph.storage.ingestions import add_to_totals, met_another_writer
from heliograph.storage.items import ANY_ITEM, Codec, ItemReader, ListOf, Stored, Text, attributes, json_text
from heliograph.storage.neighbours import beside_keys
from heliograph.storage.pages import Page, Range, query, query_page
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import (
    BESIDE,
    DUE,
    FLEET,
    REGISTRY_PART,
    SITES,
    WHOLE_FLEET,
    day_part,
    site_slot,
    site_totals_shard,
    slot_key,
)
from heliograph.validated.model import Part, Sums
from heliograph.validated.packing import unpack_estimates

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


_WORDS: Final = json_text(tuple[str, ...])
SITE_CODEC: Final = Codec(Site, lean=True, groups=_WORDS, tags=_WORDS)

# Sites added in one go: few enough that those of one item of the totals fit into a transaction.
_TOGETHER: Final = 500
# The most items of the totals in one transaction. Recorded ingestions keep them busy, so more of them meet more often.
_COUNTERS: Final = 8


class _SiteItem(msgspec.Struct, gc=False):
    site_id: Text


# The names of sites and nothing else of them.
SITE_IDS: Final = ItemReader(_SiteItem, lambda item: str(item.site_id.S), projected=True)


class DynamoSites:
    """Keeps the registry. ingestions_table: where the fleet's totals are, which count the sites."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        ingestions_table: str,
        retry_policy: StoreRetryPolicy | None = None,
    ) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table
        self._ingestions_table = ingestions_table
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def get_many(self, site_ids: Iterable[str]) -> dict[str, Site]:
        """Read the registry entries of the sites that have one."""
        keys = [_key(site_id) for site_id in site_ids]
        found = get_many(self._dynamodb, Keys(self._table, keys, consistent=False), SITE_CODEC, self._retry_policy)
        return {site.site_id: site for site in found}

    def get(self, site_id: str) -> Site | None:
        """Read one registry entry, or None where the site is unknown."""
        return get_one(self._dynamodb, self._table, _key(site_id), SITE_CODEC)

    def put(self, site: Site) -> None:
        """Register a site, or replace what is registered of it."""
        self.register(site)

    def register(self, site: Site) -> bool:
        """Register a site, or replace what is registered of it; True where it wasn't known."""
        added = self.add(site)
        if not added:
            self._dynamodb.put_item(TableName=self._table, Item=site_item(site))
        return added

    def add(self, site: Site) -> bool:
        """Register a site that isn't known yet, and count it; False where it is known."""
        return not self.add_many([site])

    def add_many(self, sites: Iterable[Site]) -> set[str]:
        """Register sites that aren't known yet, and count them; return the names of those that are known.

        A site and its count are written in one transaction, so they agree wherever a process dies. One that is known
        from before there was an index gets its keys there.

        Raises:
            StillThrottled: other writers came first, or the tables refused for load, until patience ran out.
            StorageError: a table refused for good.
        """
        known: set[str] = set()
        for some in batched({site.site_id: site for site in sites}.values(), _TOGETHER):
            self._add(some, known)
        return known

    def _add(self, left: list[Site], known: set[str]) -> None:
        """Add some sites in few transactions, and in smaller ones where they met other writers; note the known ones."""
        for attempt in self._retry_policy.attempts("register sites"):
            written = self._write(list(_fitting(left, max(1, _COUNTERS >> attempt))))
            left = [site for site in left if site.site_id not in written]
            known |= self._known(left)
            left = [site for site in left if site.site_id not in known]
            if not left:
                break

    def _write(self, transactions: list[list[Site]]) -> set[str]:
        """Try each of some transactions once; return the names of the sites of those that were done."""
        written: list[str] = []

        def write(together: list[Site]) -> None:
            try:
                transact(self._dynamodb, self._writes(together))
            except ClientError as error:
                if not met_another_writer(error):
                    some = together[0].site_id if len(together) == 1 else f"one of {len(together)} sites"
                    raise StorageError(f"{some} can't be registered: {error}") from error
            else:
                written.extend(site.site_id for site in together)

        concurrent_map(write, transactions)
        return set(written)

    def _writes(self, sites: Sequence[Site]) -> "list[TransactWriteItemTypeDef]":
        """Return a transaction: each site where there is none yet, and their counts."""
        condition = {"TableName": self._table, "ConditionExpression": f"attribute_not_exists({SITES.partition})"}
        writes: Any = [{"Put": {**condition, "Item": site_item(site)}} for site in sites]
        for shard, number in Counter(site_totals_shard(site.site_id) for site in sites).items():
            writes += add_to_totals(self._ingestions_table, shard, {"sites": number})
        return list(writes)

    def _known(self, sites: Sequence[Site]) -> set[str]:
        """Return the names of the sites that are known by now; they are in all indexes then."""
        keys = Keys(self._table, [_key(site.site_id) for site in sites])
        found = get_many(self._dynamodb, keys, ANY_ITEM, self._retry_policy)
        for item in found:
            self._ensure_indexed(item)
        return {item[SITES.partition]["S"] for item in found}

    def _ensure_indexed(self, item: dict[str, Any]) -> None:
        """Return a registry item of old its keys in the indexes.

        Whoever changes it meanwhile gives it all of them that its entry allows, so the condition is that there are
        none and that the entry allows them.
        """
        keys = _index_keys(SITE_CODEC.read(item))
        missing = keys.keys() - item.keys()
        if not missing:
            return
        conditions = [f"attribute_not_exists({name})" for name in missing]
        names: Any = {}
        if BESIDE.partition in missing:
            conditions.append("attribute_exists(#kind) AND (attribute_exists(#zone) OR attribute_exists(#east))")
            names = {"ExpressionAttributeNames": {"#kind": "kind", "#zone": "timezone", "#east": "longitude"}}
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(
                TableName=self._table, Item={**item, **keys}, ConditionExpression=" AND ".join(conditions), **names
            )

    def page(self, limit: int, after: str | None) -> Page[Site]:
        """Read the fleet by site id, behind the site `after`."""
        behind = None
        if after:
            behind = {SITES.partition: after, SITES.sort: REGISTRY_PART, FLEET.partition: WHOLE_FLEET}
        chosen = Range(self._table, (FLEET.partition, WHOLE_FLEET), index=FLEET.name, after=behind)
        return query_page(self._dynamodb, chosen, limit, SITE_CODEC)


def _fitting(sites: Iterable[Site], counters: int) -> Iterator[list[Site]]:
    """Put sites together as far as one transaction holds them and the items of the totals that count them.

    Those that one item counts come together, so that transactions at once don't meet in it.
    """
    counted: dict[str, list[Site]] = {}
    for site in sites:
        counted.setdefault(site_totals_shard(site.site_id), []).append(site)
    for some in batched(counted.values(), counters):
        yield from batched([site for together in some for site in together], MAX_WRITES - len(some))


def _key(site_id: str) -> dict[str, Any]:
    return attributes({SITES.partition: site_id, SITES.sort: REGISTRY_PART})


def site_item(site: Site) -> dict[str, Any]:
    """Write a registry entry, with what puts it into the indexes."""
    return {**SITE_CODEC.write(site), **attributes({SITES.sort: REGISTRY_PART}), **_index_keys(site)}


def _index_keys(site: Site) -> dict[str, Any]:
    """Return a registry item's keys in the indexes."""
    keys = {FLEET.partition: WHOLE_FLEET, DUE.partition: slot_key(site_slot(site.site_id)), **beside_keys(site)}
    return attributes(keys)


class DayTotals(msgspec.Struct, frozen=True):
    """A site's local day, summed up, as `evaluation.model.Day` has it without what the baseline is fitted from.

    flags: how many the day as a whole has. minutes: the length of its last interval; 0 where that isn't known.
    """

    date: str
    start: int
    ends: int
    readings: int
    expected: int
    generated_kwh: Decimal | None = None
    consumed_kwh: Decimal | None = None
    flags: int = 0
    last_end: int = 0
    measures: Measures = "both"
    minutes: int = 0
    parts: Sums | None = None
    estimates: bytes = b""

    @property
    def sums(self) -> Sums:
        """What its intervals add up to so far."""
        return self.parts or Sums(measured=Part(self.readings, self.generated_kwh, self.consumed_kwh))


def _as_served(day: DayTotals) -> DayTotals:
    """Return a day with the energies that are known: a total doesn't say yet what in it is estimated.

    These are measured or edited, or the shares of an energy over a gap.
    """
    if day.parts is None:  # nearly always
        return day
    known = day.parts.measured, day.parts.edited
    shared = [
        total_kwh(each.kwh for each in side.values() if each.method == "known_sum")
        for side in unpack_estimates(day.estimates)
    ]
    return msgspec.structs.replace(
        day,
        generated_kwh=total_kwh((*(each.generated_kwh for each in known), shared[0])),
        consumed_kwh=total_kwh((*(each.consumed_kwh for each in known), shared[1])),
    )


PARTS: Final = json_text(Sums)
_TOTALS: Final = Codec(DayTotals, flags=Stored("L", ListOf[Any], len), parts=PARTS)
# A day with whose it is.
_SITE_DAYS: Final = ItemReader(
    msgspec.defstruct("SiteDayItem", [("site_id", Text)], bases=(_TOTALS.wire,), kw_only=True, gc=False),
    lambda item: (str(item.site_id.S), _as_served(_TOTALS.make(item))),
    projected=True,
)


class DynamoDays(DynamoTable):
    """Reads days from the sites table."""

    def of_site(self, site_id: str, first: str, last: str) -> list[DayTotals]:
        """Read a site's days of local dates, both included, oldest first."""
        sort = (SITES.sort, day_part(first), day_part(last))
        found = query(self._dynamodb, Range(self._table, (SITES.partition, site_id), sort), _SITE_DAYS)
        return [day for _, day in found]

    def of_sites(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], DayTotals]:
        """Read the days there are of these sites and local dates, a hundred a call."""
        keys = [attributes({SITES.partition: site, SITES.sort: day_part(date)}) for site, date in dict.fromkeys(wanted)]
        found = get_many(self._dynamodb, Keys(self._table, keys, consistent=False), _SITE_DAYS, self._retry_policy)
        return {(site_id, day.date): day for site_id, day in found}
