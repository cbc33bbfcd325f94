"""How many readings of each site are flagged, and by which rule."""

from typing import Any, Final

import altair as alt
import polars as pl
from altair.typing import ChartType

import theme
from drawing import MOST_BARS, Drawing, Fleet, bars_of, headed, hidden, range_and_source, rows, tooltips
from heliograph.formatting import count
from words import percent

_OTHER: Final = "all other rules"
_STANDS_OUT: Final = 0.3


def draw(fleet: Fleet) -> Drawing:
    """Draw a bar a site, most flagged first, parted by rule; each reading counts once, under its gravest flag."""
    table = fleet.table.sort("flagged", "site", descending=[True, False])
    shown, title = table.head(MOST_BARS), _title(table)
    note = hidden(len(table), len(shown), "with the most flagged readings")
    subtitle = [f"{_share(table)}; each counts once, under its gravest flag", note, range_and_source(fleet)]
    return Drawing("anomalies-by-site", title, headed(_chart(shown, fleet), title, subtitle), None, "Flagged readings")


def _title(table: pl.DataFrame) -> str:
    flagged, sites = int(table["flagged"].sum()), len(table)
    name, most = table.select("site", "flagged").row(0)
    if not flagged:
        return f"No reading of {count(sites, 'site')} is flagged"
    readings = count(flagged, "flagged reading")
    if sites == 1 or most == flagged:
        return f"{name} has {'the one flagged reading' if flagged == 1 else f'all {readings}'}"
    if most / flagged >= _STANDS_OUT:
        return f"{name} has {percent(most / flagged)} of the {readings}"
    having = table.filter(pl.col("flagged") > 0).height
    return f"{having} of {sites} sites have flagged readings, {name} the most: {most:,} of {flagged:,}"


def _share(table: pl.DataFrame) -> str:
    flagged, readings = table.select(pl.col("flagged", "readings").sum()).row(0)
    return f"{flagged:,} of {count(readings, 'reading')} ({percent(flagged / readings)}) are flagged"


def _chart(shown: pl.DataFrame, fleet: Fleet) -> ChartType:
    most = max(1, *shown["flagged"])
    x = alt.X("readings:Q", title="Flagged readings", stack=True, scale=alt.Scale(domain=[0, most * 1.12], nice=False))
    x = x.axis(tickMinStep=1, tickCount=min(most, 12), format=",d")
    ends = [
        {"site": site, "readings": flagged, "label": f"{flagged:,} ({percent(flagged / of)})" if flagged else "none"}
        for site, flagged, of in shown.select("site", "flagged", "readings").iter_rows()
    ]
    base = bars_of(ends)
    parts, rules = _parts(shown, fleet)
    # A legend without a rule can't be drawn, so where nothing is flagged there are no bars either.
    bars = [_bars(base.properties(data=rows(parts)), rules).encode(x=x)] if rules else []
    return alt.layer(*bars, base.mark_text(align="left", dx=6).encode(x=x, text="label:N"))


def _parts(shown: pl.DataFrame, fleet: Fleet) -> tuple[list[dict[str, Any]], list[str]]:
    """Part each site's flagged readings by rule: the most frequent have a colour of their own, the rest are one."""
    found = [
        (site.site.site_id, *each)
        for site in fleet.sites
        for each in site.totals.by_rule.items()
        if site.site.site_id in shown["site"]
    ]
    by_rule = pl.DataFrame(found, schema={"site": pl.String, "rule": pl.String, "readings": pl.Int64}, orient="row")
    ranked = by_rule.group_by("rule", maintain_order=True).agg(pl.col("readings").sum())
    rules = ranked.sort("readings", descending=True, maintain_order=True)["rule"].to_list()
    if len(rules) >= len(theme.RULES):
        rules = [*rules[: len(theme.RULES) - 1], _OTHER]
    named = pl.when(pl.col("rule").is_in(rules)).then("rule").otherwise(pl.lit(_OTHER))
    parts = by_rule.group_by("site", rule=named).agg(pl.col("readings").sum())
    whole = shown.select("site", of="readings", at=pl.int_range(pl.len()))
    placed = parts.with_columns(place=pl.col("rule").map_elements(rules.index, pl.Int64)).join(whole, on="site")
    values = placed.sort("at", "place").drop("at").to_dicts()
    return [each | {"share": percent(each["readings"] / each.pop("of"))} for each in values], rules


def _bars(base: alt.Chart, rules: list[str]) -> alt.Chart:
    colors = [theme.RULES[-1] if rule == _OTHER else theme.RULES[place] for place, rule in enumerate(rules)]
    color = alt.Color("rule:N", sort=rules, scale=alt.Scale(domain=rules, range=colors), legend=alt.Legend(columns=4))
    flagged = alt.Tooltip("readings:Q", title="Flagged readings", format=",d")
    tooltip = [
        *tooltips({"site": "Site", "rule": "Rule"}),
        flagged,
        *tooltips({"share": "Share of the site's readings"}),
    ]
    marks = base.mark_bar(cornerRadius=1.5, stroke=theme.PAPER, strokeWidth=0.6)
    bars: alt.Chart = marks.encode(color=color, tooltip=tooltip, order=alt.Order("place:Q"))
    return bars
