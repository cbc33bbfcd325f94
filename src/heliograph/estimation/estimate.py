"""Estimates of a gap, by the first method that can say something.

In this order: a known sum is shared out by the profile; a short gap is interpolated; then go neighbours under the same
sky, then the site's own profile. Where none of them can, there is no estimate and the intervals are missing.
"""

from collections.abc import Sequence
from decimal import Decimal

from heliograph.checks.place import SitePlace
from heliograph.estimation.hourly import Around, hourly
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.estimation.interpolation import interpolated, is_short
from heliograph.estimation.model import Estimate, Gap, Method, Neighbour
from heliograph.estimation.spread import rounded, spread
from heliograph.site import Site


def estimate(
    gap: Gap,
    site: Site,
    history: Sequence[DayHours] = (),
    neighbours: Sequence[Neighbour] = (),
    place: SitePlace | None = None,
) -> list[Estimate]:
    """Estimate each interval of a gap; empty where nothing can be said of it.

    history: the site's own measured hours: of the weeks before the gap, of the gap's own days, and of the days behind
    where these are known. Without it only a known sum (shared out evenly) and a short gap are estimated.
    neighbours: sites of the same kind close by. place: where the site's days tell that it lies, as
    `baseline.Baseline.place`; a registered place goes before it.
    """
    around = Around(site, history, neighbours, place)
    most = _most_kwh(gap, site)
    if gap.known is not None:
        found = hourly(gap, around)
        weights = [found.within(end - gap.seconds, gap.seconds) for end in gap.ends] if found else [1.0] * len(gap.ends)
        return _estimates(gap, spread(gap.known, weights, most), "known_sum")
    if is_short(gap):
        by_sun = around.place if site.traits.by_sun and gap.side == "generated" else None
        return _estimates(gap, rounded(interpolated(gap, by_sun)), "interpolation")
    found = hourly(gap, around)
    if found is None:
        return []
    energies = [found.within(end - gap.seconds, gap.seconds) for end in gap.ends]
    return _estimates(gap, rounded([each if most is None else min(each, most) for each in energies]), found.method)


def needs_history(gap: Gap) -> bool:
    """Return whether an estimate of a gap goes by more than the gap itself."""
    return gap.known is not None or not is_short(gap)


def _most_kwh(gap: Gap, site: Site) -> float | None:
    """Return the most that the site generates in an interval of a gap, kWh; None where nobody knows."""
    if gap.side == "consumed" or site.full_kw is None:
        return None
    return site.full_kw * gap.seconds / HOUR_SECONDS


def _estimates(gap: Gap, energies: Sequence[Decimal], method: Method) -> list[Estimate]:
    return [Estimate(end, kwh, method) for end, kwh in zip(gap.ends, energies, strict=True)]
