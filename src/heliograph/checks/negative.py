"""Energy below zero: what a site draws at rest, a sign that is turned, and a meter that sends the net of both sides.

A reading alone says little: a turbine at rest, a battery that charges, a transformer at night and a net meter are below
zero, too. So only what no site can draw is flagged as it lands. The rest is judged over time, by the site's kind and by
what it draws at rest itself.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.plausible import BELOW_ZERO, MOST_OF_CAPACITY
from heliograph.formatting import duration, exact, number, percent
from heliograph.reading import Reading
from heliograph.site import Site

if TYPE_CHECKING:  # the processor needs none of what the checks over time stand on
    from heliograph.baseline import Field
    from heliograph.checks.view import View
    from heliograph.checks.whole_day import WholeDay

REST: Final = Limit(
    "draw at rest",
    0.02,
    "share of capacity",
    "inverters, loggers and a transformer's no-load loss draw 0.1 to 1 % of nameplate (NREL's SERF East: 0.12 %)",
)
REST_OF_WIND: Final = Limit(
    "draw at rest of a turbine",
    0.03,
    "share of capacity",
    "La Haute Borne's 2 MW turbines draw 17 kW, 0.8 %; heated blades and oil up to 2 or 3 %",
)
REST_BY_BASELINE: Final = Limit(
    "draw at rest, without a nameplate",
    0.03,
    "share of the usual most",
    "wider than with a nameplate, since the most is learned",
)
LEARNED_REST: Final = Limit(
    "beyond the learned draw at rest",
    1.5,
    "times what a quarter of the days show",
    "heating, fans and pumps come and go; they don't double what a site draws for days",
)
NET_BELOW: Final = Limit(
    "time below zero", 180.0, "minutes of a day", "import at night lasts longer than a fault at dusk or dawn"
)
NET_ABOVE: Final = Limit("time above zero", 60.0, "minutes of a day", "a meter that is wired in reverse has none")
NET_NOISE: Final = Limit("least of import", 0.001, "share of the most", "a lamp of 8 W at a home of 8 kW")
NET_BEYOND: Final = Limit(
    "beyond the draw at rest", 2.0, "readings of a day", "a kettle or a pump shows what a standby never does"
)

# Their rest is steady, or negative generation is how they charge: no sign of a net meter.
_NEVER_NET: Final = frozenset({"wind", "battery", "hybrid", "hydro", "chp", "ev"})
_CHARGES: Final = frozenset({"battery", "hybrid", "ev"})


def below_the_possible(reading: Reading, site: Site, _landed_at: str) -> Flag | None:
    """Flag energy further below zero than the site's nameplate power could be above it: no kind explains that."""
    full = site.max_interval_kwh
    if full is None:
        return None
    limit = -MOST_OF_CAPACITY.value * full
    for name, value in reading.energies:
        if value < Decimal(limit) and value not in BELOW_ZERO:
            message = (
                f"{name} is {exact(value)} kWh; {number(site.capacity_kw or 0, 6)} kW can't even draw more than "
                f"{number(-limit)} kWh in an interval"
            )
            return NEGATIVE.flag(value, limit, message)
    return None


def below_the_rest(view: "View") -> Iterator[tuple[int, Flag]]:
    """Flag energy below zero by more than the site draws at rest; what a net meter sends is flagged by the day."""
    for field in view.fields:
        values = view.values(field)
        if view.first < view.after and min(values[view.first : view.after]) < 0:
            yield from _below_the_rest(view, values, field)


def _below_the_rest(view: "View", values: list[float], field: "Field") -> Iterator[tuple[int, Flag]]:
    is_net: dict[tuple[int, int], bool] = {}
    for position in range(view.first, view.after):
        value = values[position]
        if value >= 0 or Decimal(value) in BELOW_ZERO:
            continue
        most = view.most(field) or view.around(values, position)
        limit = -_rest(view, field, most)
        if not value < limit < 0:
            continue
        around = view.hours_around(position)
        if around not in is_net:
            is_net[around] = _is_net(view, field, range(*around), most)
        if not is_net[around]:
            yield position, NEGATIVE.flag(value, limit, _message(view, field, value, limit))


