"""A file that is read by a profile, as the processor and the audit take any file: readings and rejected records."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from heliograph.feed import Numbered, RejectedRecord
from heliograph.formatting import count
from heliograph.profiles.model import Profile
from heliograph.profiles.profiled import ProfiledFile, ProfiledReading
from heliograph.profiles.read import read_file
from heliograph.reading import Reading, text_of

_POSITION: Final = attrgetter("position")


class ProfiledEntries:
    """The readings and rejected records of a file, by their rows.

    blank: intervals without any value, which are neither.
    """

    def __init__(self, found: ProfiledFile) -> None:
        """Keep what was read."""
        self.blank = found.blank
        self._entries = sorted([*map(_entry, found.readings), *_by_row(found.rejected)], key=_POSITION)

    def __iter__(self) -> Iterator[Numbered | RejectedRecord]:
        """Return them in the order of their rows."""
        return iter(self._entries)


def read_entries(profile: Profile, body: bytes, file_name: str) -> ProfiledEntries:
    """Read a landed file by a profile. body: the file, unpacked. file_name: the last part of its key.

    Raises:
        UnreadableFile: it is damaged, or hasn't what the profile says.
    """
    return ProfiledEntries(read_file(profile, body, file_name))


def _entry(each: ProfiledReading) -> Numbered | RejectedRecord:
    """Return a reading as it is stored."""
    if each.generated is None or each.consumed is None:
        side = "generated" if each.generated is None else "consumed"
        return RejectedRecord(each.position, f"{each.site_id} {text_of(each.end)}", f"it has no value {side}")
    return Numbered(each.position, Reading(each.site_id, text_of(each.end), each.generated, each.consumed))


def _by_row(rejected: Iterable[RejectedRecord]) -> Iterator[RejectedRecord]:
    """Yield what was rejected, once a row: of a table that is a row a day, many intervals may be."""
    for position, of_row in groupby(sorted(rejected, key=_POSITION), _POSITION):
        first, *more = of_row
        also = f"; so {'is' if len(more) == 1 else 'are'} {count(len(more), 'more interval')} of this row"
        yield RejectedRecord(position, first.record, first.reason + (also if more else ""))
