"""A fleet's outage through the real evaluation, keeper and notifier: a message each way, or one line of a digest."""

import math
import random
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from heliograph.evaluation.evaluate import evaluate
from heliograph.evaluation.model import CONTEXT_SECONDS
from heliograph.series import Point, series_of
from heliograph.site import Site
from unit.incidents.scenes import HOUR, MINUTE, START, STEP, World, at

if TYPE_CHECKING:
    from heliograph.evaluation.model import Day

SITES = 22
DAY = 24 * HOUR
# The outage: two hours of the third day.
GONE, BACK = at(2 * 1440 + 600), at(2 * 1440 + 720)
JUDGED = 25 * HOUR + 35 * MINUTE


def sent(seed: int, *, zeros: bool) -> list[Point]:
    """Return what a solar site sends: nothing in the outage, or zeros and then all that was missing."""
    chance = random.Random(seed)  # noqa: S311 - weather
    points = []
    missing = 0.0
    for end in range(START - DAY, BACK + 4 * HOUR, STEP):
        hour = (end - START) / HOUR % 24
        full = max(0.0, math.sin((hour - 4) / 16 * math.pi)) if 4 < hour < 20 else 0.0
        generated = 4.0 * full * (0.8 + 0.2 * chance.random())
        if GONE < end <= BACK:
            missing += generated
            if zeros:
                points.append(Point(end, Decimal(0), Decimal(0)))
            continue
        if zeros and end == BACK + STEP:
            generated += missing
        points.append(Point(end, Decimal(f"{generated:.3f}"), Decimal(f"{0.3 + chance.random() / 10:.3f}")))
    return points


class Watched:
    """A site, all it sends, and the days that earlier looks left."""

    def __init__(self, number: int, *, zeros: bool) -> None:
        """Give it a place and its weather."""
        self.site = Site(f"site-{number:02}", "solar", 50.0, 52.5, 13.4, "UTC", 5)
        self._points = sent(number, zeros=zeros)
        self._days: dict[str, Day] = {}

    def evaluate(self, world: World) -> None:
        """Look, the first time at all there is, then at the last day, as the watch does."""
        judge_from = world.now - JUDGED if self._days else START
        window = [each for each in self._points if judge_from - CONTEXT_SECONDS <= each.end <= world.now]
        seen = evaluate(self.site, series_of(window, self.site), list(self._days.values()), judge_from, world.now)
        self._days |= seen.days
        world.keeper.after_evaluation(self.site, seen, {})


@pytest.mark.parametrize("zeros", [False, True], ids=["silent", "zeros and a catch-up"])
def test_an_outage_of_a_fleet_is_two_messages(*, zeros: bool) -> None:
    """Sites that are evaluated over half an hour fall out together for two hours.

    A silence is critical: one message at onset, one at recovery. Two hours without output are a warning: one line in
    the next morning's digest.
    """
    world = World()
    fleet = [Watched(number, zeros=zeros) for number in range(SITES)]
    for minute in range(2 * 1440 + 560, 2 * 1440 + 830):
        world.now = at(minute)
        for number, watched in enumerate(fleet):
            if number * 30 // SITES == minute % 30:
                watched.evaluate(world)
        world.tick()
    world.now = at(3 * 1440 + 7 * 60)
    world.tick()
    assert world.kinds() == (["digest onset"] if zeros else ["group onset", "group recovery"])
    for _, message in world.sent:
        assert message.attributes["rule"] == ("zero_output" if zeros else "no_data")
        assert f"{SITES} incidents at {SITES} sites" in message.text
