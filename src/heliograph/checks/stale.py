"""Stale values: a meter or a link that repeats its last value. Spares night, zero, clipping and feed-in limits."""

from collections.abc import Iterator
from typing import Final

from heliograph.baseline import Field
from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.runs import Run, beyond_chance, judged, length
from heliograph.checks.view import View, around
from heliograph.formatting import count, exact

_MINUTES: Final = 60


def stale(view: View, runs: list[Run], field: Field) -> Iterator[tuple[int, Flag]]:
    """Flag the readings of runs of equal values that neither the site's limits nor its baseline explain.

    runs: those of at least `limits.STALE_READINGS` equal readings of the field, in the whole series.
    """
    for run in runs:
        positions = judged(run, view)
        if positions and _is_stale(view, run, field):
            flag = _flag(view, run, field)
            yield from ((position, flag) for position in positions)


def _is_stale(view: View, run: Run, field: Field) -> bool:
    generated = field == "generated"
    values = view.series.generated if generated else view.series.consumed
    value = values[run.first]
    if _is_nothing(view, run, value, field) or length(run, view) < _least(view, field):
        return False
    if not generated:
        return True
    return length(run, view) > _longest_plateau(view) or _in_the_dark(view, run) or not _is_limit(view, run, value)


def _is_nothing(view: View, run: Run, value: float, field: Field) -> bool:
    """Return whether the value is zero or auxiliary consumption, which a sound meter repeats."""
    most = view.full_around(run.first) if field == "generated" else view.baseline.top
    return abs(value) <= limits.NIGHT_DEADBAND.value * most or value == 0


def _least(view: View, field: Field) -> int:
    """Return how many equal readings are too many for this site's meter."""
    repeats = view.baseline.repeats[field == "consumed"]
    return max(int(limits.STALE_READINGS.value), 1 + beyond_chance(repeats))


def _longest_plateau(view: View) -> int:
    return int(limits.LONGEST_PLATEAU.value * _MINUTES / view.series.minutes)


def _in_the_dark(view: View, run: Run) -> bool:
    return any(view.dark(position) for position in (run.first, run.after - 1, *judged(run, view)))


def _is_limit(view: View, run: Run, value: float) -> bool:
    """Return whether a plant's control holds the value: its most, or a share of nameplate it may feed in."""
    nameplate = view.site.capacity_kw
    if nameplate is None:
        most = max(around(view.series, view.series.generated, run.first), view.baseline.full)
        return value >= limits.TOP.value * most > 0
    share = value / (nameplate * view.series.minutes / 60)
    if view.baseline.known and share >= limits.TOP.value:
        # The plant's own limit is where its output has been held before.
        return (
            share >= 1 - limits.FEED_IN_MARGIN.value or value >= (1 - limits.FEED_IN_MARGIN.value) * view.baseline.full
        )
    limited = any(abs(share - limit) <= limits.FEED_IN_MARGIN.value for limit in limits.FEED_IN_LIMITS)
    return share >= limits.TOP.value or limited


def _flag(view: View, run: Run, field: Field) -> Flag:
    value = exact(view.series.exact[run.first][field == "consumed"])
    readings = length(run, view)
    message = (
        f"energy_{field}_kwh has been {value} kWh for {count(readings, 'reading')} or more in a row; "
        "a working meter's last digits change"
    )
    return Flag("stale", rounded(readings), rounded(_least(view, field)), "readings", "warning", message)
