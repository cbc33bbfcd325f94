"""A symptom joins its cause as evidence, whichever of the two is found first, and nothing is sent twice."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.incidents.causes import symptoms_of
from heliograph.incidents.evidence import joined as joined_by
from heliograph.incidents.model import Incident, Join
from unit.incidents.scenes import Plant, World, at, ends, flag, found, run_day, text_at


def joined(world: World, cause: str) -> tuple[Incident, dict[str, Incident]]:
    """Return the incident of a rule, and those that stand beneath it, by rule."""
    (incident,) = [each for each in world.incidents_of() if each.rule == cause]
    kept = world.incidents.kept
    return incident, {each.rule: kept[each.id] for each in incident.evidence}


def test_what_an_outage_explains_is_its_evidence() -> None:
    """What a file or an evaluation finds after the cause is kept beneath it, and names its cause."""
    world, plant = World(), Plant("a", [*ends(0, 100), *ends(300, 900)], {at(300): (flag("catch_up"),)})
    world.evaluate(plant, at(200))
    world.now = at(301)
    world.file(found("a", at(300), "over_capacity"), found("a", at(300), "sentinel"))
    world.evaluate(plant, at(310))
    cause, evidence = joined(world, "no_data")
    assert sorted(evidence) == ["catch_up", "over_capacity"]
    assert {each.cause for each in evidence.values()} == {cause.id}
    world.evaluate(plant, at(500))
    assert len(joined(world, "no_data")[0].evidence) == 2, "once each"


def test_a_symptom_that_was_sent_first_joins_the_cause_that_says_so() -> None:
    """Two messages of one event, and one of its recovery: the cause's names what was sent before."""
    world = World()
    night = {end: (flag("night_generation"),) for end in ends(200, 400)}
    plant = Plant("a", ends(-60, 900), night)
    run_day(world, [plant], range(190, 260))
    plant.flags = {end: (*flags, flag("time_shift")) for end, flags in night.items()}
    run_day(world, [plant], range(260, 600))
    assert [str(message.attributes["rule"]) for _, message in world.sent] == [
        "night_generation",
        "time_shift",
        "time_shift",
    ]
    onset, recovery = (message for _, message in world.sent[1:])
    (symptom,) = joined(world, "time_shift")[1].values()
    assert (
        f"Evidence: night_generation since {text_at(200)}; sent as critical at {symptom.onset_notified_at}"
        in onset.text
    )
    assert "Evidence: night_generation" in recovery.text
    assert symptom.suppressed


def test_a_symptom_that_wasn_t_sent_yet_is_never_sent_by_itself() -> None:
    """A warning that waits for its digest joins the critical cause that is found meanwhile."""
    world = World()
    flags = {end: (flag("night_generation", "warning"),) for end in ends(200, 400)}
    plant = Plant("a", ends(-60, 2900), flags)
    run_day(world, [plant], range(190, 260))
    plant.flags = {end: (*each, flag("time_shift")) for end, each in flags.items()}
    run_day(world, [plant], range(260, 2900, 10))
    assert world.kinds() == ["onset onset", "recovery recovery"]
    assert "Evidence: night_generation since" in world.sent[0][1].text


def test_a_symptom_that_was_over_joins_too() -> None:
    """A moved clock is known after its first nights: what they showed is its evidence."""
    world = World()
    plant = Plant("a", ends(-60, 900), {end: (flag("night_generation"),) for end in ends(200, 230)})
    run_day(world, [plant], range(190, 330))
    assert world.incidents_of()[0].state == "closed"
    plant.flags |= {end: (flag("time_shift"),) for end in ends(200, 500)}
    run_day(world, [plant], range(330, 700))
    cause, evidence = joined(world, "time_shift")
    assert list(evidence) == ["night_generation"]
    assert evidence["night_generation"].cause == cause.id
    assert evidence["night_generation"].recovery, "it stays as it was"


def test_a_processor_s_cause_takes_its_symptoms_too() -> None:
    """A file that shows the cause names what an earlier file sent."""
    world = World()
    world.now = at(100)
    world.file(found("a", at(95), "negative"))
    world.now = at(165)
    world.file(found("a", at(105), "sentinel"))
    assert f"Evidence: negative since {text_at(95)}; sent as critical" in world.sent[1][1].text
    assert joined(world, "sentinel")[1]["negative"].suppressed


def test_a_symptom_from_long_before_its_cause_stays_apart() -> None:
    """More than an hour before the cause's onset it is another event."""
    world = World()
    world.now = at(100)
    world.file(found("a", at(30), "negative"))
    world.now = at(165)
    world.file(found("a", at(160), "sentinel"))
    assert joined(world, "sentinel")[1] == {}


def test_a_symptom_that_outlasts_its_cause_notifies_of_its_recovery() -> None:
    """It joined, and goes on after the cause is over: from then on it is a fault of its own."""
    world = World()
    night = {end: (flag("night_generation"),) for end in ends(200, 700)}
    plant = Plant("a", ends(-60, 1400), night)
    run_day(world, [plant], range(190, 260))
    plant.flags = {end: (*flags, flag("time_shift")) if end <= at(400) else flags for end, flags in night.items()}
    run_day(world, [plant], range(260, 1000))
    assert [str(message.attributes["rule"]) for _, message in world.sent] == [
        *("night_generation", "time_shift"),
        *("time_shift", "night_generation"),
    ]
    assert [message.attributes["phase"] for _, message in world.sent] == ["onset", "onset", "recovery", "recovery"]


