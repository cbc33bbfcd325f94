"""Synthetic plants: what sites of each kind give and take at a moment, drawn by a seed.

A wallbox charges at its rated power, a lamp draws the same from dusk to dawn, a turbine stands in a calm. None has a
fault.
"""

# ruff: noqa: PLR2004, FBT001, FBT002 - figures and switches of plants that are made up

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import cos, exp, floor, radians, sin, tau
from random import Random
from typing import Final, NamedTuple

from heliograph.checks.sun import sun_sine
from heliograph.site import Kind, Site
from lambda_simulator.plants import CUT_IN, output_share

START: Final = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp())
DAYS: Final = 365
DAY_SECONDS: Final = 86_400
_HOUR: Final = 3600

# kW generated and consumed at a moment; None while the logger sends nothing.
Power = tuple[float, float] | None


class SyntheticPlant(NamedTuple):
    """One synthetic site: its registry entry, its meter's decimals of a kWh, and its power by moment."""

    site: Site
    decimals: int
    power: Callable[[int], Power]


def _local(moment: int) -> tuple[int, float, int]:
    """Return the day since the start, the hour of it (UTC+1) and the weekday, Monday 0."""
    day, seconds = divmod(moment - START + _HOUR, DAY_SECONDS)
    return day, seconds / _HOUR, (day + 6) % 7


def _cold(moment: int) -> float:
    """Return how cold it is: 1 late in January, 0 late in July."""
    return 0.5 + 0.5 * cos(tau * ((moment - START) / DAY_SECONDS - 20) / DAYS)


class _Walk:
    """Noise of mean 0 and deviation about 1 that wanders over so many hours, drawn once for the year."""

    def __init__(self, draw: Random, hours: float) -> None:
        """Draw it."""
        self._step = int(hours * _HOUR)
        keep = 0.6
        value, values = 0.0, []
        for _ in range(DAYS * DAY_SECONDS // self._step + 3):
            value = keep * value + (1 - keep**2) ** 0.5 * draw.gauss(0, 1)
            values.append(value)
        self._values = values

    def at(self, moment: int) -> float:
        """Return its value at a moment."""
        place = max(0.0, (moment - START) / self._step)
        first = floor(place)
        share = place - first
        return float(self._values[first] * (1 - share) + self._values[first + 1] * share)


def _sun(moment: int, latitude: float = 48.1, longitude: float = 11.5) -> float:
    return max(0.0, sun_sine(moment, latitude, longitude))


def _sky(draw: Random) -> Callable[[int], float]:
    """Return how much of a clear sky's light comes through, by moment."""
    slow, fast = _Walk(draw, 12), _Walk(draw, 0.25)

    def clear(moment: int) -> float:
        cover = 1 / (1 + exp(-1.5 * slow.at(moment) - 0.8 * fast.at(moment)))
        return float(1 - 0.75 * cover**2.5)

    return clear


def _of_house(draw: Random, peak: float = 3.0) -> Callable[[int], float]:
    """Return what a house draws, kW, by moment: standby, mornings and evenings, a kettle."""
    walk, quick = _Walk(draw, 2), _Walk(draw, 0.2)

    def draws(moment: int) -> float:
        _, hour, _ = _local(moment)
        usual = 0.15 + 0.3 * exp(-(((hour - 7.5) / 1.5) ** 2)) + 0.5 * exp(-(((hour - 19) / 2.5) ** 2))
        kettle = 0.5 * peak if quick.at(moment) > 2.0 and 6 < hour < 23 else 0.0
        return 0.08 + usual * peak * 0.3 * exp(0.5 * walk.at(moment)) + kettle

    return draws


def _sessions(draw: Random, share: float) -> list[tuple[int, int]]:
    """Return when a car charges: begins and ends, seconds, on about so many of the days."""
    found = []
    for day in range(DAYS):
        if draw.random() < share:
            begin = START + day * DAY_SECONDS + int(draw.uniform(15, 21) * _HOUR)
            found.append((begin, begin + int(draw.uniform(1.5, 9) * _HOUR)))
    return found


def _within(times: Sequence[tuple[int, int]]) -> Callable[[int], bool]:
    """Return whether a moment lies in one of some times, by its 5 minutes."""
    held = {part for begin, end in times for part in range(begin // 300, end // 300)}
    return lambda moment: moment // 300 in held


def wallbox(draw: Random, kind: Kind | None = "load", share: float = 0.5, wander: float = 0.0) -> SyntheticPlant:
    """Return a wallbox: 11 kW for hours, to its meter's last digit, and a few watts at rest."""
    charging, voltage = _within(_sessions(draw, share)), _Walk(draw, 1)

    def power(moment: int) -> Power:
        return 0.0, 11.04 * (1 + wander * voltage.at(moment)) if charging(moment) else 0.004

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 3, power)


def depot(draw: Random, kind: Kind | None = "load") -> SyntheticPlant:
    """Return a depot: buses at a managed 150 kW for hours each night, then fewer."""
    ends = [draw.uniform(2, 5) for _ in range(DAYS + 2)]
    lot = [draw.choice((50.0, 100.0, 150.0)) for _ in range(DAYS + 2)]

    def power(moment: int) -> Power:
        day, hour, _ = _local(moment)
        night = day if hour > 12 else day - 1
        if hour > 20 or hour < ends[night]:
            return 0.0, lot[night]
        return 0.0, 0.35

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 2, power)


def street_light(draw: Random, kind: Kind | None = "load", dims: bool = False) -> SyntheticPlant:
    """Return lamps that draw the same from dusk to dawn, less after midnight where they are dimmed."""
    del draw

    def power(moment: int) -> Power:
        _, hour, _ = _local(moment)
        lit = sun_sine(moment, 48.1, 11.5) < sin(radians(-3))
        return 0.0, (2.6 if dims and hour < 5 else 5.2) if lit else 0.012

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 3, power)


