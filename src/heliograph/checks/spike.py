"""A reading that stands out: from smooth neighbours, above all that its hour gave, or from the usual consumption."""

from collections.abc import Iterator
from math import inf
from typing import Final

from heliograph.baseline import BASELINE_DAYS, DAY_SECONDS
from heliograph.checks.flag import Flag, Limit, Rule
from heliograph.checks.plausible import ENOUGH_AROUND, MOST_OF_CAPACITY
from heliograph.checks.sun import noon_sine
from heliograph.checks.view import View, follows, neighbours_of
from heliograph.formatting import number

SPIKE_SHARE: Final = Limit(
    "least jump", 0.15, "share of the most", "smaller jumps are within what passing clouds do in minutes"
)
SPIKE_TIMES: Final = Limit(
    "jump against the steps around it",
    6.0,
    "times the steps around it",
    "Hampel (1974) takes 3 deviations; twice that, since steps of power have fat tails",
)
DIP: Final = Limit(
    "deepest cloud", 0.15, "share of its neighbours", "a cloud leaves the diffuse light, 15 to 30 % of a clear sky's"
)
ABOVE_CEILING: Final = Limit(
    "above the hour's ceiling",
    1.1,
    "times what the hour ever gave, and a margin",
    "the margin, the least jump, covers what 28 days move the sun's height",
)
OWN_BENDS: Final = Limit(
    "beyond the site's own weather",
    2.0,
    "times the usual most that a reading leaves its neighbours",
    "of 505,450 readings of 28 real sites 2 in 1,000 go beyond, 1 in 100 by the hour: necessary, never enough alone",
)
NO_WEATHER: Final = Limit(
    "more than any weather",
    0.6,
    "share of the most",
    "from full cloud to clear sky and back within two intervals: the direct light's share of a clear day",
)
CLEAR_SKY: Final = Limit(
    "beyond a clear sky",
    10.0,
    "times what nine in ten readings of the day around leave their neighbours",
    "without a nameplate, in the first two weeks: of 8,921 days of 22 real sites none goes so far with the next limit",
)
CLOUD_EDGE: Final = Limit(
    "beyond a cloud's edge",
    0.4,
    "share of the most around",
    "clouds that reflect beside the sun add up to a third to a clear sky's output within minutes",
)
LIT: Final = Limit("a lit reading", 0.01, "share of the most around", "twilight's output is as smooth as a night's")
NEIGHBOURS: Final = Limit(
    "above both neighbours",
    1.5,
    "times the higher one",
    "of a site that gives what it can: a gap in the clouds or a moving shade adds less, hour by hour",
)
GUST: Final = Limit(
    "strongest gust",
    0.75,
    "share of capacity",
    "squalls at three turbines in five years: up to 59 % within 10 minutes and back, 50 % by the hour",
)
GUST_AMONG_SMOOTH: Final = Limit(
    "strongest gust among smooth neighbours",
    0.6,
    "share of capacity",
    "where its neighbours lie within a twelfth of it of a line: in the same years up to 54 %, as a squall is gusty",
)
USE_SPIKE: Final = Limit(
    "jump of consumption",
    10.0,
    "times the usual most",
    "a wallbox of 11 kW at a home that never took more than 1.1 kW; kettles, pumps and ovens are less",
)

USE_SPIKE_SHORT: Final = Limit(
    "jump of consumption within half an hour",
    5.0,
    "times the usual most",
    "three homes' years: 1.7; a car or a sauna takes longer than one such interval",
)
USE_SPIKE_MINUTES: Final = Limit(
    "jump of consumption within five minutes",
    3.0,
    "times the usual most",
    "three homes' years: 1.7; a flow heater of 21 kW, which runs for minutes, is used each day",
)
USE_LEAST_MINUTES: Final = Limit(
    "least jump of consumption within five minutes", 11.0, "kW", "a wallbox that is switched on and off"
)
USE_LEAST: Final = Limit(
    "least jump of consumption", 5.0, "kW", "a kettle and an oven in an empty house, whose weeks show a fridge alone"
)

_NEAR: Final = 2  # readings: two to either side make two steps, one of them beside what stands out
_NEARLY_ALL: Final = 0.9  # of the day's readings; see `CLEAR_SKY`
_LOW_SUN: Final = 0.1  # of the sine: below it ratios mean nothing
_CALM: Final = 2.0  # times what weeks of little wind show
_HALF_HOUR: Final = 30  # minutes
_MINUTES: Final = 5
_COUNTS: Final = 2  # of the meter: one that comes late, and one that comes early
_SMOOTHEST: Final = 0.02  # of the most: no plant's neighbours are smoother than that


