"""How much of what each site consumes its own generation covers."""

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
from heliograph.formatting import count
from series import SiteSeries
from words import energy, percent


def draw(fleet: Fleet) -> Drawing | None:
    """Draw a bar a site, highest first, against the whole of its consumption. None where nothing was consumed."""
    pairs = [(site.totals.self_sufficiency, site) for site in fleet.sites]
    having = [(share, site) for share, site in pairs if share is not None]
    if not having:
        return None
    having.sort(key=lambda pair: (-pair[0], pair[1].site.site_id))
    shown, title = having[:MOST_BARS], _title(having)
    subtitle = _subtitle(fleet, len(having), len(shown))
    return Drawing("self-sufficiency-by-site", title, headed(_chart(shown), title, subtitle), None, "Self-sufficiency")


def _title(having: list[tuple[float, SiteSeries]]) -> str:
    (high, best), (low, worst) = having[0], having[-1]
    if len(having) == 1:
        return f"{best.site.site_id} covers {percent(high)} of its consumption as it generates"
    covered = sum(site.totals.covered for _share, site in having)
    whole = covered / sum(site.totals.consumed for _share, site in having)
    ends = f"from {percent(low)} at {worst.site.site_id} to {percent(high)} at {best.site.site_id}"
    return f"Own generation covers {percent(whole)} of consumption, {ends}"


def _subtitle(fleet: Fleet, having: int, shown: int) -> list[str]:
    without = len(fleet.sites) - having
    notes = [
        joined(
            "Covered: the lesser of generated and consumed in each interval, standby draw as 0",
            left_out_note(fleet.sites),
        ),
        hidden(having, shown, "with the highest share"),
        f"{count(without, 'site')} consumed nothing and {'has' if without == 1 else 'have'} no bar" if without else "",
    ]
    return [*filter(None, notes), range_and_source(fleet)]


def _chart(having: list[tuple[float, SiteSeries]]) -> ChartType:
    order = [site.site.site_id for _share, site in having]
    x = alt.X("share:Q", axis=alt.Axis(tickCount=10), title="Share of consumption covered by own generation (%)")
    base = alt.Chart(rows([_row(*pair) for pair in having]), width=theme.WIDTH, height=BAR_STEP * len(having)).encode(
        y=alt.Y("site:N", sort=order, title=None), tooltip=_tooltip()
    )
    scale = alt.Scale(domain=[0, 100], nice=False)
    track = base.mark_bar(color=theme.TRACK, cornerRadius=1.5).encode(x=alt.X("all:Q", scale=scale))
    bars = base.mark_bar(color=theme.GENERATED, cornerRadius=1.5).encode(x=x.scale(scale))
    labels = base.mark_text(align="left", dx=6).encode(x=x, text="label:N")
    return alt.layer(track, bars, labels)


def _tooltip() -> list[alt.Tooltip]:
    titles = {
        "site": "Site",
        "label": "Self-sufficiency",
        "covered": "Covered by own generation",
        "consumed": "Consumed",
        "generated": "Generated",
    }
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]


def _row(share: float, site: SiteSeries) -> dict[str, object]:
    return {
        "site": site.site.site_id,
        "share": float(share * 100),
        "all": 100,
        "label": percent(share),
        "covered": energy(site.totals.covered),
        "consumed": energy(site.totals.consumed),
        "generated": energy(site.totals.generated),
    }
