"""Quarantine: the rejected records of one raw object, as lines of JSON that are written as they come.

Each record has a line, up to `MAX_LINES` lines or `MAX_BYTES`. From there on, records that follow one another share
one: it has the first one's text and reason, and says up to which position it stands. So a file of five million bad
records fills no memory and no bucket, and still each of its positions is accounted for. Where good records stand
between bad ones, each run is one record, and the whole may be larger than any file that is taken: it is read back line
by line.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from heliograph.feed import Numbered, RejectedRecord
from heliograph.object_keys import quarantine_key
from heliograph.storage.objects import RawObject
from heliograph.storage.ports import Objects, Upload

MAX_LINES: Final = 100_000
MAX_BYTES: Final = 64 * 2**20

_PART_BYTES: Final = 8 * 2**20
_TYPE: Final = "application/x-ndjson"


class QuarantineLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a quarantine file.

    position: where the record stood in its file. record: its text. reason: why it was rejected. source: its raw object.
    landed_at: when that landed. through: the position of the last record that the line stands for, 0 where it is for
    one. records: for how many it stands.
    """

    position: int
    record: str
    reason: str
    source: str
    landed_at: str
    through: int = 0
    records: int = 1


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a quarantine file into its lines as its pieces come: it may be larger than the file that it is of."""
    begun = b""
    for piece in pieces:
        *whole, begun = (begun + piece).split(b"\n")
        yield from filter(None, whole)
    if begun:
        yield begun


class QuarantineFile:
    """Writes what is refused of one raw object; nothing, where nothing is."""

    def __init__(self, objects: Objects, raw: RawObject, *, max_lines: int = MAX_LINES) -> None:
        """Keep where to write; nothing is written yet."""
        self._objects = objects
        self._raw = raw
        self._key = quarantine_key(raw.key, raw.version)
        self._room = max_lines
        self._room_bytes = MAX_BYTES
        self._shared: QuarantineLine | None = None
        self._lines = bytearray()
        self._upload: Upload | None = None

    def add(self, entries: Iterable[Numbered | RejectedRecord]) -> None:
        """Take in what was decoded, in the file's order; readings end a run of records that share a line."""
        for entry in entries:
            if isinstance(entry, RejectedRecord):
                self._add(entry)
            else:
                self._end_run()

    def refuse(self, rejected: RejectedRecord) -> None:
        """Take in a record that was a reading and couldn't be stored; it has a line of its own."""
        self._end_run()
        self._write(self._kept(rejected))

    def close(self, *, emptied: bool = False) -> None:
        """Write what isn't yet written; the file is there only now.

        emptied: whether a file is written even where nothing is rejected, over one that says otherwise.
        """
        self._end_run()
        if self._upload:
            if self._lines:
                self._upload.add(bytes(self._lines))
            self._upload.finish()
        elif self._lines or emptied:
            self._objects.put(self._key, bytes(self._lines), _TYPE)

    def _add(self, rejected: RejectedRecord) -> None:
        if self._shared:
            self._shared = msgspec.structs.replace(
                self._shared, through=rejected.position, records=self._shared.records + 1
            )
        elif self._room > 0 and self._room_bytes > 0:
            self._room -= 1
            self._write(self._kept(rejected))
        else:
            self._shared = self._kept(rejected)

    def _end_run(self) -> None:
        line, self._shared = self._shared, None
        if line and line.records > 1:
            more = f"; so are {line.records - 1} more up to position {line.through}, for this or another reason"
            line = msgspec.structs.replace(line, reason=f"{line.reason}{more}; the raw object has them")
        if line:
            self._write(line)

    def _kept(self, rejected: RejectedRecord) -> QuarantineLine:
        return QuarantineLine(
            position=rejected.position,
            record=rejected.record,
            reason=rejected.reason,
            source=self._raw.source,
            landed_at=self._raw.landed_at,
        )

    def _write(self, line: QuarantineLine) -> None:
        written = msgspec.json.encode(line) + b"\n"
        self._room_bytes -= len(written)
        self._lines += written
        if len(self._lines) >= _PART_BYTES:
            self._upload = self._upload or self._objects.upload(self._key, _TYPE)
            self._upload.add(bytes(self._lines))
            self._lines.clear()
