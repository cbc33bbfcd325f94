"""A reading's item in DynamoDB, both ways. Only what a history needs is stored: a reading landed once has no extras."""

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.assessed import Assessed
from heliograph.history import History, Stamp, Version
from heliograph.reading import net_kwh
from heliograph.storage.attributes import attribute, digits, flags_attribute, flags_of, number, values_of
from heliograph.table_keys import anomaly_keys

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


def reading_key(site_id: str, timestamp: str) -> "dict[str, AttributeValueTypeDef]":
    """Give the key of one reading."""
    return {"site_id": {"S": site_id}, "timestamp": {"S": timestamp}}


def item_of(stored: Assessed, expires_at: int) -> "dict[str, AttributeValueTypeDef]":
    """Write a whole item. expires_at: when it may be deleted, seconds since 1970."""
    key = reading_key(stored.history.site_id, stored.history.timestamp)
    return {**key, **changing_attributes(stored, expires_at)}


def changing_attributes(stored: Assessed, expires_at: int) -> "dict[str, AttributeValueTypeDef]":
    """Write all of an item but its key: what a merge may change."""
    history, current = stored.history, stored.history.current
    anomaly = stored.anomaly
    item: dict[str, AttributeValueTypeDef] = {
        "energy_generated_kwh": number(current.energy_generated_kwh),
        "energy_consumed_kwh": number(current.energy_consumed_kwh),
        "net_energy_kwh": number(net_kwh(*current.values)),
        "anomaly": {"BOOL": anomaly},
        "landed_at": {"S": current.stamp.landed_at},
        "source": {"S": current.stamp.source},
        "position": {"N": str(current.stamp.position)},
        "expires_at": {"N": str(expires_at)},
    }
    if stored.flags:
        item["flags"] = flags_attribute(stored.flags)
    if stored.watched:
        item["watched"] = flags_attribute(stored.watched)
    if anomaly:
        keys = anomaly_keys(history.site_id, history.timestamp)
        item.update({name: {"S": value} for name, value in keys.items()})
    if history.inserted_by is not current.stamp and history.inserted_by != current.stamp:
        item["inserted_by"] = attribute(msgspec.structs.asdict(history.inserted_by))
    if history.replaced:
        item["revisions"] = attribute([_revision(version) for version in history.replaced])
    if stored.merges:
        item["merges"] = {"N": str(stored.merges)}
    return item


PLAIN_NAMES: Final = (
    "site_id",
    "timestamp",
    "energy_generated_kwh",
    "energy_consumed_kwh",
    "net_energy_kwh",
    "anomaly",
    "landed_at",
    "source",
    "position",
    "expires_at",
)


def is_plain(stored: Assessed) -> bool:
    """Tell whether an item has these attributes and no others: a reading as it landed first, with nothing to say of it.

    Nearly all are, so theirs is the way that has to be short.
    """
    history = stored.history
    extras = stored.flags or stored.watched or stored.merges or len(history.versions) > 1
    return not extras and history.inserted_by is history.versions[0].stamp


def plain_parameters(history: History, expires_at: int) -> msgspec.Raw:
    """Write the values of a plain item as JSON, in the order of `PLAIN_NAMES`; the same as `item_of` has.

    Only the source may hold what JSON escapes: site ids and times are what `reading` lets through.
    """
    current = history.versions[0]
    stamp = current.stamp
    generated, consumed = current.energy_generated_kwh, current.energy_consumed_kwh
    return msgspec.Raw(
        f'[{{"S":"{history.site_id}"}},{{"S":"{history.timestamp}"}},{{"N":"{digits(generated)}"}},'
        f'{{"N":"{digits(consumed)}"}},{{"N":"{digits(net_kwh(generated, consumed))}"}},{{"BOOL":false}},'
        f'{{"S":"{stamp.landed_at}"}},{{"S":{_quoted(stamp.source)}}},{{"N":"{stamp.position}"}},{{"N":"{expires_at}"}}]'
    )


@lru_cache(maxsize=64)  # all readings of a file have one source
def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def stored_of(item: dict[str, Any]) -> Assessed:
    """Read an item back."""
    values = values_of(item)
    current = _version(values)
    replaced = tuple(_version(each) for each in values.get("revisions", ()))
    inserted_by = _stamp(values["inserted_by"]) if "inserted_by" in values else current.stamp
    history = History(values["site_id"], values["timestamp"], (current, *replaced), inserted_by)
    return Assessed(history, flags_of(values), int(values.get("merges", 0)), flags_of(values, "watched"))


def _revision(version: Version) -> dict[str, str | int | Decimal]:
    return {
        **msgspec.structs.asdict(version.stamp),
        "energy_generated_kwh": version.energy_generated_kwh,
        "energy_consumed_kwh": version.energy_consumed_kwh,
    }


def _version(values: dict[str, Any]) -> Version:
    return Version(_stamp(values), values["energy_generated_kwh"], values["energy_consumed_kwh"])


def _stamp(values: dict[str, Any]) -> Stamp:
    return Stamp(values["landed_at"], values["source"], int(values["position"]))
