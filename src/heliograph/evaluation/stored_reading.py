"""A site's stored readings as an evaluation needs them, and its changes to them."""

import msgspec

from heliograph.checks.flag import Flag, is_anomalous
from heliograph.series import Point, text_of


class StoredReading(Point, frozen=True, gc=False):
    """A stored reading: a point of the series, and what was found of it.

    flags: the processor's. watched: the watch's. merges: how often its item was changed.
    """

    flags: tuple[Flag, ...] = ()
    watched: tuple[Flag, ...] = ()
    merges: int = 0

    @property
    def timestamp(self) -> str:
        """END of the interval, UTC text."""
        return text_of(self.end)

    @property
    def anomaly(self) -> bool:
        """Return whether any flag is more than information."""
        return is_anomalous((*self.flags, *self.watched))


class FlagUpdate(msgspec.Struct, frozen=True):
    """A reading as it was read, and what the watch finds of it now."""

    kept: StoredReading
    watched: tuple[Flag, ...]

    @property
    def anomaly(self) -> bool:
        """Return whether any flag is more than information, now."""
        return is_anomalous((*self.kept.flags, *self.watched))

    @property
    def after(self) -> StoredReading:
        """The reading once the change is written."""
        kept = self.kept
        return StoredReading(kept.end, kept.generated_kwh, kept.consumed_kwh, kept.flags, self.watched, kept.merges + 1)
