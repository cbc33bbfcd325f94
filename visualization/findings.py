"""What a site's charts show, in a sentence each: the titles. Pure: of the same data always the same words."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from heliograph.checks.registry import RULES
from heliograph.formatting import count
from heliograph_client import ApiIncident
from measures import Measure
from series import SiteSeries
from severity import gravity
from words import clock_hour, day, lasting, listed, moment, percent, power
from zones import Zone

# What a title says of a rule that isn't known here. {when}: where it begins, by the site's clock.
_HEADLINES: Final = {rule.name: rule.headline for rule in RULES if rule.headline}
_ANY: Final = "{rule} begins on {when}"


def energy_finding(series: SiteSeries, otherwise: str) -> str:
    """Say the gravest rule's longest stretch, and how much is flagged; `otherwise` where nothing is."""
    if series.episodes.is_empty():
        return f"{otherwise}; nothing is flagged"
    rule, first, last, readings, _gravity = series.episodes.sort("gravity", "readings", "first").select(
        "rule", "first", "last", "readings", "gravity"
    ).row(-1)  # fmt: skip
    interval = series.interval or timedelta()
    when = moment((first - interval).astimezone(series.zone.info))
    lasted = last - first + interval
    # One or two readings say nothing of a length.
    length = f" for {lasting(lasted)}" if readings > 2 and lasted >= timedelta(hours=1) else ""  # noqa: PLR2004
    of_rule, flagged = series.totals.by_rule[rule], series.totals.flagged
    all_of_it = f"{count(flagged, 'reading')} flagged {rule}"
    counts = all_of_it if of_rule == flagged else f"{of_rule:,} of {flagged:,} flagged readings are {rule}"
    return f"{_HEADLINES.get(rule, _ANY).format(when=when, rule=rule)}{length}; {counts}"


def hours_finding(hours: pl.DataFrame, measure: Measure) -> str:
    """Say at which hour of the day a site does most, and where in the day what is flagged gathers.

    hours: with `hour`, 0 to 23, `readings`, `flagged`, `counted` and the mean power, `kilowatts`, over all days.
    """
    power_sum = (pl.col("kilowatts") * pl.col("counted")).sum()
    sound = hours.filter(pl.col("flagged") == 0, pl.col("counted") > 0)
    means = (
        sound.group_by("hour")
        .agg(mean=power_sum / pl.col("counted").sum())
        .sort("mean", "hour", descending=[True, False])
    )
    hour, mean = (0, 0.0) if means.is_empty() else means.row(0)
    peak = f"{measure.name} peaks from {clock_hour(hour)} to {clock_hour(hour + 1)}, {power(mean)} on average"
    found = peak if mean > 0 else f"No {measure.name.lower()} in any hour"
    flagged = hours.filter(pl.col("flagged") > 0)["hour"].value_counts().sort("count", "hour", descending=[True, False])
    if flagged.is_empty():
        return f"{found}; no hour is flagged"
    (hour, times), total = flagged.row(0), int(flagged["count"].sum())
    where = f", most from {clock_hour(hour)}" if total > times > 1 else ""
    return f"{found}; {count(total, 'hour holds', 'hours hold')} flagged readings{where}"


def completeness_finding(days: pl.DataFrame, last: datetime, zone: Zone, *, stopped: bool) -> str:
    """Say how many days are whole, and the worst. stopped: whether nothing came since `last`, days ago."""
    whole = days.filter(pl.col("share") >= 1).height
    end = f"; nothing since {moment(last.astimezone(zone.info), year=True)}" if stopped else ""
    if whole == len(days):
        return f"Every expected reading is there on {'the one day' if whole == 1 else f'all {whole:,} days'}{end}"
    when, share = days.sort("share", "day").select("day", "share").row(0)
    most = f"{day(when)} has {percent(share) if share else 'none'}"
    return f"Whole on {whole:,} of {count(len(days), 'day')}; {end.removeprefix('; ') or most}"


def incidents_finding(incidents: tuple[ApiIncident, ...], zone: Zone) -> str:
    """Say what is open and since when, or that all is over."""
    opened = [each for each in incidents if each.is_open]
    over = len(incidents) - len(opened)
    if not incidents:
        return "No incident"
    if not opened:
        return f"{'The one incident is' if over == 1 else f'All {over:,} incidents are'} over; none is open"
    gravest = max(opened, key=lambda each: (gravity(each), each.onset))
    since = moment(datetime.fromisoformat(gravest.onset).astimezone(zone.info), year=True)
    if len(opened) == 1:
        found = f"{gravest.rule} is open since {since}"
    else:
        others = listed(sorted({each.rule for each in opened} - {gravest.rule}))
        found = f"{len(opened):,} incidents open: {gravest.rule} since {since}" + (f", and {others}" if others else "")
    return f"{found}; {count(over, 'other is', 'others are')} over" if over else found


def fleet_incidents_finding(by_site: list[list[ApiIncident]], sites: int) -> str:
    """Say how many of the sites have something open, and which rule is open most.

    by_site: the incidents of each site that has any.
    """
    opened = [each for incidents in by_site for each in incidents if each.is_open]
    total = sum(map(len, by_site))
    if not total:
        return f"No incident at {count(sites, 'site')}"
    if not opened:
        return f"Nothing is open: {'the one incident is' if total == 1 else f'all {total:,} incidents are'} over"
    having = len({each.site_id for each in opened})
    rule, times = max(Counter(each.rule for each in opened).items(), key=lambda item: (item[1], item[0]))
    most = f"{rule} is open at {count(times, 'site')}" if len(opened) > 1 else f"it is {rule}"
    has = "has" if having == 1 else "have"
    return f"{having:,} of {count(sites, 'site')} {has} {count(len(opened), 'open incident')}; {most}"
