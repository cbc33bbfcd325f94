"""A file that is read by a profile, as the processor and the audit take any file: readings and rejected records."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

import msgspec

from heliograph.errors import UnreadableFile
from heliograph.feed import Numbered, RejectedRecord
from heliograph.formatting import count
from heliograph.profiles.model import Layout, Profile
from heliograph.profiles.profiled import ProfiledFile, ProfiledReading
from heliograph.profiles.read import read_file
from heliograph.reading import Reading, text_of

_POSITION: Final = attrgetter("position")


class ProfiledEntries:
    """The readings and rejected records of a file, by their rows.

    blank: intervals without any value, which are neither.
    """

    def __init__(self, found: ProfiledFile, profile: Profile) -> None:
        """Keep what was read."""
        self.blank = found.blank
        entries: list[Numbered | RejectedRecord] = [_numbered(each, profile) for each in found.readings]
        self._entries = sorted([*entries, *_by_row(found.rejected)], key=_POSITION)

    def __iter__(self) -> Iterator[Numbered | RejectedRecord]:
        """Return them in the order of their rows."""
        return iter(self._entries)


def read_entries(profile: Profile, body: bytes, file_name: str) -> ProfiledEntries:
    """Read a landed file by a profile. body: the file, unpacked. file_name: the last part of its key.

    Raises:
        UnreadableFile: it is damaged, or hasn't what the profile says.
    """
    return ProfiledEntries(read_file(profile, body, file_name), profile)


def read_kept_rows(profile: Profile, body: bytes, file_name: str) -> ProfiledEntries:
    """Read rows as quarantine keeps them: each a JSON object of its cells by column, on a line of its own.

    Raises:
        UnreadableFile: a row of its table is many intervals, so that one of them can't be read alone.
    """
    layout = profile.layout
    if layout.wide or layout.across or layout.dated:
        raise UnreadableFile("a row of this table is many intervals; correct it in a file of the feed's own format")
    of_rows = msgspec.structs.replace(profile, layout=Layout(format="ndjson", decimal=layout.decimal))
    return read_entries(of_rows, body, file_name)


def _numbered(each: ProfiledReading, profile: Profile) -> Numbered:
    """Return a reading as it is stored; one without a value that its feed measures says so.

    What registers stood at has no energies yet.
    """
    lacks = profile.measures == "both" and (each.generated is None or each.consumed is None) and not each.registers
    quality = "actual" if each.mark == "missing" else each.mark
    energies = each.generated, each.consumed
    return Numbered(
        each.position,
        Reading(each.site_id, text_of(each.end), *energies, each.seconds, quality, lacks, each.registers),
    )


def _by_row(rejected: Iterable[RejectedRecord]) -> Iterator[RejectedRecord]:
    """Yield what was rejected, once a row: of a table that is a row a day, many intervals may be."""
    for position, of_row in groupby(sorted(rejected, key=_POSITION), _POSITION):
        first, *more = of_row
        also = f"; so {'is' if len(more) == 1 else 'are'} {count(len(more), 'more interval')} of this row"
        yield RejectedRecord(position, first.record, first.reason + (also if more else ""))
