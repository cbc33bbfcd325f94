"""Short gaps: power goes straight from what was before to what comes after; by the sun, as a share of the light."""

from typing import Final

from heliograph.checks.flag import Limit
from heliograph.checks.place import SitePlace
from heliograph.estimation.light import light_in
from heliograph.estimation.model import Gap

SHORT_GAP: Final = Limit(
    "longest gap that is interpolated",
    1.0,
    "hours",
    "VEE practice interpolates up to one or two hours; beyond one the day's own shape says more than its ends",
)
# Less light than this says nothing of how much there is next to it, nor does so much more than on the line.
_LEAST_LIGHT: Final = 0.02
_MOST_TIMES: Final = 1.5
_HOUR: Final = 3600


def is_short(gap: Gap) -> bool:
    """Return whether a gap is so short, and both its ends are so well known, that a line fills it."""
    is_brief = len(gap.ends) == 1 or len(gap.ends) * gap.seconds <= SHORT_GAP.value * _HOUR
    return is_brief and gap.before is not None and gap.after is not None


def interpolated(gap: Gap, place: SitePlace | None) -> list[float]:
    """Return the energies of a short gap's intervals, kWh.

    place: where a solar site lies; None of other sites, or where nobody knows.
    """
    before, after = float(gap.before or 0), float(gap.after or 0)
    line = straight(before, after, len(gap.ends))
    if place is None or gap.seconds > _HOUR:
        return line
    begins = (gap.begins - gap.seconds, *(end - gap.seconds for end in gap.ends), gap.ends[-1])
    first, *light, last = [light_in(begin, gap.seconds, place) for begin in begins]
    bends = zip(light, straight(first, last, len(light)), strict=True)
    return [
        energy * min(_MOST_TIMES, lit / even) if even > _LEAST_LIGHT else energy
        for energy, (lit, even) in zip(line, bends, strict=True)
    ]


def straight(before: float, after: float, count: int) -> list[float]:
    """Return so many values on a straight line between two others."""
    return [before + (after - before) * turn / (count + 1) for turn in range(1, count + 1)]
