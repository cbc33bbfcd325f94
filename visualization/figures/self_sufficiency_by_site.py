"""How much of what each site consumes its own generation covers."""

from typing import Final

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
    tooltips,
)
from heliograph.formatting import count
from words import energy, percent

_COVERED: Final = "Covered: the lesser of generated and consumed in each interval, auxiliary consumption as 0"
_TOOLTIP: Final = {
    "site": "Site",
    "label": "Self-sufficiency",
    "covered": "Covered by own generation",
    "consumed": "Consumed",
    "generated": "Generated",
}


def draw(fleet: Fleet) -> Drawing | None:
    """Draw a bar a site, highest first, against the whole of its consumption. None where nothing was consumed."""
    having = fleet.table.filter(pl.col("consumed") > 0).with_columns(share=pl.col("covered") / pl.col("consumed"))
    if having.is_empty():
        return None
    having = having.sort("share", "site", descending=[True, False])
    shown, title = having.head(MOST_BARS), _title(having)
    without = len(fleet.sites) - len(having)
    notes = [
        joined(_COVERED, left_out_note(fleet.sites)),
        hidden(len(having), len(shown), "with the highest share"),
        f"{count(without, 'site')} consumed nothing and {'has' if without == 1 else 'have'} no bar" if without else "",
        range_and_source(fleet),
    ]
    return Drawing("self-sufficiency-by-site", title, headed(_chart(shown), title, notes), None, "Self-sufficiency")


def _title(having: pl.DataFrame) -> str:
    (best, high), *_, (worst, low) = [having.select("site", "share").row(place) for place in (0, -1)]
    if len(having) == 1:
        return f"{best} covers {percent(high)} of its consumption as it generates"
    covered, consumed = having.select(pl.col("covered", "consumed").sum()).row(0)
    whole = percent(covered / consumed)
    return f"Own generation covers {whole} of consumption, from {percent(low)} at {worst} to {percent(high)} at {best}"


def _chart(shown: pl.DataFrame) -> ChartType:
    values = [
        {"site": each["site"], "share": each["share"] * 100, "all": 100, "label": percent(each["share"])}
        | {name: energy(each[name]) for name in ("covered", "consumed", "generated")}
        for each in shown.iter_rows(named=True)
    ]
    x = alt.X("share:Q", axis=alt.Axis(tickCount=10), title="Share of consumption covered by own generation (%)")
    base = bars_of(values).encode(tooltip=tooltips(_TOOLTIP))
    scale = alt.Scale(domain=[0, 100], nice=False)
    track = base.mark_bar(color=theme.TRACK, cornerRadius=1.5).encode(x=alt.X("all:Q", scale=scale))
    bars = base.mark_bar(color=theme.GENERATED, cornerRadius=1.5).encode(x=x.scale(scale))
    return alt.layer(track, bars, base.mark_text(align="left", dx=6).encode(x=x, text="label:N"))
