"""A rule and its flags: what a check is declared with, what it finds, and how severities are ordered.

Evaluation, the documentation, the API and the dashboard say of a rule what is declared here. Each file of a family of
rules declares its own beside their limits; `registry` lists all. Importing one opens nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, get_args

import msgspec
from msgspec import Meta

if TYPE_CHECKING:  # the processor and the API need none of what the checks over time stand on
    from heliograph.checks.lengths import WholeSeries
    from heliograph.checks.view import View
    from heliograph.checks.whole_day import WholeDay
    from heliograph.history import History
    from heliograph.reading import Reading
    from heliograph.site import Site

Severity = Literal["info", "warning", "critical"]
# What a check sees: one reading alone, as it lands; its neighbours and the weeks before; a whole day, once it is over;
# or that no reading comes.
RuleScope = Literal["reading", "series", "day", "silence"]

# From the mildest to the worst.
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)

# A reading is anomalous, and someone may be notified, from this severity up. `info` only explains.
ANOMALOUS: Final = frozenset({"warning", "critical"})

# The rules whose flags say that a value can't be the energy of its interval: totals go without it, and it is estimated
# where that is possible. What the others flag is right, or as right as any: a plant that stands still gave nothing.
# They stand here, since the API, which sums up, loads no check.
EXCLUDING: Final = frozenset(
    {
        "sentinel",
        "negative",
        "running_total",
        "unit_error",
        "over_capacity",
        "future_timestamp",
        "implausible_timestamp",
        "spike",
        "stale",
        "register_fault",
    }
)


class Limit(NamedTuple):
    """A figure that a check compares with: its name in words, its value, its unit, and where it comes from."""

    name: str
    value: float
    unit: str
    source: str


class Flag(msgspec.Struct, frozen=True):
    """One rule's word on one reading."""

    rule: Annotated[str, Meta(description="The rule's name.", examples=["over_capacity"])]
    observed: Annotated[Decimal, Meta(description="What was seen, in `unit`.", examples=[19.2])]
    limit: Annotated[Decimal, Meta(description="The bound that was crossed, in `unit`.", examples=[4.58333])]
    unit: Annotated[str, Meta(description="Their unit: kWh, readings, minutes, degrees, years or %.", examples=["kWh"])]
    severity: Annotated[
        Severity,
        Meta(
            description="`info` only explains; `warning` and `critical` make the reading anomalous.",
            examples=["critical"],
        ),
    ]
    message: Annotated[
        str,
        Meta(
            description="The same in a sentence, with where the limit comes from.",
            examples=["energy_generated_kwh is 19.2 kWh; 50 kW gives at most 4.583 kWh in 5 min"],
        ),
    ]

    @property
    def sides(self) -> tuple[bool, bool]:
        """Whether it is of what is generated, and of what is consumed: its message names the field; else both."""
        generated, consumed = "energy_generated_kwh" in self.message, "energy_consumed_kwh" in self.message
        return (generated, consumed) if generated != consumed else (True, True)


# The reading, its site, and when its file landed, UTC text.
ReadingCheck = Callable[["Reading", "Site", str], Flag | None]
# What became of a reading that landed more than once.
HistoryCheck = Callable[["History", "Site"], Flag | None]
# A stretch of readings; each flag with the position of its reading.
SeriesCheck = Callable[["View"], Iterator[tuple[int, Flag]]]
# All readings and their lengths; each flag with the END of its reading.
LengthsCheck = Callable[["WholeSeries"], Iterator[tuple[int, Flag]]]
DayCheck = Callable[["WholeDay"], Flag | None]
# A site's last day, and now, seconds since 1970.
SilenceCheck = Callable[["View", int], Flag | None]


class Rule(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A check, and all that is said of it.

    name: what flags, incidents and the API call it.
    severity: the worst it gives. unit: of what it observes and of its limit; a flag may say another.
    sentence: what it finds, without figures, a capital or a full stop: for the docs, `GET /rules` and the dashboard. A
    flag's message, which notifications quote, is written by the check. advice: what an operator should do next.
    headline: what a chart's title says of it, with `{when}` for the time at which it begins; empty where a rule only
    gives information.
    limits: the figures it compares with, those that it shares with other rules among them.
    on_reading, on_history, on_lengths, on_series, on_day, on_silence: its checks by what they see; most rules have one.
    A check may give flags of another rule where it tells the two apart.
    can_flag: whether the rule could flag the reading at a position, so that a reading without a flag counts as clean;
    None where it always could.
    of_values: whether its check over time asks what readings measure, and not whether there are any.
    loses: whether what it finds costs energy: the plant gives less than its sky would let it.
    """

    name: str
    severity: Severity
    unit: str
    sentence: str
    advice: str
    limits: tuple[Limit, ...]
    headline: str = ""
    on_reading: ReadingCheck | None = None
    on_history: HistoryCheck | None = None
    on_lengths: LengthsCheck | None = None
    on_series: SeriesCheck | None = None
    on_day: DayCheck | None = None
    on_silence: SilenceCheck | None = None
    can_flag: "Callable[[View, int], bool] | None" = None
    of_values: bool = True
    loses: bool = False

    @property
    def excludes(self) -> bool:
        """Whether a value that it flags isn't used; see `EXCLUDING`."""
        return self.name in EXCLUDING

    @property
    def scopes(self) -> tuple[RuleScope, ...]:
        """What its checks see: the first is where it belongs."""
        checks: Final[dict[RuleScope, object]] = {
            "reading": self.on_reading or self.on_history,
            "series": self.on_series or self.on_lengths,
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


def holding(flags: tuple[Flag, ...], aside: tuple[str, ...]) -> tuple[Flag, ...]:
    """Return the flags that hold. aside: the rules whose flags don't, since an edit changed or accepted the value."""
    return tuple(flag for flag in flags if flag.rule not in aside) if aside else flags


def is_anomalous(flags: tuple[Flag, ...]) -> bool:
    """Return whether any of the flags is more than information."""
    return any(flag.severity in ANOMALOUS for flag in flags)


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the worst of some severities, of which there is at least one."""
    return max(severities, key=SEVERITIES.index)


def rounded(value: float) -> Decimal:
    """Return a computed figure with 6 significant digits, as much as a limit means."""
    return Decimal(f"{value:.6g}")


def _figure(value: float | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else rounded(value)
