"""From a file and its profile to readings: a pure function, whatever the file's format.

A row gives amounts of one or both sides (`cells`). Rows of one site and one END are one reading (`energies`): the
registers of a side are summed, and of one register's rows the last one counts. A row that can't be read is rejected
with a reason; it never spoils its file.
"""

from heliograph.errors import ReadingError
from heliograph.feed import RejectedRecord
from heliograph.profiles.cells import RowReader
from heliograph.profiles.energies import held_powers, intervals, register_facts, slots_of
from heliograph.profiles.model import Profile
from heliograph.profiles.profiled import SIDES, ProfiledFile, ProfiledReading
from heliograph.profiles.rows import rows
from heliograph.reading import parse_energy, text_of


def read_file(profile: Profile, body: bytes, file_name: str = "") -> ProfiledFile:
    """Read a file as its profile says.

    body: the file, unpacked. file_name: its last part, which may name the site.

    Raises:
        ProfileMismatch: it hasn't what the profile says.
        UnreadableFile: it isn't of the profile's format, or it is damaged.
    """
    found = ProfiledFile()
    parsed = list(RowReader(profile, file_name, found).parsed(rows(profile, body)))
    slots = slots_of(profile, parsed, found)
    if profile.quantity == "register":
        found.readings = list(register_facts(profile, slots))
    elif profile.quantity == "instant_power":
        found.readings = list(held_powers(slots))
    else:
        found.readings = list(intervals(profile, slots, found))
    _reject_unstorable(found)
    return found


def _reject_unstorable(found: ProfiledFile) -> None:
    """Take out what has no value, and what has a time or more digits than a reading may have."""
    kept = []
    for reading in found.readings:
        if reading.generated is None and reading.consumed is None and not reading.registers:
            found.blank += 1
            continue
        try:
            _require_storable_end(reading.end)
            for side in SIDES:
                if (value := getattr(reading, side)) is not None:
                    parse_energy(value, side)
            for register in reading.registers:
                parse_energy(register.kwh, f"the register of what is {register.side}")
        except ReadingError as error:
            found.rejected.append(RejectedRecord(reading.position, f"{reading.site_id} {reading.end}", str(error)))
            continue
        kept.append(reading)
    found.readings = sorted(kept, key=lambda reading: (reading.site_id, reading.end))


def _require_storable_end(end: int) -> None:
    """Refuse an END that no text can write.

    Raises:
        ReadingError: it is one.
    """
    try:
        text_of(end)
    except (ValueError, OverflowError):
        raise ReadingError("the interval ends outside the years 1 to 9999") from None


__all__ = ["ProfiledFile", "ProfiledReading", "read_file"]
