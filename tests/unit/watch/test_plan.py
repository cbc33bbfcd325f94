"""How far back an evaluation goes: the last day in turn, further for late data; and what a re-evaluation covers."""

import random

import msgspec
import pytest

from heliograph.evaluation.cycle import (
    DEAD_SECONDS,
    Clock,
    DueSite,
    EvaluationPlan,
    Reevaluation,
    judged_seconds,
    plan,
)
from heliograph.evaluation.model import CONTEXT_SECONDS
from heliograph.reading import end_of, text_of

NOW = end_of("2026-11-22T12:00:00Z")
DAY = 86400
LONG_AGO = Reevaluation(turn=2, began=NOW - 9 * DAY, since=0, done=True)
IN_TURN = DueSite("a")


def late(age: int) -> DueSite:
    """Return an evaluation for a reading that ended so many seconds ago."""
    return DueSite("a", text_of(NOW - age))


def test_a_site_never_looked_at_is_judged_from_its_first_reading() -> None:
    """Without a re-evaluation on record everything is judged: a new site, or one whose cache was dropped."""
    assert plan(IN_TURN, NOW, None, Clock(NOW, 30)) == EvaluationPlan(-CONTEXT_SECONDS, 0)


def test_a_look_in_turn_judges_until_a_readings_flags_are_final() -> None:
    """It reaches back a period and an hour further than its checks do, from when it was asked for."""
    planned = plan(IN_TURN, NOW - 600, LONG_AGO, Clock(NOW, 30))
    assert planned == EvaluationPlan(NOW - 600 - judged_seconds(30), None)
    assert judged_seconds(30) > 24 * 3600 + 3600 + 30 * 60


def test_missed_looks_are_made_up_for() -> None:
    """An evaluation asked for days ago re-evaluations from then on."""
    planned = plan(IN_TURN, NOW - 3 * DAY, LONG_AGO, Clock(NOW, 30))
    assert planned is not None
    assert planned.is_reevaluation
    assert planned.judge_from == NOW - 3 * DAY - judged_seconds(30)


def test_late_data_is_swept_from_before_it() -> None:
    """A late reading changes what is up to a day before it; and what comes late seldom comes alone."""
    planned = plan(late(10 * DAY), NOW - 60, LONG_AGO, Clock(NOW, 30))
    assert planned == EvaluationPlan(NOW - 20 * DAY - CONTEXT_SECONDS, NOW - 20 * DAY)


@pytest.mark.parametrize(
    ("began", "since", "done", "covered"),
    [
        (NOW - 30, NOW - 20 * DAY, True, True),
        (NOW - 30, NOW - 20 * DAY, False, True),  # it is at work, and sees all that is stored
        (NOW - 30, NOW - 5 * DAY, True, False),  # not from far enough back
        (NOW - 90, NOW - 20 * DAY, True, False),  # it began before this was stored
        (NOW - 58, NOW - 20 * DAY, True, False),  # by clocks that may differ
    ],
)
def test_what_a_sweep_covers(began: int, since: int, done: bool, covered: bool) -> None:  # noqa: FBT001
    """A re-evaluation that began after a job and reaches back behind it has seen, or will see, all of it."""
    last = Reevaluation(7, began, since, done)
    assert (plan(late(10 * DAY), NOW - 60, last, Clock(NOW, 30)) is None) == covered


def test_a_sweep_that_died_is_done_by_the_next_look() -> None:
    """Its claim tells from where; a scheduled evaluation takes it over once it must be dead."""
    dead = Reevaluation(3, NOW - DEAD_SECONDS - 1, NOW - 40 * DAY, done=False)
    planned = plan(IN_TURN, NOW, dead, Clock(NOW, 30))
    assert planned is not None
    assert planned.since == dead.since
    at_work = msgspec.structs.replace(dead, began=NOW - 30)
    assert plan(IN_TURN, NOW, at_work, Clock(NOW, 30)) == EvaluationPlan(NOW - judged_seconds(30), None)


def test_one_that_met_another_goes_on_with_its_own() -> None:
    """An evaluation doesn't take its own claim for another's work."""
    mine = Reevaluation(5, NOW - 1, NOW - 20 * DAY, done=False)
    assert plan(late(10 * DAY), NOW - 60, mine, Clock(NOW, 30)) is None
    again = plan(late(10 * DAY), NOW - 60, mine, Clock(NOW, 30, mine=5))
    assert again is not None
    assert again.since == NOW - 20 * DAY


@pytest.mark.parametrize("order", ["oldest first", "newest first", "shuffled"])
def test_a_year_in_8760_files_is_swept_a_few_times(order: str) -> None:
    """Hourly files of a year, stored in a quarter of an hour, their calls delayed a minute: under 40 re-evaluations."""
    ages = list(range(8760, 0, -1))
    if order == "newest first":
        ages.reverse()
    elif order == "shuffled":
        random.Random(7).shuffle(ages)  # noqa: S311 - an order, not a secret
    reevaluation, reevaluations = LONG_AGO, 0
    for number, hours in enumerate(ages):
        at = NOW + number * 900 // 8760
        clock = Clock(at + 60, 30)
        planned = plan(DueSite("a", text_of(NOW - hours * 3600)), at, reevaluation, clock)
        if planned is not None:
            assert planned.since is not None
            assert planned.since <= NOW - hours * 3600
            reevaluation, reevaluations = (
                Reevaluation(reevaluation.turn + 2, clock.now, planned.since, done=True),
                reevaluations + 1,
            )
    assert reevaluations < 40
