"""Energies that can't be: values that stand for none, more than the nameplate can give, or in the dark.

A check that needs something the site's registry entry doesn't say is silent: it never flags on a guess.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.plausible import (
    ABOVE_ZERO,
    BELOW_ZERO,
    MOST_OF_CAPACITY,
    NEGATIVE_SENTINELS,
    POSITIVE_SENTINELS,
    last_count,
)
from heliograph.checks.running_total import is_count
from heliograph.checks.sun import DEEP_NIGHT_ELEVATION, NIGHT_ELEVATION, NIGHT_SINE, sun_elevation
from heliograph.checks.unit_error import UNIT_TIMES, is_thousandfold
from heliograph.formatting import duration, exact, number, percent
from heliograph.reading import Reading, moment_of
from heliograph.site import Site

if TYPE_CHECKING:
    from heliograph.baseline import Baseline
    from heliograph.checks.view import View

NIGHT_DEADBAND: Final = Limit(
    "deadband above zero",
    0.005,
    "share of capacity",
    "4 times what a healthy meter reads off zero at night (NREL's SERF East: 0.12 %): with capacity and place known",
)
NIGHT_BY_BASELINE: Final = Limit(
    "deadband above zero, without a place",
    0.03,
    "share of the usual most",
    "wider than by the sun: days lengthen within the weeks it is fitted to",
)
UNMISTAKABLE: Final = Limit(
    "much at night", 0.1, "share of capacity", "what a plant gives by day, and twenty times what a meter at rest shows"
)
NIGHT_TIMES: Final = Limit(
    "above its nights",
    2.0,
    "times the usual most of a night",
    "a site's own nights: stray counts, a battery, a street light",
)
NIGHT_COUNTS: Final = Limit(
    "above a count", 1.5, "steps of the meter", "a meter at rest shows one count: what gathered since the evening"
)
NIGHT_MARGIN: Final = Limit(
    "beside its days", 60.0, "minutes", "a clock that is an hour off is time_shift's to tell; so is one that always was"
)
# A meter's count stands for so many kWh, times a power of ten.
_COUNTS: Final = frozenset({(1,), (2,), (5,), (2, 5), (1, 2, 5)})
_HOUR_MINUTES: Final = 60
_FEWEST_BEYOND: Final = 2
_DAY_SECONDS: Final = 86_400
BEYOND_NAMEPLATE: Final = Limit(
    "a nameplate that is too low",
    1.03,
    "share of capacity",
    "an inverter holds its limit within 2 to 3 %; days beyond it, within the margin, are a larger plant's",
)
_SUN_STEP_MINUTES: Final = 60
_NOTHING: Final = Decimal(0)


def is_no_value(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag a value that loggers write for "no data"."""
    for name, value in reading.energies:
        if value in BELOW_ZERO or (value in ABOVE_ZERO and not _possible(value, site)):
            message = f"{name} is exactly {exact(value)}, which loggers write when they have no value"
            return SENTINEL.flag(value, value, message)
    return None


