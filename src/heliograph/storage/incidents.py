"""The incidents table: a site's state and its incidents, written together and read in pages.

They change in one transaction. The state's version guards all of a site's incidents, so that processors and watches
side by side never open one twice. An incident that is moved is written on condition that nobody notified of it
meanwhile, so a mark is never lost. Pages are of what is open, of what closed on a day, and of a site's own. Nothing
here scans.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from heliograph.checks.flag import Severity
from heliograph.errors import StorageError
from heliograph.incidents.due import next_digest
from heliograph.incidents.model import Incident, RuleState, SiteChange, SiteState, Symptom
from heliograph.reading import format_timestamp, moment_of
from heliograph.storage.batches import (
    MAX_WRITES,
    DynamoTable,
    ExpiringTable,
    Keys,
    execute,
    get_many,
    get_one,
    insert_statement,
)
from heliograph.storage.ingestions import met_another_writer
from heliograph.storage.items import Codec, attributes, json_text
from heliograph.storage.pages import Page, Range, query, query_page
from heliograph.table_keys import (
    INCIDENT_SHARDS,
    INCIDENTS,
    LISTED,
    PENDING,
    SITE_STATE,
    closed_list,
    incident_place,
    incident_shard,
    incidents_from,
    open_list,
    pending_list,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

_PAGE: Final = 1000
_CONDITION_FAILED: Final = "ConditionalCheckFailed"
_FIRST: Final = "0"
_BEHIND_ALL: Final = "~"
# How long the processor that opened an incident has to notify of it before the watch does.
_PROCESSORS_TURN: Final = timedelta(minutes=5)
_RULE_STATES: Final = json_text(dict[str, RuleState])

INCIDENT_CODEC: Final = Codec(
    Incident,
    lean=frozenset(
        {"region", "returning", "pending_since", "notified_as", "cause", "evidence", "lost_until", "settled_until"}
    ),
    notified_as=json_text(tuple[Severity, ...]),
    evidence=json_text(tuple[Symptom, ...]),
)
# What is kept of a site, beside when it was last notified of.
STATE_CODEC: Final = Codec(SiteState, rule_states=_RULE_STATES)


class DynamoIncidents(ExpiringTable):
    """Keeps incidents. retention: how long, counted from when one was found, or was noted as over."""

    def states(self, site_ids: Iterable[str], *, consistent: bool = True) -> dict[str, SiteState]:
        """Read the states of the sites that have one, a hundred a call."""
        keys = [state_key(site_id) for site_id in site_ids]
        found = get_many(self._dynamodb, Keys(self._table, keys, consistent), STATE_CODEC, self._retry_policy)
        return {state.site_id: state for state in found}

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
        found = get_many(self._dynamodb, Keys(self._table, keys), INCIDENT_CODEC, self._retry_policy)
        return {incident.id: incident for incident in found}

    def between(self, site_id: str, start: str, end: str) -> list[Incident]:
        """Read a site's incidents that were found to begin from `start` to `end`, both included, UTC text."""
        sort = (INCIDENTS.sort, incidents_from(start), incidents_from(f"{end}~"))
        chosen = Range(self._table, (INCIDENTS.partition, site_id), sort)
        return list(query(self._dynamodb, chosen, INCIDENT_CODEC, _PAGE))

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
        values = {":after": before + 1, ":never": ""} | ({":before": before} if before else {})
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
                "ExpressionAttributeValues": {
                    ":rule_states": _RULE_STATES.write(change.rule_states),
                    **attributes(values),
                },
            }
        }


def _fitting(changes: Sequence[SiteChange]) -> Iterator[list[SiteChange]]:
    """Put changes together as far as one transaction holds them."""
    together: list[SiteChange] = []
    writes = 0
    for change in changes:
        size = 1 + len(change.opened) + len(change.moved)
        if together and writes + size > MAX_WRITES:
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


