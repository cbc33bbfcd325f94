"""The items of the incidents table, both ways: an incident, and what is kept of a site."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.incidents.model import Incident, RuleState, SiteState
from heliograph.reading import format_timestamp, moment_of
from heliograph.storage.items import attributes, values_of
from heliograph.table_keys import (
    INCIDENTS,
    LISTED,
    PENDING,
    SITE_STATE,
    closed_list,
    incident_place,
    incident_shard,
    open_list,
    pending_list,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

# How long the processor that opened an incident has to notify of it before the watch does.
_PROCESSORS_TURN: Final = timedelta(minutes=5)
_RULE_STATES: Final = msgspec.json.Decoder(dict[str, RuleState])


def incident_item(incident: Incident, expires_at: int) -> "dict[str, AttributeValueTypeDef]":
    """Write an incident. expires_at: when it may be deleted, seconds since 1970."""
    return attributes(
        {
            **msgspec.structs.asdict(incident),
            INCIDENTS.sort: incident_place(incident.id)[1],
            "expires_at": expires_at,
            **listed_keys(incident),
            **pending_keys(incident),
        }
    )


def incident_of(item: dict[str, Any]) -> Incident:
    """Read an incident back."""
    values = values_of(item)
    return Incident(**{name: values[name] for name in Incident.__struct_fields__ if name in values})


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
    since = incident.closed_at or incident.found_at
    if incident.source and not incident.recovery:
        since = format_timestamp(moment_of(since) + _PROCESSORS_TURN)
    return {PENDING.partition: pending_list(incident_shard(incident.site_id)), PENDING.sort: f"{since}#{incident.id}"}


def state_key(site_id: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of what is kept of a site."""
    return attributes({INCIDENTS.partition: site_id, INCIDENTS.sort: SITE_STATE})


def rule_states_text(state: dict[str, RuleState]) -> str:
    """Write where a site's rules stand, as JSON: it is read and written whole."""
    return msgspec.json.encode(state).decode()


def state_of(item: dict[str, Any]) -> SiteState:
    """Read what is kept of a site."""
    values = values_of(item)
    return SiteState(values[INCIDENTS.partition], int(values["version"]), _RULE_STATES.decode(values["rule_states"]))
