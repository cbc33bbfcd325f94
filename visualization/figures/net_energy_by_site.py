"""What each site gave more than it took, or took more than it gave."""

from typing import Any, Final

import altair as alt
import polars as pl
from altair.typing import ChartType

import theme
from drawing import (
    MOST_BARS,
    Drawing,
    Fleet,
    bars_of,
    headed,
    hidden,
    joined,
    left_out_note,
    range_and_source,
    rows,
    tooltips,
)
from words import EnergyUnit, energy, unit_for

_GAVE: Final = "gave more than they took"
_TOOK: Final = "took more than they gave"
_COLORS: Final = {_GAVE: theme.GENERATED, _TOOK: theme.CONSUMED}
_TOOLTIP: Final = {"site": "Site", "label": "Net", "generated": "Generated", "consumed": "Consumed"}


def draw(fleet: Fleet) -> Drawing:
    """Draw a bar a site, to the right where it gave more than it took; of many, those furthest from zero."""
    largest = fleet.table.sort(pl.col("net").abs().neg(), "site").head(MOST_BARS)
    shown, title = largest.sort("net", "site", descending=[True, False]), _title(fleet.table)
    note = hidden(len(fleet.table), len(shown), "with the largest net energy")
    meaning = joined("Net energy is generated minus consumed", left_out_note(fleet.sites))
    chart = headed(_chart(shown), title, [meaning, note, range_and_source(fleet)])
    return Drawing("net-energy-by-site", title, chart, None, "Net energy")


def balance(net: float) -> str:
    """Say what a net energy (kWh) means, as the end of a sentence about a site."""
    if not net:
        return "gave as much as it took"
    return f"gave back {energy(net)} more than it took" if net > 0 else f"took {energy(-net)} more than it gave"


def _title(table: pl.DataFrame) -> str:
    net, sites = float(table["net"].sum()), len(table)
    gave = table.filter(pl.col("net") > 0).height
    if sites == 1:
        return f"{table['site'][0]} {balance(net)}"
    if gave in (0, sites):
        return f"All {sites} sites {_GAVE if gave else _TOOK}: {energy(abs(net))} together"
    did = f"gave back {energy(net)}" if net > 0 else f"took {energy(-net)}"
    return f"{gave} of {sites} sites {_GAVE}; together they {did}"


def _chart(shown: pl.DataFrame) -> ChartType:
    unit = unit_for(shown["net"])
    values = [_row(each, unit) for each in shown.iter_rows(named=True)]
    scale = alt.Scale(domain=_domain([each["net"] for each in values]), nice=False)
    x = alt.X("net:Q", axis=alt.Axis(tickCount=8), title=f"Net energy ({unit.name})", scale=scale)
    base = bars_of(values).encode(x=x)
    zero = alt.Chart(rows([{"net": 0}])).mark_rule(color=theme.MUTED, strokeWidth=1).encode(x="net:Q")
    return alt.layer(_bars(base, {each["side"] for each in values}), *_labels(base), zero)


def _bars(base: alt.Chart, occurring: set[str]) -> alt.Chart:
    sides = [side for side in _COLORS if side in occurring]
    scale = alt.Scale(domain=sides, range=[_COLORS[side] for side in sides])
    color = alt.Color("side:N", scale=scale, legend=alt.Legend(symbolType="square"))
    tooltip = [*tooltips(_TOOLTIP), alt.Tooltip("readings:Q", title="Readings", format=",d")]
    bars: alt.Chart = base.mark_bar(cornerRadius=1.5).encode(color=color, tooltip=tooltip)
    return bars


def _labels(base: alt.Chart) -> list[alt.Chart]:
    """Write each figure at the far end of its bar."""
    right = base.mark_text(align="left", dx=6).transform_filter("datum.net >= 0")
    left = base.mark_text(align="right", dx=-6).transform_filter("datum.net < 0")
    return [side.encode(text="label:N") for side in (right, left)]


def _domain(values: list[float]) -> list[float]:
    """Leave room for the figures beyond the longest bar on each side."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low or 1) * 0.11
    return [low - room if low < 0 else 0, high + room if high > 0 or low == 0 else 0]


def _row(site: dict[str, Any], unit: EnergyUnit) -> dict[str, Any]:
    return {
        "site": site["site"],
        "net": unit.of(site["net"]),
        "side": _GAVE if site["net"] >= 0 else _TOOK,
        "label": energy(site["net"], signed=True),
        "generated": energy(site["generated"]),
        "consumed": energy(site["consumed"]),
        "readings": site["readings"],
    }
