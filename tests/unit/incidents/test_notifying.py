"""Who is told of what, and when: groups over a cycle, quiet sites, turns, crashes."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heliograph.checks.flag import Flag
from heliograph.errors import StorageError
from heliograph.incidents.model import Notification
from heliograph.site import Site
from heliograph.zones import region_of
from unit.incidents.scenes import HOUR, MINUTE, STEP, Plant, World, at, ends, flag, found, run_day, text_at


def outage(count: int, first: int, last: int, until: int) -> list[Plant]:
    """Return sites that all fall silent from minute `first` to minute `last`."""
    sent = [*ends(0, first), *ends(last, until)]
    return [Plant(f"site-{number:02}", sent) for number in range(count)]


def test_an_outage_of_sixty_sites_is_two_messages() -> None:
    """Two hours of silence, sites evaluated spread over half an hour: one group at onset, one at recovery."""
    world = World()
    run_day(world, outage(60, 200, 320, 900), range(100, 900))
    assert world.kinds() == ["group onset", "group recovery"]
    onset, recovery = (message for _, message in world.sent)
    assert "60 incidents at 60 sites began between" in onset.text
    assert onset.subject == "critical: no_data at 60 sites"
    assert "60 incidents at 60 sites are over" in recovery.text
    assert world.sent[0][0] <= at(200 + 60 + 30 + 35), "an hour to be silent, a cycle to be seen, a cycle to wait"
    assert all(each.recovery == text_at(380) for each in world.incidents.kept.values())


def test_an_outage_beside_a_sites_own_trouble() -> None:
    """A fault of one site doesn't split the message of sixty others."""
    world = World()
    lonely = Plant("lonely", ends(0, 1200), {end: (flag(),) for end in ends(230, 600)})
    run_day(world, [*outage(60, 200, 320, 1200), lonely], range(100, 1200))
    assert world.kinds() == ["onset onset", "group onset", "group recovery", "recovery recovery"]


def test_a_few_sites_are_told_one_by_one() -> None:
    """Two sites at once may be chance, so each has its own message."""
    world = World()
    run_day(world, outage(2, 200, 320, 700), range(100, 700))
    assert world.kinds() == ["onset onset"] * 2 + ["recovery recovery"] * 2


def flapping(period: int, share: int, until: int) -> dict[int, tuple[Flag, ...]]:
    """Return flags that come and go: `share` minutes of each `period`."""
    return {end: (flag(),) for end in ends(60, until) if (end - at(0)) // MINUTE % period < share}


def busiest_hour(world: World, site_id: str) -> int:
    """Return the most messages about a site in any hour."""
    times = [time for time, message in world.sent if message.attributes.get("site_id") == site_id]
    return max((sum(begun <= time < begun + HOUR for time in times) for begun in times), default=0)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(10, 240), st.integers(5, 120), st.integers(0, 29), st.sampled_from([100, 170]))
