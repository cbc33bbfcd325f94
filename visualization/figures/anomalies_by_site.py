"""How many readings of each site are flagged, and by which rule."""

from collections import Counter
from typing import Final

import altair as alt
from altair.typing import ChartType

import theme
from drawing import BAR_STEP, MOST_BARS, Drawing, Fleet, headed, hidden, range_and_source, rows
from heliograph.formatting import count
from series import SiteSeries
from words import percent

_OTHER: Final = "all other rules"
_STANDS_OUT: Final = 0.3


def draw(fleet: Fleet) -> Drawing:
    """Draw a bar a site, most flagged first, parted by rule; each reading counts once, under its gravest flag."""
    by_flagged = sorted(fleet.sites, key=lambda site: (-site.totals.flagged, site.site.site_id))
    shown, title = by_flagged[:MOST_BARS], _title(by_flagged)
    chart = headed(_chart(shown), title, _subtitle(fleet, len(shown)))
    return Drawing("anomalies-by-site", title, chart, None, "Flagged readings")


def _title(sites: list[SiteSeries]) -> str:
    flagged, worst = sum(site.totals.flagged for site in sites), sites[0]
    if not flagged:
        return f"No reading of {count(len(sites), 'site')} is flagged"
    readings = count(flagged, "flagged reading")
    if len(sites) == 1 or worst.totals.flagged == flagged:
        return f"{worst.site.site_id} has {'the one flagged reading' if flagged == 1 else f'all {readings}'}"
    share = worst.totals.flagged / flagged
    if share >= _STANDS_OUT:
        return f"{worst.site.site_id} has {percent(share)} of the {readings}"
    having = sum(site.totals.flagged > 0 for site in sites)
    most = f"{worst.site.site_id} the most: {worst.totals.flagged:,} of {flagged:,}"
    return f"{having} of {len(sites)} sites have flagged readings, {most}"


def _subtitle(fleet: Fleet, shown: int) -> list[str]:
    flagged = sum(site.totals.flagged for site in fleet.sites)
    readings = sum(site.totals.readings for site in fleet.sites)
    share = f"{flagged:,} of {count(readings, 'reading')} ({percent(flagged / readings)}) are flagged"
    note = hidden(len(fleet.sites), shown, "with the most flagged readings")
    return [f"{share}; each counts once, under its gravest flag", *filter(None, [note]), range_and_source(fleet)]


def _chart(sites: list[SiteSeries]) -> ChartType:
    rules = _rules(sites)
    order = [site.site.site_id for site in sites]
    most = max(1, *(site.totals.flagged for site in sites))
    x = alt.X("readings:Q", title="Flagged readings", stack=True, scale=alt.Scale(domain=[0, most * 1.12], nice=False))
    y = alt.Y("site:N", sort=order, title=None)
    base = alt.Chart(width=theme.WIDTH, height=BAR_STEP * len(sites))
    x = x.axis(tickMinStep=1, tickCount=min(most, 12), format=",d")
    # A legend without a rule can't be drawn, so where nothing is flagged there are no bars either.
    bars = [_bars(base, sites, rules).encode(x=x, y=y)] if rules else []
    ends = [{"site": site.site.site_id, "readings": site.totals.flagged, "label": _label(site)} for site in sites]
    labels = base.mark_text(align="left", dx=6).encode(x=x, y=y, text="label:N")
    return alt.layer(*bars, labels.properties(data=rows(ends)))


def _bars(base: alt.Chart, sites: list[SiteSeries], rules: list[str]) -> alt.Chart:
    parts: list[dict[str, object]] = [part for site in sites for part in _parts(site, rules)]
    colors = [theme.RULES[-1] if rule == _OTHER else theme.RULES[place] for place, rule in enumerate(rules)]
    color = alt.Color("rule:N", sort=rules, scale=alt.Scale(domain=rules, range=colors), legend=alt.Legend(columns=4))
    tooltip = [
        alt.Tooltip("site:N", title="Site"),
        alt.Tooltip("rule:N", title="Rule"),
        alt.Tooltip("readings:Q", title="Flagged readings", format=",d"),
        alt.Tooltip("share:N", title="Share of the site's readings"),
    ]
    marks = base.mark_bar(cornerRadius=1.5, stroke=theme.PAPER, strokeWidth=0.6).encode(color=color, tooltip=tooltip)
    bars: alt.Chart = marks.encode(order=alt.Order("place:Q")).properties(data=rows(parts))
    return bars


def _rules(sites: list[SiteSeries]) -> list[str]:
    """Name the rules that get a colour of their own, most frequent first, and the rest as one."""
    found: Counter[str] = Counter()
    for site in sites:
        found.update(site.totals.by_rule)
    named = [rule for rule, _times in found.most_common(len(theme.RULES) - 1)]
    return [*named, _OTHER] if len(found) > len(named) else named


def _parts(site: SiteSeries, rules: list[str]) -> list[dict[str, object]]:
    counts: Counter[str] = Counter()
    for rule, times in site.totals.by_rule.items():
        counts[rule if rule in rules else _OTHER] += times
    return [
        {
            "site": site.site.site_id,
            "rule": rule,
            "place": place,
            "readings": counts[rule],
            "share": percent(counts[rule] / site.totals.readings),
        }
        for place, rule in enumerate(rules)
        if counts[rule]
    ]


def _label(site: SiteSeries) -> str:
    flagged = site.totals.flagged
    return f"{flagged:,} ({percent(flagged / site.totals.readings)})" if flagged else "none"
