"""Intervals that landed more than once with other values: revised by a later file, or given twice by one.

Judged are the values that are kept: the newest few. The latest landing holds.
"""

from decimal import Decimal
from typing import Final

from heliograph.checks.flag import Flag, Limit
from heliograph.checks.rule import Rule
from heliograph.formatting import exact
from heliograph.history import History, Version
from heliograph.reading import Reading

DIFFERENCE: Final = Limit(
    "difference from the values before",
    0.0,
    "kWh",
    "energies are exact decimals (ADR 8): what is sent again is equal in every digit, and changes nothing",
)


def revised(history: History) -> Flag | None:
    """Explain a reading that later files have revised, which is how it should be."""
    if _is_contradictory(history):
        return None
    now, before = history.reading.net_energy_kwh, _net(history.replaced[0])
    message = (
        f"landed {_times(history)} with other values; the latest, {history.current.provenance.source}, holds, "
        f"and the net of the one before it was {exact(before)} kWh"
    )
    return REVISED.flag(now, before, message)


def conflicting_values(history: History) -> Flag | None:
    """Flag a reading of which one file brought two values: it contradicts itself."""
    if not _is_contradictory(history):
        return None
    now, before = history.reading.net_energy_kwh, _net(history.replaced[0])
    values = ", ".join(exact(_net(version)) for version in history.versions)
    more = " and older ones" if history.counted else ""
    message = f"one file gives this interval {_times(history)}, net {values}{more} kWh; the last one holds"
    return CONFLICTING_VALUES.flag(now, before, message)


def _is_contradictory(history: History) -> bool:
    """Return whether two of the values that are kept come from one file."""
    return len({version.provenance.source for version in history.versions}) < len(history.versions)


def _times(history: History) -> str:
    """Return how many pairs of values there were; of more than are kept, at least how many."""
    return f"{'at least ' if history.counted else ''}{history.revision_count + 1} times"


def _net(version: Version) -> Decimal:
    return Reading("", "", *version.values).net_energy_kwh


REVISED: Final = Rule(
    name="revised",
    severity="info",
    unit="kWh",
    sentence="a later file brought other values; they hold",
    advice="Nothing is to be done if the sender meant to correct the reading; the earlier values stay with it as"
    " revisions.",
    limits=(DIFFERENCE,),
    on_history=revised,
)
CONFLICTING_VALUES: Final = Rule(
    name="conflicting_values",
    severity="warning",
    unit="kWh",
    sentence="one file gives the same interval twice with other values",
    advice="Ask the sender why one file has the interval twice: two meters under one site, or a clock that was "
    "set back, are common. Then send the right values in a new file.",
    limits=(DIFFERENCE,),
    on_history=conflicting_values,
)
