"""The sites table: the registry, read in batches, listed through the sparse `fleet` index."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from heliograph.errors import StorageError
from heliograph.site import Site
from heliograph.storage.batches import get_many
from heliograph.storage.ingestions import add_to_totals, met_another_writer
from heliograph.storage.items import attributes, struct_of
from heliograph.storage.pages import Page, Range, query_page
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import (
    DUE,
    FLEET,
    REGISTRY_PART,
    SITES,
    WHOLE_FLEET,
    site_slot,
    site_totals_shard,
    slot_key,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


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
        items = get_many(self._dynamodb, self._table, keys, self._retry_policy, consistent=False)
        return {site.site_id: site for site in (struct_of(item, Site) for item in items)}

    def get(self, site_id: str) -> Site | None:
        """Read one registry entry, or None where the site is unknown."""
        item = self._read(site_id)
        return struct_of(item, Site) if item else None

    def put(self, site: Site) -> None:
        """Register a site, or replace what is registered of it."""
        self.register(site)

    def register(self, site: Site) -> bool:
        """Register a site, or replace what is registered of it; True where it wasn't known."""
        added = self.add(site)
        if not added:
            self._dynamodb.put_item(TableName=self._table, Item=_item(site))
        return added

    def add(self, site: Site) -> bool:
        """Register a site that isn't known yet and count it, in one transaction; False where it is known.

        One that is known from before there was a watch gets its slot.
        """
        put = {
            "TableName": self._table,
            "Item": _item(site),
            "ConditionExpression": f"attribute_not_exists({SITES.partition})",
        }
        count = add_to_totals(self._ingestions_table, site_totals_shard(site.site_id), {"sites": 1})
        for _ in self._retry_policy.attempts("register a site"):
            try:
                self._dynamodb.transact_write_items(TransactItems=[{"Put": put}, *count])  # type: ignore[typeddict-item]
            except ClientError as error:
                if not met_another_writer(error):
                    raise StorageError(f"site {site.site_id} can't be registered: {error}") from error
                if known := self._read(site.site_id):
                    self._ensure_slot(known)
                    return False
            else:
                return True
        return False

    def _read(self, site_id: str) -> dict[str, Any] | None:
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(site_id), ConsistentRead=True)
        return answer.get("Item")

    def _ensure_slot(self, item: dict[str, Any]) -> None:
        """Return a registry item of old its slot; whoever changes the item meanwhile gives it one too."""
        if DUE.partition in item:
            return
        slot = attributes({DUE.partition: slot_key(site_slot(item[SITES.partition]["S"]))})
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**item, **slot},
                ConditionExpression=f"attribute_not_exists({DUE.partition})",
            )

    def page(self, limit: int, after: str | None) -> Page[Site]:
        """Read the fleet by site id, behind the site `after`."""
        behind = None
        if after:
            behind = {SITES.partition: after, SITES.sort: REGISTRY_PART, FLEET.partition: WHOLE_FLEET}
        chosen = Range(self._table, (FLEET.partition, WHOLE_FLEET), index=FLEET.name, after=behind)
        page = query_page(self._dynamodb, chosen, limit)
        return Page([struct_of(item, Site) for item in page.items], page.more)


def _key(site_id: str) -> dict[str, Any]:
    return attributes({SITES.partition: site_id, SITES.sort: REGISTRY_PART})


def _item(site: Site) -> dict[str, Any]:
    known = {name: value for name, value in msgspec.structs.asdict(site).items() if value is not None}
    indexed = {FLEET.partition: WHOLE_FLEET, DUE.partition: slot_key(site_slot(site.site_id))}
    return attributes({**known, SITES.sort: REGISTRY_PART, **indexed})
