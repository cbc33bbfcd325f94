"""Unpack a landed file, guarding against one that unpacks to more than a Lambda can hold."""

import re
import zlib
from typing import Final

from heliograph.errors import TooLarge, UnknownFormat, UnreadableFile

DEFAULT_LIMIT_BYTES: Final = 256 * 1024 * 1024

_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31  # zlib's number for "gzip header, largest window"
_CHUNK_BYTES: Final = 16 * 1024
_PADDING: Final = re.compile(rb"\0*")
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
    room = limit_bytes + 1
    at = 0
    while body.startswith(_GZIP_MAGIC, at):
        member = zlib.decompressobj(_GZIP_WINDOW)
        while not member.eof:
            part, at = _gunzip_some(member, body, at, room)
            room -= len(part)
            if not room:
                raise TooLarge(_too_large(limit_bytes))
            if part:
                parts.append(part)
        at = _past_padding(body, at)
    if at < len(body):
        raise UnreadableFile("the gzip data is followed by something that isn't gzip")
    return b"".join(parts)


def _gunzip_some(member: "zlib._Decompress", body: bytes, at: int, room: int) -> tuple[bytes, int]:
    """Go on with a member; give what it unpacks to, and where to go on.

    A little at a time: what lies behind a member's end is copied, and a file may hold a million members.
    """
    chunk = body[at : at + _CHUNK_BYTES]
    if not chunk:
        raise UnreadableFile("the gzip data ends early: the upload may have been cut short")
    try:
        part = member.decompress(chunk, room)
    except zlib.error as error:
        raise UnreadableFile(f"the gzip data is damaged: {error}") from None
    return part, at + len(chunk) - len(member.unused_data)


def _past_padding(body: bytes, at: int) -> int:
    """Skip the zeros that gzip allows between and after members."""
    found = _PADDING.match(body, at)
    return found.end() if found else at


def _too_large(limit_bytes: int) -> str:
    return f"the file unpacks to more than {limit_bytes / 2**20:g} MiB; split it, or raise HELIOGRAPH_MAX_UNPACKED_MIB"
