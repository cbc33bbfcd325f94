"""Files to land, and what is true of each, known before it is landed and without the product's own decoder."""

import csv
import gzip
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

_PER_FILE: Final = 20
_SLOTS: Final = 5
_BAD: Final[tuple[object, ...]] = (None, 5, {"site_id": "x"}, "text", [1, 2])
_SENTINEL: Final = -999.0
_UNREADABLE: Final = (b'[{"site_id":', b"\x00\x01 not a feed", b"", gzip.compress(b"[]", mtime=0)[:-6])


class Fact(msgspec.Struct, frozen=True):
    """One good record: its place in its file, its reading, its energies in kWh as they are written."""

    position: int
    site_id: str
    timestamp: str
    generated: float
    consumed: float


class File(msgspec.Struct, frozen=True):
    """A file to land. facts: its good records. refused: positions of its bad ones. readable: whether it is a feed."""

    name: str
    body: bytes
    facts: tuple[Fact, ...] = ()
    refused: tuple[int, ...] = ()
    readable: bool = True


class Feed:
    """Makes files by chance: new readings, repeats, corrections, bad records, values that mean "no data", bad files.

    count: how many. sites: over how many they spread. now: readings end before it. unreadable: whether a few files are
    no feeds at all.
    """

    def __init__(self, count: int, seed: int, now: datetime, *, unreadable: bool = True) -> None:
        """Begin with a seed."""
        self._count = count
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._now = now.astimezone(UTC).replace(second=0, microsecond=0)
        self._sites = max(2, count // _SLOTS)
        self._unreadable = unreadable
        self._written: list[list[dict[str, Any]]] = []

    def files(self) -> Iterator[File]:
        """Give each file, the same for the same seed and time."""
        for number in range(self._count):
            if self._unreadable and self._chance.random() < 0.02:
                yield File(f"{number:05}.json", self._chance.choice(_UNREADABLE), readable=False)
            else:
                yield self._file(number)

    def _file(self, number: int) -> File:
        records: list[object] = [*self._records(number)]
        while self._chance.random() < 0.15:
            records.insert(self._chance.randrange(len(records) + 1), self._chance.choice(_BAD))
        write = self._chance.choice([_array, _envelope, _lines, _zipped, *([] if _has_bad(records) else [_table])])
        ending, body, first = write(records)
        facts = tuple(_fact(place, each) for place, each in enumerate(records, first) if _is_good(each))
        refused = tuple(place for place, each in enumerate(records, first) if not _is_good(each))
        return File(f"{number:05}.{ending}", body, facts, refused)

    def _records(self, number: int) -> list[dict[str, Any]]:
        chance = self._chance.random()
        if self._written and chance < 0.2:
            again = self._chance.choice(self._written)
            return [self._corrected(each) for each in again] if chance < 0.1 else again
        records = self._new(number)
        self._written.append(records)
        return records

    def _new(self, number: int) -> list[dict[str, Any]]:
        latest = self._now - timedelta(minutes=1 + number // self._sites * _PER_FILE // 2)
        return [
            {
                "site_id": f"site-{number % self._sites:04}",
                "timestamp": f"{latest - timedelta(seconds=30 * place):%Y-%m-%dT%H:%M:%SZ}",
                "energy_generated_kwh": _SENTINEL if self._chance.random() < 0.02 else self._energy(),
                "energy_consumed_kwh": self._energy(),
            }
            for place in range(_PER_FILE)
        ]

    def _corrected(self, record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "energy_consumed_kwh": self._energy()} if self._chance.random() < 0.3 else record

    def _energy(self) -> float:
        return round(self._chance.random(), 3)


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
