"""From a landed file's bytes to readings and rejected records, in the order they stand in the file.

A file comes in pieces and is held once, unpacked: never beside its gzip, and never twice. One that unpacks to more than
a Lambda can hold is refused.
"""

import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import astuple

from heliograph.errors import ReadingError, TooLarge, UnknownFormat, UnreadableFile
from heliograph.feed.layouts import Batches, outlined
from heliograph.feed.local_time import LocalRecord, LocalTimes, Zones, local_times
from heliograph.feed.records import (
    DETECT,
    NAMES,
    UNSET,
    Fields,
    RecordFault,
    is_blank,
    kept_text,
    names_found,
)
from heliograph.feed.to_reading import missing, to_reading, unmeasured
from heliograph.feed.tolerant import tolerant_energy, tolerant_site_id, tolerant_timestamp
from heliograph.reading import Reading, parse_site_id, short

DEFAULT_LIMIT_BYTES: Final = 256 * 1024 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31  # zlib's number for "gzip header, largest window"
_CHUNK_BYTES: Final = 16 * 1024
_PADDING: Final = re.compile(rb"\0*")
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_OTHERS: Final = {
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"PAR1": "Parquet; export it as CSV or NDJSON",
    b"\x28\xb5\x2f\xfd": "zstd; use gzip",
    b"BZh": "bzip2; use gzip",
    b"\xfd7zXZ\0": "xz; use gzip",
    b"%PDF-": "a PDF; export its numbers as CSV",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": (
        f"an old Excel workbook (.xls) or another old Office file; save it as CSV, or {DETECT}"
    ),
    _GZIP_MAGIC: "gzip inside gzip; pack it once",
}
_ZIP_MAGIC: Final = b"PK\x03\x04"
# Names inside a zip archive that tell what it is; they stand near its beginning, and all of them near its end.
_IN_ZIP: Final = {
    b"xl/": f"an Excel workbook (.xlsx); save it as CSV, or {DETECT}",
    b"application/vnd.oasis.opendocument": (
        f"an OpenDocument file, such as a LibreOffice table; save it as CSV, or {DETECT}"
    ),
    b"[Content_Types].xml": "an Office document, and no workbook; export its numbers as CSV",
}
_NAMES_BYTES: Final = 64 * 1024


class Numbered(NamedTuple):
    """A reading and its position in its file: the line in text formats, the place in an array, both from 1."""

    position: int
    reading: Reading


class RejectedRecord(msgspec.Struct, frozen=True):
    """A record that isn't a reading: where it stood, its text, and why it was rejected."""

    position: int
    record: str
    reason: str


class Decoded:
    """A file's readings and rejected records, read as they are asked for.

    blank: how many blank records were met; they have no value on any side, and are neither.
    """

    def __init__(self, batches: Batches, text: bytes, zones: Zones | None, *, by_order: bool) -> None:
        """Keep what reads the records; none is read yet. text: the whole file."""
        self._text = text
        self._batches = batches
        self._zones = zones
        self._by_order = by_order
        self._local: LocalTimes | None = None
        # Looked for when the first record lacks a side.
        self._unmeasured: frozenset[str] = frozenset()
        self._is_searched = False
        self.blank = 0

    def __iter__(self) -> Iterator[Numbered | RejectedRecord]:
        """Read the file from its beginning."""
        self.blank = 0
        for batch in self._batches():
            for index, fields in enumerate(batch.fields):
                position = batch.positions[index]
                try:
                    reading = to_reading(fields, self._unmeasured)
                except ReadingError as error:
                    if not isinstance(fields, RecordFault) and is_blank(fields):
                        self.blank += 1
                    else:
                        yield self._tolerantly(position, fields, partial(batch.content, index), error)
                    continue
                yield Numbered(position, reading)

    def _tolerantly(
        self, position: int, fields: Fields | RecordFault, content: Callable[[], bytes], error: ReadingError
    ) -> Numbered | RejectedRecord:
        """Read a record that isn't in the strict form, or say why it is no reading."""
        reason = str(error)
        if not isinstance(fields, RecordFault):
            if not self._is_searched and UNSET in (fields.energy_generated_kwh, fields.energy_consumed_kwh):
                self._unmeasured, self._is_searched = unmeasured(self._text), True
            try:
                return Numbered(position, to_reading(self._strict(fields, position), self._unmeasured))
            except ReadingError as also:
                reason = str(also)
            if lacking := missing(fields):
                reason = lacking + (names_found(content()) if UNSET in astuple(fields)[: len(NAMES)] else "")
        return RejectedRecord(position, kept_text(content()), reason)

    def _strict(self, fields: Fields, position: int) -> Fields:
        """Return a record's fields in the strict form, as far as they can be."""
        site_id, timestamp = tolerant_site_id(fields.site_id), tolerant_timestamp(fields.timestamp)
        if isinstance(timestamp, datetime):
            record = LocalRecord(parse_site_id(site_id), timestamp, position)
            timestamp = self._utc(record, str(fields.timestamp))
        return Fields(
            site_id,
            timestamp,
            tolerant_energy(fields.energy_generated_kwh),
            tolerant_energy(fields.energy_consumed_kwh),
            fields.interval_seconds,
            fields.quality,
        )

    def _utc(self, record: LocalRecord, written: str) -> str:
        if self._zones is None:
            raise ReadingError(f"timestamp {short(written)} has no offset; add Z or one like -08:00")
        if self._local is None:
            self._local = local_times(self._local_records, self._zones, by_order=self._by_order)
        return self._local.utc(record, written).isoformat() + "Z"

    def _local_records(self) -> Iterator[LocalRecord]:
        """Yield the site and time of each record with a local time, whether it is a reading or not."""
        for batch in self._batches():
            for position, fields in zip(batch.positions, batch.fields, strict=True):
                if isinstance(fields, RecordFault):
                    continue
                try:
                    moment = tolerant_timestamp(fields.timestamp)
                    if isinstance(moment, datetime):
                        yield LocalRecord(parse_site_id(tolerant_site_id(fields.site_id)), moment, position)
                except ReadingError:
                    continue