def over_capacity(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag generation beyond what the nameplate can give in an interval, unless a unit or a count explains it."""
    full = site.max_interval_kwh
    value = reading.energy_generated_kwh
    if full is None or value is None or value <= full or value <= (limit := MOST_OF_CAPACITY.value * full):
        return None
    if value <= limit + max(site.meter_step_kwh or 0.0, last_count(value)):
        return None
    if value not in ABOVE_ZERO and (is_thousandfold(float(value), full) or is_count(float(value), site)):
        return None
    message = (
        f"energy_generated_kwh is {exact(value)} kWh; {number(site.full_kw or 0, 6)} kW gives at most "
        f"{number(limit)} kWh in {duration(site.interval_minutes or 0)}, "
        f"including a margin of {percent(MOST_OF_CAPACITY.value - 1)}"
    )
    return OVER_CAPACITY.flag(value, limit, message)


def sustained_kwh(values: Sequence[float], minutes: int, most: float) -> float:
    """Return what values reach for an hour in all, in two readings at least, kWh in an interval.

    minutes: length of an interval. most: what the nameplate can give in one; what is far beyond is in another unit.
    """
    beyond, needed = UNIT_TIMES.value * most, max(_FEWEST_BEYOND, _HOUR_MINUTES // minutes)
    ranked = sorted(values)
    after = bisect_right(ranked, beyond)
    return round(ranked[after - needed], 6) if after >= needed else 0.0


def _proves_nameplate(view: "View", position: int) -> bool:
    """Return whether a reading within nameplate shows that it is right: not near hours beyond it, nor for a week."""
    full = view.site.max_interval_kwh
    if full is None:
        return True
    begin, after = view.hours_around(position)
    most = MOST_OF_CAPACITY.value * full + view.step("generated")
    today = sustained_kwh(view.series.generated[begin:after], view.series.minutes, most)
    is_larger = view.baseline.known and view.baseline.full > BEYOND_NAMEPLATE.value * full
    return not is_larger and max(today, view.baseline.sustained) <= most


def _possible(value: Decimal, site: Site) -> bool:
    full = site.max_interval_kwh
    return full is not None and value <= full * MOST_OF_CAPACITY.value


def in_the_dark(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag a solar site that gives a good part of its most in deep night; what is less needs its weeks to be judged."""
    full = site.max_interval_kwh
    value = reading.energy_generated_kwh
    if (
        site.kind != "solar"
        or full is None
        or value is None
        or value <= UNMISTAKABLE.value * full
        or may_be_one_count(value)
    ):
        return None
    highest = _highest_sun(reading, site)
    if highest is None or highest >= DEEP_NIGHT_ELEVATION.value:
        return None
    message = (
        f"{exact(value)} kWh generated with the sun {number(-highest, 2)} degrees below the horizon "
        f"(night begins at {number(-NIGHT_ELEVATION.value)}); check the logger's clock, and whether the value is frozen"
    )
    return NIGHT_GENERATION.flag(highest, DEEP_NIGHT_ELEVATION.value, message)


def may_be_one_count(value: Decimal) -> bool:
    """Return whether a value may be a single count of a meter: these stand for 1, 2, 2.5 or 5 times a power of ten."""
    return value.normalize().as_tuple().digits in _COUNTS


def in_dark_hours(view: "View") -> Iterator[tuple[int, Flag]]:
    """Flag generation at night above what the site's nights are used to: two readings in a row, an hour, or very much.

    A meter that counts what gathered since the evening does so once; a home whose battery discharges does it every
    night.
    """
    full = view.full if "generated" in view.fields else None
    if full is None or not view.baseline.known or not view.may_be_solar:
        return
    share = NIGHT_DEADBAND if view.is_placed and view.site.capacity_kw else NIGHT_BY_BASELINE
    counts = NIGHT_COUNTS.value * view.step("generated")
    limit = max(share.value * full, NIGHT_TIMES.value * view.baseline.night, counts)
    values = view.series.generated
    first, after = view.with_context
    above = [each for each, value in enumerate(values[first:after], first) if value > limit]
    lit = {each for each in _beside_its_days(view, above) if _is_night(view, each)}
    goes_on = view.series.minutes >= _HOUR_MINUTES
    for position in sorted(lit):
        is_much = values[position] > UNMISTAKABLE.value * full
        lasts = goes_on or position - 1 in lit or position + 1 in lit
        is_due = lasts or (is_much and not may_be_one_count(view.series.exact[position][0] or _NOTHING))
        if is_due and view.first <= position < view.after:
            message = (
                f"{number(values[position])} kWh generated at an hour in which the site has been dark for weeks "
                f"(up to {number(limit)} kWh is usual); check the logger's clock, and whether the value is frozen"
            )
            yield position, NIGHT_GENERATION.flag(values[position], limit, message, unit="kWh")


def _beside_its_days(view: "View", positions: list[int]) -> list[int]:
    """Return those of the positions that lie beside the hours in which the site generates, by its last week."""
    rise, fall = view.baseline.rise, view.baseline.fall
    if min(rise, fall) < 0 or not positions:
        return positions
    ends, margin = view.series.ends, int(NIGHT_MARGIN.value * 60)
    to_rise = view.dial(positions[0]) - ends[positions[0]] - rise + margin
    longest = (fall - rise) % _DAY_SECONDS + 2 * margin
    return [each for each in positions if (ends[each] + to_rise) % _DAY_SECONDS > longest]


def _is_night(view: "View", position: int) -> bool:
    """Return whether the site can't generate then: by the sun, else by its dark hours."""
    if view.by_sun:
        return view.highest_sun(position) < NIGHT_SINE
    return _deep_in_the_dark(view.baseline, view.hour(position))


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


SENTINEL: Final = Rule(
    name="sentinel",
    severity="critical",
    unit="kWh",
    sentence="a value that loggers write when they have none, such as -999",
    headline="The logger writes stand-ins for values from {when}",
    advice="Find out why the logger has no value: look at its link to the meter. Sums leave the reading out; "
    "send the measured value again when there is one.",
    limits=(*NEGATIVE_SENTINELS, *POSITIVE_SENTINELS),
    on_reading=is_no_value,
)
OVER_CAPACITY: Final = Rule(
    name="over_capacity",
    severity="warning",
    unit="kWh",
    sentence="more than the nameplate can give in an interval",
    headline="More than the plant can give on {when}",
    advice="Compare capacity_kw, ac_capacity_kw and interval_minutes in the registry with the plant: was it extended? "
    "If they are right, check the meter's factor and unit, and send the readings again.",
    limits=(MOST_OF_CAPACITY, BEYOND_NAMEPLATE),
    on_reading=over_capacity,
    can_flag=_proves_nameplate,
)
NIGHT_GENERATION: Final = Rule(
    name="night_generation",
    severity="warning",
    unit="degrees",
    sentence="a solar site generates in the dark",
    headline="The site generates in the dark from {when}",
    advice="Check the logger's clock and time zone first; if they are right, look for a meter or a link that "
    "repeats an old value, and check the registered place.",
    limits=(
        NIGHT_ELEVATION,
        DEEP_NIGHT_ELEVATION,
        UNMISTAKABLE,
        NIGHT_DEADBAND,
        NIGHT_BY_BASELINE,
        NIGHT_TIMES,
        NIGHT_COUNTS,
        NIGHT_MARGIN,
    ),
    on_reading=in_the_dark,
    on_series=in_dark_hours,
    can_flag=lambda view, position: view.dark(position),
)
