"""The incidents table, read in pages: what is open, what closed on a day, a site's own. Nothing here scans."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from heliograph.incidents.model import Incident
from heliograph.storage.batches import get_many
from heliograph.storage.incident_items import incident_item_key, incident_of, listed_at, state_key, state_of
from heliograph.storage.pages import Page, Range, query_page
from heliograph.storage.reading_pages import EARLIEST, LATEST
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import (
    INCIDENT_SHARDS,
    INCIDENTS,
    LISTED,
    closed_list,
    incident_place,
    incidents_from,
    open_list,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_FIRST: Final = "0"
_BEHIND_ALL: Final = "~"


class DynamoIncidentPages:
    """Reads pages of incidents, latest first."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table

    def open(self, limit: int, after: str | None) -> Page[Incident]:
        """Read the fleet's open incidents by onset, behind the place `after` that `listed_at` gives."""
        return self._merged(open_list, limit, after)

    def closed(self, day: str, limit: int, after: str | None) -> Page[Incident]:
        """Read the fleet's incidents that recovered on a UTC day `YYYY-MM-DD`, by recovery, behind `after`."""
        return self._merged(lambda shard: closed_list(day, shard), limit, after)

    def open_of_site(self, site_id: str) -> list[Incident]:
        """Read a site's open incidents, one a rule at most."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=state_key(site_id))
        rule_states = state_of(answer["Item"]).rule_states.values() if "Item" in answer else ()
        keys = [incident_item_key(rule_state.id) for rule_state in rule_states if rule_state.id]
        found = [incident_of(item) for item in get_many(self._dynamodb, self._table, keys, StoreRetryPolicy())]
        return sorted((each for each in found if each.state == "open"), key=listed_at, reverse=True)

    def closed_of_site(self, site_id: str, limit: int, after: str | None) -> Page[Incident]:
        """Read a site's closed incidents by the onset in their ids, behind the incident `after`."""
        found: list[Incident] = []
        more = True
        while more and len(found) <= limit:
            page = self._of_site(site_id, limit + 1 - len(found), after)
            found += [each for each in page.items if each.state == "closed"]
            more = page.more
            after = page.items[-1].id if page.items else after
        return Page(found[:limit], len(found) > limit)

    def get(self, incident: str) -> Incident | None:
        """Read one incident by its id, or None where there is none."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=incident_item_key(incident))
        return incident_of(answer["Item"]) if "Item" in answer else None

    def _of_site(self, site_id: str, limit: int, after: str | None) -> Page[Incident]:
        sort = (INCIDENTS.sort, incidents_from(EARLIEST), incidents_from(f"{LATEST}{_BEHIND_ALL}"))
        behind = {INCIDENTS.partition: site_id, INCIDENTS.sort: incident_place(after)[1]} if after else None
        chosen = Range(self._table, (INCIDENTS.partition, site_id), sort, after=behind, backwards=True)
        page = query_page(self._dynamodb, chosen, limit)
        return Page([incident_of(item) for item in page.items], page.more)

    def _merged(self, part: Callable[[int], str], limit: int, after: str | None) -> Page[Incident]:
        """Read the same stretch of each part of a list, and merge them."""
        found = [item for shard in range(INCIDENT_SHARDS) for item in self._part(part(shard), limit, after)]
        found.sort(key=_place, reverse=True)
        return Page([incident_of(item) for item in found[:limit]], len(found) > limit)

    def _part(self, partition: str, limit: int, after: str | None) -> list[dict[str, Any]]:
        """Read up to one more than `limit`; the item at `after` itself, which a range includes, is left out."""
        sort = (LISTED.sort, _FIRST, after or _BEHIND_ALL)
        chosen = Range(self._table, (LISTED.partition, partition), sort, LISTED.name, backwards=True)
        page = query_page(self._dynamodb, chosen, limit + 1)
        return [item for item in page.items if _place(item) != after]


def _place(item: dict[str, Any]) -> str:
    return str(item[LISTED.sort]["S"])
