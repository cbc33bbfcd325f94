"""The single-reading checks where the registry is silent: by the site's own most, its own dark hours."""

from collections.abc import Iterator

from heliograph.baseline import HOURS, Baseline, Field
from heliograph.checks import limits
from heliograph.checks.flag import Flag, rounded
from heliograph.checks.view import View, around
from heliograph.formatting import number, percent


def negative(view: View, field: Field) -> Iterator[tuple[int, Flag]]:
    """Flag energy below zero by far more than auxiliary consumption, at a site without a nameplate."""
    values = view.series.generated if field == "generated" else view.series.consumed
    if view.site.max_interval_kwh is not None:
        return
    for position in range(view.first, view.after):
        if values[position] < 0:
            most = _most(view, field) or around(view.series, values, position)
            limit = -limits.NEGATIVE_BY_BASELINE.value * most
            if values[position] < limit < 0:
                yield position, _negative(values[position], limit, field)


def night_generation(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag generation in hours in which the site has never generated, where its place is unknown."""
    if view.by_sun or not view.baseline.known or not any(view.baseline.dark) or view.baseline.full <= 0:
        return
    limit = limits.NIGHT_BY_BASELINE.value * view.baseline.full
    values = view.series.generated
    for position in range(view.first, view.after):
        if values[position] > limit and _deep_in_the_dark(view.baseline, view.hour(position)):
            message = (
                f"{number(values[position])} kWh generated at an hour in which the site has been dark for weeks; "
                "check the logger's clock, or the value is frozen"
            )
            yield (
                position,
                Flag("night_generation", rounded(values[position]), rounded(limit), "kWh", "critical", message),
            )


def _deep_in_the_dark(baseline: Baseline, hour: int) -> bool:
    # The days grow longer within the weeks it is fitted to: the hours beside must be dark as well.
    return baseline.dark[hour - 1] and baseline.dark[hour] and baseline.dark[(hour + 1) % HOURS]


def _most(view: View, field: Field) -> float | None:
    if field == "generated":
        return view.full
    return view.baseline.top if view.baseline.known and view.baseline.top > 0 else None


def _negative(value: float, limit: float, field: Field) -> Flag:
    message = (
        f"energy_{field}_kwh is {number(value)} kWh; below {number(limit)} kWh "
        f"({percent(limits.NEGATIVE_BY_BASELINE.value)} of the site's usual most) it isn't auxiliary consumption"
    )
    return Flag("negative", rounded(value), rounded(limit), "kWh", "warning", message)
