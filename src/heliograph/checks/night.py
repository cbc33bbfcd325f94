"""Generation in the dark: by the sun where the site's place is registered, else by its own dark hours."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from heliograph.checks.flag import Flag, Limit
from heliograph.checks.rule import Rule
from heliograph.checks.sun import NIGHT_ELEVATION, sun_elevation
from heliograph.formatting import exact, number
from heliograph.reading import Reading, moment_of
from heliograph.site import Site

if TYPE_CHECKING:
    from heliograph.baseline import Baseline
    from heliograph.checks.view import View

NIGHT_DEADBAND: Final = Limit(
    "deadband above zero",
    0.005,
    "share of capacity",
    "the same deadband as for negative values, on the other side of zero",
)
NIGHT_BY_BASELINE: Final = Limit(
    "deadband above zero, without a place",
    0.03,
    "share of the usual most",
    "wider than by the sun: days lengthen within the weeks it is fitted to",
)
_SUN_STEP_MINUTES: Final = 60


def in_the_dark(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag a solar site that generates while the sun is well below the horizon for the whole interval."""
    full = site.max_interval_kwh
    value = reading.energy_generated_kwh
    if site.kind != "solar" or full is None or value <= NIGHT_DEADBAND.value * full:
        return None
    highest = _highest_sun(reading, site)
    if highest is None or highest >= NIGHT_ELEVATION.value:
        return None
    message = (
        f"{exact(value)} kWh generated with the sun {number(-highest, 2)} degrees below the horizon "
        f"(night begins at {number(-NIGHT_ELEVATION.value)}); check the logger's clock, or the value is frozen"
    )
    return NIGHT_GENERATION.flag(highest, NIGHT_ELEVATION.value, message)


def in_dark_hours(view: "View") -> Iterator[tuple[int, Flag]]:
    """Flag generation in hours in which the site has never generated, where its place is unknown."""
    if view.by_sun or not view.baseline.known or not any(view.baseline.dark) or view.baseline.full <= 0:
        return
    limit = NIGHT_BY_BASELINE.value * view.baseline.full
    values = view.series.generated
    for position in range(view.first, view.after):
        if values[position] > limit and _deep_in_the_dark(view.baseline, view.hour(position)):
            message = (
                f"{number(values[position])} kWh generated at an hour in which the site has been dark for weeks; "
                "check the logger's clock, or the value is frozen"
            )
            yield position, NIGHT_GENERATION.flag(values[position], limit, message, unit="kWh")


def _highest_sun(reading: Reading, site: Site) -> float | None:
    """Return the sun's highest elevation in the interval, degrees, looked at hourly; None where it can't be known."""
    if site.latitude is None or site.longitude is None or site.interval_minutes is None:
        return None
    ends = moment_of(reading.timestamp)
    steps = [*range(0, site.interval_minutes, _SUN_STEP_MINUTES), site.interval_minutes]
    moments = (ends - timedelta(minutes=back) for back in steps)
    return max(sun_elevation(moment, site.latitude, site.longitude) for moment in moments)


def _deep_in_the_dark(baseline: "Baseline", hour: int) -> bool:
    # The days grow longer within the weeks it is fitted to: the hours beside must be dark as well.
    return baseline.dark[hour - 1] and baseline.dark[hour] and baseline.dark[(hour + 1) % len(baseline.dark)]


NIGHT_GENERATION: Final = Rule(
    name="night_generation",
    severity="critical",
    unit="degrees",
    sentence="a solar site generates in the dark",
    advice="Check the logger's clock and time zone first; if they are right, look for a meter or a link that "
    "repeats an old value, and check the registered place.",
    limits=(NIGHT_ELEVATION, NIGHT_DEADBAND, NIGHT_BY_BASELINE),
    on_reading=in_the_dark,
    on_series=in_dark_hours,
    can_flag=lambda view, position: view.dark(position),
)
