"""What a site's charts show, in a sentence each: the titles. Pure: of the same data always the same words."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Final

from completeness import DayCount
from episodes import Episode
from gravity import gravity
from heliograph.formatting import count
from heliograph_client import Incident
from hours import Cell
from measures import Measure
from series import SiteSeries
from words import clock_hour, day, lasting, listed, moment, percent, power
from zones import Zone

# How a rule's longest stretch is told. {when}: where it begins, by the site's clock.
_STORIES: Final = {
    "sentinel": "The logger writes stand-ins for values from {when}",
    "negative": "Energy falls below zero from {when}",
    "over_capacity": "More than the plant can give on {when}",
    "future_timestamp": "Readings come from the future on {when}",
    "implausible_timestamp": "Readings come from before 2001",
    "night_generation": "The site generates in the dark from {when}",
    "conflicting_values": "One file gives two values for {when}",
    "stale": "The value freezes on {when}",
    "interpolated": "Values are filled in, not measured, from {when}",
    "spike": "A spike on {when}",
    "zero_output": "Generation stops on {when}",
    "zero_consumption": "Consumption stops on {when}",
    "catch_up": "An outage's energy comes in one reading on {when}",
    "unit_error": "Values are a thousand times off from {when}",
    "no_data": "Readings stop for a while before {when}",
    "incomplete_day": "Readings are missing from {when}",
    "level_shift": "Part of the plant is gone from {when}",
    "time_shift": "The clock has moved from {when}",
}
_ANY: Final = "{rule} begins on {when}"


def energy_finding(series: SiteSeries, otherwise: str) -> str:
    """Say the gravest rule's longest stretch, and how much is flagged; `otherwise` where nothing is."""
    if not series.episodes:
        return f"{otherwise}; nothing is flagged"
    told = max(series.episodes, key=lambda each: (each.gravity, each.readings, each.first))
    interval = timedelta(minutes=series.interval_minutes or 0)
    when = moment((told.first - interval).astimezone(series.zone.info))
    story = _STORIES.get(told.rule, _ANY).format(when=when, rule=told.rule)
    return f"{story}{_lasting(told, interval)}; {_flagged(series, told.rule)}"


def _lasting(told: Episode, interval: timedelta) -> str:
    """Say how long a stretch lasts, where that is more than a few readings."""
    lasted = told.last - told.first + interval
    if told.readings < 3 or lasted < timedelta(hours=1):  # noqa: PLR2004 - one or two say nothing of a length
        return ""
    return f" for {lasting(lasted)}"


def _flagged(series: SiteSeries, rule: str) -> str:
    of_rule, flagged = series.totals.by_rule[rule], series.totals.flagged
    if of_rule == flagged:
        return f"{count(flagged, 'reading')} flagged {rule}"
    return f"{of_rule:,} of {flagged:,} flagged readings are {rule}"


def hours_finding(cells: list[tuple[int, Cell]], measure: Measure, interval_minutes: int) -> str:
    """Say at which hour of the day a site does most, and where in the day what is flagged gathers.

    cells: hours of the day, 0 to 23, and what they hold, over all days.
    """
    energies: defaultdict[int, float] = defaultdict(float)
    counted, flagged = Counter[int](), Counter[int]()
    for hour, cell in cells:
        flagged[hour] += bool(cell.flagged)
        if not cell.flagged:
            energies[hour] += measure.of(cell)
            counted[hour] += cell.readings - cell.left_out
    means = {hour: energies[hour] / number * 60 / interval_minutes for hour, number in counted.items() if number}
    best = max(means, key=lambda hour: (means[hour], -hour), default=None)
    if best is None or means[best] <= 0:
        peak = f"No {measure.name.lower()} in any hour"
    else:
        peak = (
            f"{measure.name} peaks from {clock_hour(best)} to {clock_hour(best + 1)}, {power(means[best])} on average"
        )
    return f"{peak}; {_gathered(flagged)}"


def _gathered(flagged: Counter[int]) -> str:
    total = flagged.total()
    if not total:
        return "no hour is flagged"
    hour, times = max(flagged.items(), key=lambda item: (item[1], -item[0]))
    words = count(total, "hour holds", "hours hold") + " flagged readings"
    return f"{words}, most from {clock_hour(hour)}" if total > times > 1 else words


def completeness_finding(days: list[DayCount], last: datetime, zone: Zone, *, quiet: bool) -> str:
    """Say how many days are whole, and the worst. quiet: whether nothing came since `last`, days ago."""
    whole = sum(each.present >= each.expected for each in days)
    end = f"; nothing since {moment(last.astimezone(zone.info), year=True)}" if quiet else ""
    if whole == len(days):
        return f"Every expected reading is there on {'the one day' if whole == 1 else f'all {whole:,} days'}{end}"
    worst = min(days, key=lambda each: (each.share, each.date))
    most = f"{day(worst.date)} has {percent(worst.share) if worst.present else 'none'}"
    return f"Whole on {whole:,} of {count(len(days), 'day')}; {end.removeprefix('; ') or most}"


def incidents_finding(incidents: tuple[Incident, ...], zone: Zone) -> str:
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
        told = f"{gravest.rule} is open since {since}"
    else:
        others = listed(sorted({each.rule for each in opened} - {gravest.rule}))
        told = f"{len(opened):,} incidents open: {gravest.rule} since {since}" + (f", and {others}" if others else "")
    return f"{told}; {count(over, 'other is', 'others are')} over" if over else told


def fleet_incidents_finding(by_site: list[list[Incident]], sites: int) -> str:
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
