"""What a file holds once a profile has read it."""

from decimal import Decimal

import msgspec

from heliograph.feed import RejectedRecord
from heliograph.profiles.model import Mark
from heliograph.registers import Note, Register


class ProfiledReading(msgspec.Struct, frozen=True, gc=False):
    """A reading as a profile gives it.

    end: END of its interval, seconds since 1970. seconds: its length; None if nothing tells. generated, consumed: kWh,
    exact; None on a side without a value. mark: what the feed says of it. position: of its first row, from 1.
    registers: what its counters stood at; such a reading has no energies before `counted` gives it some, and then a
    note of what they show.
    """

    site_id: str
    end: int
    seconds: int | None
    generated: Decimal | None
    consumed: Decimal | None
    mark: Mark
    position: int = 0
    registers: tuple[Register, ...] = ()
    note: Note = ""


class ProfiledFile(msgspec.Struct):
    """What a file holds. readings: by site and END. rejected: rows that are none, with the reason.

    blank: intervals without a value. headings: rows between the header and the first reading. left_out: rows that the
    profile says are no readings. repeated: amounts that stood in the file again.
    """

    readings: list[ProfiledReading] = []
    rejected: list[RejectedRecord] = []
    blank: int = 0
    headings: int = 0
    left_out: int = 0
    repeated: int = 0
