"""Readings as a table: CSV, or an Arrow stream. Energies are exact in both; flags are the rules' names.

What writes them is imported when it is first asked for: it takes longer than most requests.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal
from typing import Any, Final

import msgspec

from heliograph.history import Assessed
from heliograph.reading import MAX_DECIMALS, moment_of
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


def rows(readings: Iterable[Assessed]) -> list[Row]:
    """Return readings as rows."""
    return [_row(each) for each in readings]


def csv_of(readings: Iterable[Assessed]) -> bytes:
    """Write readings as CSV (RFC 4180) with a header; a feed reads it back."""
    import csv  # noqa: PLC0415

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_text(value) for value in msgspec.structs.astuple(row)] for row in rows(readings))
    return text.getvalue().encode()


def arrow_of(readings: Iterable[Assessed]) -> bytes:
    """Write readings as an Arrow IPC stream of one batch: decimal128(38, 24), timestamps in UTC."""
    import nanoarrow as na  # noqa: PLC0415
    from nanoarrow.ipc import StreamWriter  # noqa: PLC0415

    table = rows(readings)
    moment = na.timestamp("s", "UTC")
    kinds = {name: na.decimal128(_DIGITS, MAX_DECIMALS) for name in COLUMNS if name.endswith("_kwh")}
    kinds |= {"timestamp": moment, "landed_at": moment, "anomaly": na.bool_()}
    schema = na.struct({name: kinds.get(name, na.string()) for name in COLUMNS})
    columns = [_column(na, [getattr(row, name) for row in table], kinds.get(name, na.string())) for name in COLUMNS]
    batch = na.c_array_from_buffers(schema, len(table), [None], children=columns)
    out = io.BytesIO()
    with StreamWriter.from_writable(out) as writer:
        writer.write_stream(na.c_array_stream(batch))
    return out.getvalue()


WRITERS: Final[dict[str, Callable[[Iterable[Assessed]], bytes]]] = {CSV: csv_of, ARROW: arrow_of}


def _row(assessed: Assessed) -> Row:
    current = assessed.history.current
    generated, consumed = current.energy_generated_kwh, current.energy_consumed_kwh
    return Row(
        site_id=assessed.history.site_id,
        timestamp=assessed.history.timestamp,
        energy_generated_kwh=generated,
        energy_consumed_kwh=consumed,
        net_energy_kwh=assessed.history.reading.net_energy_kwh,
        anomaly=assessed.anomaly,
        flags=" ".join(flag.rule for flag in assessed.every_flag),
        source=current.provenance.source,
        landed_at=current.provenance.landed_at,
    )


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return digits(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _column(na: Any, values: Sequence[Any], kind: Any) -> Any:  # noqa: ANN401 - nanoarrow's own
    """Make a column; nanoarrow itself makes none of decimals."""
    if values and isinstance(values[0], Decimal):
        return na.c_array_from_buffers(kind, len(values), [None, b"".join(map(_decimal, values))])
    if kind.type == na.Type.TIMESTAMP:
        return na.c_array([int(moment_of(each).timestamp()) for each in values], kind)
    return na.c_array(values, kind)


def _decimal(value: Decimal) -> bytes:
    return int(value.scaleb(MAX_DECIMALS, _EXACT)).to_bytes(_BYTES, "little", signed=True)
