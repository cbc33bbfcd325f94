"""A world whose sites are edited, and evaluated as the API asks for it."""

from typing import Any

from fakes.world import HOME, NOON, PLANT, World
from heliograph.edits.check import checked
from heliograph.edits.model import Edit, EditBody
from heliograph.evaluation.cycle import DueSite
from heliograph.reading import text_of

DAY = 86_400
HOUR = 3600
# One value from 02:00 to 10:00 UTC of the last day.
STALE = (NOON - 10 * HOUR, NOON - 2 * HOUR)


def settled(sent: list[dict[str, Any]], site_id: str = "home") -> World:
    """Return a world in which records came, and were evaluated once."""
    world = World(HOME, PLANT)
    world.send(sent)
    world.queue.take()
    world.evaluate(site_id)
    return world


def edit(world: World, action: Any, stretch: tuple[int, int], site_id: str = "home", **more: Any) -> Edit:  # noqa: ANN401
    """Make an edit of what ends after a time and until another, and evaluate as the API asks for it."""
    more |= {"start": text_of(stretch[0]), "end": text_of(stretch[1])}
    number = f"e{len(world.edits.kept)}"
    body = EditBody(id=number, site_id=site_id, action=action, reason="a test", **more)
    made, is_new = world.edits.put(checked(body, world.clock()), "ada", world.clock())
    assert is_new
    evaluate_since(world, made)
    return made


def undo(world: World, made: Edit) -> None:
    """Undo an edit, and evaluate as the API asks for it."""
    assert world.edits.undo(made.id, "ada", world.clock())
    evaluate_since(world, made)


def evaluate_since(world: World, made: Edit) -> None:
    """Evaluate a minute later."""
    world.now += 60
    assert world.watcher().evaluate(DueSite(made.site_id, made.since), world.now)


def anomalies(world: World) -> list[str]:
    """Return the ENDs of all anomalous readings."""
    return [end for (_, end), each in sorted(world.readings.kept.items()) if each.anomaly]


def open_rules(world: World) -> list[str]:
    """Return the rules of the open incidents."""
    return [each.rule for each in world.incidents.kept.values() if not each.recovery]
