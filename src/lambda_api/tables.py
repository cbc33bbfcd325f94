"""Rows as a table: CSV, or an Arrow stream. A row is a struct, its fields are the columns; energies are exact in both.

What writes them is imported when it is first asked for: it takes longer than most requests.
"""

import io
from collections.abc import Sequence
from decimal import Context, Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec

from heliograph.reading import MAX_DECIMALS, moment_of
from heliograph.storage.items import digits

CSV: Final = "text/csv"
ARROW: Final = "application/vnd.apache.arrow.stream"

# What DynamoDB keeps: 38 digits, and behind the point as many as a reading may have.
_DIGITS: Final = 38
_BYTES: Final = 16
_EXACT: Final = Context(prec=2 * _DIGITS)
_MOMENT: Final = "moment"
# UTC text, which is a timestamp in Arrow.
TimeText = Annotated[str, _MOMENT]


def columns_of(row: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the columns of a kind of row, in order."""
    return row.__struct_fields__


def table_of(form: str, rows: Sequence[msgspec.Struct], row: type[msgspec.Struct]) -> bytes:
    """Write rows as `CSV` or `ARROW`. row: their type, which names the columns where there are none."""
    return csv_of(rows, row) if form == CSV else arrow_of(rows, row)


def csv_of(rows: Sequence[msgspec.Struct], row: type[msgspec.Struct]) -> bytes:
    """Write rows as CSV (RFC 4180) with a header. What isn't there is an empty cell."""
    import csv  # noqa: PLC0415

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns_of(row))
    writer.writerows([_text(value) for value in msgspec.structs.astuple(each)] for each in rows)
    return text.getvalue().encode()


def arrow_of(rows: Sequence[msgspec.Struct], row: type[msgspec.Struct]) -> bytes:
    """Write rows as an Arrow IPC stream of one batch: decimal128(38, 24), timestamps in UTC, null for nothing."""
    import nanoarrow as na  # noqa: PLC0415
    from nanoarrow.ipc import StreamWriter  # noqa: PLC0415

    kinds = {each.name: _kind(na, each.type) for each in msgspec.structs.fields(row)}
    columns = [_column(na, [getattr(each, name) for each in rows], kind) for name, kind in kinds.items()]
    batch = na.c_array_from_buffers(na.struct(kinds), len(rows), [None], children=columns)
    out = io.BytesIO()
    with StreamWriter.from_writable(out) as writer:
        writer.write_stream(na.c_array_stream(batch))
    return out.getvalue()


def _kind(na: Any, declared: Any) -> Any:  # noqa: ANN401 - nanoarrow's own, of a field's type
    """Return the Arrow type of a column."""
    kinds = {Decimal: na.decimal128(_DIGITS, MAX_DECIMALS), bool: na.bool_(), int: na.int32()}
    if get_origin(declared) is Annotated:
        return na.timestamp("s", "UTC")
    plain = declared
    if get_origin(declared) in {Union, UnionType}:
        plain = next(each for each in get_args(declared) if each is not NoneType)
    return kinds.get(plain, na.string())


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
