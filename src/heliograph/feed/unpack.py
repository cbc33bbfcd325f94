"""Unpack a landed file, guarding against one that unpacks to more than a Lambda can hold."""

import zlib
from typing import Final

from heliograph.errors import TooLarge, UnknownFormat, UnreadableFile

DEFAULT_LIMIT_BYTES: Final = 256 * 1024 * 1024

_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31  # zlib's number for "gzip header, largest window"
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_OTHERS: Final = {
    b"PK\x03\x04": "a zip archive; land the files inside it",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"PAR1": "Parquet; export it as CSV or NDJSON",
    b"\x28\xb5\x2f\xfd": "zstd; use gzip",
    b"BZh": "bzip2; use gzip",
}


def unpack(body: bytes, limit_bytes: int) -> bytes:
    """Give the file's text as bytes: gunzipped where it is gzip, without a byte-order mark.

    Raises:
        UnreadableFile: it is empty, or its gzip is cut short or damaged.
        TooLarge: it is, or unpacks to, more than `limit_bytes`.
        UnknownFormat: its first bytes are those of another format.
    """
    text = _gunzip(body, limit_bytes) if body.startswith(_GZIP_MAGIC) else body
    if len(text) > limit_bytes:
        raise TooLarge(_too_large(limit_bytes))
    for magic, name in _OTHERS.items():
        if text.startswith(magic):
            raise UnknownFormat(f"the file is {name}")
    text = text.removeprefix(_UTF8_BOM)
    if not text or text.isspace():
        raise UnreadableFile("the file is empty")
    return text


def _gunzip(body: bytes, limit_bytes: int) -> bytes:
    """Unpack every gzip member, never holding more than one byte over the limit."""
    parts: list[bytes] = []
    size = 0
    rest = body
    while rest.startswith(_GZIP_MAGIC):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = member.decompress(rest, limit_bytes + 1 - size)
        except zlib.error as error:
            raise UnreadableFile(f"the gzip data is damaged: {error}") from None
        size += len(part)
        parts.append(part)
        if size > limit_bytes:
            raise TooLarge(_too_large(limit_bytes))
        if not member.eof:
            raise UnreadableFile("the gzip data ends early: the upload may have been cut short")
        rest = member.unused_data.lstrip(b"\0")  # gzip allows zero padding between and after members
    if rest:
        raise UnreadableFile("the gzip data is followed by something that isn't gzip")
    return b"".join(parts)


def _too_large(limit_bytes: int) -> str:
    return f"the file unpacks to more than {limit_bytes / 2**20:g} MiB; split it, or raise HELIOGRAPH_MAX_UNPACKED_MIB"