def heat_pump(draw: Random, kind: Kind | None = "load", modulates: bool = False) -> SyntheticPlant:
    """Return a heat pump: on and off at one power, or modulating between a least and a most."""
    walk, quick, phase = _Walk(draw, 6), _Walk(draw, 0.25), draw.random()

    def power(moment: int) -> Power:
        need = max(0.0, _cold(moment) - 0.15 + 0.15 * walk.at(moment))
        if modulates and need > 0.05:
            return 0.0, min(3.2, max(0.9, 3.6 * need)) * (1 + 0.01 * quick.at(moment))
        cycle = (moment / (2 * _HOUR) + phase) % 1
        return 0.0, 2.4 if cycle < need else 0.015

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 3, power)


def hydro(draw: Random, kind: Kind | None = "hydro", steady: bool = False) -> SyntheticPlant:
    """Return a run-of-river plant: it follows the river, with eddies or by steps, and has its most in a flood."""
    walk, eddies = _Walk(draw, 60), _Walk(draw, 0.25)

    def power(moment: int) -> Power:
        river = 0.75 + 0.35 * sin(tau * ((moment - START) / DAY_SECONDS - 50) / DAYS) + 0.25 * walk.at(moment)
        if river < 0.15:
            return -1.2, 0.0
        if steady:
            return 320 * min(1.0, round(river, 2)), 0.0
        return 320 * min(1.0, river * (1 + 0.003 * eddies.at(moment))), 0.0

    return SyntheticPlant(Site("x", kind=kind, capacity_kw=320.0 if kind else None, interval_minutes=15), 2, power)


def chp(draw: Random, kind: Kind | None = "chp") -> SyntheticPlant:
    """Return combined heat and power: 50 kW of 60 for hours, as heat is wanted; off in summer but for hot water."""
    walk = _Walk(draw, 8)

    def power(moment: int) -> Power:
        _, hour, _ = _local(moment)
        is_on = _cold(moment) + 0.25 * walk.at(moment // (2 * _HOUR) * 2 * _HOUR) > 0.55 or 5 < hour < 7.5
        return (50.0, 0.0) if is_on else (0.0, 0.3)

    return SyntheticPlant(Site("x", kind=kind, capacity_kw=60.0 if kind else None, interval_minutes=15), 2, power)


def wind(draw: Random, kind: Kind | None = None, signed: bool = False) -> SyntheticPlant:
    """Return a turbine of 2 MW: gusts, calms, storms, and its draw at rest."""
    slow, fast = _Walk(draw, 10), _Walk(draw, 0.4)

    def power(moment: int) -> Power:
        speed = max(0.0, (6.5 + _cold(moment)) * exp(0.45 * slow.at(moment) + 0.1 * fast.at(moment)))
        if speed <= CUT_IN or not output_share(speed):
            return (-17.0, 0.0) if signed else (0.0, 17.0)
        return 2000 * output_share(speed), 0.0

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=10), 1, power)


