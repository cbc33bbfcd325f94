"""A reading's revisions in its item, both ways: what was landed before the values that hold, and by which file."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.counting import COUNTING_BITS, counting
from heliograph.history import (
    KEPT_REVISIONS,
    History,
    Joined,
    Provenance,
    Said,
    Version,
    history_as_kept,
)
from heliograph.reading import Quality
from heliograph.registers import Register, Side
from heliograph.sides import is_crowded
from heliograph.storage.items import Codec, Text, digits, number

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

# What nearly all files say of them.
NOTHING_SAID: Final[Said] = (None, "actual", False, ())
_ProvenanceFields = tuple[str, str, int]


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """A revision as it is written: in JSON's text, which takes half the bytes of DynamoDB's lists and maps.

    source and landed_at are empty where they are those of the row above, or of the values that hold.
    """

    energy_generated_kwh: str
    energy_consumed_kwh: str
    position: int
    source: str = ""
    landed_at: str = ""
    brought_by: _ProvenanceFields | None = None


class _MarkedRow(_Row, frozen=True, array_like=True):
    """A revision of which its file says more, see `Reading`; written only where it does, so that others stay short."""

    interval_seconds: int | None = None
    quality: Quality = "actual"


class _FullRow(_MarkedRow, frozen=True, array_like=True):
    """A revision that lacks a side, or that registers are; written only where it is so."""

    is_partial: bool = False
    registers: tuple[Register, ...] = ()


_ROWS: Final = msgspec.json.Decoder(list[_FullRow])
_PROVENANCES: Final = msgspec.json.Decoder(_ProvenanceFields)


def revision_attributes(history: History) -> "dict[str, AttributeValueTypeDef]":
    """Write the revisions, how many there were, and who brought what.

    And, where a side is another version's, what the latest one says itself and who stored that side first.
    """
    brought = history.brought_by or tuple(version.provenance for version in history.versions)
    latest = history.versions[0]
    rows, above = [], latest.provenance
    for version, provenance in zip(history.versions[1:], brought[1:], strict=True):
        rows.append(_row(version, above, None if provenance == version.provenance else _fields(provenance)))
        above = version.provenance
    item: dict[str, AttributeValueTypeDef] = {"revisions": {"S": msgspec.json.encode(rows).decode()}}
    if history.current is not latest:
        item["latest"] = {"S": msgspec.json.encode(_own(latest)).decode()}
    if history.joined_by:
        item["joined_by"] = {"S": msgspec.json.encode(_joined(history, history.joined_by)).decode()}
    if brought[0] != latest.provenance:
        item["brought_by"] = {"S": _text(brought[0])}
    if history.counted:
        item["counted"] = {"S": b64encode(history.counted.to_bytes(COUNTING_BITS // 8)).decode()}
    return item


class _Own(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What the latest version says itself of a reading that has a side of another one."""

    energy_generated_kwh: str
    energy_consumed_kwh: str
    interval_seconds: int | None = None
    quality: Quality = "actual"
    is_partial: bool = False
    registers: tuple[Register, ...] = ()


_OWN: Final = msgspec.json.Decoder(_Own)


def _own(version: Version) -> _Own:
    generated, consumed = ("" if value is None else digits(value) for value in version.values)
    return _Own(generated, consumed, *version.said)


def latest_version(provenance: Provenance, latest: Text) -> Version:
    """Read what the latest version says itself."""
    own = _OWN.decode(latest.S)
    generated, consumed = map(_energy, (own.energy_generated_kwh, own.energy_consumed_kwh))
    return Version(provenance, generated, consumed, own.interval_seconds, own.quality, own.is_partial, own.registers)


# A side and who stored it first: the place of that landing's version, or all of its stamp.
_JOINED: Final = msgspec.json.Decoder(tuple[Side, int | _ProvenanceFields])


def _joined(history: History, joined: Joined) -> tuple[Side, int | _ProvenanceFields]:
    provenances = [version.provenance for version in history.versions]
    is_kept = joined.by in provenances
    return joined.side, provenances.index(joined.by) if is_kept else _fields(joined.by)


def joined_by(attribute: Text, history: History) -> Joined:
    """Read who stored the side that a reading lacked at first. history: with its versions."""
    side, by = _JOINED.decode(attribute.S)
    return Joined(side, history.versions[by].provenance if isinstance(by, int) else Provenance(*by))


