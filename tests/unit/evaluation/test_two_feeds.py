"""A site of two feeds, one a side, of whatever intervals, stamps and kinds: their sums are kept, nothing is found."""

from decimal import Decimal
from math import pi, sin

import pytest

from heliograph.history import History, Provenance, landing, merge
from heliograph.reading import Reading, end_of, text_of
from heliograph.registers import Register, Side
from heliograph.site import Site
from heliograph_cli.checking import check_site
from unit.evaluation.plant import hashed

ROOF = Site("roof", "solar", 5.0, 52.0, 13.0, "Europe/Berlin")
BEGIN = end_of("2026-06-01T00:00:00Z")
DAYS = 6


def energy(side: Side, minute: int, step: int) -> Decimal:
    """Return what a roof generates, or a home uses, in the minutes before one of the day, kWh."""
    chance = 0.5 + hashed(minute * 60 + len(side)) / 2
    kwh = max(0.0, sin((minute % 1440 / 1440 - 0.25) * 2 * pi)) * 0.01 if side == "generated" else 0.006
    return Decimal(str(round(kwh * chance * step, 3)))


def feed(side: Side, kind: str, step: int, late: int = 0) -> tuple[list[History], Decimal]:
    """Return a feed's landings, and the energy it has in all. late: how long after the others its readings end, s."""
    total, found = Decimal(0), []
    for minute in range(0 if kind == "register" else step, DAYS * 1440, step):
        kwh = energy(side, minute, step) if minute else Decimal(0)
        total, end = total + kwh, text_of(BEGIN + minute * 60 + late)
        source = Provenance(text_of(BEGIN + minute * 60 + late + 60), f"raw/{side}/{minute}.csv@1", 1)
        if kind == "register":
            reading = Reading("roof", end, None, None, registers=(Register(side, f"{side}:0", 1000 + total),))
        else:
            length, generated = step * 60 if kind == "stated" else None, side == "generated"
            reading = Reading("roof", end, kwh if generated else None, None if generated else kwh, length)
        found.append(landing(reading, source))
    return found, total


@pytest.mark.parametrize(
    ("pv", "meter"),
    [
        (("plain", 15), ("plain", 15)),
        (("stated", 5), ("stated", 15)),
        (("plain", 15), ("plain", 60)),
        (("stated", 15), ("stated", 15, 420)),
        (("register", 15), ("register", 15)),
        (("register", 5), ("register", 15)),
        (("register", 5), ("register", 60)),
        (("register", 15), ("register", 15, 420)),
        (("register", 5), ("stated", 15)),
    ],
)
def test_each_side_keeps_its_energy_and_nothing_is_found(pv: tuple[str, int], meter: tuple[str, int]) -> None:
    """All of both feeds counts, once; what one feed lacks between the other's readings isn't missing."""
    (generated, produced), (consumed, used) = feed("generated", *pv), feed("consumed", *meter)
    stored: dict[str, History] = {}
    for each in (*consumed, *generated):
        stored[each.timestamp] = merge(stored[each.timestamp], each) if each.timestamp in stored else each
    found = check_site(ROOF, stored.values())
    assert sum(day.generated_kwh or 0 for day in found.days) == produced
    assert sum(day.consumed_kwh or 0 for day in found.days) == used
    assert not [flag for each in found.readings for flag in each.every_flag]
    assert not [flag for day in found.days for flag in day.flags]
