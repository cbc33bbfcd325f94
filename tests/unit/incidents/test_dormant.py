"""A site that has sent nothing for a month is dormant: its silence ends, and that is said once."""

import pytest

from unit.incidents.scenes import HOUR, Plant, World, at, ends

DAY_MINUTES = 24 * 60
LAST = 600
DORMANT = LAST + 31 * DAY_MINUTES


def silent_world() -> tuple[World, Plant]:
    """Return a world in which a site sent until a moment, and whoever is on duty heard of its silence."""
    world, plant = World(), Plant("a", ends(0, LAST))
    for minute in range(LAST - 60, LAST + 4 * 60, 30):
        world.evaluate(plant, at(minute))
        world.tick()
    assert [message.subject for _, message in world.sent] == ["critical: no_data at a"]
    return world, plant


@pytest.mark.parametrize(("minute", "is_over"), [(DORMANT - 240, False), (DORMANT + 60, True)])
def test_a_silence_ends_after_a_month_and_says_so_once(minute: int, *, is_over: bool) -> None:
    """No reading ends it, so no message says that the site has recovered."""
    world, plant = silent_world()
    for later in range(minute, minute + 3 * 60, 30):
        world.evaluate(plant, at(later))
        world.tick()
    (incident,) = world.incidents_of()
    assert bool(incident.recovery) is is_over
    assert [message.subject for _, message in world.sent[1:]] == ["dormant: no_data at a"] * is_over
    assert all("a is dormant: nothing has come since" in message.text for _, message in world.sent[1:])


def test_a_dormant_site_that_sends_again_is_watched_again() -> None:
    """Its next silence is one of its own."""
    world, plant = silent_world()
    world.evaluate(plant, at(DORMANT + 60))
    plant.sent += ends(DORMANT + 300, DORMANT + 600)
    for minute in range(DORMANT + 330, DORMANT + 900, 30):
        world.evaluate(plant, at(minute))
        world.tick()
    assert [bool(each.recovery) for each in world.incidents_of()] == [True, False]
    assert [message.subject for _, message in world.sent[2:]] == ["critical: no_data at a"]


def test_a_site_with_old_history_only_alerts_nobody() -> None:
    """Whoever loads the history of a plant that is gone has nothing open."""
    world, plant = World(), Plant("a", ends(0, LAST))
    world.evaluate(plant, at(DORMANT + DAY_MINUTES), back=40 * 24 * HOUR)
    world.tick()
    assert [each for each in world.incidents_of() if not each.recovery] == []
    assert world.sent == []
