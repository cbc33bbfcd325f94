"""Anomalies that the end of an outage causes: they open no alert of their own unless they last.

After an outage a meter often sends one value for all that was missing, many times an interval's most. That is flagged
and kept as an incident, but whoever was notified of the outage needs no second message for how it ended.
"""

from collections.abc import Mapping
from typing import Final

from heliograph.incidents.model import RuleState

# rule -> the rules whose incident it may be the end of.
_ENDS: Final = frozenset({"no_data", "zero_output", "stale"})
INHIBITED_BY: Final[Mapping[str, frozenset[str]]] = {"catch_up": _ENDS, "over_capacity": _ENDS, "spike": _ENDS}
# What lasts longer than this is a trouble of its own, seconds.
LASTS: Final = 3600


def is_inhibited(rule: str, onset: int, rule_states: Mapping[str, RuleState]) -> bool:
    """Return whether trouble that begins at `onset` belongs to an incident that is open at its site."""
    causes = (rule_states[cause] for cause in INHIBITED_BY.get(rule, ()) if cause in rule_states)
    return any(cause.id and cause.onset <= onset for cause in causes)
