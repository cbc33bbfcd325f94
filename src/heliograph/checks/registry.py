"""Every rule there is. To add one, declare it in a file of its own or of its family, and list it here.

Evaluation, the documentation, the API and the dashboard go through this list; none has another. Flags of one reading
come in its order. Only the charts have a title of their own for each rule, in visualization/findings.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from heliograph.checks.catch_up import CATCH_UP
from heliograph.checks.flag import Rule
from heliograph.checks.interpolated import INTERPOLATED
from heliograph.checks.judge import LANDING_RULES
from heliograph.checks.lengths import INTERVAL_CHANGE, OVERLAPPING
from heliograph.checks.meter import METER_REPLACED, REGISTER_FAULT, REGISTER_ROLLOVER
from heliograph.checks.negative import SIGNED_NET
from heliograph.checks.no_data import GAP, NO_DATA
from heliograph.checks.spike import SPIKE
from heliograph.checks.stale import STALE
from heliograph.checks.time_shift import TIME_SHIFT
from heliograph.checks.whole_day import INCOMPLETE_DAY, LEVEL_SHIFT
from heliograph.checks.zero_consumption import ZERO_CONSUMPTION
from heliograph.checks.zero_output import ZERO_OUTPUT

RULES: Final[tuple[Rule, ...]] = (
    GAP,
    STALE,
    INTERPOLATED,
    CATCH_UP,
    SPIKE,
    ZERO_OUTPUT,
    ZERO_CONSUMPTION,
    *LANDING_RULES,
    NO_DATA,
    INCOMPLETE_DAY,
    LEVEL_SHIFT,
    TIME_SHIFT,
    SIGNED_NET,
    OVERLAPPING,
    INTERVAL_CHANGE,
    METER_REPLACED,
    REGISTER_ROLLOVER,
    REGISTER_FAULT,
)
BY_NAME: Final[Mapping[str, Rule]] = MappingProxyType({rule.name: rule for rule in RULES})
