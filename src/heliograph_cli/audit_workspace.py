"""What an audit has found so far: a temporary SQLite database, so that memory doesn't grow with the bucket.

It holds each record of each file and each stored reading, some 100 bytes either, and gives them back by interval,
sorted on disk. The folder is removed when the audit ends.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, Self

import msgspec

from heliograph.audit.counts import Finding
from heliograph.audit.histories import Brought, Kept, Standing
from heliograph.audit.quarantine import AuditedLine, Positions, position_of
from heliograph.history import History, Provenance, Version
from heliograph.ingestion import ITEM_IS_FULL, Ingestion
from heliograph.reading import Reading
from heliograph.storage.listing import Listed
from heliograph_cli.audit_cells import energy_of, plain_number, read_said, read_whole, said_text, whole

_TABLES: Final = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -65536;
CREATE TABLE files (
    id INTEGER PRIMARY KEY, source TEXT UNIQUE, landed_at TEXT, size INTEGER, standing TEXT, finding BLOB, ingestion
    BLOB);
CREATE TABLE brought (site TEXT, ends TEXT, file INTEGER, position INTEGER, generated TEXT, consumed TEXT,
    said TEXT, processed INTEGER);
CREATE TABLE stored (site TEXT, ends TEXT, file INTEGER, position INTEGER, generated TEXT, consumed TEXT, said TEXT,
    more BLOB);
CREATE TABLE ingestions (id TEXT PRIMARY KEY, ingestion BLOB, seen INTEGER DEFAULT 0);
CREATE TABLE sites (site TEXT PRIMARY KEY);
CREATE TABLE quarantine (key TEXT PRIMARY KEY, explained INTEGER DEFAULT 0);
CREATE TABLE missing (file INTEGER, position INTEGER);
CREATE TABLE lines (position INTEGER, line BLOB);
CREATE INDEX lines_by_position ON lines (position);
CREATE TABLE full (position INTEGER PRIMARY KEY);
"""
_INTERVALS: Final = """
SELECT site, ends, 0, file, position, generated, consumed, said, processed FROM brought
UNION ALL SELECT site, ends, 1, file, position, generated, consumed, said, more FROM stored ORDER BY 1, 2, 3
"""
_SITE_AND_END: Final = itemgetter(0, 1)
_TOGETHER: Final = 1000
_ONE_OF_EACH: Final = 2


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_INGESTION: Final = msgspec.msgpack.Decoder(Ingestion)
_LINE: Final = msgspec.json.Decoder(dict[str, object])
_FINDING: Final = msgspec.msgpack.Decoder(Finding)


class File(NamedTuple):
    """A file as the workspace knows it."""

    id: int
    source: str
    landed_at: str
    size_bytes: int
    standing: Standing
    finding: Finding | None
    ingestion: Ingestion | None


class StoredInterval(msgspec.Struct, frozen=True):
    """One interval of a site: the records that bring it, and what is stored.

    agreed: the one file that brings it and that alone is stored, where a glance shows that all is well.
    """

    site_id: str
    timestamp: str
    brought: tuple[Brought, ...] = ()
    kept: Kept | None = None
    agreed: int = 0


