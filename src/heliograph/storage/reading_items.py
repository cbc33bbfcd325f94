"""A reading's item in DynamoDB, both ways. Only what a history needs is stored: a reading landed once has no extras."""

from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.history import (
    Assessed,
    History,
    Provenance,
    Said,
    Values,
    Version,
    reading_of,
)
from heliograph.reading import Quality, difference, moment_of
from heliograph.registers import Register
from heliograph.storage.items import (
    FLAGS,
    Exact,
    ItemReader,
    Text,
    Whole,
    digits,
    flags_attribute,
    flags_of,
    number,
)
from heliograph.storage.revision_items import (
    NOTHING_SAID,
    brought_by_attribute,
    first_landing,
    history_with_revisions,
    inserted_by_attribute,
    joined_by,
    latest_version,
    revision_attributes,
)
from heliograph.table_keys import anomaly_keys

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Flags = Any
else:
    Flags = FLAGS.wire


_KEY: Final = ("site_id", "timestamp")
_ENERGIES: Final = ("energy_generated_kwh", "energy_consumed_kwh", "net_energy_kwh")
_LANDED: Final = ("anomaly", "landed_at", "source", "position", "expires_at")
# What a reading of both sides has whose file says no more of it: nearly all.
_BOTH_SIDES: Final = (*_KEY, *_ENERGIES, *_LANDED)


_JSON: Final = msgspec.json.Encoder()
_WORDS: Final = msgspec.json.Decoder(tuple[str, ...])


def aside_attribute(aside: tuple[str, ...]) -> "AttributeValueTypeDef":
    """Write the rules whose flags don't hold."""
    return {"S": _JSON.encode(aside).decode()}


def aside_of(found: Text | None) -> tuple[str, ...]:
    """Read the rules whose flags don't hold; none where an item hasn't got the attribute."""
    return _WORDS.decode(found.S) if found else ()