def standing_out(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag one or two readings that stand out from smooth neighbours, or above all that the site ever gave or took."""
    if "generated" in view.fields:
        yield from _generation_spikes(view)
    if "consumed" in view.fields:
        yield from _consumption_spikes(view)


def _generation_spikes(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag generation that leaves its neighbours as neither clouds nor gusts do."""
    values = view.series.generated
    first, after = max(_NEAR, view.first), min(len(values) - _NEAR, view.after)
    cut = SPIKE_SHARE.value * (view.full or 0.0)
    bends = view.facts.of(neighbours_of)["generated"].bends
    for position, jump in enumerate(bends[first - 1 : max(first, after) - 1], first):
        if (jump > cut or jump < -cut) and jump:
            if _is_its_weather(view, position, jump):
                continue
            if jump > 0 and not _is_far_above(view, position):
                continue
            flag = _among_neighbours(view, position, jump) or _above_ceiling(view, position)
            if flag is not None:
                yield position, flag


def _is_its_weather(view: View, position: int, jump: float) -> bool:
    """Return whether the site itself leaves its neighbours as far by its weather, its load or its season.

    A jump up that no weather makes is none, however restless the site is; nor is one where the site isn't known yet.
    """
    if not view.baseline.known:
        if view.full is None:
            return _is_weather_around(view, position, jump)
        return abs(jump) <= NO_WEATHER.value * view.full
    if jump < 0 and view.may_feed_in:
        return True
    limit = OWN_BENDS.value * view.baseline.bends[jump < 0]
    if jump > 0:
        limit = min(limit, NO_WEATHER.value * view.baseline.full)
    counts = _COUNTS * view.step("generated")
    return abs(jump) <= limit + counts or abs(jump) <= _growth(view) * limit + counts


def _is_weather_around(view: View, position: int, jump: float) -> bool:
    """Return whether a jump is no more than weather where neither a nameplate nor the site's weeks are known.

    A day or two around it tell less of the most than these. But where nearly all readings of a solar site run as
    under a clear sky, a cloud's edge is the most that weather adds. What a home feeds in rises by a load that pauses.
    """
    most = view.around(view.series.generated, position)
    if abs(jump) > most:
        return view.site.kind is None and abs(jump) <= view.around(view.series.consumed, position)
    if view.site.kind != "solar" or abs(jump) <= CLOUD_EDGE.value * most:
        return True
    return abs(jump) <= CLEAR_SKY.value * _bend_around(view, position, most)


def _bend_around(view: View, position: int, most: float) -> float:
    """Return how far nine in ten of the readings around one leave their neighbours at most, kWh; inf where few do tell.

    Nights say nothing. The reading and its neighbours are left out: it bends all three.
    """
    values = view.series.generated
    begin, after = view.hours_around(position)
    bends = sorted(
        abs(values[each] - (values[each - 1] + values[each + 1]) / 2)
        for each in range(max(1, begin), min(len(values) - 1, after))
        if abs(each - position) > 1 and values[each] > LIT.value * most
    )
    return bends[int(_NEARLY_ALL * (len(bends) - 1))] if len(bends) >= ENOUGH_AROUND.value else inf


def _is_far_above(view: View, position: int) -> bool:
    """Return whether a value is far above both neighbours, or alone above what the site can give.

    Where the neighbours are above that, too, the site has grown. Where no nameplate is known, weeks under thick clouds
    or a low sun don't tell what the next can give.
    """
    values = view.series.generated
    value, beside = values[position], max(values[position - 1], values[position + 1])
    step = view.step("generated")
    if value - step >= NEIGHBOURS.value * (beside + step):
        return True
    if view.site.full_kw is None and view.baseline.known:
        return False
    most = view.full_around(position)
    return value > MOST_OF_CAPACITY.value * most and beside <= most


def _growth(view: View) -> float:
    """Return how much more a clear sky gives than in the middle of the weeks that the baseline is fitted from."""
    place = view.place
    if not view.may_be_solar or place is None:
        return 1.0
    moment = view.series.ends[view.first]
    now, before = (noon_sine(moment - days * DAY_SECONDS, place.latitude) for days in (0, BASELINE_DAYS // 2))
    return max(1.0, now / max(before, _LOW_SUN))


def _consumption_spikes(view: View) -> Iterator[tuple[int, Flag]]:
    """Flag consumption far above the site's usual most, alone among its neighbours."""
    most = view.most("consumed")
    if most is None:
        return
    limit, minutes = USE_SPIKE.value * most, view.series.minutes
    if minutes <= _HALF_HOUR:
        limit = max(USE_SPIKE_SHORT.value * most, USE_LEAST.value * minutes / 60)
    if minutes <= _MINUTES:
        limit = min(limit, max(USE_SPIKE_MINUTES.value * most, USE_LEAST_MINUTES.value * minutes / 60))
    values = view.series.consumed
    if max(values[view.first : view.after], default=0.0) <= limit:
        return  # nearly always
    for position in range(max(1, view.first), min(len(values) - 1, view.after)):
        if values[position] > limit and max(values[position - 1], values[position + 1]) < values[position] / 3:
            message = (
                f"energy_consumed_kwh is {number(values[position])} kWh, {number(values[position] / most)} times "
                f"the usual most of the last weeks ({number(most)} kWh), and its neighbours are far lower"
            )
            yield position, SPIKE.flag(values[position], limit, message)


def _among_neighbours(view: View, position: int, jump: float) -> Flag | None:
    """Flag a value far from smooth neighbours: above them by any cause, or below them by more than clouds explain."""
    series = view.series
    if not all(follows(series, position + step) for step in (-1, 0, 1, 2)):
        return None
    full = view.full_around(position)
    before, left, value, right, then = series.generated[position - _NEAR : position + _NEAR + 1]
    rough = max(_roughness(before, left, right, then), _SMOOTHEST * full, view.step("generated"))
    middle = (left + right) / 2
    is_far = abs(jump) > SPIKE_TIMES.value * rough and abs(jump) > SPIKE_SHARE.value * full > 0
    if not is_far or _is_weather(view, position, jump, middle) or _is_gust(view, jump, rough, full):
        return None
    message = (
        f"energy_generated_kwh is {number(value)} kWh between {number(left)} and {number(right)}; "
        f"its neighbours lie within {number(rough, 2)} kWh of a line"
    )
    limit = middle + SPIKE_TIMES.value * rough * (1 if jump > 0 else -1)
    return SPIKE.flag(value, limit, message)


def _is_weather(view: View, position: int, jump: float, middle: float) -> bool:
    """Return whether a cloud explains a dip, or a gap in the clouds a jump up; or a start or a stop either.

    middle: of the neighbours, kWh.
    """
    value = view.series.generated[position]
    if view.site.traits.starts:
        return jump < 0 or (value <= MOST_OF_CAPACITY.value * (view.full or inf) and not _never_starts(view, jump))
    if jump < 0:
        return value + view.step("generated") > DIP.value * middle
    return value < _reached(view, position)


def _never_starts(view: View, jump: float) -> bool:
    """Return whether a jump is far beyond all that a site did that gave output for weeks: its control has ramps.

    One that starts at once leaves the middle of its neighbours by half of what it starts at, each time.
    """
    return view.baseline.known and view.baseline.full > 0 and jump > SPIKE_TIMES.value * view.baseline.bends[0]


def _is_gust(view: View, jump: float, rough: float, full: float) -> bool:
    """Return whether wind, or what is no sun, explains a jump; without a nameplate calm weeks don't tell the most."""
    has_gusts = view.site.traits.gusts or (view.site.kind is None and not view.may_be_solar)
    most = full if view.site.full_kw is not None else _CALM * full
    limit = GUST_AMONG_SMOOTH if jump > 2 * SPIKE_TIMES.value * rough else GUST
    return has_gusts and abs(jump) < limit.value * most


def _roughness(before: float, left: float, right: float, then: float) -> float:
    """Return how far the four neighbours lie from the line through them (least squares), at most."""
    slope = (2 * (then - before) + right - left) / 10
    middle = (before + left + right + then) / 4
    return max(abs(value - middle - slope * step) for step, value in ((-2, before), (-1, left), (1, right), (2, then)))


def _reached(view: View, position: int) -> float:
    """Return what a sound value may reach here: a gap in the clouds shows no more than a clear sky gives.

    No wind comes and goes within an interval, whatever it reaches.
    """
    if view.site.traits.gusts:
        return 0.0
    if view.baseline.known and view.may_be_solar:
        return ABOVE_CEILING.value * _ceiling(view, position)
    return MOST_OF_CAPACITY.value * view.around(view.series.generated, position)


def _ceiling(view: View, position: int) -> float:
    return view.baseline.ceiling[view.hour(position)] + SPIKE_SHARE.value * view.baseline.full


def _above_ceiling(view: View, position: int) -> Flag | None:
    """Flag a value above all that this hour gave in the last weeks, where its neighbours are below that."""
    if not view.baseline.known or not view.may_be_solar:
        return None
    values, ceiling = view.series.generated, _ceiling(view, position)
    value, limit = values[position], ABOVE_CEILING.value * ceiling
    if value <= limit or max(values[position - 1], values[position + 1]) > ceiling or view.baseline.full <= 0:
        return None
    message = (
        f"energy_generated_kwh is {number(value)} kWh; in the last weeks this hour never gave more than "
        f"{number(view.baseline.ceiling[view.hour(position)])} kWh, and the readings beside it don't either"
    )
    return SPIKE.flag(value, limit, message)


SPIKE: Final = Rule(
    name="spike",
    severity="warning",
    unit="kWh",
    sentence="a reading far from smooth neighbours, or above all that its hour ever gave",
    headline="A spike on {when}",
    advice="Compare the reading with the meter's own log. If it is wrong, send the right value; if it comes "
    "again, have the meter's connection checked.",
    limits=(
        SPIKE_SHARE,
        SPIKE_TIMES,
        OWN_BENDS,
        CLEAR_SKY,
        CLOUD_EDGE,
        LIT,
        NEIGHBOURS,
        GUST,
        GUST_AMONG_SMOOTH,
        NO_WEATHER,
        DIP,
        ABOVE_CEILING,
        MOST_OF_CAPACITY,
        USE_SPIKE,
        USE_SPIKE_SHORT,
        USE_LEAST,
        USE_SPIKE_MINUTES,
        USE_LEAST_MINUTES,
        ENOUGH_AROUND,
    ),
    on_series=standing_out,
)
