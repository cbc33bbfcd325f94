"""Inputs made to break a decoder: deep, huge, doubled, cut short, of other encodings, and bombs."""

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from typing import Final

GOOD: Final = {
    "site_id": "home-1",
    "timestamp": "2026-01-01T01:00:00+01:00",
    "energy_generated_kwh": 1.25,
    "energy_consumed_kwh": 3,
}
_MIB: Final = 2**20
_RECORD: Final = json.dumps(GOOD).encode()
_HEADER: Final = b"site_id,timestamp,energy_generated_kwh,energy_consumed_kwh"
_SEMICOLONS: Final = _HEADER.replace(b",", b";")
_ROW: Final = b"home-1,2026-01-01T00:00:00Z,1.25,3"


def _with(number: bytes) -> bytes:
    """Return a record with this number in it."""
    return _RECORD.replace(b"1.25", number)


def _gzip_bomb() -> bytes:
    """Return 300 KB that unpack to 300 MiB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * _MIB) for _ in range(300)) + packer.flush()


def _nested_gzip() -> bytes:
    """Return gzip in gzip in gzip."""
    body = b"[" + _RECORD + b"]"
    for _ in range(20):
        body = gzip.compress(body, mtime=0)
    return body


def _zip_bomb() -> bytes:
    """Return an archive whose one file unpacks to 64 MiB."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b" " * 64 * _MIB)
    return made.getvalue()


SMALL: Final[dict[str, bytes]] = {
    "nothing": b"",
    "space": b" \t\r\n",
    "an object": _RECORD,
    "an array": b"[" + _RECORD + b", " + _RECORD + b"]",
    "an envelope": b'{"from": "x", "readings": [' + _RECORD + b", null]}",
    "lines": _RECORD + b"\n" + _RECORD + b"\n",
    "csv": _HEADER + b"\r\n" + _ROW + b"\r\n",
    "csv of semicolons": (_HEADER + b"\n" + _ROW).replace(b",", b";"),
    "csv of tabs": (_HEADER + b"\n" + _ROW).replace(b",", b"\t"),
    "csv with decimal commas": _SEMICOLONS + b"\nhome-1;2026-01-01T00:00Z;1,25;3\nhome-1;1767225600;1.250;3\n",
    "csv with a separator": b"sep=;\r\n" + _SEMICOLONS + b"\r\nhome-1;2026-10-25 24:00;1,25;,3\r\n",
    "csv of an hour that comes twice": _HEADER
    + b"".join(b"\nhome-1,2026-10-25 %02d:%02d,1,2" % (h, m) for h in (1, 2, 2, 3) for m in (0, 30)),
    "local times": b"["
    + _RECORD.replace(b"+01:00", b"")
    + b","
    + _RECORD.replace(b"T01:00:00+01:00", b" 24:00 UTC")
    + b"]",
    "numbers as text": _RECORD.replace(b'"home-1"', b"7").replace(b"1.25", b'" 1.5e0"').replace(b"3}", b'"-0"}'),
    "cp1252": _HEADER.replace(b"site_id", b"S\xfcd,Site\xa0ID") + b"\n\xe9,home-1,2026-01-01T00:00:00\xa0UTC,1\xa0,2\n",
    "csv with quotes": _HEADER + b'\n"home-1","2026-01-01T00:00:00Z","1",2\n"home\n-1",,,\n',
    "csv with too many cells": _HEADER + b"\n" + _ROW + b",5,6,7\n",
    "csv with a NUL": _HEADER + b"\nhome\0-1,2026-01-01T00:00:00Z,1,2\n",
    "csv with a formula": _HEADER + b"\n=HYPERLINK(1),2026-01-01T00:00:00Z,1,2\n",
    "markup as a site": _RECORD.replace(b"home-1", b"<script>alert(1)</script>"),
    "a byte-order mark": b"\xef\xbb\xbf" + _RECORD,
    "two byte-order marks": b"\xef\xbb\xbf\xef\xbb\xbf" + _RECORD,
    "a mark in the middle": _RECORD + b"\n\xef\xbb\xbf" + _RECORD,
    "utf-16": json.dumps(GOOD).encode("utf-16"),
    "utf-16 without a mark": json.dumps(GOOD).encode("utf-16-le"),
    "utf-32": json.dumps(GOOD).encode("utf-32"),
    "mixed line ends": _RECORD + b"\r" + _RECORD + b"\n\r" + _RECORD + b"\r\n" + _RECORD + b"\x0b" + _RECORD + b"\x0c",
    "line ends of Unicode": _RECORD + "\u2028".encode() + _RECORD + "\u0085".encode() + _RECORD,
    "invalid utf-8": _RECORD.replace(b"home-1", b"caf\xe9") + b"\n" + _RECORD,
    "overlong utf-8": _RECORD.replace(b"home-1", b"\xc0\xaf") + b"\n" + _RECORD,
    "keys that aren't utf-8": b"{" + _RECORD.replace(b"consumed", b"consume\xdf")[1:] + b"\n{",
    "lone surrogates, escaped": _RECORD.replace(b"home-1", b"\\ud800") + b"\n" + _RECORD,
    "lone surrogates, raw": _RECORD.replace(b"home-1", b"\xed\xa0\x80") + b"\n" + _RECORD,
    "duplicate keys": b'{"site_id": "a", "site_id": "b", ' + _RECORD[1:],
    "duplicate envelopes": b'{"readings": [], "readings": [' + _RECORD + b"]}",
    "numbers": b"["
    + b",".join(
        map(
            _with,
            (b"1e999999999", b"1e99999999999999999999", b"-1e-999999999", b"1E400", b"9" * 400, b"0." + b"1" * 400),
        )
    )
    + b"]",
    "no numbers": b"[" + b",".join(map(_with, (b"NaN", b"-Infinity", b"1.", b".5", b"0x10", b"1_000", b"--1"))) + b"]",
    "numbers of words": b"[" + b",".join(map(_with, (b"true", b"null", b'"1"', b"[]", b"{}"))) + b"]",
    "times": b"["
    + b",".join(
        _RECORD.replace(b"2026-01-01T01:00:00+01:00", time)
        for time in (
            b"0000-00-00T00:00:00Z",
            b"9999-12-31T23:59:60Z",
            b"2026-01-01T24:00:00+24:00",
            b"0001-01-01T00:00:00+23:59",
            b"2026-W01-1T00:00:00Z",
            b"-2026-01-01T00:00:00Z",
        )
    )
    + b"]",
    "deep arrays": b"[" * 2_000 + b"]" * 2_000,
    "deep objects": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    "a deep value in a record": b'{"x": ' + b"[" * 5_000 + b"]" * 5_000 + b", " + _RECORD[1:],
    "a broken array": b"[" + _RECORD + b",",
    "a broken object": b'{"site_id": "a"',
    "data after the end": b"[" + _RECORD + b"] more",
    "gzip": gzip.compress(_RECORD, mtime=0),
    "gzip cut short": gzip.compress(_RECORD * 9, mtime=0)[:-12],
    "gzip of many members": gzip.compress(_RECORD + b"\n", mtime=0) * 50,
    "gzip in gzip": _nested_gzip(),
    "gzip of junk": b"\x1f\x8b\x08\x00" + b"junk" * 9,
    "a zip": b"PK\x03\x04....",
    "parquet": b"PAR1....PAR1",
}

