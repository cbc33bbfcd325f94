"""From a file's bytes to readings and rejects, in the order they stand in the file."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from heliograph.errors import ReadingError
from heliograph.feed.layouts import Record, split
from heliograph.feed.records import to_reading
from heliograph.feed.unpack import DEFAULT_LIMIT_BYTES, unpack
from heliograph.reading import Reading

# Quarantine keeps this much of a record; all of it stays in the raw object.
MAX_KEPT_CHARACTERS = 10_000


class Numbered(NamedTuple):
    """A reading and its position in its file: the line in text formats, the place in an array, both from 1."""

    position: int
    reading: Reading


class Reject(msgspec.Struct, frozen=True):
    """A record that isn't a reading: where it stood, its text, and why it was refused."""

    position: int
    record: str
    reason: str


def decode(body: bytes, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Iterator[Numbered | Reject]:
    """Read a landed file: its format is found from its content, plain or gzip.

    The whole file is unpacked and its outline checked before this returns; records are read as they are asked for, so
    memory grows with the file's bytes, not with its readings.

    Raises:
        UnreadableFile: the file is empty, broken, of no known format, or unpacks to more than `limit_bytes`.
    """
    records = split(unpack(body, limit_bytes))
    return (_read(record) for record in records)


def _read(record: Record) -> Numbered | Reject:
    try:
        return Numbered(record.position, to_reading(record))
    except ReadingError as error:
        return Reject(record.position, _kept(record.text()), str(error))


def _kept(text: str) -> str:
    if len(text) <= MAX_KEPT_CHARACTERS:
        return text
    return f"{text[:MAX_KEPT_CHARACTERS]}… ({len(text)} characters; the raw object has them all)"