def battery(draw: Random, kind: Kind | None = None, signed: bool = False) -> SyntheticPlant:
    """Return storage: charges at a set point by day, gives another in the evening, rests between."""
    plan = [(draw.uniform(9, 12), draw.choice((20.0, 35.0, 50.0)), draw.uniform(2, 4.5)) for _ in range(DAYS + 2)]

    def power(moment: int) -> Power:
        day, hour, _ = _local(moment)
        begin, kw, hours = plan[day]
        if begin <= hour < begin + hours / 0.85:
            return (-kw, 0.0) if signed else (0.0, kw)
        if 17.5 <= hour < 17.5 + hours:
            return kw, 0.0
        return (-0.2, 0.0) if signed else (0.0, 0.2)

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 2, power)


def night_battery(draw: Random, kind: Kind | None = None) -> SyntheticPlant:
    """Return storage that gives through some nights and charges by day: nothing for days between."""
    plan = [(draw.random() < 0.4, draw.choice((20.0, 35.0, 50.0))) for _ in range(DAYS + 2)]

    def power(moment: int) -> Power:
        day, hour, _ = _local(moment)
        runs, kw = plan[day]
        if runs and 11 <= hour < 14:
            return 0.0, kw
        if runs and hour < 3:
            return kw, 0.0
        return 0.0, 0.2

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 2, power)


def solar(draw: Random, kind: Kind | None = None, placed: bool = False) -> SyntheticPlant:
    """Return a solar plant of 30 kW."""
    sky = _sky(draw)
    place = (48.1, 11.5) if placed else (None, None)

    def power(moment: int) -> Power:
        return 30 * _sun(moment) ** 1.2 * sky(moment), 0.0

    return SyntheticPlant(Site("x", kind=kind, latitude=place[0], longitude=place[1], interval_minutes=15), 3, power)


def home(draw: Random, kind: Kind | None = None, kw: float = 7.0) -> SyntheticPlant:
    """Return a home's two-way meter: what its panels give beyond its use, and what it takes."""
    sky, draws = _sky(draw), _of_house(draw)

    def power(moment: int) -> Power:
        net = kw * _sun(moment) ** 1.2 * sky(moment) - draws(moment)
        return max(net, 0.0), max(-net, 0.0)

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 3, power)


def load(draw: Random, kind: Kind | None = None) -> SyntheticPlant:
    """Return a home that only consumes."""
    draws = _of_house(draw)
    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 3, lambda moment: (0.0, draws(moment)))


def holiday_house(draw: Random, kind: Kind | None = "load", panels: float = 0.0) -> SyntheticPlant:
    """Return a house that stands empty but for some weekends and three weeks of summer."""
    draws, sky = _of_house(draw, 4.0), _sky(draw)
    used = [draw.random() < 0.3 for _ in range(60)]

    def power(moment: int) -> Power:
        day, hour, weekday = _local(moment)
        there = (200 <= day < 221) or (
            used[day // 7] and (weekday == 5 or (weekday == 4 and hour > 17) or weekday == 6)
        )
        fridge = 0.09 if (moment // 900) % 3 == 0 else 0.01
        net = panels * _sun(moment) ** 1.2 * sky(moment) - (draws(moment) if there else fridge)
        return max(net, 0.0), max(-net, 0.0)

    return SyntheticPlant(Site("x", kind=kind, interval_minutes=15), 3, power)


def _covers(draw: Random, first: int, last: int, count: int) -> Callable[[int], bool]:
    begins = [START + draw.randint(first, last) * DAY_SECONDS + 22 * _HOUR for _ in range(count)]
    return _within([(begin, begin + int(draw.uniform(1, 8) * DAY_SECONDS)) for begin in begins])


def under_snow(draw: Random, sleeps: bool = True, placed: bool = True, latitude: float = 47.0) -> SyntheticPlant:
    """Return a solar plant under snow for days, till May; its logger may live off the panels."""
    sky = _sky(draw)
    winter, spring = _covers(draw, 5, 80, 4), _covers(draw, 85, 130, 3)
    place = (latitude, 11.5) if placed else (None, None)

    def power(moment: int) -> Power:
        is_covered = winter(moment) or spring(moment)
        light = 0.0 if is_covered else 30 * _sun(moment, latitude) ** 1.2 * sky(moment)
        if sleeps and light <= 0.02:
            return None
        return light, 0.0

    return SyntheticPlant(
        Site("x", kind="solar", capacity_kw=30.0, latitude=place[0], longitude=place[1], interval_minutes=15), 3, power
    )