# Made when asked for: some are large.
LARGE: Final[dict[str, Callable[[], bytes]]] = {
    "10 MB of one text": lambda: b'"' + b"a" * 10 * _MIB + b'"',
    "10 MB of one record": lambda: _RECORD.replace(b"home-1", b"a" * 10 * _MIB),
    "10 MB of one line of records": lambda: b"[" + b",".join([_RECORD] * (10 * _MIB // len(_RECORD))) + b"]",
    "10 MB of one csv line": lambda: _HEADER + b"\n" + b"a," * 5 * _MIB,
    "3 MB of lines with a header's names": lambda: _HEADER + b"\rtimestamp,site_idx" * (3 * _MIB // 19),
    "10 MB of one csv header": lambda: _HEADER + b",a" * 5 * _MIB + b"\n" + _ROW,
    "10 MB of one open quote": lambda: _HEADER + b'\n"' + b"a" * 10 * _MIB,
    "a hundred thousand lines of one letter": lambda: _HEADER + b"\n" + b"a\n" * 100_000,
    "10 MB of one number": lambda: b"[" + _with(b"9" * 10 * _MIB) + b"]",
    "10 MB of one exponent": lambda: b"[" + _with(b"1e" + b"9" * 10 * _MIB) + b"]",
    "10 MB of open brackets": lambda: b"[" * 10 * _MIB,
    "10 MB of open braces": lambda: b'{"a":' * 2 * _MIB,
    "10 MB of open braces, a line each": lambda: b"{\n" * 5 * _MIB,
    "10 MB of half records, a line each": lambda: b'{"a"}\n' * (10 * _MIB // 6),
    "10 MB of commas": lambda: b"[" + b"," * 10 * _MIB + b"]",
    "10 MB of backslashes": lambda: b'{"site_id": "' + b"\\" * 10 * _MIB + b'"}',
    "10 MB of line ends": lambda: b"\n" * 10 * _MIB + _RECORD,
    "10 MB of zeros": lambda: bytes(10 * _MIB),
    "10 MB of bytes that aren't utf-8": lambda: b"[" + b"\xff" * 10 * _MIB + b"]",
    "an array of 10 MB, a record of it not utf-8": lambda: (
        b"[" + b",".join([_RECORD] * (5 * _MIB // len(_RECORD))) + b"," + _RECORD.replace(b"home-1", b"\xff") + b"]"
    ),
    "1 MB of the hour that comes twice": lambda: _HEADER + b"\na,2026-10-25 02:30,1,1" * (_MIB // 23),
    "10 MB of times of 1,000 letters": lambda: (
        b"[" + b",".join(_RECORD.replace(b"2026", b"%01000d" % n) for n in range(10 * _MIB // 1100)) + b"]"
    ),
    "2 MB of decimal commas": lambda: _SEMICOLONS + b"\na;2026-10-25 24:00Z;1,234;,5" * (2 * _MIB // 30),
    "many empty gzip members": lambda: gzip.compress(b"", mtime=0) * 200_000,
    "a gzip bomb": _gzip_bomb,
    "a zip bomb": _zip_bomb,
}
