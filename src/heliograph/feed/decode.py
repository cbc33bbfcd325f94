"""From a file's bytes to readings and rejected records, in the order they stand in the file."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from heliograph.errors import ReadingError
from heliograph.feed.layouts import Batches, outlined
from heliograph.feed.records import kept_text, to_reading
from heliograph.feed.unpack import DEFAULT_LIMIT_BYTES, unpack
from heliograph.reading import Reading


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

    def __init__(self, batches: Batches) -> None:
        """Keep what reads the records; none is read yet."""
        self._batches = batches
        self.blank = 0

    def __iter__(self) -> Iterator[Numbered | RejectedRecord]:
        """Read the file from its beginning."""
        self.blank = 0
        for batch in self._batches():
            for index, fields in enumerate(batch.fields):
                position = batch.positions[index]
                try:
                    reading = to_reading(fields)
                except ReadingError as error:
                    yield RejectedRecord(position, kept_text(batch.content(index)), str(error))
                    continue
                if reading is None:
                    self.blank += 1
                else:
                    yield Numbered(position, reading)


def decode(body: bytes | Iterable[bytes], limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Decoded:
    """Read a landed file, whole or in pieces: its format is found from its content, plain or gzip.

    The whole file is unpacked and its outline checked before this returns. Memory grows with the unpacked bytes, which
    are held once, and not with what they hold: records are read a batch at a time.

    Raises:
        UnreadableFile: the file is empty, broken, of no known format, or unpacks to more than `limit_bytes`.
    """
    return Decoded(outlined(unpack(body, limit_bytes)))