def test_a_warning_that_outlasts_its_cause_waits_for_the_next_digest() -> None:
    """It is pending from then on, and not since it was found: its digest isn't one of a day that is gone."""
    world = World()
    night = {end: (flag("night_generation", "warning"),) for end in ends(200, 6000)}
    plant = Plant("a", ends(-60, 6000), night)
    plant.flags |= {end: (flag("time_shift"), *night[end]) for end in ends(200, 2400)}
    run_day(world, [plant], range(190, 3600, 10))
    assert world.kinds() == ["onset onset", "recovery recovery", "digest onset"]
    assert world.sent[-1][0] == at(2 * 1440 + 7 * 60)


def test_a_cause_that_nobody_hears_of_silences_no_symptom_that_was_heard() -> None:
    """A cause that was found too late to notify keeps the evidence, and the symptom tells its own recovery."""
    world = World()
    world.now = at(200)
    world.file(found("a", at(150), "negative"), found("b", at(150)))
    symptom, cause = world.incidents_of("a")[0], msgspec.structs.replace(world.incidents_of("b")[0], suppressed=True)
    (after,), (kept,) = joined_by([cause], [symptom], [Join(cause.id, symptom.id)])
    assert [each.rule for each in after.evidence] == ["negative"]
    assert joined_by([after], [kept], [Join(cause.id, symptom.id)])[0] == (after,), "a symptom joins once"
    assert (kept.cause, kept.suppressed) == (cause.id, False)


@settings(deadline=None, max_examples=40)
@given(st.permutations(["sentinel", "negative", "spike", "over_capacity"]), st.lists(st.integers(0, 50), min_size=4))
def test_files_in_any_order_end_in_one_cause_with_all_evidence(rules: list[str], minutes: list[int]) -> None:
    """Whatever a placeholder looks like, in whatever order its readings land: all stand beneath one incident."""
    world = World()
    for number, rule in enumerate(rules):
        world.now = at(100 + number)
        world.file(found("a", at(minutes[number]), rule))
    cause, evidence = joined(world, "sentinel")
    assert set(evidence) <= {"negative", "spike", "over_capacity"}
    tops = [each.rule for each in world.incidents_of() if not each.cause]
    assert "sentinel" in tops
    assert cause.cause == ""
    assert all(each.suppressed for each in world.incidents_of() if each.cause)


def test_symptoms_are_those_wholly_within_what_the_cause_explains() -> None:
    """An episode longer than the cause explains, or after it, isn't one; nor is one with a cause already."""
    world = World()
    world.now = at(600)
    world.file(found("a", at(60), "time_shift"), *(found(name, at(60), "zero_output") for name in "bcd"))
    cause = world.incidents_of("a")[0]
    short, long, taken = (world.incidents_of(name)[0] for name in "bcd")
    long = msgspec.structs.replace(long, last=text_at(60 + 13 * 60))
    taken = msgspec.structs.replace(taken, cause="another")
    assert symptoms_of(cause, [short, long, taken]) == [short]


def test_a_recovery_goes_to_those_who_heard_of_a_symptom() -> None:
    """A critical symptom was sent at once; its cause is a warning: that it is over is sent at once, too."""
    world = World()
    night = {end: (flag("night_generation"),) for end in ends(200, 400)}
    plant = Plant("a", ends(-60, 900), night)
    run_day(world, [plant], range(190, 260))
    plant.flags = {end: (*flags, flag("time_shift", "warning")) for end, flags in night.items()}
    run_day(world, [plant], range(260, 600))
    kinds = [(message.attributes["kind"], message.attributes["rule"]) for _, message in world.sent]
    assert kinds == [("onset", "night_generation"), ("digest", "time_shift"), ("recovery", "time_shift")]
    assert world.sent[-1][1].attributes["severities"] == ("warning", "critical")
    assert world.sent[-1][0] < at(520)


def test_the_first_of_several_causes_takes_the_symptom() -> None:
    """An outage explains the catch-up value and the spike that it is: both stand beneath the outage."""
    world = World()
    flags = {at(300): (flag("catch_up"), flag("spike"))}
    plant = Plant("a", [*ends(0, 100), *ends(300, 900)], flags)
    world.evaluate(plant, at(200))
    world.evaluate(plant, at(310))
    assert sorted(joined(world, "no_data")[1]) == ["catch_up", "spike"]
    assert joined(world, "catch_up")[0].evidence == ()


def test_a_moved_clock_explains_the_days_before_it_was_known() -> None:
    """It is known on the third clear day, of five: dark hours and stops since then are its evidence, older ones not."""
    world = World()
    world.now = at(15 * 24 * 60)
    known = 10 * 24 * 60
    world.file(found("a", at(known), "time_shift"))
    days = {"b": 4, "c": 6}
    world.file(*(found(name, at(known - before * 24 * 60), "night_generation") for name, before in days.items()))
    near, far = (world.incidents_of(name)[0] for name in days)
    assert symptoms_of(world.incidents_of("a")[0], [near, far]) == [near]
