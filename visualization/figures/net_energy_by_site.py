"""What each site gave more than it took, or took more than it gave."""

from typing import Final

import altair as alt
from altair.typing import ChartType

import theme
from drawing import (
    BAR_STEP,
    MOST_BARS,
    Drawing,
    Fleet,
    headed,
    hidden,
    joined,
    left_out_note,
    range_and_source,
    rows,
)
from series import SiteSeries
from words import Unit, energy, unit_for

_GAVE: Final = "gave more than they took"
_TOOK: Final = "took more than they gave"
_COLORS: Final = {_GAVE: theme.GENERATED, _TOOK: theme.CONSUMED}


def draw(fleet: Fleet) -> Drawing:
    """Draw a bar a site, to the right where it gave more than it took; of many, those furthest from zero."""
    by_size = sorted(fleet.sites, key=lambda site: (-abs(site.totals.net), site.site.site_id))
    shown = sorted(by_size[:MOST_BARS], key=lambda site: (-site.totals.net, site.site.site_id))
    title = _title(fleet.sites)
    note = hidden(len(fleet.sites), len(shown), "with the largest net energy")
    meaning = joined("Net energy is generated minus consumed", left_out_note(fleet.sites))
    subtitle = [meaning, *filter(None, [note]), range_and_source(fleet)]
    return Drawing("net-energy-by-site", title, headed(_chart(shown), title, subtitle), None, "Net energy")


def _title(sites: tuple[SiteSeries, ...]) -> str:
    net = sum(site.totals.net for site in sites)
    gave = sum(site.totals.net > 0 for site in sites)
    if len(sites) == 1:
        return f"{sites[0].site.site_id} {balance(net)}"
    if gave in (0, len(sites)):
        did = _GAVE if gave else _TOOK
        return f"All {len(sites)} sites {did}: {energy(abs(net))} together"
    return f"{gave} of {len(sites)} sites {_GAVE}; together they {_verb(net)}"


def balance(net: float) -> str:
    """Say what a net energy (kWh) means, as the end of a sentence about a site."""
    if not net:
        return "gave as much as it took"
    return f"gave back {energy(net)} more than it took" if net > 0 else f"took {energy(-net)} more than it gave"


def _verb(net: float) -> str:
    return f"gave back {energy(net)}" if net > 0 else f"took {energy(-net)}"


def _chart(sites: list[SiteSeries]) -> ChartType:
    unit = unit_for(site.totals.net for site in sites)
    values = [_row(site, unit) for site in sites]
    order = [site.site.site_id for site in sites]
    x = alt.X(
        "net:Q",
        axis=alt.Axis(tickCount=8),
        title=f"Net energy ({unit.name})",
        scale=alt.Scale(domain=_domain(sites, unit), nice=False),
    )
    base = alt.Chart(rows(values), width=theme.WIDTH, height=BAR_STEP * len(sites)).encode(
        x=x, y=alt.Y("site:N", sort=order, title=None)
    )
    zero = alt.Chart(rows([{"net": 0}])).mark_rule(color=theme.MUTED, strokeWidth=1).encode(x="net:Q")
    sides = [side for side in _COLORS if any(row["side"] == side for row in values)]
    return alt.layer(_bars(base, sides), *_labels(base), zero)


def _bars(base: alt.Chart, sides: list[str]) -> alt.Chart:
    scale = alt.Scale(domain=sides, range=[_COLORS[side] for side in sides])
    tooltip = [
        alt.Tooltip("site:N", title="Site"),
        alt.Tooltip("label:N", title="Net"),
        alt.Tooltip("generated:N", title="Generated"),
        alt.Tooltip("consumed:N", title="Consumed"),
        alt.Tooltip("readings:Q", title="Readings", format=",d"),
    ]
    color = alt.Color("side:N", scale=scale, legend=alt.Legend(symbolType="square"))
    bars: alt.Chart = base.mark_bar(cornerRadius=1.5).encode(color=color, tooltip=tooltip)
    return bars


def _labels(base: alt.Chart) -> list[alt.Chart]:
    """Write each figure at the far end of its bar."""
    right = base.mark_text(align="left", dx=6).transform_filter("datum.net >= 0")
    left = base.mark_text(align="right", dx=-6).transform_filter("datum.net < 0")
    return [side.encode(text="label:N") for side in (right, left)]


def _domain(sites: list[SiteSeries], unit: Unit) -> list[float]:
    """Leave room for the figures beyond the longest bar on each side."""
    values = [0.0, *(unit.of(site.totals.net) for site in sites)]
    room = (max(values) - min(values) or 1) * 0.11
    low, high = min(values), max(values)
    return [low - room if low < 0 else 0, high + room if high > 0 or low == 0 else 0]


def _row(site: SiteSeries, unit: Unit) -> dict[str, object]:
    return {
        "site": site.site.site_id,
        "net": unit.of(site.totals.net),
        "side": _GAVE if site.totals.net >= 0 else _TOOK,
        "label": energy(site.totals.net, signed=True),
        "generated": energy(site.totals.generated),
        "consumed": energy(site.totals.consumed),
        "readings": site.totals.readings,
    }
