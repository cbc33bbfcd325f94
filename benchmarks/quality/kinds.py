"""Years of sites that no shared set has: wallboxes, street lights, heat pumps, rivers, sites without a kind.

    PYTHONPATH=src:benchmarks .venv/bin/python -m quality.kinds [--seeds 2] [--only wallbox,...] [--list]

No fault is in them (`synthetic`), so each alarm is a false one. It prints alarms a site-year by kind, and ends with
status 1 where a kind has more than `MOST`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from random import Random
from typing import Final

from heliograph.history import Provenance, landing
from heliograph.reading import Reading, text_of
from heliograph_cli.checking import OpenedIncident, check_site
from quality.synthetic import (
    DAY_SECONDS,
    DAYS,
    START,
    SyntheticPlant,
    battery,
    chp,
    depot,
    heat_pump,
    holiday_house,
    home,
    hydro,
    load,
    night_battery,
    solar,
    street_light,
    under_snow,
    wallbox,
    wind,
)

MOST: Final = 1.0  # alarms without cause a site-year: issue J's bar for false ones

KINDS: Final[dict[str, Callable[[Random], SyntheticPlant]]] = {
    "wallbox": wallbox,
    "wallbox, seldom used": partial(wallbox, share=0.12),
    "wallbox, voltage wanders": partial(wallbox, wander=0.004),
    "wallbox, kind unknown": partial(wallbox, kind=None),
    "wallbox, kind ev": partial(wallbox, kind="ev"),
    "depot": depot,
    "street light": street_light,
    "street light, dimmed": partial(street_light, dims=True),
    "street light, kind unknown": partial(street_light, kind=None),
    "heat pump": heat_pump,
    "heat pump, modulating": partial(heat_pump, modulates=True),
    "heat pump, kind unknown": partial(heat_pump, kind=None),
    "hydro": hydro,
    "hydro, by steps": partial(hydro, steady=True),
    "hydro, kind unknown": partial(hydro, kind=None),
    "hydro, kind unknown, by steps": partial(hydro, kind=None, steady=True),
    "chp": chp,
    "chp, kind unknown": partial(chp, kind=None),
    "wind": partial(wind, kind="wind"),
    "wind, kind unknown": wind,
    "wind, signed, kind unknown": partial(wind, signed=True),
    "battery": partial(battery, kind="battery"),
    "battery, kind unknown": battery,
    "battery, signed, kind unknown": partial(battery, signed=True),
    "battery by night, kind unknown": night_battery,
    "solar": partial(solar, kind="solar", placed=True),
    "solar, kind unknown": solar,
    "solar, kind unknown, placed": partial(solar, placed=True),
    "home": home,
    "home, 3 kW": partial(home, kw=3.0),
    "load": partial(load, kind="load"),
    "load, kind unknown": load,
    "holiday house": holiday_house,
    "holiday house, kind unknown": partial(holiday_house, kind=None),
    "holiday house with panels": partial(holiday_house, kind=None, panels=4.0),
    "sleeper under snow": under_snow,
    "sleeper under snow, no place": partial(under_snow, placed=False),
    "under snow": partial(under_snow, sleeps=False),
    "under snow, no place": partial(under_snow, sleeps=False, placed=False),
}


def readings(plant: SyntheticPlant) -> Iterator[Reading]:
    """Yield a year of readings: each the mean power of three moments of its interval, as the meter counts it."""
    minutes = plant.site.interval_minutes or 15
    seconds = minutes * 60
    unit = Decimal(1).scaleb(-plant.decimals)
    for end in range(START + seconds, START + DAYS * DAY_SECONDS + 1, seconds):
        powers = [plant.power(end - seconds + part * seconds // 6) for part in (1, 3, 5)]
        known = [each for each in powers if each is not None]
        if len(known) == len(powers):
            given, taken = (sum(each[side] for each in known) / 3 * minutes / 60 for side in (0, 1))
            yield Reading("x", text_of(end), Decimal(given).quantize(unit), Decimal(taken).quantize(unit))


def incidents(plant: SyntheticPlant) -> list[OpenedIncident]:
    """Return the incidents of a plant's year."""
    histories = [landing(each, Provenance(each.timestamp, "year", at)) for at, each in enumerate(readings(plant))]
    return check_site(plant.site, histories).incidents


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="quality.kinds", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args(arguments)
    status = 0
    for name, make in KINDS.items():
        if asked.only and not any(name.startswith(each) for each in asked.only.split(",")):
            continue
        rules: Counter[str] = Counter()
        critical = 0
        for seed in range(asked.seeds):
            draw = Random(f"{name} {seed}")  # noqa: S311 - which weather, not a secret
            for each in incidents(make(draw)):
                if each.severity != "info":
                    rules[each.rule] += 1
                    critical += each.severity == "critical"
                    if asked.list:
                        sys.stdout.write(
                            f"    {seed} {each.rule} {each.severity} {each.onset} {each.last} {each.message}\n"
                        )
        rate = sum(rules.values()) / asked.seeds
        status |= rate > MOST
        what = ", ".join(f"{rule} {count}" for rule, count in rules.most_common())
        sys.stdout.write(f"{name:32} {rate:6.1f} a site-year, {critical / asked.seeds:.1f} critical  {what}\n")
        sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
