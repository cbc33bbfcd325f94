"""What is usual of an hour, whatever the weather: the site's own profile of the weeks around.

By the sun: how much of a clear sky's light each hour of the day turns into energy. By the clock: the mean of each hour
of working days, and of weekends. Steady: nearly the same at any hour, as of wind.
"""

from typing import Final, Literal, NamedTuple

from heliograph.checks.flag import Limit
from heliograph.checks.place import SitePlace
from heliograph.estimation.hours import HOUR_SECONDS
from heliograph.estimation.light import hour_light
from heliograph.estimation.past import DAY_HOURS, PastHours, clock_hour, sun_hour
from heliograph.registers import Side
from heliograph.site import Site

UsualShape = Literal["sun", "clock", "steady"]

LEAST_DAYS: Final = Limit("days with measured hours", 3, "days", "VEE practice averages three like days at least")
DARKEST: Final = Limit(
    "darkest sky",
    0.02,
    "share of the usual",
    "an overcast one leaves a twentieth; what gives less is off or under snow",
)
# What all days say of an hour of the clock counts as so many days of its own kind, working day or weekend.
_LIKE_DAYS: Final = 4.0
# What all hours say of wind counts as so many days of an hour's own.
_STEADY_DAYS: Final = 28.0


class Usual(NamedTuple):
    """A site's own profile. shape: what it goes by. table: by hour of the day, kWh an hour; by the sun, of full light.

    place: where the sun is looked at; None where nobody knows, or where it doesn't matter.
    """

    shape: UsualShape
    table: list[float]
    place: SitePlace | None
    site: Site

    def kwh(self, begin: int) -> float:
        """Return what is usual of an hour, kWh. begin: seconds since 1970."""
        if self.shape == "clock":
            return self.table[clock_hour(self.site, begin)]
        return self.table[sun_hour(begin)] * hour_light(begin, self.place)


class Fitted(NamedTuple):
    """A profile, and what it says of the hours that it was fitted to, kWh."""

    usual: Usual
    kwh: list[float]


def usual_of(past: PastHours, side: Side, site: Site, place: SitePlace | None) -> Fitted | None:
    """Return the profile that measured hours show; None where they are of too few days.

    place: where the site lies, registered or fitted, if that is known.
    """
    if len({begin // (DAY_HOURS * HOUR_SECONDS) for begin in past.begins}) < LEAST_DAYS.value:
        return None
    found = [_fitted(shape, past, site, place) for shape in shapes_of(side, site)]
    return min(found, key=lambda fitted: _unexplained(fitted, past)) if len(found) > 1 else found[0]


def shapes_of(side: Side, site: Site) -> tuple[UsualShape, ...]:
    """Return what a side of a site may go by; where its kind isn't known, whatever explains its hours better."""
    if side == "consumed":
        return ("clock",)
    if site.kind == "wind":
        return ("steady",)
    by_sun = site.traits.by_sun
    return ("sun", "clock") if by_sun is None else ("sun",) if by_sun else ("clock",)


def _unexplained(fitted: Fitted, past: PastHours) -> float:
    return sum((kwh - usual) ** 2 for kwh, usual in zip(past.kwh, fitted.kwh, strict=True))


def _fitted(shape: UsualShape, past: PastHours, site: Site, place: SitePlace | None) -> Fitted:
    if shape == "sun":
        table, kwh = _by_sun(past, place)
        return Fitted(Usual(shape, table, place, site), kwh)
    table, hours = (_by_clock(past), past.by_clock) if shape == "clock" else (_steady(past), past.by_sun)
    return Fitted(Usual(shape, table, None, site), [table[at] for at in hours])


def _by_sun(past: PastHours, place: SitePlace | None) -> tuple[list[float], list[float]]:
    """Return how much of full light each hour of the day turns into energy, and what that makes of the hours.

    Hours in which the site was off teach nothing.
    """
    lit = [1.0] * len(past.begins) if place is None else [hour_light(begin, place) for begin in past.begins]
    table = _of_light(past, lit, [0.0] * DAY_HOURS)
    table = _of_light(past, lit, [DARKEST.value * each for each in table])
    return table, [table[at] * each for at, each in zip(past.by_sun, lit, strict=True)]


def _of_light(past: PastHours, lit: list[float], least: list[float]) -> list[float]:
    """Return the energy of each hour of the day over its light. least: of full light; hours with less don't count."""
    energy, light = [0.0] * DAY_HOURS, [0.0] * DAY_HOURS
    for at, kwh, each in zip(past.by_sun, past.kwh, lit, strict=True):
        if kwh >= least[at] * each:
            energy[at] += kwh
            light[at] += each
    return [max(0.0, kwh / each) if each > 0 else 0.0 for kwh, each in zip(energy, light, strict=True)]


def _by_clock(past: PastHours) -> list[float]:
    """Return the mean of each hour of working days, and of weekends behind; each drawn towards the hour of all days."""
    kinds = 2 * DAY_HOURS
    mean = sum(past.kwh) / len(past.kwh)
    sums, counts = [0.0] * kinds, [0] * kinds
    for at, kwh in zip(past.by_clock, past.kwh, strict=True):
        sums[at] += kwh
        counts[at] += 1
    table = []
    for at in range(kinds):
        other = (at + DAY_HOURS) % kinds
        both = (sums[at] + sums[other] + mean) / (counts[at] + counts[other] + 1)
        table.append((sums[at] + _LIKE_DAYS * both) / (counts[at] + _LIKE_DAYS))
    return table


def _steady(past: PastHours) -> list[float]:
    """Return the mean of each hour of the day, drawn towards the mean of all."""
    mean = sum(past.kwh) / len(past.kwh)
    sums, counts = [_STEADY_DAYS * mean] * DAY_HOURS, [_STEADY_DAYS] * DAY_HOURS
    for at, kwh in zip(past.by_sun, past.kwh, strict=True):
        sums[at] += kwh
        counts[at] += 1
    return [total / count for total, count in zip(sums, counts, strict=True)]
