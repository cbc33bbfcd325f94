"""From a file and its profile to readings: a pure function, whatever the file's format.

A row gives amounts of one or both sides (`cells`). Rows of one site and one END are one reading (`energies`): the
registers of a side are summed, and of one register's rows the last one counts. A row that can't be read is rejected
with a reason; it never spoils its file.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from heliograph.errors import ReadingError, TooLarge
from heliograph.feed import RejectedRecord
from heliograph.profiles.cells import RowReader
from heliograph.profiles.energies import held_powers, intervals, register_facts, slots_of
from heliograph.profiles.model import Profile
from heliograph.profiles.profiled import ProfiledFile, ProfiledReading
from heliograph.profiles.rows import FileRow, rows
from heliograph.reading import parse_energy

# 0001-01-01 and 9999-12-31, between which a date has four digits.
_FIRST_END: Final = -62_135_596_800
_LAST_END: Final = 253_402_300_799
_SITE_AND_END: Final = attrgetter("site_id", "end")

# Four years of 5-minute intervals. A row takes some 700 bytes until its file is read, and a Lambda has 1,024 MB.
MOST_ROWS: Final = 500_000


def read_file(profile: Profile, body: bytes, file_name: str = "", most_rows: int | None = None) -> ProfiledFile:
    """Read a file as its profile says.

    body: the file, unpacked. file_name: its last part, which may name the site. most_rows: that it may have; the usual
    MOST_ROWS where None.

    Raises:
        ProfileMismatch: it hasn't what the profile says.
        UnreadableFile: it isn't of the profile's format, or it is damaged.
        TooLarge: it has more rows than a file may have.
    """
    found = ProfiledFile()
    parsed = list(
        RowReader(profile, file_name, found).parsed(
            _few(rows(profile, body), MOST_ROWS if most_rows is None else most_rows)
        )
    )
    slots = slots_of(profile, parsed, found)
    if profile.quantity == "register":
        found.readings = list(register_facts(profile, slots))
    elif profile.quantity == "instant_power":
        found.readings = list(held_powers(slots))
    else:
        found.readings = list(intervals(profile, slots, found))
    _reject_unstorable(found)
    return found


def _few(found: Iterator[FileRow], most: int) -> Iterator[FileRow]:
    """Pass on a file's rows; all are held, as a moment's rows may stand anywhere.

    Raises:
        TooLarge: they are too many.
    """
    for number, row in enumerate(found):
        if number == most:
            raise TooLarge(f"the file has more than {most:,} rows; split it")
        yield row


def _reject_unstorable(found: ProfiledFile) -> None:
    """Take out what has no value, and what has a time or more digits than a reading may have."""
    kept = []
    for reading in found.readings:
        generated, consumed = reading.generated, reading.consumed
        if generated is None and consumed is None and not reading.registers:
            found.blank += 1
            continue
        try:
            _require_storable_end(reading.end)
            if generated is not None:
                parse_energy(generated, "generated")
            if consumed is not None:
                parse_energy(consumed, "consumed")
            for register in reading.registers:
                parse_energy(register.kwh, f"the register of what is {register.side}")
        except ReadingError as error:
            found.rejected.append(RejectedRecord(reading.position, f"{reading.site_id} {reading.end}", str(error)))
            continue
        kept.append(reading)
    kept.sort(key=_SITE_AND_END)
    found.readings = list(_each_end_once(kept, found))


def _each_end_once(readings: list[ProfiledReading], found: ProfiledFile) -> Iterator[ProfiledReading]:
    """Leave out an interval that ends as another one does and begins elsewhere: they overlap, and one of them is wrong.

    readings: by site and END.
    """
    before: ProfiledReading | None = None
    for reading in readings:
        if before and before.end == reading.end and before.site_id == reading.site_id:
            reason = f"its interval ends as that of row {before.position} does, and begins elsewhere"
            found.rejected.append(RejectedRecord(reading.position, f"{reading.site_id} {reading.end}", reason))
            continue
        before = reading
        yield reading


def _require_storable_end(end: int) -> None:
    """Refuse an END that no text can write.

    Raises:
        ReadingError: it is one.
    """
    if not _FIRST_END <= end <= _LAST_END:
        raise ReadingError("the interval ends outside the years 1 to 9999")


__all__ = ["ProfiledFile", "ProfiledReading", "read_file"]
