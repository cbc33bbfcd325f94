"""How readings stand in the cells of an audit's database."""

from decimal import Decimal
from typing import Final

import msgspec

from heliograph.audit.histories import Kept
from heliograph.history import History, Said, Version
from heliograph.reading import Reading


class _Whole(msgspec.Struct, array_like=True):
    """A stored reading as it is kept where it isn't plain: the set that counts values is too long a number."""

    history: History
    counted: str
    odd: tuple[str, ...]


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_WHOLE: Final = msgspec.msgpack.Decoder(_Whole)
_SAID: Final = msgspec.json.Decoder(Said)
_NOTHING_SAID: Said = (None, "actual", False, ())


def whole(kept: Kept) -> bytes:
    """Write all of a stored reading."""
    short = msgspec.structs.replace(kept.history, counted=0)
    return _ENCODE(_Whole(short, str(kept.history.counted), kept.odd))


def read_whole(cell: bytes) -> Kept:
    """Read back what `whole` wrote."""
    found = _WHOLE.decode(cell)
    return Kept(msgspec.structs.replace(found.history, counted=int(found.counted)), found.odd)


def said_text(values: Reading | Version) -> str | None:
    """Write length, quality and missing side, see `Reading`; nothing where a file says none of them."""
    said = values.interval_seconds, values.quality, values.is_partial, values.registers
    return None if said == _NOTHING_SAID else msgspec.json.encode(said).decode()


def read_said(text: str | None) -> Said:
    """Read back what `said_text` wrote."""
    return _SAID.decode(text) if text else _NOTHING_SAID


def energy_of(text: str | None) -> Decimal | None:
    """Read back what `plain_number` wrote, kWh."""
    return None if text is None else Decimal(text)


def plain_number(value: Decimal | None) -> str | None:
    """Write a number as DynamoDB does: without zeros that say nothing."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
