"""When trouble begins and ends."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from heliograph.incidents.arrivals import arrivals
from heliograph.incidents.detection import Episode, EpisodeRules, Evidence, Observations, episodes
from heliograph.incidents.model import Basis
from unit.incidents.scenes import HOUR, MINUTE, STEP, at, ends, flag

RULES = EpisodeRules(clean_readings=3, clear_after_minutes=60)


def observations(flagged: list[int], judged: list[int], basis: Basis = "reading") -> Observations:
    """Return a trail where the rule could speak of all that isn't flagged."""
    signs = [Evidence(end, end, flag()) for end in flagged]
    return Observations(basis, signs, judged, lambda end: end not in flagged)


def spans(found: list[Episode]) -> list[tuple[int, int, int | None]]:
    """Return onset, last sign and recovery of each."""
    return [(each.onset, each.last, each.recovery) for each in found]


def test_an_episode_ends_an_hour_after_its_last_flag() -> None:
    """Three clean readings aren't enough while the hour isn't over."""
    found = episodes(observations([at(0), at(10)], ends(0, 120)), RULES)
    assert spans(found) == [(at(0), at(10), at(70))]


def test_an_hour_without_readings_is_no_recovery() -> None:
    """After a gap three clean readings are needed, however long it was."""
    judged = [at(0), *ends(300, 400)]
    assert spans(episodes(observations([at(0)], judged), RULES)) == [(at(0), at(0), at(310))]
    assert spans(episodes(observations([at(0)], judged[:3]), RULES)) == [(at(0), at(0), None)]


def test_a_site_that_sends_seldom_recovers_too() -> None:
    """An evaluation holds a day; where that is two readings or one, so many are enough."""
    half_days = ends(0, 1440, 12 * HOUR)
    for a_day, recovery in ((3, None), (2, at(1440)), (1, at(720))):
        seldom = Observations("reading", [Evidence(at(0), at(0), flag())], half_days, lambda end: end > at(0), a_day)
        assert spans(episodes(seldom, RULES)) == [(at(0), at(0), recovery)]


def test_readings_the_rule_cannot_judge_do_not_count() -> None:
    """Zero output can't be seen at night: the night ends no episode."""
    day = lambda end: end >= at(600)  # noqa: E731
    dark = Observations("reading", [Evidence(at(0), at(0), flag())], ends(0, 700), day)
    assert spans(episodes(dark, RULES)) == [(at(0), at(0), at(610))]


def test_a_flag_within_the_hour_continues_it_and_a_later_one_begins_another() -> None:
    """Fifty minutes apart is one episode, seventy minutes are two."""
    assert spans(episodes(observations([at(0), at(50)], ends(0, 60)), RULES)) == [(at(0), at(50), None)]
    assert spans(episodes(observations([at(0), at(70)], ends(0, 70)), RULES)) == [
        (at(0), at(0), at(60)),
        (at(70), at(70), None),
    ]


def test_one_good_day_ends_an_incident_of_days() -> None:
    """Trouble of days ends with the first day without it, and begins with the start of the first."""
    days = [at(24 * 60 * day) for day in range(1, 6)]
    signs = [Evidence(end, end - 24 * HOUR, flag()) for end in days[1:3]]
    found = episodes(Observations("day", signs, days, lambda end: end not in days[1:3]), RULES)
    assert spans(found) == [(days[0], days[2], days[3])]


def test_an_incomplete_day_ends_an_hour_after_its_readings_come_as_usual() -> None:
    """The hour has no reading missing, and lies behind the day; a good day that is over sooner ends it, too."""
    day = at(24 * 60)
    holes = [end for end in ends(24 * 60 - 120, 24 * 60 + 200) if (end - day) % (4 * STEP) or end > at(24 * 60 + 100)]
    for sent, days, recovery in (
        (ends(24 * 60 - 120, 24 * 60 + 200), [day], at(24 * 60 + 60)),
        (ends(24 * 60 - 120, 24 * 60 + 55), [day], None),
        (holes[:-10], [day], None),
        (holes, [day], at(24 * 60 + 160)),
        (holes, [day, at(24 * 60 + 120)], at(24 * 60 + 120)),
    ):
        again = arrivals(sent, lambda _: 5)
        observed = Observations("day", [Evidence(day, at(0), flag())], days, lambda _: True, arrivals=again)
        assert spans(episodes(observed, RULES)) == [(at(0), day, recovery)]


def test_a_silence_ends_an_hour_after_the_site_is_back() -> None:
    """The hour counts from the first reading, not from the start of a silence of many hours."""
    signs = [Evidence(at(5), at(0), flag("no_data"))]
    found = episodes(Observations("silence", signs, [*ends(-60, 0), *ends(600, 700)], lambda _: True), RULES)
    assert spans(found) == [(at(0), at(5), at(660))]


@given(st.sets(st.integers(0, 500)), st.integers(1, 5), st.integers(0, 120))
def test_episodes_hold_every_flag_and_lie_apart(places: set[int], clean: int, hold: int) -> None:
    """Whatever is flagged lies in just one episode; between two of them lies a recovery, and the hold."""
    rules = EpisodeRules(clean_readings=clean, clear_after_minutes=hold)
    flagged = [at(0) + place * STEP for place in sorted(places)]
    found = episodes(observations(flagged, ends(0, 2500)), rules)
    for end in flagged:
        assert sum(each.onset <= end <= each.last for each in found) == 1
    for one, other in itertools.pairwise(found):
        assert one.recovery is not None
        assert one.last + max(hold * MINUTE, clean * STEP) <= one.recovery < other.onset