def test_a_flapping_site_is_told_of_twice_an_hour_at_most(period: int, share: int, offset: int, awake: int) -> None:
    """However trouble and silence come and go: two messages in any hour at most."""
    sent = [end for end in ends(0, 1500) if (end // MINUTE + offset) % 170 < awake]
    plant = Plant("a", sent, flapping(period, share, 1500))
    world = World()
    run_day(world, [plant], range(30 + offset, 1500))
    assert busiest_hour(world, "a") <= 2


def test_flapping_rules_share_a_message() -> None:
    """Files that each open another rule's incident: the first is told at once, the others together an hour later."""
    world = World()
    for minute in range(60):
        world.now = at(1000 + minute)
        world.file(found("a", at(995 + minute), f"rule_{minute % 7}"))
        world.tick()
    assert world.kinds() == ["onset onset"]
    for minute in range(60, 70):
        world.now = at(1000 + minute)
        world.tick()
    assert world.kinds() == ["onset onset"] * 2
    assert world.sent[1][1].attributes["rule"] == "several"
    assert world.sent[1][1].attributes["rules"] == tuple(f"rule_{number}" for number in range(1, 7))


def test_a_file_notifies_at_once_and_a_big_one_in_one_message() -> None:
    """A processor tells its own: one message a site, or one for more messages than `digest_threshold`."""
    world = World(digest_threshold=5)
    world.now = at(100)
    assert world.file(*(found(f"s{number}", at(95), region=f"region {number}") for number in range(5))) == 5
    world.now = at(110)
    assert world.tick() == 0
    assert world.file(*(found(f"t{number}", at(95), region=f"region {number}") for number in range(6))) == 1
    world.now = at(120)
    assert world.tick() == 0


def test_many_files_with_one_fault_each_end_in_one_group() -> None:
    """Sixty sites of a region whose loggers send a file each: the first is told at once, the others in one message.

    Where nobody knows their region, they may have nothing in common: twenty are told at once.
    """
    for region, at_once in (("Europe/Berlin", 1), ("", 20)):
        world = World()
        for number in range(60):
            world.now = at(100) + number * 4
            world.file(found(f"s{number:02}", at(95), region=region))
        for minute in range(104, 140):
            world.now = at(minute)
            world.tick()
        assert world.kinds() == ["onset onset"] * at_once + ["group onset"]
        assert f"{60 - at_once} incidents at {60 - at_once} sites" in world.sent[-1][1].text


def test_what_a_processor_left_pending_is_sent_after_some_minutes() -> None:
    """It crashed behind the write: the notifier waits for its turn to be over, and sends."""
    world = World()
    world.now = at(100)
    world.keeper.open([found("a", at(95))])
    assert world.tick() == 0
    world.now = at(109)
    assert world.tick() == 0
    world.now = at(110)
    assert world.tick() == 1
    assert world.tick() == 0


def test_a_recovery_is_told_only_where_the_onset_was() -> None:
    """Trouble that is over before anyone was told of it needs no message."""
    world = World(group_wait_minutes=300)
    run_day(world, [Plant("a", ends(0, 900), {end: (flag(),) for end in ends(100, 110)})], range(90, 900))
    assert world.sent == []
    assert [each.state for each in world.incidents_of()] == ["closed"]


def test_two_notifiers_at_once_send_once() -> None:
    """While one has its turn another leaves it alone, and takes over where the first one died."""
    world = World()
    world.now = at(100)
    world.keeper.open([found("a", at(95))])
    world.now = at(110)
    assert world.incidents.acquire_lease(text_at(110), text_at(115))
    assert world.tick() == 0
    world.now = at(115)
    assert world.tick() == 1


class Refusing:
    """A topic that refuses so many times."""

    def __init__(self, times: int) -> None:
        """Begin with nothing published."""
        self.left = times
        self.published: list[Notification] = []

    def publish(self, messages: Sequence[Notification]) -> int:
        """Refuse, or take."""
        if self.left:
            self.left -= 1
            raise StorageError("SNS refused")
        self.published += messages
        return len(messages)


def test_a_topic_that_refuses_delays_and_loses_nothing() -> None:
    """The site's place is given back, so the next minute's notifier sends."""
    world = World()
    world.publisher = Refusing(2)  # type: ignore[assignment]
    world.now = at(100)
    with pytest.raises(StorageError):
        world.file(found("a", at(95)))
    world.now = at(110)
    with pytest.raises(StorageError):
        world.tick()
    world.now = at(111)
    assert world.tick() == 1


def test_an_incident_that_closes_while_it_is_told_keeps_its_mark() -> None:
    """An evaluation that meets a notifier's mark works its change out again, and the recovery is told."""
    world = World()
    plant = Plant("a", ends(0, 600))
    world.now = at(110)
    world.file(found("a", at(100)))
    world.evaluate(plant, at(300))
    (incident,) = world.incidents_of()
    assert incident.pending == "recovery"
    assert msgspec.structs.replace(incident, notified_as=()).pending is None
    world.now = at(333)
    assert world.tick() == 1
    assert world.kinds()[-1] == "recovery recovery"


acts = st.lists(
    st.tuples(
        st.sampled_from(["file", "double", "crash", "evaluate", "tick", "wait"]), st.integers(0, 2), st.integers(0, 9)
    ),
    max_size=40,
)


def times_notified(world: World, incident_id: str) -> dict[str, int]:
    """Count the messages that name an incident, by phase."""
    counts = {"onset": 0, "recovery": 0}
    for _, message in world.sent:
        counts[str(message.attributes["phase"])] += f"incidents show {incident_id}`\n" in message.text
    return counts


@settings(deadline=None, max_examples=120)
@given(acts)
def test_whatever_happens_each_is_told_once_and_none_forgotten(history: list[tuple[str, int, int]]) -> None:
    """Files, doubled, with crashes behind the write, among looks and notifiers in any order: told once, all told."""
    world = World(digest_threshold=100)
    # None of them in another's region.
    plants = [Plant(Site(f"s{number}", longitude=60.0 * number), ends(-1500, 3000)) for number in range(3)]
    arrived: list[dict[int, tuple[Flag, ...]]] = [{} for _ in plants]
    world.now = at(200)

    def evaluate(number: int) -> None:
        world.keeper.after_evaluation(plants[number].site, plants[number].seen(world.now), arrived[number])

    for act, number, back in history:
        end = world.now - world.now % STEP - back * 3 * STEP
        if act in {"file", "double", "crash"}:
            arrived[number][end] = (flag("sentinel"),)
            files = [found(f"s{number}", end, region=region_of(plants[number].site))] * (2 if act == "double" else 1)
            for each in files:
                world.keeper.open([each]) if act == "crash" else world.file(each)
        elif act == "evaluate":
            evaluate(number)
        elif act == "tick":
            world.tick()
        else:
            world.now += (back + 1) * 7 * MINUTE
    for _ in range(150):
        world.now += 10 * MINUTE
        for number in range(3):
            evaluate(number)
        world.tick()
    for incident in world.incidents.kept.values():
        notified = times_notified(world, incident.id)
        assert incident.pending is None
        assert incident.state == "closed"
        at_once = int("critical" in incident.notified_as)
        assert notified == {"onset": at_once, "recovery": at_once}
        assert bool(incident.recovery_notified_at) == bool(incident.onset_notified_at)
        assert bool(incident.notified_as) == bool(incident.onset_notified_at)
    assert all(busiest_hour(world, plant.site.site_id) <= 2 for plant in plants)
