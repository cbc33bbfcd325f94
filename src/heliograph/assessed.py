"""A reading with what was found of it: the unit that is stored, served and drawn."""

import msgspec

from heliograph.checks.flag import Flag, is_anomalous
from heliograph.history import History


class Assessed(msgspec.Struct, frozen=True):
    """A reading's history and its flags. merges: how often its stored item was changed by a further landing."""

    history: History
    flags: tuple[Flag, ...]
    merges: int = 0

    @property
    def anomaly(self) -> bool:
        """Whether any flag is more than information."""
        return is_anomalous(self.flags)
