"""The worst files that fit into a size limit: each is small to write, and was once large to read.

An input is made in pieces of about 1 MiB, so that it costs no memory of its own.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

MIB: Final = 2**20
GOOD: Final = b'{"site_id":"a","timestamp":"2026-11-28T11:00:00Z","energy_generated_kwh":1,"energy_consumed_kwh":0}'
HEADER: Final = b"site_id,timestamp,energy_generated_kwh,energy_consumed_kwh\n"
ROW: Final = b"a,2026-11-28T11:00:00Z,1.5,0.3\n"

# With it a row is long enough that the largest file has as many rows as it may.
_PADDING: Final = b" " * 33 + b"\n"

Make = Callable[[int], Iterator[bytes]]


def filled(size: int, unit: bytes, head: bytes = b"", tail: bytes = b"") -> Iterator[bytes]:
    """Write `unit` as often as it fits between `head` and `tail` into `size` bytes."""
    times = (size - len(head) - len(tail)) // len(unit)
    together = max(1, MIB // len(unit))
    many = unit * together
    yield head
    for _ in range(times // together):
        yield many
    yield unit * (times % together) + tail


def _closed_depth(size: int) -> Iterator[bytes]:
    for sign in (b"[", b"]"):
        yield from filled(size // 2, sign)


def _wide(size: int, count: int) -> bytes:
    """Write a unit of so many bytes that `count` of them fill the size."""
    return b"{}" + b" " * (size // count - 3) + b","


def _spread(size: int) -> Iterator[bytes]:
    """Write an array of 4,900,000 empty objects where the size is 256 MiB: nearly as many records as are allowed."""
    return filled(size, _wide(256 * MIB, 4_900_000), b"[", b"{}]")


def _spread_lines(size: int) -> Iterator[bytes]:
    return filled(size, _wide(256 * MIB, 4_900_000)[:-1] + b"\n", b"{}\n")


def _spread_rows(size: int) -> Iterator[bytes]:
    return filled(size, b"a" * 53 + b"\n", HEADER)


def _of(unit: bytes, head: bytes = b"", tail: bytes = b"") -> Make:
    return partial(filled, unit=unit, head=head, tail=tail)


_MEMBERS: Final = b'"readings":[' + GOOD + b"]}"
WORST: Final[dict[str, Make]] = {
    "an array of {}": _of(b"{},", b"[", b"{}]"),
    "an array of []": _of(b"[],", b"[", b"[]]"),
    "an array of 0": _of(b"0,", b"[", b"0]"),
    'an array of ""': _of(b'"",', b"[", b'""]'),
    "4.9 million spaced {}": _spread,
    "4.9 million lines of {}": _spread_lines,
    "4.9 million rows that are none": _spread_rows,
    "lists in one list": _of(b"[],", b"[[", b"[]]]"),
    "texts in one list": _of(b'"",', b"[[", b'""]]'),
    "records nested 1,001 deep": _of(b"[" * 1001 + b"]" * 1001 + b",", b"[", b"1]"),
    "objects nested 1,001 deep": _of(b'{"a":' * 1001 + b"1" + b"}" * 1001 + b",", b"[", b"1]"),
    "open brackets": _of(b"["),
    "open objects": _of(b'{"a":'),
    "brackets that close": _closed_depth,
    "one text": _of(b"x", b'["', b'"]'),
    "one text of escapes": _of(b"\\u00e9", b'[{"site_id":"', b'"}]'),
    "one number": _of(b"9", b"[", b"]"),
    "blank lines": _of(b"\n", tail=b"{}\n{}\n"),
    "a sign among blank lines": _of(b"\n" * 2000 + b"x", tail=b"\n{}\n{}\n"),
    "lines of 2 bytes": _of(b"1\n", b"{}\n"),
    "rows of an hour that comes twice": _of(b"a,2026-10-25 02:30,1,1" + _PADDING, HEADER),
    "rows of two passes": _of(
        b"".join(b"a,2026-10-25 %s:00,1,1" % hour + _PADDING for hour in (b"02", b"02", b"04")), HEADER
    ),
    "rows with decimal commas": _of(b"a;2026-10-25 24:00;1,5;0,3" + _PADDING, HEADER.replace(b",", b";")),
    "times of 100,000 letters": _of(b'{"site_id":"a","timestamp":"' + b"1" * 100_000 + b'"}\n', b"{}\n"),
    "rows of 1 byte": _of(b"a\n", HEADER),
    "a million columns": _of(b",", HEADER[:-1]),
    "rows of 900,000 cells": _of(b"a," * 450_000 + b"\n", HEADER),
    "a header without end": _of(b"x,"),
    "an envelope's long other member": _of(b"x", b'{"a":"', b'",' + _MEMBERS),
    "an envelope's many other members": _of(b'"a":0,', b"{", _MEMBERS),
    "an envelope of rejects": _of(_wide(256 * MIB, 4_900_000), b'{"readings":[', b"{}]}"),
    "NaN in each record": _of(GOOD.replace(b":1,", b":NaN,") + b",", b"[", GOOD + b"]"),
    "bytes that aren't UTF-8": _of(b"\xff", b"{}\n", b"\n{}"),
    "rejects of 10,000 control characters": _of(b'{"a":"' + b"\\u0001" * 4000 + b'"},', b"[", b"{}]"),
    "records of 1 MB full of lists": _of(b'{"a":[' + b"[]," * 340_000 + b"1]},", b"[", b"1]"),
    "records of 1 MB with a field twice": _of(
        b'{"site_id":"a","site_id":"b","x":[' + b"{}," * 340_000 + b"1]}\n", tail=b"{}\n"
    ),
    "rows of 1 MB in wide characters": _of("😀".encode() * 200_000 + b"\n", HEADER),
    "space between elements": _of(b" ", b"[" + GOOD + b",", GOOD + b"," + GOOD + b"]"),
    "good readings in an array": _of(GOOD + b",", b"[", GOOD + b"]"),
    "good rows": _of(ROW + b" " * 30 + b"\n", HEADER),
}
