"""The incidents table, written: a site's state and its incidents change together, in one transaction.

The state's version guards all of a site's incidents, so that processors and watches side by side never open one twice.
An incident that is moved is written on condition that nobody notified of it meanwhile, so a mark is never lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from heliograph.errors import StorageError
from heliograph.incidents.model import Incident, SiteChange, SiteState
from heliograph.storage.batches import execute, get_many, insert_statement
from heliograph.storage.expiring import ExpiringTable
from heliograph.storage.incident_items import (
    incident_item,
    incident_item_key,
    incident_of,
    rule_states_text,
    state_key,
    state_of,
)
from heliograph.storage.ingestions import met_another_writer
from heliograph.storage.items import attributes
from heliograph.storage.pages import Range, query_page
from heliograph.table_keys import INCIDENTS, incidents_from

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

_MOST_WRITES: Final = 100  # TransactWriteItems' limit
_PAGE: Final = 1000
_CONDITION_FAILED: Final = "ConditionalCheckFailed"


class DynamoIncidents(ExpiringTable):
    """Keeps incidents. retention: how long, counted from when one was found, or was noted as over."""

    def states(self, site_ids: Iterable[str], *, consistent: bool = True) -> dict[str, SiteState]:
        """Read the states of the sites that have one, a hundred a call."""
        keys = [state_key(site_id) for site_id in site_ids]
        items = get_many(self._dynamodb, self._table, keys, self._retry_policy, consistent=consistent)
        return {state.site_id: state for state in map(state_of, items)}

    def commit(self, changes: Sequence[SiteChange]) -> list[SiteChange]:
        """Write each change whole or not at all, many sites in one transaction; return those that met another writer.

        Raises:
            StillThrottled: the table kept refusing for load.
            StorageError: it refused for good.
        """
        met: list[SiteChange] = []
        for together in _fitting(changes):
            if not self._written(together):
                met += [change for change in together if len(together) == 1 or not self._written([change])]
        return met

    def get_many(self, ids: Iterable[str]) -> dict[str, Incident]:
        """Read the incidents there are, by id."""
        keys = [incident_item_key(each) for each in ids]
        items = get_many(self._dynamodb, self._table, keys, self._retry_policy)
        return {incident.id: incident for incident in map(incident_of, items)}

    def between(self, site_id: str, start: str, end: str) -> list[Incident]:
        """Read a site's incidents that were found to begin from `start` to `end`, both included, UTC text."""
        sort = (INCIDENTS.sort, incidents_from(start), incidents_from(f"{end}~"))
        page = query_page(self._dynamodb, Range(self._table, (INCIDENTS.partition, site_id), sort), _PAGE)
        return [incident_of(item) for item in page.items]

    def add_history(self, incidents: Sequence[Incident]) -> None:
        """Write incidents that are over and don't notify; one that is there stays as it is."""
        statements = [insert_statement(self._table, self._item(each)) for each in incidents]
        execute(self._dynamodb, statements, self._retry_policy)

    def _item(self, incident: Incident) -> "dict[str, AttributeValueTypeDef]":
        return incident_item(incident, self._expires_at(incident.closed_at or incident.found_at))

    def _written(self, changes: Sequence[SiteChange]) -> bool:
        """Write some changes in one transaction; False where one of them was worked out from an old state."""
        writes = [write for change in changes for write in self._writes(change)]
        for _ in self._retry_policy.attempts("write incidents"):
            try:
                self._dynamodb.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if not met_another_writer(error):
                    raise StorageError(f"incidents of {changes[0].site_id} can't be written: {error}") from error
                if _came_first(error):
                    return False
            else:
                return True
        return False

    def _writes(self, change: SiteChange) -> "Iterator[TransactWriteItemTypeDef]":
        yield self._state(change)
        for incident in change.opened:
            yield {"Put": {"TableName": self._table, "Item": self._item(incident)}}
        for incident in change.moved:
            notified = {":onset": incident.onset_notified_at, ":recovery": incident.recovery_notified_at}
            yield {
                "Put": {
                    "TableName": self._table,
                    "Item": self._item(incident),
                    "ConditionExpression": "onset_notified_at = :onset AND recovery_notified_at = :recovery",
                    "ExpressionAttributeValues": attributes(notified),
                }
            }

    def _state(self, change: SiteChange) -> "TransactWriteItemTypeDef":
        """Write the state over the one it was worked out from; when the site was last notified of is kept beside it."""
        before = change.before.version
        values = {":rule_states": rule_states_text(change.rule_states), ":after": before + 1, ":never": ""}
        return {
            "Update": {
                "TableName": self._table,
                "Key": state_key(change.site_id),
                "UpdateExpression": (
                    "SET #rule_states = :rule_states, #version = :after, "
                    "onset_notified_at = if_not_exists(onset_notified_at, :never), "
                    "recovery_notified_at = if_not_exists(recovery_notified_at, :never)"
                ),
                "ConditionExpression": "#version = :before" if before else "attribute_not_exists(#version)",
                "ExpressionAttributeNames": {"#rule_states": "rule_states", "#version": "version"},
                "ExpressionAttributeValues": attributes(values | ({":before": before} if before else {})),
            }
        }


def _fitting(changes: Sequence[SiteChange]) -> Iterator[list[SiteChange]]:
    """Put changes together as far as one transaction holds them."""
    together: list[SiteChange] = []
    writes = 0
    for change in changes:
        size = 1 + len(change.opened) + len(change.moved)
        if together and writes + size > _MOST_WRITES:
            yield together
            together, writes = [], 0
        together.append(change)
        writes += size
    if together:
        yield together


def _came_first(error: ClientError) -> bool:
    """Return whether another writer changed an item before, so that the change has to be worked out again."""
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") == _CONDITION_FAILED for reason in reasons)
