"""Readings of registers as they are served: the same energies on any page, in any hour, and in what is anomalous."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from heliograph.checks.flag import Flag
from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading, end_of, text_of
from heliograph.registers import Register
from heliograph.site import Site
from heliograph.storage.reading_pages import CountedPages
from heliograph.storage.sites import DayTotals
from lambda_api.ports import ApiStores
from unit.api.fleet import FakeReadingPages, client_of, day, require_shape, stores_of

HOME = Site("home", "load", timezone="Europe/Berlin", interval_minutes=15)
BEGIN = end_of("2026-11-22T00:00:00Z")
STEP = 900
FAULT = Flag("register_fault", Decimal(4), Decimal(3), "readings", "warning", "a false total")


def fact(step: int, kwh: object, flags: tuple[Flag, ...] = ()) -> Assessed:
    """Return what the home's counter stood at, so many quarters after midnight."""
    registers = (Register("consumed", "0", Decimal(str(kwh))),)
    reading = Reading(HOME.site_id, text_of(BEGIN + step * STEP), None, None, registers=registers)
    return Assessed(landing(reading, Provenance("2026-11-22T09:05:12Z", "raw/p1/day.csv@v1", 1)), (), watched=flags)


def stores(*facts: Assessed, days: tuple[DayTotals, ...] = ()) -> ApiStores:
    """Return stores of the home's facts, served with energies."""
    made = stores_of(facts, [HOME], days={HOME.site_id: days})
    return msgspec.structs.replace(made, readings=CountedPages(FakeReadingPages(facts)))


# A false zero at 04:00, and nothing from 05:15 to 05:45.
STOOD = {step: 1000 + step * step for step in range(34) if step not in {21, 22, 23}} | {16: 0}
FACTS = [fact(step, kwh, (FAULT,) if step == 16 else ()) for step, kwh in STOOD.items()]


def listed(made: ApiStores, path: str = "/readings/home", **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a query
    """Return all items of a list, page by page."""
    client, found = client_of(made), []
    while True:
        body = client.get(path, **query).json()
        found += body["items"]
        if body["next"] is None:
            return found
        query["cursor"] = body["next"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_each_page_has_the_same_energies(limit: int) -> None:
    """The first fact has no energy and isn't listed; a false total is, with its flag and without energy."""
    found = {end_of(each["timestamp"]): each for each in listed(stores(*FACTS), limit=limit)}
    sound = [step for step in STOOD if step != 16]
    expected = {BEGIN + after * STEP: STOOD[after] - STOOD[before] for before, after in pairwise(sound)}
    assert {end: each["energy_consumed_kwh"] for end, each in found.items() if each["anomaly"] is False} == expected
    assert found[BEGIN + 16 * STEP]["energy_consumed_kwh"] is None
    assert {each["energy_generated_kwh"] for each in found.values()} == {None}
    assert all(each["net_energy_kwh"] in {None, -(each["energy_consumed_kwh"] or 0)} for each in found.values())


def test_a_part_of_a_series_has_the_energies_of_the_whole() -> None:
    """Asked for from the middle, the first reading still counts from the one before it."""
    middle = text_of(BEGIN + 17 * STEP)
    first = listed(stores(*FACTS), start=middle)[0]
    assert (first["timestamp"], first["energy_consumed_kwh"]) == (middle, STOOD[17] - STOOD[15])


def test_what_is_anomalous_has_its_energies_too() -> None:
    """An anomaly is read alone; its neighbours are read for it."""
    flagged = [fact(step, kwh, (FAULT,) if step in {9, 16} else ()) for step, kwh in STOOD.items()]
    for path, query in (("/anomalies/home", {}), ("/anomalies", {"day": "2026-11-22"})):
        found = listed(stores(*flagged), path, **query)
        assert [each["energy_consumed_kwh"] for each in found] == [STOOD[9] - STOOD[8], None]


def test_hours_have_a_gap_that_lies_in_them_and_not_one_that_reaches_out() -> None:
    """From 05:00 to 06:00 one energy is known, of no single quarter; it is the hour's, and not the next one's."""
    hours = listed(stores(*FACTS), "/totals/home", by="hour", start="2026-11-22")
    found = {each["start"][11:16]: each for each in hours}
    assert found["05:00"]["consumed_kwh"] == STOOD[24] - STOOD[20]
    assert (found["05:00"]["readings"], found["05:00"]["expected"]) == (0, 4)
    assert found["06:00"]["consumed_kwh"] == STOOD[28] - STOOD[24]
    assert found["04:00"]["consumed_kwh"] == STOOD[20] - STOOD[17], "the half hour over the false total isn't"
    require_shape(client_of(stores(*FACTS)).get("/totals/home", by="hour").body, "Totals")


def test_the_day_that_runs_has_what_came_since() -> None:
    """Facts that are younger than the day's sums are added, a gap's energy among them."""
    runs = msgspec.structs.replace(day("2026-11-22", "0", "100"), last_end=BEGIN + 33 * STEP)
    young = [fact(step, kwh) for step, kwh in {34: 3000, 35: 3001, 38: 3009}.items()]
    (found,) = listed(stores(*FACTS, *young, days=(runs,)), "/totals/home", by="day")
    assert found["consumed_kwh"] == 100 + 3009 - STOOD[33]
    assert found["readings"] == runs.readings + 2


@pytest.mark.parametrize("every", [3, 12])
@pytest.mark.parametrize("limit", [1, 5, 100])
def test_two_feeds_of_a_side_each_are_served_as_one_site(limit: int, every: int) -> None:
    """An inverter's counter each five minutes, a house meter's by quarter or hour: any page has each side."""
    facts = []
    for step in range(37):
        end, registers = BEGIN + step * 300, [Register("generated", "pv:0", Decimal(step * 2))]
        if step % every == 0:
            registers.append(Register("consumed", "p1:0", Decimal(step * 5)))
        reading = Reading(HOME.site_id, text_of(end), None, None, registers=tuple(registers))
        facts.append(Assessed(landing(reading, Provenance("2026-11-22T09:05:12Z", "raw/p1/day.csv@v1", 1)), ()))
    found = listed(stores(*facts), limit=limit)
    assert [each["energy_generated_kwh"] for each in found] == [2] * 36
    assert [each["energy_consumed_kwh"] for each in found] == [*[None] * (every - 1), 5 * every] * (36 // every)
    assert {each["interval_seconds"] for each in found} == {300}
    assert [each["net_energy_kwh"] for each in found][:every] == [*[2] * (every - 1), 2 - 5 * every]
