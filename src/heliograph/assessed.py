"""A reading with what was found of it: the unit that is stored, served and drawn."""

import msgspec

from heliograph.checks.flag import Flag, is_anomalous
from heliograph.history import History


class Assessed(msgspec.Struct, frozen=True, gc=False):
    """A reading's history and what was found of it.

    flags: what the reading shows by itself, from the processor. watched: what its neighbours show, from the watch.
    merges: how often its stored item was changed, by a further landing or by the watch.
    """

    history: History
    flags: tuple[Flag, ...]
    merges: int = 0
    watched: tuple[Flag, ...] = ()

    @property
    def every_flag(self) -> tuple[Flag, ...]:
        """All that was found, as it is served."""
        return (*self.flags, *self.watched)

    @property
    def anomaly(self) -> bool:
        """Return whether any flag is more than information."""
        return bool(self.flags or self.watched) and is_anomalous(self.every_flag)
