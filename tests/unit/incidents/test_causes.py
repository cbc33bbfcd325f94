"""Causes and symptoms: one event is one incident, whatever other rules see of it."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.registry import BY_NAME
from heliograph.incidents.causes import EXPLAINS, Acting, RuleEpisode, causes_first, events, explaining, outlasts
from heliograph.incidents.detection import Episode, Evidence
from heliograph.incidents.model import Basis
from unit.incidents.scenes import flag

HOUR = 3600


def episode(rule: str, first: int, last: int, basis: Basis = "reading") -> RuleEpisode:
    """Return an episode with a sign an hour. first, last: hours."""
    ends = range(first * HOUR, last * HOUR + 1, HOUR)
    signs = tuple(Evidence(end, end, flag(rule)) for end in ends)
    return RuleEpisode(rule, basis, Episode(first * HOUR, last * HOUR, (last + 1) * HOUR, signs))


def test_all_that_an_outage_does_is_one_incident() -> None:
    """The catch-up value, its spike, the incomplete day: whatever the order, they are evidence of the outage."""
    outage = episode("gap", 10, 20)
    day = RuleEpisode("incomplete_day", "day", Episode(0, 24 * HOUR, None, (Evidence(24 * HOUR, 0, flag()),)))
    found = [outage, episode("catch_up", 20, 20), episode("over_capacity", 20, 20), episode("spike", 20, 20), day]
    for order in permutations(found):
        (event,) = events(order)
        assert event.cause == outage
        assert event.evidence == ("catch_up", "incomplete_day", "over_capacity", "spike")


def test_what_lasts_beyond_its_cause_is_a_fault_of_its_own() -> None:
    """Readings that stay too large for hours after an outage aren't how it ended."""
    found = events([episode("gap", 10, 20), episode("over_capacity", 20, 30)])
    assert [each.cause.rule for each in found] == ["gap", "over_capacity"]


def test_what_a_cause_does_not_explain_is_another_event() -> None:
    """A sentinel beside an outage is no outage; nor is a spike on another day."""
    found = events([episode("gap", 10, 20), episode("sentinel", 20, 20), episode("spike", 50, 50)])
    assert {each.cause.rule: each.evidence for each in found} == {"sentinel": (), "gap": (), "spike": ()}


def test_a_symptom_at_a_site_with_its_cause_open_is_explained() -> None:
    """From shortly before the cause's onset on; an hour behind all its causes it isn't any more."""
    acting = {"no_data": [Acting(10.0 * HOUR, 20.0 * HOUR, "the outage")]}
    assert explaining("spike", episode("spike", 20, 20).episode, acting) == "the outage"
    assert not explaining("spike", episode("spike", 8, 8).episode, acting)
    assert not explaining("sentinel", episode("sentinel", 20, 20).episode, acting)
    assert not outlasts("spike", episode("spike", 20, 20).episode, acting, HOUR)
    assert outlasts("spike", episode("spike", 20, 21).episode, acting, HOUR)


def test_no_rule_explains_itself() -> None:
    """Causes come before their symptoms; the table names rules that there are, or that are still to come."""
    for cause, explained in EXPLAINS.items():
        for each in explained:
            assert causes_first(cause) < causes_first(each.rule)
            assert each.rule in BY_NAME or each.rule == "running_total"


_DRAWN = st.tuples(st.sampled_from(sorted(BY_NAME)), st.integers(0, 60), st.integers(0, 9))


@given(st.lists(_DRAWN, max_size=8, unique_by=lambda each: each[:2]))
def test_every_episode_is_in_one_event(drawn: list[tuple[str, int, int]]) -> None:
    """Nothing is lost and nothing stands twice, and the order in which rules are looked at changes nothing."""
    found = [episode(rule, first, first + length) for rule, first, length in drawn]
    joined = events(found)
    assert sorted(
        (each.rule, each.episode.onset, each.episode.last)
        for event in joined
        for each in (event.cause, *event.symptoms)
    ) == sorted((each.rule, each.episode.onset, each.episode.last) for each in found)
    assert [(event.cause, event.evidence) for event in events(found[::-1])] == [
        (event.cause, event.evidence) for event in joined
    ]


def test_what_dawn_shows_of_a_mistaken_unit_is_its_evidence() -> None:
    """Wh at dawn are a little beyond nameplate, hours before they are a thousandfold: one incident, the unit's."""
    (event,) = events([episode("over_capacity", 5, 6), episode("unit_error", 8, 10), episode("spike", 9, 9)])
    assert (event.cause.rule, event.evidence) == ("unit_error", ("over_capacity", "spike"))
    apart = events([episode("over_capacity", 0, 1), episode("unit_error", 8, 10)])
    assert [each.cause.rule for each in apart] == ["unit_error", "over_capacity"]
