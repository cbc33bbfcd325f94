"""The stretches in which one rule flags reading after reading, and of each rule the longest: what a title tells."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from gravity import gravest, gravity
from heliograph_client import Reading

# A rule that is still for less than this goes on.
_PAUSE: Final = timedelta(hours=2)


class Episode(msgspec.Struct):
    """One rule's stretch of flagged readings. first, last: the ENDs of its first and last interval, UTC.

    gravity: of its gravest flag, as `resources.gravity` ranks it.
    """

    rule: str
    first: datetime
    last: datetime
    readings: int = 1
    gravity: int = 0


class Episodes:
    """Of each rule the episode that goes on and the longest so far; filled reading by reading in time order."""

    def __init__(self) -> None:
        """Begin without one."""
        self.longest: dict[str, Episode] = {}
        self._latest: dict[str, Episode] = {}

    def take(self, end: datetime, reading: Reading) -> None:
        """Count in one flagged reading, under the rule of its gravest flag."""
        flag = gravest(reading.flags)
        rule = "unexplained" if flag is None else flag.rule
        known = self._latest.get(rule)
        if known is None or end - known.last > _PAUSE:
            known = self._latest[rule] = Episode(rule, end, end)
        else:
            known.last, known.readings = end, known.readings + 1
        known.gravity = max(known.gravity, gravity(flag))
        longest = self.longest.get(rule)
        if longest is None or known.readings > longest.readings:
            self.longest[rule] = known