def _message(view: "View", field: "Field", value: float, limit: float) -> str:
    return (
        f"energy_{field}_kwh is {number(value)} kWh; below {number(limit)} kWh, "
        f"{percent(_share(view))} of the site's most or half more than it draws at rest on a quarter of its days, "
        "it isn't auxiliary consumption"
    )


def _share(view: "View") -> float:
    if view.site.max_interval_kwh is None:
        return REST_BY_BASELINE.value
    return (REST_OF_WIND if view.site.kind == "wind" else REST).value


def _rest(view: "View", field: "Field", most: float) -> float:
    """Return what the site may draw at rest in an interval, kWh: by its kind, or what it draws itself on many days."""
    learned = view.baseline.rest[field == "consumed"] if view.baseline.known else 0.0
    if field == "generated" and view.site.kind in _CHARGES and not _charges_elsewhere(view, learned):
        return MOST_OF_CAPACITY.value * most
    return max(_share(view) * most, LEARNED_REST.value * learned)


def _charges_elsewhere(view: "View", learned: float) -> bool:
    """Return whether a storage gives for weeks, and is charged on its other side: negative generation charges nothing.

    What it gives it has taken in. learned: what its generation goes below zero on a quarter of the days, kWh.
    """
    return view.baseline.known and learned <= 0 < min(view.baseline.full, view.baseline.top)


def _is_net(view: "View", field: "Field", positions: range, most: float) -> bool:
    """Return whether readings of about a day are the net of import and export: for hours below zero, for some above.

    A sign that is turned by day isn't: what lies beyond the draw at rest lies in the dark as well.
    """
    if view.site.kind in _NEVER_NET or most <= 0:
        return False
    values, minutes = view.values(field), view.series.minutes
    noise, rest = NET_NOISE.value * most, _share(view) * most
    below = [position for position in positions if values[position] < -noise]
    above = sum(values[position] > noise for position in positions)
    if len(below) * minutes < NET_BELOW.value or above * minutes < NET_ABOVE.value:
        return False
    beyond = [position for position in below if values[position] < -rest]
    if field == "generated":
        bright = set(view.bright_of(beyond))
        beyond = [position for position in beyond if position not in bright]
    return len(beyond) >= NET_BEYOND.value


def sends_the_net(day: "WholeDay") -> Flag | None:
    """Flag a day of which one side is for hours below zero and for hours above it: import or export has its sign."""
    view = day.view
    positions = range(view.first, view.after)
    for field in view.fields:
        values = view.values(field)[view.first : view.after]
        if min(values) >= 0:
            continue
        ranked = sorted(values)
        most = view.most(field) or ranked[-min(2, len(ranked))]
        if _is_net(view, field, positions, most):
            return _net_flag(field, sum(value < 0 for value in values) * view.series.minutes)
    return None


def _net_flag(field: "Field", minutes: int) -> Flag:
    other, what = ("consumed", "import") if field == "generated" else ("generated", "export")
    message = (
        f"energy_{field}_kwh is below zero for {duration(minutes)} of the day and above it for others: it is the net "
        f"of a two-way meter; {what} belongs in energy_{other}_kwh, above zero. Let the feed send both sides, or set "
        "the sign to net in its profile"
    )
    return SIGNED_NET.flag(minutes, NET_BELOW.value, message)


NEGATIVE: Final = Rule(
    name="negative",
    severity="warning",
    unit="kWh",
    sentence="energy below zero by more than the site draws at rest",
    headline="Energy falls below zero from {when}",
    advice="Check whether the meter's wires, its phases or the sign in the feed are reversed; then send the readings "
    "again.",
    limits=(REST, REST_OF_WIND, REST_BY_BASELINE, LEARNED_REST, MOST_OF_CAPACITY),
    on_reading=below_the_possible,
    on_series=below_the_rest,
)
SIGNED_NET: Final = Rule(
    name="signed_net",
    severity="warning",
    unit="minutes",
    sentence="one side holds the net of import and export, with a sign",
    headline="The net of import and export comes as one side from {when}",
    advice="Import belongs in energy_consumed_kwh, export in energy_generated_kwh, both above zero. Let the feed send "
    "both registers, or set the sign to net in the feed's profile so that it is split; then send the readings again.",
    limits=(NET_BELOW, NET_ABOVE, NET_NOISE, NET_BEYOND, REST),
    on_day=sends_the_net,
)