def decode(
    body: bytes | Iterable[bytes],
    limit_bytes: int = DEFAULT_LIMIT_BYTES,
    zones: Zones | None = None,
    *,
    is_part: bool = False,
    by_order: bool = True,
) -> Decoded:
    """Read a landed file, whole or in pieces: its format is found from its content, plain or gzip.

    The whole file is unpacked and its outline checked before this returns. Memory grows with the unpacked bytes, which
    are held once, and not with what they hold: records are read a batch at a time.

    zones: asked once for the zones of the sites whose records have local times, where there are any; None where local
    time isn't read. by_order: whether the order of records tells the passes of an hour that comes twice. is_part: as in
    `outlined`.

    Raises:
        UnreadableFile: the file is empty, broken, of no known format, or unpacks to more than `limit_bytes`.
    """
    text = unpack(body, limit_bytes)
    return Decoded(outlined(text, is_part=is_part), text, zones, by_order=by_order)


def unpack(body: bytes | Iterable[bytes], limit_bytes: int) -> bytes:
    """Return the file's text as bytes: gunzipped where it is gzip, without a byte-order mark.

    body: the file as it lies, whole or in pieces; a piece may be forgotten when the next is taken.

    Raises:
        UnreadableFile: it is empty, or its gzip is cut short or damaged.
        TooLarge: it is, or unpacks to, more than `limit_bytes`.
        UnknownFormat: its first bytes are those of another format.
    """
    text = gunzipped(body, limit_bytes)
    if other := _other_format(text):
        raise UnknownFormat(f"the file is {other}")
    return text


def gunzipped(body: bytes | Iterable[bytes], limit_bytes: int) -> bytes:
    """Return the file's bytes, whatever they are: gunzipped where they are gzip, without UTF-8's byte-order mark.

    body: as in `unpack`.

    Raises:
        UnreadableFile: it is empty, or its gzip is cut short or damaged.
        TooLarge: it is, or unpacks to, more than `limit_bytes`.
    """
    pieces = iter((body,) if isinstance(body, bytes) else body)
    head = _head(pieces)
    whole = chain((head,), pieces)
    text = _joined(_gunzip(whole) if head.startswith(_GZIP_MAGIC) else whole, limit_bytes)
    if not text or text.isspace():
        raise UnreadableFile("the file is empty")
    return text


def _head(pieces: Iterator[bytes]) -> bytes:
    """Take pieces until they show a magic number or a byte-order mark, and return them joined."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(_UTF8_BOM):
            break
    return head


def _joined(parts: Iterator[bytes], limit_bytes: int) -> bytes:
    """Join a text's parts, holding it once; `BytesIO` hands out what it holds without a copy.

    Raises:
        TooLarge: it has more than `limit_bytes`; the rest isn't unpacked.
    """
    first = _head(parts)
    text = first.removeprefix(_UTF8_BOM)
    size = len(first)
    joined: io.BytesIO | None = None
    while size <= limit_bytes:
        if (part := next(parts, None)) is None:
            return joined.getvalue() if joined else text
        if joined is None:
            joined = io.BytesIO()
            joined.write(text)
        joined.write(part)
        size += len(part)
    mib = f"{limit_bytes / 2**20:g}"
    raise TooLarge(f"the file unpacks to more than {mib} MiB; split it, or raise HELIOGRAPH_MAX_UNPACKED_MIB")


def _gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack every gzip member, a little at a time.

    What lies behind a member's end is copied by zlib, and a file may hold a million members.
    """
    member = zlib.decompressobj(_GZIP_WINDOW)
    for piece in pieces:
        at = 0
        while at < len(piece):
            if member.eof:
                at = _past_padding(piece, at)
                if at == len(piece):
                    break
                if piece[at] != _GZIP_MAGIC[0]:
                    raise UnreadableFile("the gzip data is followed by something that isn't gzip")
                member = zlib.decompressobj(_GZIP_WINDOW)
            chunk = piece[at : at + _CHUNK_BYTES]
            try:
                part = member.decompress(chunk)
            except zlib.error as error:
                raise UnreadableFile(f"the gzip data is damaged: {error}") from None
            at += len(chunk) - len(member.unused_data)
            if part:
                yield part
    if not member.eof:
        raise UnreadableFile("the gzip data ends early: the upload may have been cut short")


def _past_padding(piece: bytes, at: int) -> int:
    """Skip the zeros that gzip allows between and after members."""
    found = _PADDING.match(piece, at)
    return found.end() if found else at


def _other_format(text: bytes) -> str:
    """Return what a file is that isn't text, and what to do; nothing where it may be text."""
    if text.startswith(_ZIP_MAGIC):
        names = text[:_NAMES_BYTES] + text[-_NAMES_BYTES:]
        named = (name for sign, name in _IN_ZIP.items() if sign in names)
        return next(named, "a zip archive; land the files inside it")
    return next((name for magic, name in _OTHERS.items() if text.startswith(magic)), "")