class Workspace:
    """The database. whole: whether all files are in it, so that a source it doesn't know isn't in the bucket."""

    def __init__(self, *, whole: bool) -> None:
        """Make it in a temporary folder."""
        self._folder = TemporaryDirectory(prefix="heliograph-audit-")
        self._db = sqlite3.connect(Path(self._folder.name) / "audit.sqlite", isolation_level=None)
        self._db.executescript(_TABLES)
        self._whole = whole
        # The store gives a site's readings one after the other: few sources come again and again.
        self.file_of = lru_cache(maxsize=20_000)(self._file_of)
        self.file = lru_cache(maxsize=20_000)(self._file)

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self._db.close()
        self._folder.cleanup()

    def add_file(self, source: str, listed: Listed, standing: Standing, ingestion: Ingestion | None = None) -> int:
        """Take in a file; return its number."""
        row = (source, listed.landed_at, listed.size_bytes, standing, _ENCODE(ingestion) if ingestion else None)
        self.file_of.cache_clear()
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO files (source, landed_at, size, standing, ingestion) VALUES (?, ?, ?, ?, ?)", row
        )
        return int(cursor.lastrowid or 0)

    def knows(self, source: str) -> bool:
        """Return whether a file is among those taken in."""
        return self.file_of(source) > 0

    def set_finding(self, file: int, finding: Finding, standing: Standing) -> None:
        """Record what was found of a file, and how far its records count."""
        self.file.cache_clear()
        self._db.execute("UPDATE files SET finding = ?, standing = ? WHERE id = ?", (_ENCODE(finding), standing, file))

    def add_brought(self, file: int, readings: Sequence[tuple[int, Reading]]) -> None:
        """Take in readings of the file whose quarantine is taken in, each with its position, in order.

        One that quarantine has since its item is full may not be stored.
        """
        if not readings:
            return
        chosen = "SELECT position FROM full WHERE position BETWEEN ? AND ?"
        rejected = {position for (position,) in self._db.execute(chosen, (readings[0][0], readings[-1][0]))}
        rows = (
            (
                *(r.site_id, r.timestamp, file, position),
                *(
                    plain_number(r.energy_generated_kwh),
                    plain_number(r.energy_consumed_kwh),
                    said_text(r),
                    position not in rejected,
                ),
            )
            for position, r in readings
        )
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO brought VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def drop_brought(self, file: int) -> None:
        """Forget the readings of a file that turned out to be unreadable."""
        self._db.execute("DELETE FROM brought WHERE file = ?", (file,))

    def add_stored(self, readings: Iterable[Kept]) -> None:
        """Take in stored readings."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO stored VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(self._row, readings))
        self._db.execute("COMMIT")

    def add_ingestions(self, ingestions: Iterable[Ingestion]) -> None:
        """Take in ingestions."""
        rows = ((each.id, _ENCODE(each)) for each in ingestions)
        self._db.executemany("INSERT OR REPLACE INTO ingestions (id, ingestion) VALUES (?, ?)", rows)

    def take_ingestion(self, name: str) -> Ingestion | None:
        """Return an ingestion, and note that its file was seen."""
        row = self._db.execute("UPDATE ingestions SET seen = 1 WHERE id = ? RETURNING ingestion", (name,)).fetchone()
        return _INGESTION.decode(row[0]) if row else None

    def ingestions(self, *, unseen: bool = False) -> Iterator[Ingestion]:
        """Yield the ingestions; unseen: only those whose file wasn't seen."""
        where = "WHERE seen = 0" if unseen else ""
        for (body,) in self._db.execute(f"SELECT ingestion FROM ingestions {where}"):  # noqa: S608 - no one's text
            yield _INGESTION.decode(body)

    def add_sites(self, sites: Iterable[str]) -> None:
        """Take in the names of registered sites."""
        self._db.executemany("INSERT OR IGNORE INTO sites VALUES (?)", ((site,) for site in sites))

    def sites(self) -> Iterator[str]:
        """Yield the registered sites."""
        yield from (site for (site,) in self._db.execute("SELECT site FROM sites"))

    def unregistered(self) -> list[str]:
        """Return the sites that have stored readings and no registry entry."""
        chosen = "SELECT DISTINCT site FROM stored WHERE site NOT IN (SELECT site FROM sites) ORDER BY site"
        return [site for (site,) in self._db.execute(chosen)]

    def add_quarantine(self, keys: Iterable[str]) -> None:
        """Take in the keys of the quarantine files."""
        self._db.executemany("INSERT OR IGNORE INTO quarantine (key) VALUES (?)", ((key,) for key in keys))

    def has_quarantine(self, key: str) -> bool:
        """Return whether a quarantine file is there."""
        return self._db.execute("SELECT 1 FROM quarantine WHERE key = ?", (key,)).fetchone() is not None

    def explain_quarantine(self, key: str) -> None:
        """Note that a quarantine file has its raw object."""
        self._db.execute("UPDATE quarantine SET explained = 1 WHERE key = ?", (key,))

    def unexplained_quarantine(self) -> list[str]:
        """Return the quarantine files without a raw object."""
        return [key for (key,) in self._db.execute("SELECT key FROM quarantine WHERE explained = 0 ORDER BY key")]

    def forget_quarantine(self) -> None:
        """Forget the lines of the file before."""
        self._db.execute("DELETE FROM lines")
        self._db.execute("DELETE FROM full")

    def take_quarantine(self, lines: Iterable[bytes]) -> None:
        """Take in the lines of one quarantine file; one that isn't JSON is as if it weren't there."""
        self._db.execute("BEGIN")
        for line in lines:
            with suppress(msgspec.MsgspecError):
                read = _LINE.decode(line)
                if read.get("reason") == ITEM_IS_FULL:
                    self._db.execute("INSERT OR IGNORE INTO full VALUES (?)", (position_of(read),))
                else:
                    self._db.execute("INSERT INTO lines VALUES (?, ?)", (position_of(read), line))
        self._db.execute("COMMIT")

    def quarantine_lines(self) -> Iterator[AuditedLine]:
        """Yield the lines that were taken in, by position, but for those of readings whose item is full."""
        for (line,) in self._db.execute("SELECT line FROM lines ORDER BY position, rowid"):
            yield _LINE.decode(line)

    def count_full(self) -> int:
        """Count the readings that quarantine has since their item is full."""
        return int(self._db.execute("SELECT COUNT(*) FROM full").fetchone()[0])

    def brought_intervals(self) -> Iterator[list[tuple[str, str]]]:
        """Yield the intervals that the files bring, some at a time."""
        cursor = self._db.execute("SELECT DISTINCT site, ends FROM brought ORDER BY site, ends")
        while rows := cursor.fetchmany(_TOGETHER):
            yield rows

    def intervals(self) -> Iterator[StoredInterval]:
        """Yield each interval that is brought or stored, by site and time."""
        for (site, ends), rows in groupby(self._db.execute(_INTERVALS), _SITE_AND_END):
            yield self._interval(site, ends, [row[2:] for row in rows])

    def add_missing(self, brought: Iterable[Brought]) -> None:
        """Note records whose readings aren't stored."""
        rows = ((self.file_of(each.provenance.source), each.provenance.position) for each in brought)
        self._db.executemany("INSERT INTO missing VALUES (?, ?)", list(rows))

    def missing(self, file: int) -> Positions:
        """Return the positions of a file's records that aren't stored."""
        found = Positions()
        for (position,) in self._db.execute("SELECT position FROM missing WHERE file = ? ORDER BY position", (file,)):
            found.add(position)
        return found

    def index_missing(self) -> None:
        """Make what is missing quick to find by file."""
        self._db.execute("CREATE INDEX missing_by_file ON missing (file, position)")

    def files(self) -> Iterator[File]:
        """Yield every file, in the order they were taken in."""
        chosen = "SELECT id, source, landed_at, size, standing, finding, ingestion FROM files ORDER BY id"
        yield from map(_file, self._db.execute(chosen))

    def standing(self, source: str) -> Standing:
        """Return how far the records of a source can be judged."""
        file = self.file_of(source)
        if file:
            return self.file(file).standing
        return "gone" if self._whole else "unread"

    def _file_of(self, source: str) -> int:
        """Return a file's number; 0 where it isn't known."""
        row = self._db.execute("SELECT id FROM files WHERE source = ?", (source,)).fetchone()
        return row[0] if row else 0

    def _file(self, file: int) -> File:
        chosen = "SELECT id, source, landed_at, size, standing, finding, ingestion FROM files WHERE id = ?"
        return _file(self._db.execute(chosen, (file,)).fetchone())

    def _row(self, kept: Kept) -> tuple[Any, ...]:
        """Write a stored reading as a row: short where one file's record is all there is to it."""
        history, current = kept.history, kept.history.current
        file = self.file_of(current.provenance.source)
        plain = (
            file
            and not kept.odd
            and len(history.versions) == 1
            and history.inserted_by == current.provenance
            and self.file(file).landed_at == current.provenance.landed_at
            and history == History(history.site_id, history.timestamp, history.versions, current.provenance)
        )
        values = (
            plain_number(current.energy_generated_kwh),
            plain_number(current.energy_consumed_kwh),
            said_text(current),
        )
        more = None if plain else whole(kept)
        return (history.site_id, history.timestamp, file, current.provenance.position, *values, more)

    def _interval(self, site: str, ends: str, rows: list[tuple[Any, ...]]) -> StoredInterval:
        if len(rows) == _ONE_OF_EACH and rows[1][0] and rows[1][6] is None and rows[0][1:6] == rows[1][1:6]:
            file = rows[0][1]
            if rows[0][6] and self.file(file).standing == "processed":
                return StoredInterval(site, ends, agreed=file)
        kept = next((self._kept(site, ends, row) for row in rows if row[0]), None)
        return StoredInterval(site, ends, tuple(self._brought(site, ends, row) for row in rows if not row[0]), kept)

    def _brought(self, site: str, ends: str, row: tuple[Any, ...]) -> Brought:
        _, number, position, generated, consumed, said, processed = row
        file = self.file(number)
        reading = Reading(site, ends, energy_of(generated), energy_of(consumed), *read_said(said))
        return Brought(
            reading, Provenance(file.landed_at, file.source, position), processed and file.standing == "processed"
        )

    def _kept(self, site: str, ends: str, row: tuple[Any, ...]) -> Kept:
        _, number, position, generated, consumed, said, more = row
        if more is not None:
            return read_whole(more)
        file = self.file(number)
        provenance = Provenance(file.landed_at, file.source, position)
        version = Version(provenance, energy_of(generated), energy_of(consumed), *read_said(said))
        return Kept(History(site, ends, (version,), provenance))


def _file(row: tuple[Any, ...]) -> File:
    number, source, landed_at, size, standing, finding, ingestion = row
    found = _FINDING.decode(finding) if finding else None
    return File(number, source, landed_at, size, standing, found, _INGESTION.decode(ingestion) if ingestion else None)
