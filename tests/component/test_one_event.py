"""One cause is one message, however its readings land: by the interval, as the watch goes round, or a day in a file."""

from collections.abc import Callable, Iterable

import pytest

from fakes.world import World
from heliograph.checks.sun import sun_sine
from heliograph.reading import end_of, text_of
from heliograph.site import Site

PLANT = Site("plant", "solar", 8.0, 52.5, 13.4, "Europe/Berlin", 15)
STEP = 900
FIRST = end_of("2026-05-01T00:00:00Z")
DAYS = 3

Send = Callable[[list[float]], list[float]]


def in_wh(sent: list[float]) -> list[float]:
    """Send Wh as kWh."""
    return [kwh * 1000 for kwh in sent]


def in_mwh(sent: list[float]) -> list[float]:
    """Send MWh as kWh."""
    return [kwh / 1000 for kwh in sent]


def counted(sent: list[float]) -> list[float]:
    """Send the meter's running count."""
    return [12_345.0 + sum(sent[: place + 1]) for place in range(len(sent))]


def landed(world: World, sent: list[float], a_file: int) -> None:
    """Land the readings, so many a file, and go round once a half hour."""
    rows = [
        {
            "site_id": "plant",
            "timestamp": text_of(FIRST + place * STEP + STEP),
            "energy_generated_kwh": round(kwh, 7),
            "energy_consumed_kwh": 0,
        }
        for place, kwh in enumerate(sent)
    ]
    for place in range(0, len(rows), a_file):
        world.now = FIRST + (place + a_file) * STEP + 60
        world.send(rows[place : place + a_file], f"raw/{place}.json")
        if place % 2 == 0:
            world.evaluate("plant")
            world.ticker().tick(30, 25)


def incidents(world: World) -> Iterable[tuple[str, str, str]]:
    """Return rule, severity and recovery of each incident that stands for itself."""
    return [(each.rule, each.severity, each.recovery) for each in world.incidents.kept.values() if not each.suppressed]


@pytest.mark.parametrize("a_file", [1, 96])
@pytest.mark.parametrize(("send", "rule"), [(in_wh, "unit_error"), (in_mwh, "unit_error"), (counted, "running_total")])
def test_a_wrong_quantity_is_one_incident(send: Send, rule: str, a_file: int) -> None:
    """From the first reading on, for days: critical, open, and alone; what else it looks like is evidence of it."""
    middles = [FIRST + place * STEP + STEP // 2 for place in range(DAYS * 96)]
    sound = [max(0.0, sun_sine(middle, 52.5, 13.4)) * 1.7 for middle in middles]
    world = World(PLANT, now=FIRST)
    landed(world, send(sound), a_file)
    assert incidents(world) == [(rule, "critical", "")]
