"""When a file's readings landed, for `heliograph check`: its column says it, or a rule such as `next day 06:00`.

A rule stands for a feed that delivers by the clock. `next day 06:00`: each day's readings on the morning after, by the
site's time zone. `30min`: each reading so long after its interval's end.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import msgspec

from heliograph.errors import HeliographError, ReadingError
from heliograph.feed.decode import unpack
from heliograph.formatting import parse_duration
from heliograph.reading import Reading, end_of, parse_timestamp
from heliograph.site import Site
from heliograph.zones import local_date, zone_of

# Of a record at a position and its reading, when it landed, seconds since 1970.
Landings = Callable[[int, Reading], int]
_NEXT_DAY: Final = re.compile(r"next day (\d\d?):(\d\d)(Z?)\Z", re.ASCII)
_DELIMITERS: Final = ",;\t|"
_MINUTE: Final = 60


class UnknownLanding(HeliographError):
    """A file doesn't say when its readings landed; the message says what to correct."""


class LandingRule(msgspec.Struct, frozen=True):
    """What `--landed-at` says: a rule or a column's name.

    after: minutes behind an interval's end. at: time of the next day; utc: whether by UTC. column: its name, or empty.
    """

    after: int | None = None
    at: time | None = None
    utc: bool = False
    column: str = ""

    def of(self, body: bytes, limit_bytes: int, sites: Callable[[str], Site]) -> Landings:
        """Return what tells when each record of a file landed. body: the file. sites: a site's registry entry.

        Raises:
            UnknownLanding: the file has no such column.
        """
        if self.after is not None:
            after = self.after * _MINUTE
            return lambda _position, reading: end_of(reading.timestamp) + after
        if self.at is not None:
            return lambda _position, reading: self._next_day(end_of(reading.timestamp), sites(reading.site_id))
        column = _column(unpack(body, limit_bytes), self.column)
        return lambda position, _reading: self._read(position, column.get(position))

    def _next_day(self, end: int, site: Site) -> int:
        zone = zone_of(site)
        day = local_date(datetime.fromtimestamp(end, UTC), zone) + timedelta(days=1)
        return int(datetime.combine(day, self.at or time(), UTC if self.utc else zone).timestamp())

    def _read(self, position: int, value: object) -> int:
        try:
            return end_of(parse_timestamp(value))
        except ReadingError as error:
            raise UnknownLanding(f"record {position}: {self.column} doesn't say when it landed: {error}") from None


def landing_rule(text: str) -> LandingRule:
    """Read what `--landed-at` says; whatever is no rule is a column's name.

    Raises:
        UnknownLanding: it is a rule whose time there isn't.
    """
    found = _NEXT_DAY.match(text)
    if found:
        try:
            return LandingRule(at=time(int(found[1]), int(found[2])), utc=bool(found[3]))
        except ValueError:
            raise UnknownLanding(f"{text!r} has no time of day; write it such as next day 06:00") from None
    minutes = parse_duration(text)
    return LandingRule(column=text) if minutes is None else LandingRule(after=minutes)


def _column(text: bytes, name: str) -> dict[int, Any]:
    """Return the values of a column by their records' positions, as `feed` counts them."""
    records = _json_records(text) if text.lstrip()[:1] in (b"{", b"[") else _csv_records(text)
    found = {position: record[name] for position, record in records if name in record}
    if not found:
        raise UnknownLanding(f"no record has {name!r}; name a column, or a rule such as next day 06:00")
    return found


def _json_records(text: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        whole = json.loads(text)
    except ValueError:  # it is one record a line
        return _objects(map(_record, text.splitlines()))
    if isinstance(whole, dict):
        whole = next((each for each in whole.values() if isinstance(each, list)), [whole])
    return _objects(whole)


def _record(line: bytes) -> object:
    """Return a line's record; None of one that isn't JSON, which `feed` rejects with its reason."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _objects(values: Iterable[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((position, each) for position, each in enumerate(values, 1) if isinstance(each, dict))


def _csv_records(text: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = text.decode("utf-8-sig", "replace").splitlines()
    header = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=max(_DELIMITERS, key=header.count))
    return ((reader.line_num, row) for row in reader)
