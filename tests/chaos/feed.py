"""Files to land, and what is true of each, known before it is landed and without the product's own decoder."""

import csv
import gzip
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import msgspec

# How a file is landed: put into the bucket, posted to the API, or by the command `heliograph submit`.
Way = Literal["s3", "post", "submit"]

_PER_FILE: Final = 20
_SLOTS: Final = 5
_BAD: Final[tuple[object, ...]] = (None, 5, {"site_id": "x"}, "text", [1, 2])
_SENTINEL: Final = -999.0
_UNREADABLE: Final = (b'[{"site_id":', b"\x00\x01 not a feed", b"", gzip.compress(b"[]", mtime=0)[:-6])
_LATE_DAYS: Final = (3, 9)  # beyond the 48 hours within which anybody is called


class Fact(msgspec.Struct, frozen=True):
    """One good record: its position in its file, its reading, its energies in kWh as they are written."""

    position: int
    site_id: str
    timestamp: str
    generated: float
    consumed: float


class File(msgspec.Struct, frozen=True):
    """A file to land.

    facts: its good records. rejected: positions of its bad ones. readable: whether it is a feed. late: whether it comes
    days after its readings. after: the site whose trouble must have been told before it lands; empty for none.
    """

    name: str
    body: bytes
    facts: tuple[Fact, ...] = ()
    rejected: tuple[int, ...] = ()
    readable: bool = True
    way: Way = "s3"
    late: bool = False
    after: str = ""


class Feed:
    """Makes files by chance: new readings, repeats, corrections, late ones, bad records, "no data", bad files.

    count: how many. sites: over how many they spread. now: readings end before it. unreadable: whether a few files are
    no feeds at all. late, posted, submitted: shares of the files.
    """

    def __init__(  # noqa: PLR0913 - what a feed is made of
        self,
        count: int,
        seed: int,
        now: datetime,
        *,
        unreadable: bool = True,
        late: float = 0.0,
        posted: float = 0.0,
        submitted: float = 0.0,
    ) -> None:
        """Begin with a seed."""
        self._count = count
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._now = now.astimezone(UTC).replace(second=0, microsecond=0)
        self._sites = max(2, count // _SLOTS)
        self._unreadable = unreadable
        self._late = late
        self._posted = posted
        self._submitted = submitted
        self._written: list[list[dict[str, Any]]] = []

    def files(self) -> Iterator[File]:
        """Yield each file, the same for the same seed and time."""
        for number in range(self._count):
            if self._unreadable and self._chance.random() < 0.02:
                yield File(f"{number:05}.json", self._chance.choice(_UNREADABLE), readable=False)
            elif self._chance.random() < self._late:
                yield self._file(number, self._days_old(number), late=True)
            else:
                yield self._file(number, self._records(number))

    def _file(self, number: int, readings: list[dict[str, Any]], *, late: bool = False) -> File:
        records: list[object] = [*readings]
        while self._chance.random() < 0.15:
            records.insert(self._chance.randrange(len(records) + 1), self._chance.choice(_BAD))
        write = self._chance.choice([_array, _envelope, _lines, _zipped, *([] if _has_bad(records) else [_table])])
        return msgspec.structs.replace(file_of(f"{number:05}", records, write), way=self._way(), late=late)

    def _way(self) -> Way:
        drawn = self._chance.random()
        return "submit" if drawn < self._submitted else "post" if drawn < self._submitted + self._posted else "s3"

    def _records(self, number: int) -> list[dict[str, Any]]:
        chance = self._chance.random()
        if self._written and chance < 0.2:
            again = self._chance.choice(self._written)
            return [self._corrected(each) for each in again] if chance < 0.1 else again
        latest = self._now - timedelta(minutes=1 + number // self._sites * _PER_FILE)
        return self._new(number, latest, minutes=1)

    def _days_old(self, number: int) -> list[dict[str, Any]]:
        return self._new(number, self._now - timedelta(days=self._chance.randint(*_LATE_DAYS)), minutes=5)

    def _new(self, number: int, latest: datetime, minutes: int) -> list[dict[str, Any]]:
        records = [
            record(
                f"site-{number % self._sites:04}",
                latest - timedelta(minutes=minutes * place),
                _SENTINEL if self._chance.random() < 0.02 else self._energy(),
                self._energy(),
            )
            for place in range(_PER_FILE)
        ]
        self._written.append(records)
        return records

    def _corrected(self, record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "energy_consumed_kwh": self._energy()} if self._chance.random() < 0.3 else record

    def _energy(self) -> float:
        return round(self._chance.random(), 3)


def record(site_id: str, end: datetime, generated: float, consumed: float) -> dict[str, Any]:
    """Return a good record. end: of its interval."""
    return {
        "site_id": site_id,
        "timestamp": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": consumed,
    }


def file_of(name: str, records: list[object], write: Any = None) -> File:  # noqa: ANN401 - one of the writers below
    """Write records as a file, and tell the good from the bad. write: in which layout; an array where none is given."""
    ending, body, first = (write or _array)(records)
    facts = tuple(_fact(place, each) for place, each in enumerate(records, first) if _is_good(each))
    rejected = tuple(place for place, each in enumerate(records, first) if not _is_good(each))
    return File(f"{name}.{ending}", body, facts, rejected)


def _is_good(record: object) -> bool:
    return isinstance(record, dict) and len(record) == 4


def _has_bad(records: list[object]) -> bool:
    return not all(_is_good(each) for each in records)


def _fact(position: int, record: Any) -> Fact:  # noqa: ANN401 - a good record
    return Fact(position, *record.values())


def _array(records: list[object]) -> tuple[str, bytes, int]:
    return "json", json.dumps(records).encode(), 1


def _envelope(records: list[object]) -> tuple[str, bytes, int]:
    return "json", json.dumps({"readings": records}, indent=1).encode(), 1


def _lines(records: list[object]) -> tuple[str, bytes, int]:
    return "ndjson", b"".join(json.dumps(each).encode() + b"\n" for each in records), 1


def _zipped(records: list[object]) -> tuple[str, bytes, int]:
    return "json.gz", gzip.compress(json.dumps(records).encode(), mtime=0), 1


def _table(records: list[object]) -> tuple[str, bytes, int]:
    text = io.StringIO()
    rows = [each for each in records if isinstance(each, dict)]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return "csv", text.getvalue().encode(), 2
