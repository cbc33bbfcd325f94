"""A site's stored readings as a look needs them, and what a look changes of them."""

import msgspec

from heliograph.checks.flag import Flag, is_anomalous
from heliograph.series import Point


class Kept(Point, frozen=True, gc=False):
    """A stored reading: a point of the series, what was found of it, and how often its item was changed.

    timestamp: END of the interval, UTC text. flags: the processor's. watched: the watch's.
    """

    timestamp: str
    flags: tuple[Flag, ...] = ()
    watched: tuple[Flag, ...] = ()
    merges: int = 0

    @property
    def anomaly(self) -> bool:
        """Whether any flag is more than information."""
        return is_anomalous((*self.flags, *self.watched))


class Change(msgspec.Struct, frozen=True):
    """A reading as it was read, and what the watch finds of it now."""

    kept: Kept
    watched: tuple[Flag, ...]

    @property
    def anomaly(self) -> bool:
        """Whether any flag is more than information, now."""
        return is_anomalous((*self.kept.flags, *self.watched))
