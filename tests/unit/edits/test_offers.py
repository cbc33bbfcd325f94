"""A wrong unit and a wrong clock offer the edit that puts them right; what is left out by itself offers none."""

import shlex
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakes.world import HOME, NOON, PLANT, STEP, World, records
from heliograph.edits.check import checked
from heliograph.edits.model import EditBody
from heliograph.edits.occupied import landing_strip, occupied
from heliograph.edits.offers import command_of, looked_at, offered
from heliograph.evaluation.cycle import DueSite
from heliograph.incidents.model import Incident
from heliograph.reading import end_of, text_of

DAY = 86_400
HOUR = 3600
# Late enough that no change of the clocks lies within the weeks before.
NOW = NOON + 21 * DAY


def late_world() -> World:
    """Return a world in which files land now."""
    world = World(HOME, PLANT, now=NOW)
    world.objects.clock = world.clock()
    return world


def incident(**more: Any) -> Incident:  # noqa: ANN401 - any field
    """Return an incident of Wh for kWh that is over."""
    about: dict[str, Any] = {
        "id": "x",
        "site_id": "plant",
        "rule": "unit_error",
        "basis": "reading",
        "onset": text_of(NOW - 5 * HOUR),
        "last": text_of(NOW - 2 * HOUR),
        "recovery": text_of(NOW - HOUR),
        "severity": "critical",
        "message": "energy_generated_kwh is 9000 kWh, 500 times the site's most",
        "observed": Decimal(9000),
        "limit": Decimal(90),
        "unit": "kWh",
        "found_at": text_of(NOW),
    }
    return Incident(**(about | more))


def offer(found: Incident) -> EditBody:
    """Return an incident's offer."""
    body = offered(found, NOW)
    assert body
    return body


def test_a_unit_offers_a_factor() -> None:
    """Of a thousand, whichever way it is off, for the side that its message names, as long as it lasted."""
    body = offer(incident())
    assert (body.action, body.factor, body.side) == ("scale", Decimal("0.001"), "generated")
    assert [body.covers(NOW - hours * HOUR) for hours in (6, 5, 2, 1)] == [False, True, True, False]
    assert body.reason == "unit_error: energy_generated_kwh is 9000 kWh, 500 times the site's most"
    low = offer(incident(observed=Decimal("0.3"), message="energy_consumed_kwh falls", recovery=""))
    assert (low.factor, low.side, low.end) == (Decimal(1000), "consumed", text_of(NOW))
    assert offer(incident(message="both")).side == "both"


@pytest.mark.parametrize(("minutes", "seconds"), [(61, -3600), (-44, 3600), (27, -1800), (-95, 5400), (-148, 9000)])
def test_a_clock_offers_a_shift(minutes: int, seconds: int) -> None:
    """By whole hours where it is near to some, else by quarters; from the first of the days that it takes to show."""
    body = offer(incident(rule="time_shift", basis="day", observed=Decimal(minutes), limit=Decimal(40)))
    assert (body.action, body.shift_seconds, body.side) == ("shift", seconds, "both")
    assert body.start == text_of(NOW - 5 * HOUR - 2 * DAY)
    always = incident(rule="time_shift", basis="day", observed=Decimal(minutes), limit=Decimal(45))
    assert offer(always).start == always.onset


@pytest.mark.parametrize("rule", ["stale", "spike", "sentinel", "zero_output", "level_shift", "no_data", "gap"])
def test_what_no_edit_puts_right_offers_none(rule: str) -> None:
    """It is left out of totals as it is, or nothing is known in its place."""
    assert offered(incident(rule=rule), NOW) is None
    assert looked_at(incident(rule=rule)) is None


def test_an_offer_can_be_made_as_it_is() -> None:
    """With an id; a long message and a long incident are cut to what an edit may have."""
    long = incident(message="energy_generated_kwh " + "x" * 600, onset=text_of(NOW - 500 * DAY))
    world = World(now=NOW)
    assert checked(msgspec.structs.replace(offer(long), id="e1"), world.clock()).site_id == "plant"


def test_an_offer_is_a_command_to_be_typed() -> None:
    """Its values are quoted as a shell reads them."""
    typed = shlex.split(command_of(offer(incident(message="it's $HOME"))))
    assert typed[:5] == ["heliograph", "edit", "add", "plant", "scale"]
    assert typed[typed.index("--factor") + 1] == "0.001"
    assert typed[-1] == "unit_error: it's $HOME"
    shift = command_of(offer(incident(rule="time_shift", observed=Decimal(60), limit=Decimal(40))))
    assert " --by -3600s --reason" in shift


def test_a_clock_that_was_put_forward_is_put_right_by_its_offer() -> None:
    """Its stamps leave an hour out where it moved: from there on they are shifted, onto no others; no flag is left."""
    world = late_world()
    moved = NOW - 6 * DAY - 3 * HOUR
    world.send(
        each | ({"timestamp": text_of(end + HOUR)} if end > moved else {})
        for each, end in zip(records(NOW - 25 * DAY, NOW, "plant"), range(NOW - 25 * DAY, NOW + 1, STEP), strict=True)
        if end <= moved or end + HOUR <= NOW
    )
    world.queue.take()
    world.evaluate("plant")
    (found,) = [each for each in world.incidents.kept.values() if each.rule == "time_shift"]
    wanted = looked_at(found)
    assert wanted
    body = offered(found, NOW, (), world.windows.read("plant", *wanted, consistent=True))
    assert body
    assert (body.start, body.shift_seconds) == (text_of(moved), -HOUR)
    strip = landing_strip(body, STEP)
    assert occupied(body, world.windows.read("plant", *strip, consistent=True), [], STEP) == []
    made, _ = world.edits.put(checked(msgspec.structs.replace(body, id="e1"), world.clock()), "ada", world.clock())
    world.now += 60
    assert world.watcher().evaluate(DueSite("plant", made.since), world.now)
    assert all(day.flags == () for day in world.parts.kept_days.values())
    assert all(each.recovery for each in world.incidents.kept.values())


def test_wh_for_kwh_is_put_right_by_its_offer() -> None:
    """At a solar site each day is an incident: any of them offers all; no flag and no open incident is left."""
    world = late_world()
    wrong = range(NOW - 2 * DAY - 6 * HOUR, NOW + 1)
    world.send(
        each | ({"energy_generated_kwh": round(each["energy_generated_kwh"] * 1000, 1)} if end in wrong else {})
        for each, end in zip(records(NOW - 25 * DAY, NOW, "plant"), range(NOW - 25 * DAY, NOW + 1, STEP), strict=True)
    )
    world.queue.take()
    world.evaluate("plant")
    incidents = list(world.incidents.kept.values())
    assert [each.rule for each in incidents] == ["unit_error"] * 3
    body, *same = [offered(each, NOW, incidents) for each in incidents]
    assert body
    assert [each and (each.start, each.end) for each in same] == [(body.start, body.end)] * 2
    made, _ = world.edits.put(checked(msgspec.structs.replace(body, id="e1"), world.clock()), "ada", world.clock())
    world.now += 60
    assert world.watcher().evaluate(DueSite("plant", made.since), world.now)
    assert not any(each.anomaly for each in world.readings.kept.values() if end_of(each.history.timestamp) in wrong)
    assert all(each.recovery for each in world.incidents.kept.values())
