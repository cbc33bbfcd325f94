"""What a file holds once a profile has read it."""

from decimal import Decimal
from typing import Final, Literal, NamedTuple

import msgspec

from heliograph.feed import RejectedRecord
from heliograph.profiles.model import Mark

Side = Literal["generated", "consumed"]
SIDES: Final[tuple[Side, Side]] = ("generated", "consumed")


class ProfiledReading(NamedTuple):
    """A reading as a profile gives it.

    end: END of its interval, seconds since 1970. seconds: its length; None if nothing tells. generated, consumed: kWh,
    exact; None on a side without a value. mark: what the feed says of it. position: of its first row, from 1.
    """

    site_id: str
    end: int
    seconds: int | None
    generated: Decimal | None
    consumed: Decimal | None
    mark: Mark
    position: int = 0


class ProfiledFile(msgspec.Struct):
    """What a file holds. readings: by site and END. rejected: rows that are none, with the reason.

    blank: intervals without a value. headings: rows between the header and the first reading. left_out: rows that the
    profile says are no readings. repeated: amounts that stood in the file again. resets: falls of a running counter,
    whose energy isn't known.
    """

    readings: list[ProfiledReading] = []
    rejected: list[RejectedRecord] = []
    blank: int = 0
    headings: int = 0
    left_out: int = 0
    repeated: int = 0
    resets: int = 0
