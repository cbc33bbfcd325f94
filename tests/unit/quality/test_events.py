"""Events and episodes: what counts as found, what as false, and what an operator hears once."""

import msgspec
import pytest

from quality.counts import Counts
from quality.events import by_fault, by_rule, score
from quality.sample import DetectorAnswer, Event, Sample, Stretch, episodes, event_of
from unit.quality.a_home import HOUR, SITE, clean

DAY = 24 * HOUR
STALE = event_of("stale", [30 * DAY + hour * HOUR for hour in range(8)])


def with_events(*events: Event) -> Sample:
    """Label a clean sample."""
    return msgspec.structs.replace(clean(), events=list(events))


@pytest.mark.parametrize(
    ("end", "seen"),
    [
        (STALE.onset - HOUR, False),
        (STALE.onset, True),
        (STALE.last, True),
        (STALE.last + 3 * HOUR, True),
        (STALE.last + 4 * HOUR, False),
    ],
)
def test_an_event_is_found_from_its_onset_to_three_intervals_after_it(end: int, *, seen: bool) -> None:
    """A flag there is true and finds it; one elsewhere is false and doesn't."""
    scored = score(DetectorAnswer(flags={"stale": {end}}), with_events(STALE), 60)
    assert scored.seen == [(STALE, seen, seen)]
    assert by_rule([scored]) == {"stale": Counts(hits=int(seen), false=int(not seen))}


def test_another_rule_finds_it_too_but_isnt_its_own() -> None:
    """Both are counted apart."""
    scored = score(DetectorAnswer(flags={"zero_output": {STALE.onset}}), with_events(STALE), 60)
    assert by_fault([scored]) == {"stale": (Counts(hits=1), Counts(missed=1))}


def test_a_reading_stamped_elsewhere_is_of_its_event() -> None:
    """A record a day ahead carries the fault to the time that it is stamped with."""
    ahead = Event("future_timestamp", 40 * DAY, 40 * DAY, frozenset({41 * DAY}))
    scored = score(DetectorAnswer(flags={"future_timestamp": {41 * DAY}}), with_events(ahead), 60)
    assert scored.seen == [(ahead, True, True)]
    assert scored.false == []


def test_a_flag_of_the_day_finds_slow_faults_only() -> None:
    """A day that is called incomplete finds the silence in it, and not the frozen values."""
    no_data = event_of("no_data", [50 * DAY + hour * HOUR for hour in range(3)])
    days = [Stretch("incomplete_day", 50 * DAY - HOUR, 51 * DAY), Stretch("incomplete_day", 30 * DAY - HOUR, 31 * DAY)]
    scored = score(DetectorAnswer(stretches=days), with_events(STALE, no_data), 60)
    assert [seen for _, seen, _ in scored.seen] == [False, True]


@pytest.mark.parametrize(("fault", "rule"), [("conflicting_values", "revised"), ("malformed", "rejected")])
def test_a_remark_is_enough_where_the_record_was_put_right(fault: str, rule: str) -> None:
    """What is only remarked on finds these two, and raises no episode."""
    event = event_of(fault, [40 * DAY])
    scored = score(DetectorAnswer(told={rule: {40 * DAY}}), with_events(event), 60)
    assert scored.seen == [(event, True, True)]
    assert scored.true == scored.false == []


def test_an_episode_goes_on_over_short_pauses() -> None:
    """Three hours of silence don't end it where an interval is an hour, four do; each rule has its own."""
    flags = {"a": {HOUR, 4 * HOUR, 8 * HOUR}, "b": {HOUR}}
    said = episodes(DetectorAnswer(flags=flags), 60)
    assert [(each.rule, each.first, each.last) for each in said] == [
        ("a", HOUR, 4 * HOUR), ("b", HOUR, HOUR), ("a", 8 * HOUR, 8 * HOUR),
    ]  # fmt: skip


def test_days_in_a_row_are_one_episode() -> None:
    """They touch; with a day between them they are two."""
    days = [Stretch("level_shift", day * DAY, (day + 1) * DAY) for day in (1, 2, 4)]
    said = episodes(DetectorAnswer(stretches=days), 60)
    assert [(each.first, each.last) for each in said] == [(DAY + 1, 3 * DAY), (4 * DAY + 1, 5 * DAY)]


def test_sites_without_events_have_only_false_episodes() -> None:
    """On clean data everything that is said is false."""
    scored = score(DetectorAnswer(flags={"spike": {40 * DAY}}), Sample(SITE, clean().sent, []), 60)
    assert (scored.seen, len(scored.false)) == ([], 1)
