"""The flags of one file, gathered into what may be new incidents, as its readings pass by."""

from datetime import timedelta
from typing import Final

import msgspec

from heliograph.checks.flag import ANOMALOUS, Flag
from heliograph.reading import Reading, format_timestamp, moment_of
from heliograph.series import end_of

# An older fault is flagged like any other, but notifies nobody: it is too late to act on it.
NOTIFY_WITHIN: Final = timedelta(hours=48)


class Found(msgspec.Struct, frozen=True):
    """What one rule has against one site in a file.

    first, last: END of the earliest and the latest flagged reading, seconds since 1970, none of them after the file
    landed. flag: of the first one. source: the raw object.
    """

    site_id: str
    rule: str
    first: int
    last: int
    flag: Flag
    source: str


class Onsets:
    """Gathers the flags of one file, by site and rule."""

    def __init__(self, source: str, landed_at: str) -> None:
        """Begin with none. source, landed_at: the file's."""
        self._source = source
        self._landed_at = landed_at
        self._landed = end_of(landed_at)
        self._earliest = format_timestamp(moment_of(landed_at) - NOTIFY_WITHIN)
        self._found: dict[tuple[str, str], Found] = {}

    def add(self, reading: Reading, flags: tuple[Flag, ...]) -> None:
        """Take in one reading's flags."""
        if not flags or reading.timestamp < self._earliest:
            return
        for flag in flags:
            if flag.severity in ANOMALOUS:
                self._add(reading, flag)

    def found(self) -> list[Found]:
        """Return what was gathered, by site and rule."""
        return [self._found[key] for key in sorted(self._found)]

    def _add(self, reading: Reading, flag: Flag) -> None:
        """Count a reading from the future as one of now: trouble can't begin later than it is seen."""
        end = min(end_of(reading.timestamp), self._landed)
        key = (reading.site_id, flag.rule)
        known = self._found.get(key)
        if known is None:
            self._found[key] = Found(*key, end, end, flag, self._source)
        elif end < known.first:
            self._found[key] = msgspec.structs.replace(known, first=end, flag=flag)
        elif end > known.last:
            self._found[key] = msgspec.structs.replace(known, last=end)