class DynamoIncidentPages(DynamoTable):
    """Reads pages of incidents, latest first."""

    def open(self, limit: int, after: str | None) -> Page[Incident]:
        """Read the fleet's open incidents by onset, behind the place `after` that `listed_at` gives."""
        return self._merged(open_list, limit, after)

    def closed(self, day: str, limit: int, after: str | None) -> Page[Incident]:
        """Read the fleet's incidents that recovered on a UTC day `YYYY-MM-DD`, by recovery, behind `after`."""
        return self._merged(lambda shard: closed_list(day, shard), limit, after)

    def open_of_site(self, site_id: str) -> list[Incident]:
        """Read a site's open incidents, one a rule at most."""
        state = get_one(self._dynamodb, self._table, state_key(site_id), STATE_CODEC, consistent=False)
        rule_states = state.rule_states.values() if state else ()
        keys = [incident_item_key(rule_state.id) for rule_state in rule_states if rule_state.id]
        found = get_many(self._dynamodb, Keys(self._table, keys), INCIDENT_CODEC, self._retry_policy)
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
        return get_one(self._dynamodb, self._table, incident_item_key(incident), INCIDENT_CODEC, consistent=False)

    def _of_site(self, site_id: str, limit: int, after: str | None) -> Page[Incident]:
        sort = (INCIDENTS.sort, incidents_from(_FIRST), incidents_from(_BEHIND_ALL))
        behind = {INCIDENTS.partition: site_id, INCIDENTS.sort: incident_place(after)[1]} if after else None
        chosen = Range(self._table, (INCIDENTS.partition, site_id), sort, after=behind, backwards=True)
        return query_page(self._dynamodb, chosen, limit, INCIDENT_CODEC)

    def _merged(self, part: Callable[[int], str], limit: int, after: str | None) -> Page[Incident]:
        """Read the same stretch of each part of a list, and merge them."""
        found = [each for shard in range(INCIDENT_SHARDS) for each in self._part(part(shard), limit, after)]
        found.sort(key=listed_at, reverse=True)
        return Page(found[:limit], len(found) > limit)

    def _part(self, partition: str, limit: int, after: str | None) -> list[Incident]:
        """Read up to one more than `limit`; the item at `after` itself, which a range includes, is left out."""
        sort = (LISTED.sort, _FIRST, after or _BEHIND_ALL)
        chosen = Range(self._table, (LISTED.partition, partition), sort, LISTED.name, backwards=True)
        return [each for each in query(self._dynamodb, chosen, INCIDENT_CODEC, limit + 1) if listed_at(each) != after]


def incident_item(incident: Incident, expires_at: int) -> "dict[str, AttributeValueTypeDef]":
    """Write an incident. expires_at: when it may be deleted, seconds since 1970."""
    keys = {INCIDENTS.sort: incident_place(incident.id)[1], **listed_keys(incident), **pending_keys(incident)}
    return {**INCIDENT_CODEC.write(incident), **attributes({**keys, "expires_at": expires_at})}


def incident_item_key(incident: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of the incident of an id."""
    site_id, place = incident_place(incident)
    return attributes({INCIDENTS.partition: site_id, INCIDENTS.sort: place})


def listed_keys(incident: Incident) -> dict[str, str]:
    """Return the attributes that put an incident into its list: the open ones by onset, the closed ones by recovery."""
    shard = incident_shard(incident.site_id)
    where = closed_list(incident.recovery[:10], shard) if incident.recovery else open_list(shard)
    return {LISTED.partition: where, LISTED.sort: listed_at(incident)}


def listed_at(incident: Incident) -> str:
    """Return an incident's place in its list."""
    return f"{incident.recovery or incident.onset}#{incident.id}"


def pending_keys(incident: Incident) -> dict[str, str]:
    """Return the attributes that put an incident into the outbox; none where nothing is pending."""
    if incident.pending is None:
        return {}
    since = incident.waiting_since
    if not incident.at_once:
        since = format_timestamp(next_digest(moment_of(since), incident.region))
    elif incident.source and incident.pending == "onset" and not incident.notified_as:
        since = format_timestamp(moment_of(since) + _PROCESSORS_TURN)
    return {PENDING.partition: pending_list(incident_shard(incident.site_id)), PENDING.sort: f"{since}#{incident.id}"}


def state_key(site_id: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of what is kept of a site."""
    return attributes({INCIDENTS.partition: site_id, INCIDENTS.sort: SITE_STATE})