def _row(version: Version, above: Provenance, brought_by: _ProvenanceFields | None) -> _Row:
    provenance = version.provenance
    same = (provenance.source, provenance.landed_at) == (above.source, above.landed_at)
    generated, consumed = ("" if value is None else digits(value) for value in version.values)
    place = provenance.position, "" if same else provenance.source, "" if same else provenance.landed_at
    if version.said == NOTHING_SAID:
        return _Row(generated, consumed, *place, brought_by)
    seconds, quality, is_partial, registers = version.said
    if not is_partial and not registers:
        return _MarkedRow(generated, consumed, *place, brought_by, seconds, quality)
    return _FullRow(generated, consumed, *place, brought_by, seconds, quality, is_partial, registers)


def _replaced(rows: list[_FullRow], above: Provenance) -> Iterator[Version]:
    """Read revisions; `above` is the provenance of the values that hold."""
    for row in rows:
        above = Provenance(row.landed_at or above.landed_at, row.source or above.source, row.position)
        generated, consumed = map(_energy, (row.energy_generated_kwh, row.energy_consumed_kwh))
        yield Version(above, generated, consumed, row.interval_seconds, row.quality, row.is_partial, row.registers)


def _energy(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def inserted_by_attribute(history: History) -> "AttributeValueTypeDef":
    """Write who stored a reading: the place of its version where it is still kept, else all of its stamp."""
    provenances = [version.provenance for version in history.versions]
    if history.inserted_by in provenances:
        return number(provenances.index(history.inserted_by))
    return {"S": _text(history.inserted_by)}


def brought_by_attribute(provenance: Provenance) -> "AttributeValueTypeDef":
    """Write who else brought the value that holds, where no other landed: see `History.brought_by`."""
    return {"S": _text(provenance)}


def history_with_revisions(
    history: History,
    inserted_by: dict[str, Any] | None,
    revisions: dict[str, Any] | None,
    brought_by: Text | None,
    counted: Text | None,
) -> History:
    """Add what was landed before to a history of the values that hold: an item's attributes, as they are written."""
    current = history.versions[0]
    replaced = revisions or {"S": "[]"}
    if "S" in replaced:
        rows = _ROWS.decode(replaced["S"])
        versions = [current, *_replaced(rows, current.provenance)]
        brought = [Provenance(*row.brought_by) if row.brought_by else None for row in rows]
    else:
        versions = [current, *(_version(each["M"]) for each in replaced["L"])]
        brought = [None] * len(replaced["L"])
    first = msgspec.structs.replace(history, inserted_by=_first(inserted_by, versions))
    bringers = {
        version.identity: provenance or version.provenance
        for version, provenance in zip(versions[1:], brought, strict=True)
    }
    bringers[current.identity] = _read(brought_by.S) if brought_by else current.provenance
    return history_as_kept(versions, bringers, first, _counted(counted, versions))


def first_landing(inserted_by: dict[str, Any] | None, revisions: dict[str, Any] | None, landed_at: str) -> str:
    """Return when a reading first landed, UTC text, by an item's attributes. landed_at: of the values that hold."""
    match inserted_by:
        case {"S": text}:
            return _read(text).landed_at
        case {"N": place} if int(place) and revisions and "S" in revisions:
            rows = _ROWS.decode(revisions["S"])[: int(place)]
            return next((row.landed_at for row in reversed(rows) if row.landed_at), landed_at)
    return landed_at


def _first(inserted_by: dict[str, Any] | None, versions: list[Version]) -> Provenance:
    """Read who stored a reading."""
    match inserted_by:
        case {"S": text}:
            return _read(text)
        case {"M": provenance}:
            return _PROVENANCE.read(provenance)
        case {"N": place}:
            return versions[int(place)].provenance
    return versions[0].provenance


def _fields(provenance: Provenance) -> _ProvenanceFields:
    return provenance.landed_at, provenance.source, provenance.position


def _text(provenance: Provenance) -> str:
    return msgspec.json.encode(_fields(provenance)).decode()


def _read(text: str) -> Provenance:
    return Provenance(*_PROVENANCES.decode(text))


def _counted(counted: Text | None, versions: list[Version]) -> int:
    """Read the set that counts values; an item that holds more revisions than are kept now has them all."""
    if counted:
        return int.from_bytes(b64decode(counted.S))
    return counting(versions) if is_crowded(versions, KEPT_REVISIONS + 1) else 0


# A provenance, and a version, as maps; only items of a time when every revision was kept have such.
_PROVENANCE: Final = Codec(Provenance)


def _version(item: Mapping[str, Any]) -> Version:
    generated, consumed = (Decimal(item[name]["N"]) for name in ("energy_generated_kwh", "energy_consumed_kwh"))
    return Version(_PROVENANCE.read(item), generated, consumed)
