"""Time axes: a day is written as the day it begins; in a chart of many months, the first of a month as the month."""

from typing import Final

import altair as alt

# A chart of more days is marked in months.
MONTHS_FROM: Final = 120
DAY_MS: Final = 86_400_000

# Midnight is written as the day it begins; in a chart of many months, the first of a month as the month, with its year.
LABEL: Final = "utcFormat(datum.value, utchours(datum.value) || utcminutes(datum.value) ? '%H:%M' : '%-d %b')"
MONTH_LABEL: Final = (
    "utcdate(datum.value) == 1 ? [utcFormat(datum.value, '%b'), "
    "datum.index == 0 || utcmonth(datum.value) == 0 ? utcFormat(datum.value, '%Y') : ''] : "
    "utcFormat(datum.value, '%-d %b')"
)


def time_x(field: str, title: str, ends: tuple[str, str] | None, *, months: bool, whole_days: bool) -> alt.X:
    """Return a time axis from one moment to another, both written as a UTC axis reads them.

    ends: None in a layer whose marks reach from x to x2, beside others that say it: Vega-Lite reads the ends of such a
    layer otherwise, and complains that the two differ.
    """
    step, label = (DAY_MS if whole_days else 1), (MONTH_LABEL if months else LABEL)
    axis = alt.Axis(grid=False, tickCount=10, labelExpr=label, labelOverlap=True, tickMinStep=step)
    scale = alt.Scale(type="utc") if ends is None else alt.Scale(type="utc", domain=list(ends))
    return alt.X(f"{field}:T", title=title, scale=scale, axis=axis)
