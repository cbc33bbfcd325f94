"""A rule: a check, declared once with all that evaluation, documentation, API and dashboard say of it.

Each file of a family of rules declares its own beside their limits; `registry` lists all. Importing one opens nothing.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from heliograph.checks.flag import Flag, Limit, Scope, Severity, rounded

if TYPE_CHECKING:  # the processor and the API need none of what the checks over time stand on
    from heliograph.checks.view import View
    from heliograph.checks.whole_day import WholeDay
    from heliograph.history import History
    from heliograph.reading import Reading
    from heliograph.site import Site

# The reading, its site, and when its file landed, UTC text.
ReadingCheck = Callable[["Reading", "Site", str], Flag | None]
# What became of a reading that landed more than once.
HistoryCheck = Callable[["History"], Flag | None]
# A stretch of readings; each flag with the position of its reading.
SeriesCheck = Callable[["View"], Iterator[tuple[int, Flag]]]
DayCheck = Callable[["WholeDay"], Flag | None]
# A site's last day, and now, seconds since 1970.
SilenceCheck = Callable[["View", int], Flag | None]


class Rule(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A check, and all that is said of it.

    name: what flags, incidents and the API call it.
    severity: the worst it gives. unit: of what it observes and of its limit; a flag may say another.
    sentence: what a flag of it says, without a capital or full stop. advice: what an operator should do next.
    limits: the figures it compares with, those that it shares with other rules among them.
    on_reading, on_history, on_series, on_day, on_silence: its checks by what they see; most rules have one. A check may
    give flags of another rule where it tells the two apart.
    can_flag: whether the rule could flag the reading at a position, so that a reading without a flag counts as clean;
    None where it always could.
    """

    name: str
    severity: Severity
    unit: str
    sentence: str
    advice: str
    limits: tuple[Limit, ...]
    on_reading: ReadingCheck | None = None
    on_history: HistoryCheck | None = None
    on_series: SeriesCheck | None = None
    on_day: DayCheck | None = None
    on_silence: SilenceCheck | None = None
    can_flag: "Callable[[View, int], bool] | None" = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What its checks see: the first is where it belongs."""
        checks: Final[dict[Scope, object]] = {
            "reading": self.on_reading or self.on_history,
            "series": self.on_series,
            "day": self.on_day,
            "silence": self.on_silence,
        }
        return tuple(scope for scope, check in checks.items() if check)

    def flag(
        self,
        observed: float | Decimal,
        limit: float | Decimal,
        message: str,
        *,
        severity: Severity | None = None,
        unit: str | None = None,
    ) -> Flag:
        """Make a flag of this rule; measured figures are Decimals and kept exact, computed ones are rounded."""
        return Flag(self.name, _figure(observed), _figure(limit), unit or self.unit, severity or self.severity, message)


def _figure(value: float | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else rounded(value)