def reading_key(site_id: str, timestamp: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of one reading."""
    return {"site_id": {"S": site_id}, "timestamp": {"S": timestamp}}


def item_of(stored: Assessed, expires_at: int) -> "dict[str, AttributeValueTypeDef]":
    """Write a whole item. expires_at: when it may be deleted, seconds since 1970."""
    key = reading_key(stored.history.site_id, stored.history.timestamp)
    return {**key, **changing_attributes(stored, expires_at)}


def changing_attributes(stored: Assessed, expires_at: int) -> "dict[str, AttributeValueTypeDef]":
    """Write all of an item but its key: what a merge may change."""
    history, current = stored.history, stored.history.current
    anomaly = stored.anomaly
    provenance = current.provenance
    item = _values(current)
    item["anomaly"] = {"BOOL": anomaly}
    item["landed_at"] = {"S": provenance.landed_at}
    item["source"] = {"S": provenance.source}
    item["position"] = {"N": str(provenance.position)}
    item["expires_at"] = {"N": str(expires_at)}
    if stored.flags:
        item["flags"] = flags_attribute(stored.flags)
    if stored.watched:
        item["watched"] = flags_attribute(stored.watched)
    if stored.aside:
        item["aside"] = aside_attribute(stored.aside)
    if anomaly:
        keys = anomaly_keys(history.site_id, history.timestamp)
        item.update({name: {"S": value} for name, value in keys.items()})
    if history.inserted_by is not provenance and history.inserted_by != provenance:
        item["inserted_by"] = inserted_by_attribute(history)
    if len(history.versions) > 1:
        item.update(revision_attributes(history))
    elif history.brought_by:
        item["brought_by"] = brought_by_attribute(history.brought_by[0])
    if stored.merges:
        item["merges"] = {"N": str(stored.merges)}
    return item


def _values(version: Version) -> "dict[str, AttributeValueTypeDef]":
    """Write a version's values and what its file says of them; what isn't there, and what is so by itself, isn't."""
    net = reading_of("", "", version).net_energy_kwh
    energies = zip(_ENERGIES, (*version.values, net), strict=True)
    item = {name: number(value) for name, value in energies if value is not None}
    if version.interval_seconds is not None:
        item["interval_seconds"] = number(version.interval_seconds)
    if version.quality != "actual":
        item["quality"] = {"S": version.quality}
    if version.is_partial:
        item["partial"] = {"BOOL": True}
    if version.registers:
        item["registers"] = {"S": _JSON.encode(version.registers).decode()}
    return item


def is_plain(stored: Assessed) -> bool:
    """Return whether an item holds one landing's values alone: a reading as it landed first, without flags.

    Nearly all are so, so theirs is the way that has to be short.
    """
    history = stored.history
    extras = stored.flags or stored.watched or stored.merges or stored.aside or history.brought_by
    return not extras and len(history.versions) == 1 and history.inserted_by is history.versions[0].provenance


def plain_item(history: History, expires_at: int) -> tuple[tuple[str, ...], msgspec.Raw]:
    """Write a plain item: the names of its attributes, and their values as JSON; the same as `item_of` has.

    Only the source may hold what JSON escapes: site ids and times are what `reading` lets through.
    """
    current = history.versions[0]
    provenance = current.provenance
    head = f'[{{"S":"{history.site_id}"}},{{"S":"{history.timestamp}"}}'
    tail = (
        f'{{"BOOL":false}},{{"S":"{provenance.landed_at}"}},{{"S":{_quoted(provenance.source)}}},'
        f'{{"N":"{provenance.position}"}},{{"N":"{expires_at}"}}]'
    )
    generated, consumed = current.energy_generated_kwh, current.energy_consumed_kwh
    is_bare = current.interval_seconds is None and current.quality == "actual"
    if generated is not None and consumed is not None and is_bare:
        net = digits(difference(generated, consumed))
        energies = f'{{"N":"{digits(generated)}"}},{{"N":"{digits(consumed)}"}},{{"N":"{net}"}}'
        return _BOTH_SIDES, msgspec.Raw(f"{head},{energies},{tail}")
    values = _values(current)
    written = "".join(f",{_JSON.encode(value).decode()}" for value in values.values())
    return _names_of(*values), msgspec.Raw(f"{head}{written},{tail}")


@lru_cache(maxsize=64)
def _names_of(*values: str) -> tuple[str, ...]:
    return (*_KEY, *values, *_LANDED)


@lru_cache(maxsize=64)  # all readings of a file have one source
def _quoted(text: str) -> str:
    return _JSON.encode(text).decode()


_REGISTERS: Final = msgspec.json.Decoder(tuple[Register, ...])


class _QualityMark(msgspec.Struct, gc=False):
    S: Quality


class _Truth(msgspec.Struct, gc=False):
    BOOL: bool


class WindowItem(msgspec.Struct, gc=False, kw_only=True):
    """What an evaluation reads of an item. inserted_by, revisions: see `ReadingItem`."""

    timestamp: Text
    landed_at: Text
    energy_generated_kwh: Exact | None = None
    energy_consumed_kwh: Exact | None = None
    interval_seconds: Whole | None = None
    quality: _QualityMark | None = None
    partial: _Truth | None = None
    registers: Text | None = None
    flags: Flags | None = None
    watched: Flags | None = None
    aside: Text | None = None
    merges: Whole | None = None
    inserted_by: dict[str, Any] | None = None
    revisions: dict[str, Any] | None = None

    @property
    def values(self) -> Values:
        """Generated and consumed, kWh; neither where it is what registers stood at.

        Raises:
            msgspec.ValidationError: it has none of these, so it is no reading's item.
        """
        generated, consumed = self.energy_generated_kwh, self.energy_consumed_kwh
        if generated is None and consumed is None and self.registers is None:
            raise msgspec.ValidationError("the item has no energy of either side")
        return None if generated is None else generated.N, None if consumed is None else consumed.N

    @property
    def said(self) -> Said:
        """What its file says of its values."""
        seconds, quality, partial = self.interval_seconds, self.quality, self.partial
        if seconds is None and quality is None and partial is None and self.registers is None:  # nearly always
            return NOTHING_SAID
        registers = _REGISTERS.decode(self.registers.S) if self.registers else ()
        mark: Quality = quality.S if quality else "actual"
        return seconds.N if seconds else None, mark, bool(partial and partial.BOOL), registers


class ReadingItem(WindowItem, gc=False, kw_only=True):
    """What is read of an item: all that doesn't follow from the rest. Nearly all items have what is required alone.

    inserted_by, revisions: text or a number; lists and maps in items of a time when every revision was kept.
    """

    site_id: Text
    source: Text
    position: Whole
    brought_by: Text | None = None
    counted: Text | None = None
    joined_by: Text | None = None
    latest: Text | None = None


def _assessed(item: ReadingItem) -> Assessed:
    provenance = Provenance(item.landed_at.S, item.source.S, item.position.N)
    seconds, quality, is_partial, registers = item.said
    current = Version(provenance, *item.values, seconds, quality, is_partial, registers)
    history = History(item.site_id.S, item.timestamp.S, (current,), provenance)
    if item.inserted_by or item.revisions or item.brought_by or item.counted:
        if item.latest:
            history = msgspec.structs.replace(history, versions=(latest_version(provenance, item.latest),))
        history = history_with_revisions(history, item.inserted_by, item.revisions, item.brought_by, item.counted)
        if item.joined_by:
            history = msgspec.structs.replace(history, joined_by=joined_by(item.joined_by, history))
    elif not (item.flags or item.watched or item.merges or item.aside):
        return Assessed(history, ())
    merges = item.merges.N if item.merges else 0
    return Assessed(history, flags_of(item.flags), merges, flags_of(item.watched), aside_of(item.aside))


READING_CODEC: Final = ItemReader(ReadingItem, _assessed)


def first_landed_at(item: WindowItem) -> str:
    """Return when a reading first landed, UTC text: a file that lands again says nothing of when readings arrive."""
    return first_landing(item.inserted_by, item.revisions, item.landed_at.S)


_DAY_SECONDS: Final = 24 * 60 * 60
_KEY_NAMES: Final = frozenset(_KEY)
_DERIVED: Final = ("net_energy_kwh", "anomaly", "anomaly_at", "anomaly_day", "anomaly_key")


def odd_attributes(item: dict[str, Any], stored: Assessed, retention: timedelta) -> tuple[str, ...]:
    """Name the attributes of an item that don't follow from the history and flags it holds itself.

    What nothing writes is odd. `expires_at` is the landing and whole days, `retention` or more: one that was written
    when more was kept keeps it. `merges` counts writes, which nothing else remembers; it is odd where the item shows a
    second write and it doesn't.
    """
    due = changing_attributes(stored, 0)
    odd = [name for name in _DERIVED if not _is_same(item.get(name), due.get(name))]
    odd += sorted(item.keys() - due.keys() - _KEY_NAMES - set(odd))
    kept_seconds = int(item.get("expires_at", {}).get("N", 0)) - _seconds_of(
        stored.history.current.provenance.landed_at
    )
    if kept_seconds % _DAY_SECONDS or kept_seconds < retention.total_seconds():
        odd.append("expires_at")
    if not stored.merges and (stored.watched or len({v.provenance.source for v in stored.history.versions}) > 1):
        odd.append("merges")
    return tuple(odd)


@lru_cache(maxsize=64)  # all readings of a file have one landing
def _seconds_of(landed_at: str) -> int:
    return int(moment_of(landed_at).timestamp())


def require_count(item: dict[str, Any]) -> None:
    """Make sure that an item's `merges` is one that writers can go by.

    Raises:
        ValueError: it is there, and isn't a whole number from 1 on.
    """
    merges = item.get("merges", {"N": "1"}).get("N", "")
    if not (merges.isascii() and merges.isdigit() and int(merges) > 0):
        raise ValueError(f"merges is {merges!r}, and counts writes from 1 on")


def _is_same(one: Any, other: Any) -> bool:  # noqa: ANN401 - attributes of any type
    if one and other and "N" in one and "N" in other:
        return Decimal(one["N"]) == Decimal(other["N"])
    return bool(one == other)
