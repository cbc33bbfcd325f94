"""Readings as a table: CSV, or an Arrow stream. Energies are exact in both; flags are the rules' names.

What writes them is imported when it is first asked for: it takes longer than most requests.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal
from typing import Any, Final

import msgspec

from heliograph.history import Assessed
from heliograph.reading import MAX_DECIMALS, Measures, moment_of, net_kwh
from heliograph.storage.items import digits

CSV: Final = "text/csv"
ARROW: Final = "application/vnd.apache.arrow.stream"

COLUMNS: Final = (
    "site_id",
    "timestamp",
    "energy_generated_kwh",
    "energy_consumed_kwh",
    "net_energy_kwh",
    "anomaly",
    "flags",
    "source",
    "landed_at",
    "interval_seconds",
    "quality",
)

# What DynamoDB keeps: 38 digits, and behind the point as many as a reading may have.
_DIGITS: Final = 38
_BYTES: Final = 16
_EXACT: Final = Context(prec=2 * _DIGITS)


class Row(msgspec.Struct, frozen=True, gc=False):
    """A reading as a row, in the order of `COLUMNS`."""

    site_id: str
    timestamp: str
    energy_generated_kwh: Decimal | None
    energy_consumed_kwh: Decimal | None
    net_energy_kwh: Decimal | None
    anomaly: bool
    flags: str
    source: str
    landed_at: str
    interval_seconds: int | None
    quality: str


def rows(readings: Iterable[Assessed], measures: Measures | None = None) -> list[Row]:
    """Return readings as rows. measures: the sides that the site is registered with; None where it doesn't say."""
    return [_row(each, measures) for each in readings]


def csv_of(readings: Iterable[Assessed], measures: Measures | None = None) -> bytes:
    """Write readings as CSV (RFC 4180) with a header; a feed reads it back. What isn't there is an empty cell."""
    import csv  # noqa: PLC0415

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_text(value) for value in msgspec.structs.astuple(row)] for row in rows(readings, measures))
    return text.getvalue().encode()


def arrow_of(readings: Iterable[Assessed], measures: Measures | None = None) -> bytes:
    """Write readings as an Arrow IPC stream of one batch: decimal128(38, 24), timestamps in UTC, null for nothing."""
    import nanoarrow as na  # noqa: PLC0415
    from nanoarrow.ipc import StreamWriter  # noqa: PLC0415

    table = rows(readings, measures)
    moment = na.timestamp("s", "UTC")
    kinds = {name: na.decimal128(_DIGITS, MAX_DECIMALS) for name in COLUMNS if name.endswith("_kwh")}
    kinds |= {"timestamp": moment, "landed_at": moment, "anomaly": na.bool_(), "interval_seconds": na.int32()}
    schema = na.struct({name: kinds.get(name, na.string()) for name in COLUMNS})
    columns = [_column(na, [getattr(row, name) for row in table], kinds.get(name, na.string())) for name in COLUMNS]
    batch = na.c_array_from_buffers(schema, len(table), [None], children=columns)
    out = io.BytesIO()
    with StreamWriter.from_writable(out) as writer:
        writer.write_stream(na.c_array_stream(batch))
    return out.getvalue()


WRITERS: Final[dict[str, Callable[[Iterable[Assessed], Measures | None], bytes]]] = {CSV: csv_of, ARROW: arrow_of}


def _row(assessed: Assessed, measures: Measures | None) -> Row:
    current, reading = assessed.history.current, assessed.history.reading
    generated, consumed = current.energy_generated_kwh, current.energy_consumed_kwh
    return Row(
        site_id=assessed.history.site_id,
        timestamp=assessed.history.timestamp,
        energy_generated_kwh=generated,
        energy_consumed_kwh=consumed,
        net_energy_kwh=net_kwh(generated, consumed, measures or reading.measures),
        anomaly=assessed.anomaly,
        flags=" ".join(flag.rule for flag in assessed.every_flag),
        source=current.provenance.source,
        landed_at=current.provenance.landed_at,
        interval_seconds=current.interval_seconds,
        quality=current.quality,
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return digits(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _column(na: Any, values: Sequence[Any], kind: Any) -> Any:  # noqa: ANN401 - nanoarrow's own
    """Make a column; nanoarrow itself makes none of decimals."""
    write = {na.Type.DECIMAL128: _decimal, na.Type.INT32: _int32}.get(kind.type)
    if write:
        validity = _bits([value is not None for value in values]) if None in values else None
        return na.c_array_from_buffers(kind, len(values), [validity, b"".join(write(value or 0) for value in values)])
    if kind.type == na.Type.TIMESTAMP:
        return na.c_array([int(moment_of(each).timestamp()) for each in values], kind)
    return na.c_array(values, kind)


def _bits(there: Sequence[bool]) -> bytes:
    """Return Arrow's validity bitmap: a bit a value, the least significant first."""
    whole = sum(1 << at for at, is_there in enumerate(there) if is_there)
    return whole.to_bytes((len(there) + 7) // 8, "little")


def _decimal(value: Decimal | int) -> bytes:
    return int(Decimal(value).scaleb(MAX_DECIMALS, _EXACT)).to_bytes(_BYTES, "little", signed=True)


def _int32(value: int) -> bytes:
    return value.to_bytes(4, "little")
